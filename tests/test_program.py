"""The program itself, both stacks, to the end."""

import json
import pathlib
import runpy

import pulumi
import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[1]
EARLIER = "organization/evenkeel/us-east-1"


def config(stack):
    """Give a stack's configuration as the engine hands it over: texts, and JSON for the rest."""
    values = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()
    }


def program():
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


@pytest.fixture
def exports(monkeypatch):
    kept = {}
    monkeypatch.setattr(pulumi, "export", kept.__setitem__)
    return kept


@pytest.fixture
def earlier():
    return {
        EARLIER: {
            "vpcId": "vpc-1",
            "routeTableIds": ["rtb-1", "rtb-2", "rtb-3", "rtb-4"],
            "privateSubnetIds": ["subnet-1", "subnet-2", "subnet-3"],
            "nodesSecurityGroupId": "sg-nodes",
            "kafkaSecurityGroupId": "sg-kafka",
            "kafkaClusterArn": "arn:aws:kafka:us-east-1:111122223333:cluster/payments/uuid-1",
            "kafkaBootstrapBrokers": "b-1.payments.kafka.us-east-1.amazonaws.com:9098",
            "internalZoneId": "Z1",
            "auditKeyArn": "arn:aws:kms:us-east-1:111122223333:key/mrk-1",
            "logsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/2",
            "listenerArn": "arn:aws:globalaccelerator::111122223333:accelerator/a/listener/l",
        }
    }


def test_the_first_region_stands_alone(deploy, exports):
    engine = deploy(program, config=config("us-east-1"))

    assert len(engine.all("aws:msk/topic:Topic")) == 4
    assert not engine.all("aws:mskconnect/connector:Connector")
    assert engine.only("aws:globalaccelerator/accelerator:Accelerator")


def test_the_second_region_links_to_the_first(deploy, exports, earlier):
    engine = deploy(program, config=config("eu-west-1"), stacks=earlier, stack_name="eu-west-1")

    assert len(engine.all("aws:mskconnect/connector:Connector")) == 6
    assert not engine.all("aws:globalaccelerator/accelerator:Accelerator")


def test_a_region_exports_what_a_later_one_reads(deploy, exports, earlier):
    deploy(program, config=config("us-east-1"))

    assert set(earlier[EARLIER]) <= set(exports)


@pytest.mark.parametrize("stack", ["us-east-1", "eu-west-1"])
def test_both_stacks_have_the_same_keys(stack):
    assert set(config(stack)) == set(config("us-east-1"))
