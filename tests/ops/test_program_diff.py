"""What a change of the program means, told from two previews."""

import pytest

from ops.program_diff import between
from ops.replacing import REPLACING
from ops.stateful import LOST, loss

HEAD = "urn:pulumi:us-east-1::evenkeel::"
TOPIC = "aws:msk/topic:Topic"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def program(**resources):
    return {
        "steps": [
            {"op": "create", "urn": f"{HEAD}{type_}::{name}", "newState": {"inputs": inputs}}
            for name, (type_, inputs) in resources.items()
        ]
    }


def steps(base, head):
    return {
        each["urn"].rsplit("::", 1)[-1]: (each["op"], *each.get("replaceReasons", []))
        for each in between(base, head)["steps"]
    }


def test_what_comes_goes_changes_and_stays():
    base = program(
        stays=(TOPIC, {"name": "a", "partitions": 3}),
        grows=(TOPIC, {"name": "b", "partitions": 3}),
        goes=(TOPIC, {"name": "c"}),
    )
    head = program(
        stays=(TOPIC, {"name": "a", "partitions": 3}),
        grows=(TOPIC, {"name": "b", "partitions": 60}),
        comes=(TOPIC, {"name": "d"}),
    )
    assert steps(base, head) == {"grows": ("update",), "goes": ("delete",), "comes": ("create",)}


@pytest.mark.parametrize(
    ("type_", "old", "new", "outcome"),
    [
        (TOPIC, {"name": "a"}, {"name": "b"}, ("replace", "name")),
        (
            "aws:msk/cluster:Cluster",
            {"brokerNodeGroupInfo": {"clientSubnets": ["a", "b"]}},
            {"brokerNodeGroupInfo": {"clientSubnets": ["a", "c"]}},
            ("replace", "brokerNodeGroupInfo.clientSubnets[1]"),
        ),
        (
            "aws:msk/cluster:Cluster",
            {"brokerNodeGroupInfo": {"instanceType": "a"}},
            {"brokerNodeGroupInfo": {"instanceType": "b"}},
            ("update",),
        ),
        (
            "kubernetes:apps/v1:StatefulSet",
            {"spec": {"volumeClaimTemplates": [{"spec": {"size": 1}}]}},
            {"spec": {"volumeClaimTemplates": []}},
            ("replace", "spec.volumeClaimTemplates"),
        ),
        (
            "kubernetes:apps/v1:Deployment",
            {"metadata": {"namespace": "a"}},
            {"metadata": {"namespace": "b"}},
            ("replace", "metadata.namespace"),
        ),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "a"}, {"cidrBlock": "b"}, ("update",)),
    ],
)
def test_a_change_replaces_where_its_platform_says_so(type_, old, new, outcome):
    assert steps(program(x=(type_, old)), program(x=(type_, new))) == {"x": outcome}


def test_what_neither_version_knows_is_the_same():
    base = program(x=(TOPIC, {"clusterArn": UNKNOWN}))
    assert steps(base, base) == {}


def test_an_error_of_the_new_version_is_kept():
    head = {"steps": [], "diagnostics": [{"severity": "error", "message": "no"}]}
    assert between({"steps": []}, head)["diagnostics"] == head["diagnostics"]


@pytest.mark.parametrize("type_", [each for each in REPLACING if "*" not in each])
def test_what_can_be_replaced_is_said_to_keep_something(type_):
    assert loss(type_)


@pytest.mark.parametrize("pattern", LOST)
def test_each_loss_ends_the_sentence(pattern):
    assert not LOST[pattern].endswith(".")
