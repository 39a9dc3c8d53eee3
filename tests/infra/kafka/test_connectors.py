"""MirrorMaker's configuration, and what it refuses."""

import pytest

from infra.kafka.connectors import CLASSES, Direction, MirrorPlan, connectors, refuse_loops

EAST, WEST = "us-east-1", "eu-west-1"


def direction(source=EAST, target=WEST, worker=None, *, identity_names=False):
    return Direction(
        source=source, target=target, worker=worker or target, identity_names=identity_names
    )


def rendered(**changes):
    plan = MirrorPlan(
        direction=direction(), source_brokers="east:9098", target_brokers="west:9098", **changes
    )
    return connectors(plan)


def test_there_are_source_checkpoint_and_heartbeat():
    assert set(rendered()) == set(CLASSES)
    assert {each["connector.class"] for each in rendered().values()} == set(CLASSES.values())


def test_the_source_is_only_read():
    assert rendered()["source"]["offset-syncs.topic.location"] == "target"
    assert rendered()["checkpoint"]["offset-syncs.topic.location"] == "target"


def test_whatever_it_creates_has_three_copies():
    copies = {
        key: value
        for each in rendered().values()
        for key, value in each.items()
        if key.endswith("replication.factor")
    }

    assert len(copies) == 4
    assert set(copies.values()) == {"3"}


def test_access_lists_are_not_copied_and_group_positions_are():
    assert rendered()["source"]["sync.topic.acls.enabled"] == "false"
    assert rendered()["checkpoint"]["sync.group.offsets.enabled"] == "true"


def test_copies_are_named_for_their_source_unless_asked_otherwise():
    assert rendered()["source"]["replication.policy.class"].endswith("DefaultReplicationPolicy")


def test_it_signs_in_by_iam_on_both_sides_unless_told_how():
    by_iam = rendered()["source"]
    plain = rendered(sign_in={"security.protocol": "SSL"})["source"]

    for side in ("source", "target"):
        assert by_iam[f"{side}.cluster.sasl.mechanism"] == "AWS_MSK_IAM"
        assert plain[f"{side}.cluster.security.protocol"] == "SSL"
        assert f"{side}.cluster.sasl.mechanism" not in plain


def test_only_the_source_has_several_tasks():
    tasks = {role: each["tasks.max"] for role, each in rendered(tasks_max=6).items()}

    assert tasks == {"source": "6", "checkpoint": "1", "heartbeat": "1"}


def test_two_directions_with_prefixes_are_fine():
    refuse_loops([direction(), direction(WEST, EAST)])


def test_one_direction_under_the_same_names_is_fine():
    refuse_loops([direction(identity_names=True)])


@pytest.mark.parametrize(
    ("directions", "because"),
    [
        ([direction(identity_names=True), direction(WEST, EAST)], "go round for ever"),
        ([direction(worker=EAST)], "stands on us-east-1"),
        ([direction(), direction("EU-west-1", EAST)], "must be one name"),
        ([direction(EAST, EAST)], "to itself"),
    ],
)
def test_what_loops_or_breaks_is_refused(directions, because):
    with pytest.raises(ValueError, match=because):
        refuse_loops(directions)
