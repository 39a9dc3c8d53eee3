"""A topic, on a real broker of its own."""

import asyncio
import json

import pytest

from local import pki, process
from local.places import Place
from local.plugins.aws import topic
from local.plugins.aws.provider import Aws
from local.plugins.standin import Resource, StandInError
from local.servers import kafka

CLUSTER = "arn:aws:kafka:us-east-1:111122223333:cluster/payments/0-1"
PLACE = Place("us-east-1")
TYPE = "aws:msk/topic:Topic"


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """Start one region's Kafka on addresses apart from those of a cloud that may be up."""
    patch = pytest.MonkeyPatch()
    patch.setenv("EVENKEEL_HOME", str(tmp_path_factory.mktemp("home")))
    patch.setenv("EVENKEEL_LOCAL_NET", "94")
    pki.make()
    server = kafka.broker(PLACE)
    server.start()
    try:
        server.wait()
        yield
    finally:
        process.stop(server.name, kill=True)
        patch.undo()


def declared(name, partitions=2, **settings):
    settings = {"retention.ms": "60000", "min.insync.replicas": "2", **settings}
    inputs = {
        "clusterArn": CLUSTER,
        "name": name,
        "partitionCount": partitions,
        "replicationFactor": 3,
        "configs": json.dumps(settings, sort_keys=True),
    }
    return Resource(urn="urn::t::n", type=TYPE, name=name, id="id", inputs=inputs, state=inputs)


def live(name):
    async def look():
        async with topic._admin(PLACE) as admin:
            return await topic._live(admin, name)

    return asyncio.run(look())


def kind():
    return Aws().kind(TYPE)


def test_a_topic_has_the_programs_partitions_and_settings_but_one_replica(broker):
    identity, _ = kind().create(declared("made"))

    assert identity == "arn:aws:kafka:us-east-1:111122223333:topic/payments/0-1/made"
    assert kind().read(declared("made"))["partitionCount"] == 2
    assert live("made")["retention.ms"] == "60000"
    assert live("made")["min.insync.replicas"] == "1"


def test_a_topic_that_is_as_declared_does_not_drift(broker):
    kind().create(declared("same"))

    seen = kind().read(declared("same"))

    inputs = declared("same").inputs
    assert Aws().drifted(TYPE, inputs, seen) == inputs


def test_a_topic_grows_and_its_settings_change_in_place(broker):
    kind().create(declared("grown"))

    kind().update(declared("grown", 3, **{"retention.ms": "120000"}))

    assert kind().read(declared("grown"))["partitionCount"] == 3
    assert live("grown")["retention.ms"] == "120000"


def test_a_setting_that_somebody_changed_drifts(broker):
    kind().create(declared("changed", **{"retention.ms": "1000"}))

    seen = kind().read(declared("changed"))

    assert json.loads(seen["configs"])["retention.ms"] == "1000"


def test_a_topic_does_not_shrink(broker):
    kind().create(declared("narrow", 2))

    with pytest.raises(StandInError, match="narrow has 2 partitions and can't have 1"):
        kind().update(declared("narrow", 1))


def test_a_setting_that_kafka_does_not_know_is_refused(broker):
    with pytest.raises(StandInError, match="InvalidConfig"):
        kind().create(declared("odd", **{"retention.mss": "1"}))


def test_a_topic_that_is_there_already_is_taken_over(broker):
    kind().create(declared("twice"))

    kind().create(declared("twice", 4))

    assert kind().read(declared("twice"))["partitionCount"] == 4


def test_a_deleted_topic_is_gone_and_one_that_is_gone_can_be_deleted(broker):
    kind().create(declared("short"))

    kind().delete(declared("short"))
    kind().delete(declared("short"))

    assert kind().read(declared("short")) is None


def test_a_kafka_that_is_not_up_is_named(broker, monkeypatch):
    away = declared("away")
    away.inputs["clusterArn"] = CLUSTER.replace("us-east-1", "eu-west-1")

    with pytest.raises(StandInError, match=r"topic away: Kafka of eu-west-1 at .* is up"):
        kind().read(away)
