import pytest

from infra.security.namespaces import ROOMS
from infra.security.netpolicy import NetworkPolicies, NetworkPoliciesArgs
from infra.services import SERVICES

POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


@pytest.fixture
def policies(deploy):
    args = NetworkPoliciesArgs(vpc_cidr="10.16.0.0/16", peer_cidrs=("10.17.0.0/16",))
    return {each.name: each for each in deploy(lambda: NetworkPolicies("p", args)).all(POLICY)}


def test_every_namespace_denies_both_directions_by_default(policies):
    for room in ROOMS:
        spec = policies[f"{room.name}-default-deny"]["spec"]
        assert spec["podSelector"] == {}
        assert spec["policyTypes"] == ["Ingress", "Egress"]
        assert spec["ingress"] == spec["egress"] == []


def test_each_part_has_a_policy_of_its_own_and_no_rule_without_ends_or_ports(policies):
    for service in SERVICES:
        spec = policies[f"payments-{service.name}"]["spec"]
        assert spec["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": service.name}}
        assert all(each["from"] and each["ports"] for each in spec["ingress"])
        assert all(each["to"] and each["ports"] for each in spec["egress"])


def test_brokers_are_reached_in_the_own_network_only_and_the_peer_in_its_own(policies):
    out = policies["payments-payment-processor"]["spec"]["egress"]
    to = {each["ports"][0]["port"]: each["to"] for each in out}

    assert to[9098] == [{"ipBlock": {"cidr": "10.16.0.0/16"}}]
    assert to[8443] == [{"ipBlock": {"cidr": "10.17.0.0/16"}}]


def test_nobody_reaches_the_metadata_service_of_a_node(policies):
    for policy in policies.values():
        for rule in policy["spec"].get("egress", []):
            for target in rule["to"]:
                block = target.get("ipBlock", {})
                if block.get("cidr") == "0.0.0.0/0":
                    assert "169.254.169.254/32" in block["except"]


def test_a_part_without_the_acquirer_in_its_row_cannot_reach_the_internet(policies):
    out = policies["payments-payment-fraud"]["spec"]["egress"]

    assert not [to for each in out for to in each["to"] if to.get("ipBlock", {}).get("except")]
