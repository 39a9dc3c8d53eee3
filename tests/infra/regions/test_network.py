"""Network, without deploying one."""

import pytest

from infra.regions.network import Network, NetworkArgs
from infra.regions.settings import NetworkSettings

ZONES = ["use1-az1", "use1-az2", "use1-az4"]


def network(**settings):
    return Network(
        "net",
        NetworkArgs(
            region="us-east-1",
            cidr="10.16.0.0/16",
            zone_ids=ZONES,
            settings=NetworkSettings(**settings),
            log_key_arn="arn:key",
            log_bucket_arn="arn:bucket",
        ),
    )


@pytest.fixture(scope="module")
def whole(deploy):
    return deploy(network)


def test_zones_are_chosen_by_id_so_that_nothing_is_looked_up(whole):
    private = [each for each in whole.all("aws:ec2/subnet:Subnet") if "-private-" in each.name]

    assert [each["availabilityZoneId"] for each in private] == ZONES


def test_no_subnet_gives_out_public_addresses(whole):
    assert {each["mapPublicIpOnLaunch"] for each in whole.all("aws:ec2/subnet:Subnet")} == {False}


def test_what_aws_fills_by_default_is_emptied(whole):
    group = whole.only("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")

    assert (group["ingress"], group["egress"]) == ([], [])
    assert whole.only("aws:ec2/defaultRouteTable:DefaultRouteTable")["routes"] == []


def test_isolated_subnets_have_no_way_out(whole):
    isolated = whole.named("aws:ec2/routeTable:RouteTable", "net-isolated")
    ways = [each["routeTableId"] for each in whole.all("aws:ec2/route:Route")]

    assert f"{isolated.name}_id" not in ways
    acl = whole.only("aws:ec2/networkAcl:NetworkAcl")
    assert {each["cidrBlock"] for each in acl["egress"]} == {"10.0.0.0/8"}


def test_what_leaves_and_what_comes_back_pass_the_firewall_of_its_zone(whole):
    for zone in (1, 2, 3):
        there = whole.named("aws:ec2/route:Route", f"net-private-{zone}")
        back = whole.named("aws:ec2/route:Route", f"net-back-{zone}")
        assert there["vpcEndpointId"] == back["vpcEndpointId"] == f"vpce-{zone}"


def test_the_firewall_lets_listed_names_by_and_drops_the_rest(whole):
    rules = whole.only("aws:networkfirewall/ruleGroup:RuleGroup")["ruleGroup"]
    policy = whole.only("aws:networkfirewall/firewallPolicy:FirewallPolicy")["firewallPolicy"]

    assert rules["rulesSource"]["rulesSourceList"]["generatedRulesType"] == "ALLOWLIST"
    assert "aws:drop_established" in policy["statefulDefaultActions"]


def test_all_traffic_is_logged(whole):
    assert whole.only("aws:ec2/flowLog:FlowLog")["trafficType"] == "ALL"


def test_nodes_reach_aws_by_endpoints(whole):
    services = {
        each["serviceName"].removeprefix("com.amazonaws.us-east-1.")
        for each in whole.all("aws:ec2/vpcEndpoint:VpcEndpoint")
    }

    needed = {"ec2", "ecr.api", "ecr.dkr", "logs", "sts", "elasticloadbalancing", "autoscaling"}
    assert needed | {"ssm", "s3", "kms", "eks-auth"} <= services


@pytest.mark.parametrize(("nat", "gateways"), [("per-zone", 3), ("single", 1), ("none", 0)])
def test_there_is_a_nat_for_each_zone_one_for_all_or_none(deploy, nat, gateways):
    engine = deploy(lambda: network(nat=nat, egress_firewall=False))

    assert len(engine.all("aws:ec2/natGateway:NatGateway")) == gateways
    assert not engine.all("aws:networkfirewall/firewall:Firewall")


def test_at_preview_the_firewalls_endpoints_may_be_unknown(deploy):
    assert deploy(network, preview=True).all("aws:ec2/route:Route")
