"""Peering: both halves of a path."""

import pulumi_aws as aws
import pytest

from infra.regions.peering import Peering, PeeringArgs, Side


def side(region, cidr):
    return Side(
        region=region,
        cidr=cidr,
        vpc_id=f"vpc-{region}",
        route_table_ids=[f"rtb-{region}-1", f"rtb-{region}-2"],
        subnet_ids=["subnet"],
        provider=aws.Provider(region, region=region),
    )


def path(kind="peering"):
    here, there = side("eu-west-1", "10.32.0.0/16"), side("us-east-1", "10.16.0.0/16")
    return Peering("path", PeeringArgs(here=here, there=there, kind=kind))


@pytest.mark.parametrize("kind", ["peering", "transit-gateway"])
def test_each_side_has_a_way_to_the_other(deploy, kind):
    ways = {
        each["routeTableId"]: each["destinationCidrBlock"]
        for each in deploy(lambda: path(kind)).all("aws:ec2/route:Route")
    }

    assert ways == {
        "rtb-eu-west-1-1": "10.16.0.0/16",
        "rtb-eu-west-1-2": "10.16.0.0/16",
        "rtb-us-east-1-1": "10.32.0.0/16",
        "rtb-us-east-1-2": "10.32.0.0/16",
    }


def test_the_far_side_accepts_and_both_resolve_each_others_names(deploy):
    engine = deploy(path)

    accepter = engine.only("aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter")
    assert "us-east-1" in accepter.provider
    options = engine.all("aws:ec2/peeringConnectionOptions:PeeringConnectionOptions")
    assert [each.get("requester") or each.get("accepter") for each in options] == [
        {"allowRemoteVpcDnsResolution": True}
    ] * 2


def test_nobody_elses_network_joins_the_transit_gateway_by_asking(deploy):
    for each in deploy(lambda: path("transit-gateway")).all(
        "aws:ec2transitgateway/transitGateway:TransitGateway"
    ):
        assert each["autoAcceptSharedAttachments"] == "disable"
