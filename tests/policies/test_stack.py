"""Who refers to whom in a stack."""

import pytest

from policies.properties import UNKNOWN, Resource, UndecidableError
from policies.stack import Stack

BUCKET = Resource(
    {"id": "b-1", "arn": "arn:b-1", "bucket": "logs"}, type="aws:s3/bucket:Bucket", urn="urn:b"
)


def block(props, depends=()):
    return Resource(props, type="x", urn="urn:x", dependencies={"bucket": tuple(depends)})


@pytest.mark.parametrize(
    ("props", "depends", "refers"),
    [
        ({"bucket": UNKNOWN}, ["urn:b"], True),
        ({"bucket": UNKNOWN}, ["urn:other"], False),
        ({"bucket": "b-1"}, [], True),
        ({"bucket": "arn:b-1"}, [], True),
        ({"bucket": "logs"}, [], True),
        ({"bucket": "others"}, [], False),
        ({}, [], False),
        ({"bucket": {"deep": ["b-1"]}}, [], True),
    ],
)
def test_a_property_refers_by_where_it_came_from_or_by_what_it_says(props, depends, refers):
    one = block(props, depends)
    assert Stack((BUCKET, one)).refers(one, BUCKET, "bucket") is refers


def test_an_unknown_that_came_from_nowhere_known_is_undecidable():
    one = block({"bucket": UNKNOWN})
    with pytest.raises(UndecidableError):
        Stack((BUCKET, one)).refers(one, BUCKET, "bucket")


def test_without_a_path_any_property_may_refer():
    one = block({"anything": {"at": "arn:b-1"}})
    assert Stack((BUCKET, one)).refers(one, BUCKET)
    assert not Stack((BUCKET, one)).refers(block({"anything": "logs"}), BUCKET)


def test_a_type_may_hold_a_star():
    stack = Stack(
        (
            Resource({}, type="kubernetes:apps/v1:Deployment", urn="1"),
            Resource({}, type="kubernetes:apps/v1beta1:Deployment", urn="2"),
            Resource({}, type="kubernetes:apps/v1:DaemonSet", urn="3"),
        )
    )
    assert [each.urn for each in stack.of("kubernetes:apps/*:Deployment")] == ["1", "2"]


def test_a_stack_that_was_not_sent_can_still_be_named():
    assert Stack(()).root.name == "stack"
