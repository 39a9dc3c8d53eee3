"""Rules for AWS Security Hub, where findings come together."""

from collections.abc import Iterator

from policies.rule import UNKNOWN, Resource, Severity, Stack, Undecidable, stack_rule
from policies.rules.neighbours import NETWORK, must_accompany_a_network
from policies.rules.shapes import must_be_true

ACCOUNT = "aws:securityhub/account:Account"
STANDARD = "aws:securityhub/standardsSubscription:StandardsSubscription"
PCI = "arn:aws:securityhub:us-east-1::standards/pci-dss/v/4.0.1"

securityhub_enabled = must_accompany_a_network(
    ACCOUNT,
    id="securityhub-enabled",
    title="Security Hub gathers the findings of each region",
    pci=("10.4.1", "10.4.1.1"),
    severity=Severity.MEDIUM,
    says="Findings of this network's region come together nowhere",
    reference="https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-settingup.html",
    why="Logs are reviewed every day by a machine that ranks what it finds.",
)

securityhub_takes_new_controls = must_be_true(
    "autoEnableControls",
    default=True,
    id="securityhub-takes-new-controls",
    title="Security Hub takes up new controls by itself",
    on=(ACCOUNT,),
    pci=("12.4.2",),
    severity=Severity.LOW,
    says="Controls that AWS adds to a standard stay off",
    reference="https://docs.aws.amazon.com/securityhub/latest/userguide/controls-auto-enable.html",
    why="A standard that was complete last year is not today.",
)


@stack_rule(
    id="securityhub-checks-pci",
    title="Security Hub checks against PCI DSS v4.0.1",
    on=(NETWORK,),
    pci=("12.4.2", "10.4.1.1"),
    severity=Severity.MEDIUM,
    fix="aws.securityhub.StandardsSubscription(..., standards_arn="
    'f"arn:aws:securityhub:{region}::standards/pci-dss/v/4.0.1")',
    reference="https://docs.aws.amazon.com/securityhub/latest/userguide/pci-standard.html",
    passes=(
        (
            {"type": NETWORK, "name": "network", "props": {}},
            {"type": STANDARD, "name": "pci", "props": {"standardsArn": PCI}},
        ),
    ),
    fails=(
        ({"type": NETWORK, "name": "network", "props": {}},),
        (
            {"type": NETWORK, "name": "network", "props": {}},
            {
                "type": STANDARD,
                "name": "old",
                "props": {"standardsArn": PCI.replace("4.0.1", "3.2.1")},
            },
        ),
    ),
    undecidable=(
        (
            {"type": NETWORK, "name": "network", "props": {}},
            {"type": STANDARD, "name": "some", "props": {"standardsArn": UNKNOWN}},
        ),
    ),
)
def securityhub_checks_pci(stack: Stack) -> Iterator[tuple[Resource, str | Undecidable]]:
    """What changes after the deployment, by hand or by time, is found by a check that goes on."""
    doubt: Undecidable | None = None
    for standard in stack.of(STANDARD):
        try:
            if str(standard.get("standardsArn", "")).endswith("standards/pci-dss/v/4.0.1"):
                return
        except Undecidable as unknown:
            doubt = unknown
    for network in stack.of(NETWORK):
        yield network, doubt or "Nothing checks this network's region against PCI DSS v4.0.1"
