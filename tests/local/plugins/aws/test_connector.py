"""A connector, against a worker on loopback that remembers what it was told."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from local.places import Place
from local.plugins.aws import connector
from local.plugins.aws.provider import Aws
from local.plugins.standin import Resource, StandInError

EAST, WEST = Place("us-east-1"), Place("eu-west-1")
BROKERS = "b-1.payments.evenkl.c1.kafka.{}.amazonaws.com:9098"
GIVEN = {
    "connector.class": "org.apache.kafka.connect.mirror.MirrorSourceConnector",
    "source.cluster.alias": "eu-west-1",
    "source.cluster.bootstrap.servers": BROKERS.format("eu-west-1"),
    "target.cluster.bootstrap.servers": BROKERS.format("us-east-1"),
    "source.cluster.security.protocol": "SASL_SSL",
    "source.cluster.sasl.mechanism": "AWS_MSK_IAM",
    "source.cluster.sasl.jaas.config": "software.amazon.msk.auth.iam.IAMLoginModule required;",
    "source.cluster.reconnect.backoff.ms": "1000",
    "offset-syncs.topic.replication.factor": "3",
    "replication.factor": "3",
    "topics": r"payments\..*",
}


@pytest.fixture
def worker(monkeypatch):
    """Give a worker: what connectors it has, what it says of their state, what it refuses."""
    told = SimpleNamespace(connectors={}, states=["RUNNING"], busy=0, refuses="")

    class Handler(BaseHTTPRequestHandler):
        def _handle(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            name = self.path.split("/")[2]
            status, answer = 200, {}
            if told.busy:
                told.busy, status = told.busy - 1, 409
            elif self.command == "PUT" and told.refuses:
                status, answer = 400, {"message": told.refuses}
            elif self.command == "PUT":
                told.connectors[name] = json.loads(body)
            elif name not in told.connectors:
                status = 404
            elif self.command == "DELETE":
                del told.connectors[name]
                status = 204
            elif self.path.endswith("/status"):
                state = told.states.pop(0) if len(told.states) > 1 else told.states[0]
                task = {"state": state, "trace": "NoSuchTopic: none\n\tat x"}
                answer = {"connector": {"state": state}, "tasks": [task]}
            else:
                answer = {"config": {**told.connectors[name], "name": name}}
            text = b"" if status == 204 else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_PUT = do_DELETE = _handle  # noqa: N815 - the server's names

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(Place, "connect_url", property(lambda _: url))
    monkeypatch.setattr(connector, "POLL_SECONDS", 0.001)
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def kind(monkeypatch):
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return Aws().kind("aws:mskconnect/connector:Connector")


def mirror(state=None, **settings):
    inputs = {"name": "mirror", "connectorConfiguration": {**GIVEN, **settings}}
    return Resource(
        urn="urn::t::n", type="t", name="n", id="arn", inputs=inputs, state=state or inputs
    )


def test_only_how_to_reach_the_brokers_and_sign_in_differs_from_what_the_program_says(home):
    found = connector.configuration(GIVEN, EAST)

    changed = {key for key in GIVEN if found.get(key) != GIVEN[key]}
    assert changed == {
        "source.cluster.bootstrap.servers",
        "target.cluster.bootstrap.servers",
        "source.cluster.security.protocol",
        "source.cluster.sasl.mechanism",
        "source.cluster.sasl.jaas.config",
        "offset-syncs.topic.replication.factor",
        "replication.factor",
    }


def test_the_other_regions_broker_is_reached_over_the_atlantic(home):
    found = connector.configuration(GIVEN, EAST)

    assert found["target.cluster.bootstrap.servers"] == EAST.kafka
    assert found["source.cluster.bootstrap.servers"] not in (EAST.kafka, WEST.kafka)
    assert found["source.cluster.bootstrap.servers"].endswith(":9098")


def test_a_client_signs_in_with_a_certificate_and_nothing_of_iam_is_left(home):
    found = connector.configuration(GIVEN, EAST)

    assert not [key for key in found if ".sasl." in key]
    assert found["source.cluster.security.protocol"] == "SSL"
    assert found["source.cluster.ssl.keystore.location"] == str(home / "pki" / "connect.keystore")
    assert found["source.cluster.ssl.truststore.location"] == str(home / "pki" / "ca.pem")
    assert "target.cluster.ssl.keystore.location" not in found


def test_a_connector_is_made_once_it_runs(home, worker, kind):
    worker.states = ["UNASSIGNED", "RUNNING"]
    worker.busy = 2

    identity, _ = kind.create(mirror())

    assert identity.startswith("arn:aws:kafkaconnect:us-east-1:111122223333:connector/mirror/")
    assert worker.connectors["mirror"]["topics"] == GIVEN["topics"]


def test_a_connector_that_fails_says_why(home, worker, kind):
    worker.states = ["FAILED"]

    with pytest.raises(StandInError, match="connector mirror failed: NoSuchTopic: none"):
        kind.create(mirror())


def test_a_configuration_that_the_worker_refuses_is_told_in_its_words(home, worker, kind):
    worker.refuses = "tasks.max must be a number"

    with pytest.raises(StandInError, match=r"us-east-1 refuses.*tasks.max must be a number"):
        kind.create(mirror())


def test_a_connector_that_somebody_removed_is_gone(home, worker, kind):
    kind.create(mirror())
    assert kind.read(mirror()) is not None

    worker.connectors.clear()

    assert kind.read(mirror()) is None


def test_a_connector_that_somebody_changed_is_put_right(home, worker, kind):
    provider = Aws()
    kind.create(mirror())
    worker.connectors["mirror"]["topics"] = "everything"

    seen = kind.read(mirror())
    drifted = provider.drifted("aws:mskconnect/connector:Connector", mirror().inputs, seen)
    kind.update(mirror())

    assert drifted["connectorConfiguration"]["topics"] == "everything"
    assert worker.connectors["mirror"]["topics"] == GIVEN["topics"]


def test_an_unchanged_connector_does_not_drift(home, worker, kind):
    kind.create(mirror())

    seen = kind.read(mirror())

    assert seen["connectorConfiguration"] == GIVEN


def test_a_deleted_connector_is_gone_and_one_that_is_gone_can_be_deleted(home, worker, kind):
    kind.create(mirror())

    kind.delete(mirror())
    kind.delete(mirror())

    assert worker.connectors == {}


def test_a_worker_that_is_not_up_is_named(home, kind, monkeypatch):
    monkeypatch.setattr(Place, "connect_url", property(lambda _: "http://127.0.0.1:9"))

    with pytest.raises(StandInError, match=r"Connect of us-east-1 at .*:9 can't be reached"):
        kind.read(mirror())
