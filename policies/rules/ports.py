"""What a security group or a network ACL opens: addresses and ports, however it is declared."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from policies.rule import Node, Resource, Undecidable

GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP: Final = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

WORLD: Final = ("0.0.0.0/0", "::/0")
LAST_PORT: Final = 65535

Direction = Literal["ingress", "egress"]


@dataclass(frozen=True)
class Opening:
    """A range of ports that some addresses reach."""

    node: Node
    """Where it is declared."""

    @property
    def addresses(self) -> list[str]:
        """The address ranges, IPv4 and IPv6.

        Raises:
            Undecidable: One is unknown.

        """
        found: list[str] = []
        for path in ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6"):
            value = self.node.get(path, default=[])
            found += [str(each) for each in value] if isinstance(value, list) else [str(value)]
        return found

    def reached_from(self, *ranges: str) -> bool:
        """Whether one of these ranges is let in, written just so."""
        return any(each in ranges for each in self.addresses)

    def holds(self, port: int) -> bool:
        """Whether a TCP or UDP port is among those opened."""
        if self.protocol == "-1":
            return True
        if self.protocol not in ("tcp", "udp", "6", "17"):
            return False
        return self.first <= port <= self.last

    @property
    def protocol(self) -> str:
        """`tcp`, `udp`, a number, or `-1` for every protocol."""
        path = "ipProtocol" if "ipProtocol" in self.node.props else "protocol"
        value = str(self.node.get(path, default="-1")).lower()
        return "-1" if value == "all" else value

    @property
    def first(self) -> int:
        """The first port."""
        return self._port("fromPort", 0)

    @property
    def last(self) -> int:
        """The last port."""
        return self._port("toPort", LAST_PORT)

    @property
    def everything(self) -> bool:
        """Whether every port of some protocol is open."""
        return self.protocol == "-1" or (self.first <= 1 and self.last >= LAST_PORT)

    @property
    def name(self) -> str:
        """The ports, to be said in a sentence."""
        if self.protocol == "-1":
            return "every port"
        one = self.first == self.last
        return f"port {self.first}" if one else f"ports {self.first} to {self.last}"

    def _port(self, path: str, default: int) -> int:
        value = self.node.get(path, default=default)
        try:
            return int(value)
        except (TypeError, ValueError):
            raise Undecidable(path, "is no port") from None


def openings(resource: Resource, direction: Direction) -> Iterator[Opening]:
    """All that a group or a single rule opens in a direction.

    Raises:
        Undecidable: The list of rules, or the direction of a single one, is unknown.

    """
    if resource.type in (GROUP, DEFAULT_GROUP):
        yield from (Opening(each) for each in resource.items(f"{direction}[]"))
    elif resource.type == RULE:
        if resource.get("type") == direction:
            yield Opening(resource)
    elif resource.type == (INGRESS if direction == "ingress" else EGRESS):
        yield Opening(resource)
