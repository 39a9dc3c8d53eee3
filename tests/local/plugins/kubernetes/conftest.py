"""A region's control plane, and the stand-in plugin connected to it."""

import contextlib
import json
import time

import pytest

from local import crds
from local.places import Place
from local.plugins.kubernetes.api import ApiServer, LateError
from local.plugins.kubernetes.provider import Kubernetes
from local.plugins.standin import Resource
from local.servers import etcd, kubernetes
from tests.local.plugins import servers

NET = "86"


def _controllers(place):
    crds.install(place)
    return kubernetes.controllers(place)


@pytest.fixture(scope="session")
def home():
    with servers.region(NET, [etcd.server, kubernetes.apiserver, _controllers]) as home:
        yield home


@pytest.fixture
def place(home):
    with servers.environment(home, NET):
        yield Place(servers.REGION)


@pytest.fixture
def server(place):
    return ApiServer.at(place)


@pytest.fixture
def namespace(server):
    made = server.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"test-{time.time_ns()}"}}
    )
    yield made["metadata"]["name"]
    with contextlib.suppress(LateError):
        server.delete(made, "Background", 0)


@pytest.fixture
def provider(place):
    made = Kubernetes()
    cluster = {"server": "https://us-east-1.eks.evenkeel.internal"}
    made.configured({"kubeconfig": json.dumps({"clusters": [{"cluster": cluster}]})})
    return made


@pytest.fixture
def create(provider):
    """Create an object as the engine would, and give the resource in its state."""

    def create(type_, inputs):
        kind = provider.kind(type_)
        assert kind.check(inputs) == []
        resource = Resource(urn="urn", type=type_, name="it", inputs=inputs)
        identity, state = kind.create(resource)
        return Resource(
            urn="urn", type=type_, name="it", id=identity, inputs=inputs, old_inputs=inputs,
            state=state,
        )  # fmt: skip

    return create
