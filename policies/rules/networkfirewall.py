"""Rules for AWS Network Firewall."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, NotApplicable, Resource, Severity, rule
from policies.rules.neighbours import must_have
from policies.rules.remedy import hub
from policies.rules.shapes import at, must_be_given, must_be_one_of, must_be_true

FIREWALL: Final = ("aws:networkfirewall/firewall:Firewall",)
POLICY: Final = ("aws:networkfirewall/firewallPolicy:FirewallPolicy",)
RULES: Final = ("aws:networkfirewall/ruleGroup:RuleGroup",)
LOGGING: Final = "aws:networkfirewall/loggingConfiguration:LoggingConfiguration"
SAFE: Final = ("aws:drop", "aws:forward_to_sfe")

networkfirewall_logs = must_have(
    FIREWALL,
    {LOGGING: "firewallArn"},
    id="networkfirewall-logs",
    title="Firewalls log what they see",
    pci=("10.2.1",),
    controls=("NetworkFirewall.2",),
    severity=Severity.MEDIUM,
    says="What it lets through and what it stops leaves no trace",
    why="An intrusion that was stopped is the first sign of the one that is not.",
)

networkfirewall_stays = must_be_true(
    "deleteProtection",
    id="networkfirewall-stays",
    title="Firewalls are protected from deletion",
    on=FIREWALL,
    pci=("1.2.8",),
    controls=("NetworkFirewall.9",),
    severity=Severity.MEDIUM,
    says="One call deletes it",
    why="What stands between the networks is not removed by a slip.",
)

networkfirewall_subnets_stay = must_be_true(
    "subnetChangeProtection",
    id="networkfirewall-subnets-stay",
    title="Firewalls' subnets are protected from change",
    on=FIREWALL,
    pci=("1.2.8",),
    controls=("NetworkFirewall.10",),
    severity=Severity.MEDIUM,
    says="One call takes it out of a zone's way",
    why="Traffic of a zone without the firewall's endpoint goes past it, or nowhere.",
)

networkfirewall_policy_stays = must_be_true(
    "firewallPolicyChangeProtection",
    id="networkfirewall-policy-stays",
    title="Firewalls' policies are protected from being swapped",
    on=FIREWALL,
    pci=("1.2.8",),
    severity=Severity.LOW,
    says="One call puts an empty policy in place of its own",
    reference="https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-settings.html",
    why="A change of what stands between the networks is made on purpose.",
)

networkfirewall_own_key = must_be_one_of(
    "encryptionConfiguration.type",
    ("CUSTOMER_KMS",),
    unlike="AWS_OWNED_KMS_KEY",
    default="AWS_OWNED_KMS_KEY",
    id="networkfirewall-own-key",
    title="Firewalls' settings are encrypted with a key of our own",
    on=(*FIREWALL, *POLICY, *RULES),
    pci=("1.2.8",),
    severity=Severity.LOW,
    says="Its settings are under a key whose policy is AWS's ({value})",
    reference="https://docs.aws.amazon.com/network-firewall/latest/developerguide/kms-encryption-at-rest.html",
    why="What is let through is not for everybody to read.",
)

networkfirewall_order_strict = must_be_one_of(
    "firewallPolicy.statefulEngineOptions.ruleOrder",
    ("STRICT_ORDER",),
    unlike="DEFAULT_ACTION_ORDER",
    default="DEFAULT_ACTION_ORDER",
    id="networkfirewall-order-strict",
    title="Firewalls take their rules in the order that is written",
    on=POLICY,
    pci=("1.3.2", "1.2.5"),
    severity=Severity.MEDIUM,
    says="What no rule names goes through (order {value})",
    reference="https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-rule-evaluation-order.html",
    why="Only in strict order can everything that is not allowed be dropped.",
)

networkfirewall_drops_the_rest = must_be_given(
    "firewallPolicy.statefulDefaultActions",
    good=["aws:drop_established"],
    id="networkfirewall-drops-the-rest",
    title="Firewalls drop what no rule allows",
    on=POLICY,
    pci=("1.3.2",),
    severity=Severity.MEDIUM,
    says="What no rule names goes through",
    reference="https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-rule-evaluation-order.html",
    why="Outbound traffic is limited to what is necessary.",
)


def _actions(path: str, *actions: object) -> dict[str, object]:
    """A policy with some default actions."""
    return at(f"firewallPolicy.{path}", list(actions))


@rule(
    id="networkfirewall-policy-not-empty",
    title="Firewalls' policies hold rules",
    on=POLICY,
    pci=("1.2.5",),
    controls=("NetworkFirewall.3",),
    severity=Severity.MEDIUM,
    fix='aws.networkfirewall.FirewallPolicy(..., firewall_policy={"stateful_rule_group_references":'
    ' [{"resource_arn": rules.arn}], **defaults})',
    reference=hub("NetworkFirewall.3"),
    passes=(
        at("firewallPolicy.statefulRuleGroupReferences[].resourceArn", UNKNOWN),
        at("firewallPolicy.statelessRuleGroupReferences[].resourceArn", "arn:rules"),
    ),
    fails=({"firewallPolicy": {}}, {}),
    undecidable=({"firewallPolicy": UNKNOWN},),
)
def networkfirewall_policy_not_empty(policy: Resource) -> Iterator[str]:
    """A firewall without rules is a wire."""
    kinds = ("stateful", "stateless")
    if not any(policy.count(f"firewallPolicy.{kind}RuleGroupReferences") for kind in kinds):
        yield "It holds no rules"


@rule(
    id="networkfirewall-packets-not-passed",
    title="Firewalls pass no whole packet unseen",
    on=POLICY,
    pci=("1.3.1",),
    controls=("NetworkFirewall.4",),
    severity=Severity.MEDIUM,
    fix="aws.networkfirewall.FirewallPolicy(..., firewall_policy="
    '{"stateless_default_actions": ["aws:forward_to_sfe"], **rest})',
    reference=hub("NetworkFirewall.4"),
    passes=tuple(_actions("statelessDefaultActions", each) for each in SAFE),
    fails=(_actions("statelessDefaultActions", "aws:pass"),),
    undecidable=(_actions("statelessDefaultActions", UNKNOWN),),
)
def networkfirewall_packets_not_passed(policy: Resource) -> Iterator[str]:
    """What matches no rule is dropped, or looked at by the stateful rules."""
    yield from _passed(policy, "statelessDefaultActions", "whole packets")


@rule(
    id="networkfirewall-fragments-not-passed",
    title="Firewalls pass no fragment unseen",
    on=POLICY,
    pci=("1.4.3",),
    controls=("NetworkFirewall.5",),
    severity=Severity.MEDIUM,
    fix="aws.networkfirewall.FirewallPolicy(..., firewall_policy="
    '{"stateless_fragment_default_actions": ["aws:drop"], **rest})',
    reference=hub("NetworkFirewall.5"),
    passes=tuple(_actions("statelessFragmentDefaultActions", each) for each in SAFE),
    fails=(_actions("statelessFragmentDefaultActions", "aws:pass"),),
    undecidable=(_actions("statelessFragmentDefaultActions", UNKNOWN),),
)
def networkfirewall_fragments_not_passed(policy: Resource) -> Iterator[str]:
    """A packet cut in pieces hides what it is from rules that look at one piece."""
    yield from _passed(policy, "statelessFragmentDefaultActions", "fragments")


def _passed(policy: Resource, path: str, what: str) -> Iterator[str]:
    actions = policy.get(f"firewallPolicy.{path}", default=[])
    if not any(each in SAFE for each in actions):
        yield f"It lets {what} through that no rule names"


@rule(
    id="networkfirewall-group-not-empty",
    title="Firewalls' stateless rule groups hold rules",
    on=RULES,
    pci=("1.2.5",),
    controls=("NetworkFirewall.6",),
    severity=Severity.LOW,
    fix='aws.networkfirewall.RuleGroup(..., type="STATELESS", rule_group={"rules_source":'
    ' {"stateless_rules_and_custom_actions": {"stateless_rules": rules}}})',
    reference=hub("NetworkFirewall.6"),
    passes=(
        {
            "type": "STATELESS",
            **at(
                "ruleGroup.rulesSource.statelessRulesAndCustomActions.statelessRules[].priority", 1
            ),
        },
    ),
    fails=({"type": "STATELESS", "ruleGroup": {"rulesSource": {}}},),
    undecidable=({"type": "STATELESS", "ruleGroup": UNKNOWN},),
    not_applicable=({"type": "STATEFUL"},),
)
def networkfirewall_group_not_empty(group: Resource) -> Iterator[str]:
    """A group without rules looks like protection in every inventory, and stops nothing."""
    if group.get("type") != "STATELESS":
        raise NotApplicable("it is not stateless")
    path = "ruleGroup.rulesSource.statelessRulesAndCustomActions.statelessRules"
    if not group.count(path) and not group.has("rules"):
        yield "It holds no rules"


networkfirewall_log_goes_somewhere = must_be_given(
    "loggingConfiguration.logDestinationConfigs",
    good=[{"logType": "ALERT", "logDestinationType": "CloudWatchLogs", "logDestination": {}}],
    id="networkfirewall-log-goes-somewhere",
    title="A firewall's log goes somewhere",
    on=(LOGGING,),
    pci=("10.2.1",),
    controls=("NetworkFirewall.2",),
    severity=Severity.MEDIUM,
    says="It sends its log nowhere",
    why="An intrusion that was stopped is the first sign of the one that is not.",
)
