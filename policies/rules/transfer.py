"""Rules for AWS Transfer Family."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.remedy import hub
from policies.rules.shapes import must_be_one_of, must_not_be

SERVER: Final = ("aws:transfer/server:Server",)
OLD: Final = (
    "TransferSecurityPolicy-2018-11",
    "TransferSecurityPolicy-2020-06",
    "TransferSecurityPolicy-FIPS-2020-06",
)

transfer_policy_modern = must_not_be(
    "securityPolicyName",
    OLD,
    good="TransferSecurityPolicy-2024-01",
    default="TransferSecurityPolicy-2018-11",
    id="transfer-policy-modern",
    title="File transfer uses modern ciphers",
    on=SERVER,
    pci=("4.2.1",),
    severity=Severity.MEDIUM,
    says="{value} allows what is no longer strong",
    reference="https://docs.aws.amazon.com/transfer/latest/userguide/security-policies.html",
    why="Old ciphers are broken; a policy that allows them is one that uses them.",
)

transfer_in_network = must_be_one_of(
    "endpointType",
    ("VPC",),
    unlike="PUBLIC",
    default="PUBLIC",
    id="transfer-in-network",
    title="File transfer stands in a network of ours",
    on=SERVER,
    pci=("1.4.2",),
    severity=Severity.MEDIUM,
    says="Its endpoint is {value}: anybody reaches it, past every network control",
    reference="https://docs.aws.amazon.com/transfer/latest/userguide/create-server-in-vpc.html",
    why="Who may reach it is limited to those who have to.",
)


@rule(
    id="transfer-no-plain-ftp",
    title="No file is transferred by plain FTP",
    on=SERVER,
    pci=("4.2.1", "1.2.6"),
    controls=("Transfer.2",),
    severity=Severity.MEDIUM,
    fix='aws.transfer.Server(..., protocols=["SFTP"])',
    reference=hub("Transfer.2"),
    passes=({}, {"protocols": ["SFTP", "FTPS"]}),
    fails=({"protocols": ["SFTP", "FTP"]},),
    undecidable=({"protocols": UNKNOWN},),
)
def transfer_no_plain_ftp(server: Resource) -> Iterator[str]:
    """FTP sends passwords and files in clear."""
    if "FTP" in server.get("protocols", default=["SFTP"]):
        yield "It takes passwords and files in clear"


@rule(
    id="transfer-logs",
    title="File transfer is logged",
    on=SERVER,
    pci=("10.2.1",),
    controls=("Transfer.3",),
    severity=Severity.MEDIUM,
    fix="aws.transfer.Server(..., "
    'structured_log_destinations=[pulumi.Output.concat(log.arn, ":*")])',
    reference=hub("Transfer.3"),
    passes=({"structuredLogDestinations": ["arn:log"]}, {"loggingRole": "arn:role"}),
    fails=({},),
    undecidable=({"structuredLogDestinations": UNKNOWN},),
)
def transfer_logs(server: Resource) -> Iterator[str]:
    """Who fetched which file is traced to a person."""
    if not server.has("structuredLogDestinations") and not server.has("loggingRole"):
        yield "Who fetched which file leaves no trace"
