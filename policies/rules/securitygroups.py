"""Rules for security groups: which addresses reach which ports."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.rule import UNKNOWN, Example, Resource, Severity, rule
from policies.rules.ports import (
    EGRESS,
    GROUP,
    INGRESS,
    RULE,
    WORLD,
    Opening,
    openings,
)
from policies.rules.remedy import hub

INWARD: Final = (GROUP, RULE, INGRESS)

SSH: Final = 22
REMOTE_DESKTOP: Final = 3389
REDSHIFT: Final = 5439

HIGH_RISK: Final[Mapping[int, str]] = {
    20: "FTP data",
    21: "FTP",
    22: "SSH",
    23: "Telnet",
    25: "SMTP",
    110: "POP3",
    135: "RPC",
    143: "IMAP",
    445: "SMB",
    1433: "SQL Server",
    1434: "SQL Server browser",
    2379: "etcd",
    3000: "development servers",
    3306: "MySQL",
    3389: "Remote Desktop",
    4333: "mSQL",
    5000: "development servers",
    5432: "PostgreSQL",
    5500: "VNC",
    5601: "OpenSearch Dashboards",
    6379: "Redis",
    8080: "proxies",
    8088: "HTTP management",
    8200: "Vault",
    8888: "notebooks",
    9092: "Kafka in clear",
    9094: "Kafka",
    9098: "Kafka",
    9200: "OpenSearch",
    10250: "kubelet",
    27017: "MongoDB",
}
"""Ports whose services are not meant for the internet."""

FOR_ANYBODY: Final = (80, 443)


def inward(port: int, address: str = "10.0.0.0/8", last: int | None = None) -> dict[str, Any]:
    """An element of a group's `ingress` or `egress`, described as it should be."""
    family = "ipv6CidrBlocks" if ":" in address else "cidrBlocks"
    return {
        "protocol": "tcp",
        "fromPort": port,
        "toPort": port if last is None else last,
        family: [address],
        "description": "who, and why",
    }


def group(*elements: Mapping[str, Any], direction: str = "ingress") -> dict[str, Any]:
    """A security group with such elements."""
    return {direction: list(elements)}


def alone(port: int, address: str) -> Example:
    """A single ingress rule."""
    family = "cidrIpv6" if ":" in address else "cidrIpv4"
    return Example(
        {"ipProtocol": "tcp", "fromPort": port, "toPort": port, family: address}, type=INGRESS
    )


def world(openings_: Iterator[Opening]) -> Iterator[Opening]:
    """Those that anybody reaches."""
    return (each for each in openings_ if each.reached_from(*WORLD))


@rule(
    id="ec2-ssh-closed-to-world",
    title="Nobody reaches SSH from the internet",
    on=INWARD,
    pci=("1.3.1",),
    controls=("EC2.13",),
    severity=Severity.HIGH,
    fix="aws.ssm.Document(...)  # sessions through Systems Manager need no open port",
    reference=hub("EC2.13"),
    passes=(group(inward(SSH)), group(inward(443, "0.0.0.0/0")), {}),
    fails=(
        group(inward(SSH, "0.0.0.0/0")),
        group(inward(0, "::/0", 65535)),
        alone(SSH, "0.0.0.0/0"),
        Example({"type": "ingress", **inward(SSH, "0.0.0.0/0")}, type=RULE),
    ),
    undecidable=({"ingress": UNKNOWN}, group({**inward(SSH), "cidrBlocks": [UNKNOWN]})),
)
def ec2_ssh_closed_to_world(group_: Resource) -> Iterator[str]:
    """Guessing of SSH passwords and keys never stops; only who has to may reach the port."""
    for each in world(openings(group_, "ingress")):
        if each.holds(SSH):
            yield f"Anybody reaches {each.name}, SSH among them"


@rule(
    id="ec2-remote-desktop-closed-to-world",
    title="Nobody reaches Remote Desktop from the internet",
    on=INWARD,
    pci=("1.3.1",),
    controls=("EC2.14",),
    severity=Severity.HIGH,
    fix="aws.ssm.Document(...)  # sessions through Systems Manager need no open port",
    reference=hub("EC2.14"),
    passes=(group(inward(REMOTE_DESKTOP)), {}),
    fails=(group(inward(REMOTE_DESKTOP, "0.0.0.0/0")), alone(REMOTE_DESKTOP, "::/0")),
    undecidable=(
        {"ingress": UNKNOWN},
        group({**inward(SSH, "::/0"), "toPort": UNKNOWN}),
    ),
)
def ec2_remote_desktop_closed_to_world(group_: Resource) -> Iterator[str]:
    """Remote Desktop is among the first ports that an attacker's scan asks for."""
    for each in world(openings(group_, "ingress")):
        if each.holds(REMOTE_DESKTOP):
            yield f"Anybody reaches {each.name}, Remote Desktop among them"


@rule(
    id="ec2-administration-closed-to-ipv4-world",
    title="No administration port is open to all of IPv4",
    on=INWARD,
    pci=("1.3.1",),
    controls=("EC2.53",),
    severity=Severity.HIGH,
    fix='aws.vpc.SecurityGroupIngressRule(..., cidr_ipv4="10.0.0.0/8")',
    reference=hub("EC2.53"),
    passes=(group(inward(SSH)), group(inward(SSH, "::/0"))),
    fails=(group(inward(SSH, "0.0.0.0/0")), alone(REMOTE_DESKTOP, "0.0.0.0/0")),
    undecidable=({"ingress": UNKNOWN},),
)
def ec2_administration_closed_to_ipv4_world(group_: Resource) -> Iterator[str]:
    """Servers are administered from inside, or through a broker that asks for two factors."""
    for each in openings(group_, "ingress"):
        if each.reached_from("0.0.0.0/0") and (each.holds(SSH) or each.holds(REMOTE_DESKTOP)):
            yield f"All of IPv4 reaches {each.name}"


@rule(
    id="ec2-administration-closed-to-ipv6-world",
    title="No administration port is open to all of IPv6",
    on=INWARD,
    pci=("1.3.1",),
    controls=("EC2.54",),
    severity=Severity.HIGH,
    fix='aws.vpc.SecurityGroupIngressRule(..., cidr_ipv6="fd00::/8")',
    reference=hub("EC2.54"),
    passes=(group(inward(SSH)), group(inward(SSH, "fd00::/8"))),
    fails=(group(inward(SSH, "::/0")), alone(REMOTE_DESKTOP, "::/0")),
    undecidable=({"ingress": UNKNOWN},),
)
def ec2_administration_closed_to_ipv6_world(group_: Resource) -> Iterator[str]:
    """IPv6 is forgotten where IPv4 is closed."""
    for each in openings(group_, "ingress"):
        if each.reached_from("::/0") and (each.holds(SSH) or each.holds(REMOTE_DESKTOP)):
            yield f"All of IPv6 reaches {each.name}"


@rule(
    id="ec2-world-reaches-web-ports-only",
    title="The internet reaches web ports only",
    on=INWARD,
    pci=("1.3.1",),
    controls=("EC2.18",),
    severity=Severity.HIGH,
    fix='aws.vpc.SecurityGroupIngressRule(..., from_port=443, to_port=443, ip_protocol="tcp")',
    reference=hub("EC2.18"),
    passes=(group(inward(443, "0.0.0.0/0")), group(inward(5432))),
    fails=(group(inward(8443, "0.0.0.0/0")), group(inward(443, "0.0.0.0/0", 444))),
    undecidable=({"ingress": UNKNOWN},),
)
def ec2_world_reaches_web_ports_only(group_: Resource) -> Iterator[str]:
    """Inbound traffic is limited to what is necessary."""
    for each in world(openings(group_, "ingress")):
        if each.protocol == "-1" or each.first != each.last or each.first not in FOR_ANYBODY:
            yield f"Anybody reaches {each.name}"


@rule(
    id="ec2-high-risk-ports-closed-to-world",
    title="The internet reaches no database, broker or management port",
    on=INWARD,
    pci=("1.3.1",),
    controls=("EC2.19",),
    severity=Severity.CRITICAL,
    fix="aws.vpc.SecurityGroupIngressRule(..., referenced_security_group_id=clients.id)",
    reference=hub("EC2.19"),
    passes=(group(inward(5432)), group(inward(443, "0.0.0.0/0"))),
    fails=(group(inward(5432, "0.0.0.0/0")), group(inward(9000, "::/0", 9300)), alone(22, "::/0")),
    undecidable=({"ingress": UNKNOWN},),
)
def ec2_high_risk_ports_closed_to_world(group_: Resource) -> Iterator[str]:
    """Services behind these ports were not built to face strangers."""
    for each in world(openings(group_, "ingress")):
        services = sorted({name for port, name in HIGH_RISK.items() if each.holds(port)})
        if services:
            yield f"Anybody reaches {each.name}: {', '.join(services)}"


@rule(
    id="redshift-port-closed-to-world",
    title="Nobody reaches Redshift from the internet",
    on=INWARD,
    pci=("1.3.1",),
    controls=("Redshift.15",),
    severity=Severity.HIGH,
    fix="aws.vpc.SecurityGroupIngressRule(..., referenced_security_group_id=clients.id)",
    reference=hub("Redshift.15"),
    passes=(group(inward(REDSHIFT)),),
    fails=(group(inward(REDSHIFT, "0.0.0.0/0")), alone(REDSHIFT, "::/0")),
    undecidable=({"ingress": UNKNOWN},),
)
def redshift_port_closed_to_world(group_: Resource) -> Iterator[str]:
    """A warehouse holds in one place what every other store holds in part."""
    for each in world(openings(group_, "ingress")):
        if each.holds(REDSHIFT):
            yield f"Anybody reaches {each.name}, Redshift among them"


@rule(
    id="ec2-no-plain-http-from-world",
    title="The internet is not answered over plain HTTP",
    on=INWARD,
    pci=("4.2.1", "1.2.6"),
    severity=Severity.MEDIUM,
    fix="aws.vpc.SecurityGroupIngressRule(..., from_port=443, to_port=443)",
    reference="https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    passes=(group(inward(443, "0.0.0.0/0")),),
    fails=(group(inward(80, "0.0.0.0/0")), alone(80, "::/0")),
    undecidable=({"ingress": UNKNOWN},),
)
def ec2_no_plain_http_from_world(group_: Resource) -> Iterator[str]:
    """A client that may use plain HTTP sends its token in clear before any redirect."""
    for each in world(openings(group_, "ingress")):
        if each.holds(80):
            yield f"Anybody reaches {each.name} over plain HTTP"


@rule(
    id="ec2-group-opens-named-ports",
    title="Security groups open the ports that are needed, not all of them",
    on=INWARD,
    pci=("1.2.5",),
    severity=Severity.MEDIUM,
    fix='aws.vpc.SecurityGroupIngressRule(..., from_port=443, to_port=443, ip_protocol="tcp")',
    reference="https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    passes=(
        group(inward(443)),
        group({"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}),
    ),
    fails=(group({**inward(0), "protocol": "-1"}), group(inward(0, last=65535))),
    undecidable=({"ingress": UNKNOWN}, group({"protocol": UNKNOWN})),
)
def ec2_group_opens_named_ports(group_: Resource) -> Iterator[str]:
    """Each open port is known, needed and approved; "all" is none of these."""
    for each in openings(group_, "ingress"):
        if each.everything and not each.node.get("self", default=False):
            yield f"It opens {each.name}"


@rule(
    id="ec2-group-rule-has-reason",
    title="Each rule of a security group says what it is for",
    on=(GROUP, RULE, INGRESS, EGRESS),
    pci=("1.2.5",),
    severity=Severity.LOW,
    fix='aws.vpc.SecurityGroupIngressRule(..., description="Payments API from the load balancer")',
    reference="https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    passes=(group(inward(443)), Example({"description": "who, and why"}, type=EGRESS), {}),
    fails=(
        group({**inward(443), "description": ""}),
        Example({"ipProtocol": "tcp"}, type=INGRESS),
    ),
    undecidable=(group({**inward(443), "description": UNKNOWN}),),
)
def ec2_group_rule_has_reason(group_: Resource) -> Iterator[str]:
    """Who reviews the rules every six months has to be told why each is there."""
    nodes = [*openings(group_, "ingress"), *openings(group_, "egress")]
    for each in nodes:
        if not each.node.has("description"):
            yield "One of its rules does not say what it is for"
