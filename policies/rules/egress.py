"""Rules for what security groups let out, and for the group that every network is born with."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Example, Resource, Severity, Stack, Undecidable, rule, stack_rule
from policies.rules.ports import DEFAULT_GROUP, EGRESS, GROUP, RULE, openings
from policies.rules.remedy import hub
from policies.rules.securitygroups import group, inward, world

OUTWARD: Final = (GROUP, RULE, EGRESS)
VPC: Final = "aws:ec2/vpc:Vpc"


@rule(
    id="ec2-egress-named",
    title="Security groups let out what is needed, not everything",
    on=OUTWARD,
    pci=("1.3.2",),
    severity=Severity.MEDIUM,
    fix='aws.vpc.SecurityGroupEgressRule(..., cidr_ipv4=vpc.cidr_block, ip_protocol="tcp")',
    reference="https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    passes=(group(inward(443, "0.0.0.0/0"), direction="egress"), {}),
    fails=(
        group({**inward(0, "0.0.0.0/0"), "protocol": "-1"}, direction="egress"),
        Example({"ipProtocol": "-1", "cidrIpv6": "::/0"}, type=EGRESS),
    ),
    undecidable=({"egress": UNKNOWN},),
)
def ec2_egress_named(group_: Resource) -> Iterator[str]:
    """What cannot leave cannot be stolen: outbound traffic is limited to what is necessary."""
    for each in world(openings(group_, "egress")):
        if each.everything:
            yield f"It lets {each.name} out to anybody"


@rule(
    id="ec2-default-group-empty",
    title="A network's default security group lets nothing in or out",
    on=(DEFAULT_GROUP,),
    pci=("1.3.1", "2.2.2"),
    controls=("EC2.2",),
    severity=Severity.HIGH,
    fix="aws.ec2.DefaultSecurityGroup(..., ingress=[], egress=[])",
    reference=hub("EC2.2"),
    passes=({}, {"ingress": [], "egress": []}),
    fails=(group(inward(443)), group(inward(443), direction="egress")),
    undecidable=({"ingress": UNKNOWN},),
)
def ec2_default_group_empty(group_: Resource) -> Iterator[str]:
    """Whatever names no group gets this one; as AWS makes it, its members reach one another."""
    for direction in ("ingress", "egress"):
        if group_.count(direction):
            yield f"It has {direction} rules"


@stack_rule(
    id="ec2-default-group-taken-over",
    title="Each network's default security group is emptied",
    on=(VPC,),
    pci=("1.3.1", "2.2.2"),
    controls=("EC2.2",),
    severity=Severity.MEDIUM,
    fix="aws.ec2.DefaultSecurityGroup(..., vpc_id=vpc.id)",
    reference=hub("EC2.2"),
    passes=(
        (
            {"type": VPC, "name": "network"},
            {"type": DEFAULT_GROUP, "name": "closed", "refs": {"vpcId": "network"}},
        ),
    ),
    fails=(({"type": VPC, "name": "network"},),),
    undecidable=(
        (
            {"type": VPC, "name": "network"},
            {"type": DEFAULT_GROUP, "name": "closed", "props": {"vpcId": UNKNOWN}},
        ),
    ),
)
def ec2_default_group_taken_over(stack: Stack) -> Iterator[tuple[Resource, str | Undecidable]]:
    """AWS makes it open to its members, and only a resource of the program's can close it."""
    for network in stack.of(VPC):
        try:
            if not any(stack.referring(network, DEFAULT_GROUP, path="vpcId")):
                yield network, "Its default security group is as AWS made it: open to its members"
        except Undecidable as unknown:
            yield network, unknown
