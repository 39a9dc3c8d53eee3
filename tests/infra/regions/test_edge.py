"""Edge, without deploying one."""

import pytest

from infra.regions.edge import Edge, EdgeArgs
from infra.regions.settings import EdgeSettings


def edge(listener_arn=None, **settings):
    return Edge(
        "edge",
        EdgeArgs(
            region="us-east-1",
            domain="example.com",
            vpc_id="vpc",
            public_subnet_ids=["subnet-1"],
            nodes_security_group_id="sg-nodes",
            settings=EdgeSettings(hosted_zone_id="Z0123456789ABC", **settings),
            listener_arn=listener_arn,
        ),
    )


@pytest.fixture(scope="module")
def whole(deploy):
    return deploy(edge)


def test_tcp_passes_through_so_that_tls_ends_at_the_gateway(whole):
    assert whole.only("aws:lb/listener:Listener")["protocol"] == "TCP"
    assert whole.only("aws:lb/targetGroup:TargetGroup")["protocol"] == "TCP"


def test_a_zones_share_stays_in_the_zone(whole):
    balancer = whole.only("aws:lb/loadBalancer:LoadBalancer")

    assert balancer["enableCrossZoneLoadBalancing"] is False
    assert balancer["securityGroups"] == ["edge-edge_id"]
    assert balancer["internal"] is False


def test_only_https_comes_in_from_anywhere(whole):
    rules = whole.all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    wide = [each for each in rules if each.get("cidrIpv4")]

    assert [(each["cidrIpv4"], each["fromPort"]) for each in wide] == [("0.0.0.0/0", 443)]


def test_the_first_region_makes_the_accelerator_and_a_later_one_takes_a_share(deploy, whole):
    later = deploy(lambda: edge("arn:listener"))

    assert whole.only("aws:globalaccelerator/accelerator:Accelerator")
    assert not later.all("aws:globalaccelerator/accelerator:Accelerator")
    share = later.only("aws:globalaccelerator/endpointGroup:EndpointGroup")
    assert share["listenerArn"] == "arn:listener"


def test_the_dial_evacuates_a_region(deploy):
    engine = deploy(lambda: edge(traffic_dial=0))

    share = engine.only("aws:globalaccelerator/endpointGroup:EndpointGroup")
    assert share["trafficDialPercentage"] == 0


def test_without_the_accelerator_the_nearest_healthy_region_answers(whole):
    record = whole.named("aws:route53/record:Record", "edge-direct")

    assert record["ttl"] == 30
    assert record["healthCheckId"]
    assert record["latencyRoutingPolicies"] == [{"region": "us-east-1"}]
