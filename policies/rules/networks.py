"""Rules for what of a network is declared and not used."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, Stack, Undecidable, stack_rule
from policies.rules.remedy import hub

LIST: Final = "aws:ec2/networkAcl:NetworkAcl"
TIE: Final = "aws:ec2/networkAclAssociation:NetworkAclAssociation"


@stack_rule(
    id="vpc-list-in-use",
    title="Every network ACL filters some subnet",
    on=(LIST,),
    pci=("1.2.7",),
    controls=("EC2.16",),
    severity=Severity.LOW,
    fix="aws.ec2.NetworkAcl(..., subnet_ids=[subnet.id])",
    reference=hub("EC2.16"),
    passes=(
        ({"type": LIST, "name": "filter", "props": {"subnetIds": ["subnet-1"]}},),
        (
            {"type": LIST, "name": "filter"},
            {"type": TIE, "name": "tie", "refs": {"networkAclId": "filter"}},
        ),
    ),
    fails=(({"type": LIST, "name": "filter"},),),
    undecidable=(
        ({"type": LIST, "name": "filter", "props": {"subnetIds": UNKNOWN}},),
        (
            {"type": LIST, "name": "filter"},
            {"type": TIE, "name": "tie", "props": {"networkAclId": UNKNOWN}},
        ),
    ),
)
def vpc_list_in_use(stack: Stack) -> Iterator[tuple[Resource, str | Undecidable]]:
    """A filter that filters nothing is taken for protection at every review."""
    for each in stack.of(LIST):
        try:
            used = each.count("subnetIds") or any(stack.referring(each, TIE, path="networkAclId"))
            if not used:
                yield each, "It filters no subnet"
        except Undecidable as unknown:
            yield each, unknown
