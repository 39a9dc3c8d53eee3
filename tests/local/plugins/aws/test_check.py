"""What the SDK's types refuse, the stand-in refuses: names, types, what must be there, enums."""

import json

import pulumi
import pytest

from local.plugins.aws import check
from local.plugins.values import UNKNOWN

CLUSTER = {
    "kafkaVersion": "3.9.x",
    "numberOfBrokerNodes": 3,
    "brokerNodeGroupInfo": {
        "clientSubnets": ["a", "b"],
        "instanceType": "kafka.m7g.large",
        "securityGroups": [UNKNOWN],
    },
    "encryptionInfo": {"encryptionInTransit": {"clientBroker": "TLS", "inCluster": True}},
}
KAFKA = "aws:msk/cluster:Cluster"


def told(token, inputs):
    return dict(check.faults(token, inputs))


def changed(path, value):
    """Return the cluster with another value at a dotted path."""
    made = json.loads(json.dumps(CLUSTER, default=lambda _: "known"))
    *outer, last = path.split(".")
    at = made
    for key in outer:
        at = at[key]
    at[last] = value
    return made


def test_inputs_that_fit_are_taken_and_what_is_not_known_yet_too():
    assert check.faults(KAFKA, CLUSTER) == []


def test_a_misspelt_nested_property_is_named_with_the_one_that_was_meant():
    faults = told(KAFKA, changed("encryptionInfo.encryptionInTransit.in_clustr", "yes"))

    assert faults == {
        "encryptionInfo.encryptionInTransit.in_clustr": (
            "in_clustr is no property of ClusterEncryptionInfoEncryptionInTransit;"
            " is in_cluster meant?"
        )
    }


def test_a_name_that_is_like_no_property_is_told_what_there_is():
    faults = told(KAFKA, changed("encryptionInfo.encryptionInTransit.zzz", "yes"))

    (reason,) = faults.values()
    assert reason.endswith("it has client_broker, in_cluster")


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("numberOfBrokerNodes", "3", "'3' is not a whole number"),
        ("numberOfBrokerNodes", True, "True is not a whole number"),
        ("kafkaVersion", 3.9, "3.9 is not text"),
        ("encryptionInfo.encryptionInTransit.inCluster", "true", "'true' is not true or false"),
        ("brokerNodeGroupInfo", [], "[] is not a ClusterBrokerNodeGroupInfo"),
        ("brokerNodeGroupInfo.clientSubnets", "a", "'a' is not a list"),
    ],
)
def test_a_value_of_another_type_is_refused_where_it_stands(path, value, reason):
    assert told(KAFKA, changed(path, value)) == {path: reason}


def test_one_wrong_element_of_a_list_is_told_by_its_position():
    faults = told(KAFKA, changed("brokerNodeGroupInfo.clientSubnets", ["a", 2]))

    assert faults == {"brokerNodeGroupInfo.clientSubnets[1]": "2 is not text"}


def test_what_must_be_there_is_missed_at_every_depth_and_all_at_once():
    inputs = changed("brokerNodeGroupInfo", {"clientSubnets": ["a"], "securityGroups": []})
    del inputs["kafkaVersion"]

    assert set(told(KAFKA, inputs)) == {"kafkaVersion", "brokerNodeGroupInfo.instanceType"}


def test_nothing_given_is_the_same_as_not_there():
    assert set(told(KAFKA, CLUSTER | {"kafkaVersion": None})) == {"kafkaVersion"}


def test_a_value_outside_an_enum_is_refused_with_what_is_in_it():
    record = {"zoneId": "Z1", "name": "pay.example.com", "type": "CNAMES"}

    assert told("aws:route53/record:Record", record)["type"].startswith(
        "'CNAMES' is no RecordType, such as CNAME"
    )


def test_a_map_is_judged_by_its_values_not_its_keys():
    assert told("aws:kms/key:Key", {"tags": {"any.key": "text", "other": 5}}) == {
        "tags.other": "5 is not text"
    }


def test_a_policy_may_be_text_or_a_document():
    role = {"role": "r", "policy": "{}"}
    document = {"Version": "2012-10-17", "Statement": []}

    assert told("aws:iam/rolePolicy:RolePolicy", role) == {}
    assert told("aws:iam/rolePolicy:RolePolicy", role | {"policy": document}) == {}
    assert told("aws:iam/rolePolicy:RolePolicy", role | {"policy": 5}) != {}


def test_an_archive_is_not_text():
    given = {"bucket": "b", "key": pulumi.AssetArchive({})}

    assert list(told("aws:s3/bucketObjectv2:BucketObjectv2", given)) == ["key"]


def test_a_type_that_the_sdk_has_not_is_named():
    assert told("aws:msk/klaster:Klaster", {}) == {
        "": "pulumi_aws has no resource type aws:msk/klaster:Klaster"
    }
