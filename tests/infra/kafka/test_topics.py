"""The table of topics."""

import re

import pytest

from infra import names
from infra.kafka.topics import MIRRORED_PATTERN, TOPICS, Topic, fewer_partitions


def test_every_topic_is_mirrored_and_no_copy_is_mirrored_again():
    for topic in TOPICS:
        assert re.fullmatch(MIRRORED_PATTERN, topic.name)
        assert not re.fullmatch(MIRRORED_PATTERN, names.mirrored(topic.name, "us-east-1"))


def test_every_part_that_a_topic_names_exists():
    parts = {each for topic in TOPICS for each in (*topic.producers, *topic.consumers)}

    assert parts <= set(names.DATABASE_ROLES)


def test_topics_that_one_reader_joins_are_equally_wide():
    widths = {each.partitions for each in TOPICS if each.consumers}

    assert widths == {60}


def test_losing_partitions_is_told_and_gaining_or_dropping_a_topic_is_not():
    before = {"a": 6, "b": 6, "gone": 3}

    assert len(fewer_partitions(before, {"a": 3, "b": 12})) == 1
    assert "a has 6 partitions" in fewer_partitions(before, {"a": 3, "b": 12})[0]


def test_a_topic_without_partitions_is_refused():
    with pytest.raises(ValueError, match="0 partitions"):
        Topic(name="x", partitions=0, retention_days=1, producers=(), consumers=())
