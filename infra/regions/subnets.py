"""A region's network, cut into subnets. Pure: same CIDR, same subnets, no look-up.

Of a /16, each zone gets a private /18 (nodes and pods, which take an address each), an isolated /20
(database, brokers: no way out), a public /22 (load balancer), a /24 for the firewall and a /26 for
NAT. The last quarter is shared by all but the private ones, and its last part stays free.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from infra.regions.settings import ZONES


@dataclass(frozen=True, kw_only=True)
class Tier:
    """The subnets of one kind, one for each zone, in the order of the zones."""

    private: tuple[str, ...]
    isolated: tuple[str, ...]
    public: tuple[str, ...]
    firewall: tuple[str, ...]
    nat: tuple[str, ...]
    """Apart from the public ones, so that only what NAT gives back passes the firewall."""


def subnets(cidr: str, zones: int = ZONES) -> Tier:
    """Cut a network for some zones, three at most; their subnets do not overlap."""
    if not 1 <= zones <= ZONES:
        raise ValueError(f"{zones} zones: the plan has room for 1 to {ZONES}")
    network = ipaddress.IPv4Network(cidr)
    cuts: list[tuple[str, ...]] = []
    for _ in range(5):
        *parts, network = network.subnets(prefixlen_diff=2)
        cuts.append(tuple(str(each) for each in parts[:zones]))
    private, isolated, public, firewall, nat = cuts
    return Tier(private=private, isolated=isolated, public=public, firewall=firewall, nat=nat)


def zone_names(zone_ids: Sequence[str]) -> tuple[str, ...]:
    """Number the zones for resource names, so that a name outlives a zone's ID."""
    return tuple(str(position) for position, _ in enumerate(zone_ids, start=1))
