"""The program itself, both stacks, to the end."""

import json
import pathlib
import runpy

import pulumi
import pytest
import yaml

from infra.protection import STATEFUL

ROOT = pathlib.Path(__file__).parents[1]
STACKS = ("us-east-1", "eu-west-1")
EARLIER = {
    "organization/evenkeel/us-east-1": {
        "vpcId": "vpc-1",
        "routeTableIds": ["rtb-1", "rtb-2", "rtb-3", "rtb-4"],
        "privateSubnetIds": ["subnet-1", "subnet-2", "subnet-3"],
        "nodesSecurityGroupId": "sg-nodes",
        "kafkaSecurityGroupId": "sg-kafka",
        "kafkaClusterArn": "arn:aws:kafka:us-east-1:111122223333:cluster/payments/uuid-1",
        "kafkaBootstrapBrokers": "b-1.payments.kafka.us-east-1.amazonaws.com:9098",
        "kubeconfig": "{}",
        "internalZoneId": "Z1",
        "auditKeyArn": "arn:aws:kms:us-east-1:111122223333:key/mrk-1",
        "logsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/2",
        "listenerArn": "arn:aws:globalaccelerator::111122223333:accelerator/a/listener/l",
    }
}


def config(stack):
    """Give a stack's configuration as the engine hands it over: texts, and JSON for the rest."""
    values = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()
    }


@pytest.fixture(scope="module")
def exports():
    """Give the names that each stack exports, filled as the stacks run."""
    return {}


@pytest.fixture(scope="module")
def engines(deploy, exports):
    """Give each stack's engine after a whole run."""
    ran = {}
    with pytest.MonkeyPatch.context() as patch:
        for stack in STACKS:
            exports[stack] = {}
            patch.setattr(pulumi, "export", exports[stack].__setitem__)
            ran[stack] = deploy(
                lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
                config=config(stack),
                stacks=EARLIER,
                stack_name=stack,
            )
    return ran


def test_the_first_region_stands_alone_and_owns_the_accelerator(engines):
    engine = engines["us-east-1"]

    assert len(engine.all("aws:msk/topic:Topic")) == 4
    assert not engine.all("aws:mskconnect/connector:Connector")
    assert engine.only("aws:globalaccelerator/accelerator:Accelerator")


def test_the_second_region_links_to_the_first_in_both_directions(engines):
    engine = engines["eu-west-1"]

    aliases = {
        (
            each["connectorConfiguration"]["source.cluster.alias"],
            each["connectorConfiguration"]["target.cluster.alias"],
        )
        for each in engine.all("aws:mskconnect/connector:Connector")
    }
    assert aliases == {("us-east-1", "eu-west-1"), ("eu-west-1", "us-east-1")}
    assert len(engine.all("aws:mskconnect/connector:Connector")) == 6
    assert len(engine.all("aws:s3/bucketReplicationConfig:BucketReplicationConfig")) == 2
    assert not engine.all("aws:globalaccelerator/accelerator:Accelerator")


def test_only_replication_and_intake_are_open_between_the_regions(engines):
    open_to_peer = {
        (each["fromPort"], each["toPort"])
        for each in engines["eu-west-1"].all(
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
        )
        if each.get("cidrIpv4", "").startswith("10.16.")
    }

    assert open_to_peer == {(9098, 9098), (8443, 8443)}


def test_a_region_exports_what_a_later_one_reads(engines, exports):
    assert set(next(iter(EARLIER.values()))) <= set(exports["us-east-1"])
    assert set(exports["us-east-1"]) == set(exports["eu-west-1"])


@pytest.mark.parametrize("stack", STACKS)
def test_whatever_keeps_data_is_protected(engines, stack):
    kept = [each for each in engines[stack].registered if each.type in STATEFUL]

    assert kept
    assert [each.name for each in kept if not each.protect] == []


@pytest.mark.parametrize("stack", STACKS)
def test_everything_that_can_be_tagged_says_whose_it_is(engines, stack):
    tagged = [
        each
        for each in engines[stack].registered
        if each.type.startswith("aws:") and "tags" in each
    ]

    assert len(tagged) > 100
    for each in tagged:
        assert {"owner", "cost-centre", "pci-scope", "data-classification"} <= set(each["tags"])


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_of_aws_has_the_regions_own_provider(engines, stack):
    strays = [
        each.name
        for each in engines[stack].registered
        if each.type.startswith("aws:") and "evenkeel-" not in each.provider
    ]

    assert strays == []


def test_both_stacks_have_the_same_keys():
    assert set(config("us-east-1")) == set(config("eu-west-1"))


def test_the_program_stays_a_bill_of_materials():
    assert len((ROOT / "__main__.py").read_text().splitlines()) < 40
