"""A network, cut into subnets."""

import ipaddress
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.regions.subnets import subnets


def all_of(tier):
    parts = (tier.private, tier.isolated, tier.public, tier.firewall, tier.nat)
    return [ipaddress.ip_network(each) for part in parts for each in part]


@given(st.integers(0, 255), st.sampled_from([16, 17, 18]), st.integers(1, 3))
def test_subnets_lie_within_and_never_overlap(second, prefix, zones):
    network = ipaddress.ip_network(f"10.{second}.0.0/{prefix}")
    cut = all_of(subnets(str(network), zones))

    assert len(cut) == 5 * zones
    assert all(each.subnet_of(network) for each in cut)
    assert not any(one.overlaps(other) for one, other in itertools.combinations(cut, 2))
    # AWS has none smaller.
    assert all(each.prefixlen <= 28 for each in cut)


def test_pods_have_most_of_the_room():
    tier = subnets("10.16.0.0/16")

    assert tier.private == ("10.16.0.0/18", "10.16.64.0/18", "10.16.128.0/18")
    assert tier.isolated[0] == "10.16.192.0/20"


@pytest.mark.parametrize("zones", [0, 4])
def test_more_zones_than_the_plan_has_room_for_are_refused(zones):
    with pytest.raises(ValueError, match="room for 1 to 3"):
        subnets("10.16.0.0/16", zones)
