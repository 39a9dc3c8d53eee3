"""Settings: read whole, or refused with everything that is wrong."""

import copy
import dataclasses
import pathlib
import re

import pytest

from infra.sections import camel_case
from infra.settings import ConfigurationError, Settings, parse

GOOD = {
    "region": "us-east-1",
    "peer": "",
    "regions": {
        "us-east-1": {"cidr": "10.16.0.0/16", "zoneIds": ["use1-az1", "use1-az2", "use1-az4"]},
        "eu-west-1": {"cidr": "10.32.0.0/16", "zoneIds": ["euw1-az1", "euw1-az2", "euw1-az3"]},
    },
    "accountId": "111122223333",
    "domain": "example.com",
    "owner": "payments",
    "costCentre": "42",
    "provisionerArn": "arn:aws:iam::111122223333:role/provisioner",
    "image": "registry.example.com/evenkeel@sha256:" + "a" * 64,
    "acquirerUrl": "https://acquirer.example.com",
    "edge": {"hostedZoneId": "Z0123456789ABC"},
}


NO_TYPES = {"nodes": {"system": {"instanceTypes": [], "nodesMin": 1, "nodesMax": 2}}}


def configured(**changes):
    changed = copy.deepcopy(GOOD) | changes
    return {key: value for key, value in changed.items() if value is not None}


def mistakes(**changes):
    with pytest.raises(ConfigurationError) as refused:
        parse(configured(**changes))
    return {each.key.split(":", 1)[1]: each for each in refused.value.mistakes}


def test_defaults_are_the_safe_ones():
    settings = parse(configured())

    assert settings.deletion_protected
    assert settings.cluster.public_access_cidrs == ()
    assert (settings.processor.min, settings.processor.max) == (4, 60)
    assert (settings.audit.mode, settings.audit.retention_years) == ("COMPLIANCE", 7)
    assert settings.network.nat == "per-zone"
    assert settings.kafka.replication.engine == "msk-connect"


def test_every_mistake_is_told_at_once_with_key_value_and_what_is_expected():
    found = mistakes(
        accountId="42",
        image="registry.example.com/evenkeel:latest",
        owner=None,
        kafka={"volumeGib": "many", "colour": "red"},
        deletionProtected="yes",
        surprise=1,
    )

    assert set(found) == {
        "accountId",
        "image",
        "owner",
        "kafka.volumeGib",
        "kafka.colour",
        "deletionProtected",
        "surprise",
    }
    assert str(found["image"]).endswith(
        "found 'registry.example.com/evenkeel:latest', "
        "expected an image by digest: <repository>@sha256:<64 hex>"
    )
    assert "found nothing" in str(found["owner"])


def test_the_message_counts_and_lists_the_mistakes():
    with pytest.raises(ConfigurationError, match=r"(?s)has 2 mistakes.*accountId.*domain"):
        parse(configured(accountId="1", domain="nowhere"))


def test_a_zone_that_neither_msk_nor_eks_can_be_in_is_refused():
    regions = copy.deepcopy(GOOD["regions"])
    regions["us-east-1"]["zoneIds"][2] = "use1-az3"

    assert "not use1-az3" in str(mistakes(regions=regions)["regions.us-east-1.zoneIds[2]"])


@pytest.mark.parametrize("zones", [["use1-az1", "use1-az2"], ["use1-az1"] * 3])
def test_three_different_zones_are_needed(zones):
    regions = copy.deepcopy(GOOD["regions"])
    regions["us-east-1"]["zoneIds"] = zones

    assert "3 different zoneIds" in str(mistakes(regions=regions)["regions.us-east-1"])


def test_regions_whose_networks_overlap_are_refused():
    regions = copy.deepcopy(GOOD["regions"])
    regions["eu-west-1"]["cidr"] = "10.16.128.0/17"

    found = mistakes(regions=regions)["regions.eu-west-1.cidr"]
    assert "apart from us-east-1's 10.16.0.0/16" in found.expected


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "10.16.0.0/24", "8.8.0.0/16", "10.16.0.1/16", "x"])
def test_a_network_is_private_and_of_a_size_that_fits(cidr):
    regions = copy.deepcopy(GOOD["regions"])
    regions["eu-west-1"]["cidr"] = cidr

    assert "regions.eu-west-1.cidr" in mistakes(regions=regions)


@pytest.mark.parametrize("peer", ["us-east-1", "mars-1", "eu-west-1, mars-1"])
def test_a_peer_is_another_of_the_regions(peer):
    assert mistakes(peer=peer)["peer"].expected == "another of the regions: us-east-1, eu-west-1"


def test_more_processors_than_partitions_are_refused():
    assert "no more than 60" in mistakes(processor={"max": 61})["processor"].expected


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ({"network": {"nat": "none"}}, "network"),
        ({"network": {"nat": "two"}}, "network.nat"),
        ({"cluster": {"publicAccessCidrs": ["0.0.0.0/0"]}}, "cluster"),
        ({"cluster": {"version": "1.12"}}, "cluster.version"),
        ({"kafka": {"instanceType": "express.m7g.large"}}, "kafka"),
        ({"kafka": {"volumeGib": 300, "volumeGibMax": 200}}, "kafka"),
        ({"kafka": {"replication": {"engine": "strimzi"}}}, "kafka.replication"),
        (
            {"nodes": {"system": {"instanceTypes": [], "nodesMin": 1, "nodesMax": 2}}},
            "nodes.system",
        ),
        ({"edge": {"hostedZoneId": "Z0123456789ABC", "trafficDial": 101}}, "edge.trafficDial"),
        ({"audit": {"retentionYears": True}}, "audit.retentionYears"),
        ({"provisionerArn": "arn:aws:iam::999999999999:role/x"}, "provisionerArn"),
    ],
)
def test_what_cannot_be_is_refused(section, key):
    assert key in mistakes(**section)


def test_regions_stand_in_a_ring_so_that_each_has_a_neighbour():
    third = {"cidr": "10.48.0.0/16", "zoneIds": ["apse1-az1", "apse1-az2", "apse1-az3"]}
    regions = {**GOOD["regions"], "ap-southeast-1": third}
    around = {
        region: parse(configured(regions=regions, region=region)).neighbour for region in regions
    }

    assert around == {
        "us-east-1": "eu-west-1",
        "eu-west-1": "ap-southeast-1",
        "ap-southeast-1": "us-east-1",
    }


def test_a_third_region_links_to_both_before_it():
    third = {"cidr": "10.48.0.0/16", "zoneIds": ["apse1-az1", "apse1-az2", "apse1-az3"]}
    settings = parse(
        configured(
            region="ap-southeast-1",
            regions={**GOOD["regions"], "ap-southeast-1": third},
            peer="us-east-1, eu-west-1",
        )
    )

    assert settings.peers == ("us-east-1", "eu-west-1")


def test_every_key_is_described_where_a_reader_looks_first():
    described = (pathlib.Path(__file__).parents[2] / "Pulumi.yaml").read_text()

    missing = [
        camel_case(each.name)
        for each in dataclasses.fields(Settings)
        if not re.search(rf"\b{camel_case(each.name)}\b", described)
    ]
    assert missing == []
