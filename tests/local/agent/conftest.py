"""A region's control plane with the node agent, for the agent's tests."""

import contextlib
import time

import pytest

from local import crds
from local.places import Place
from local.plugins.kubernetes.api import ApiServer, LateError
from local.servers import agent, etcd, kubernetes
from tests.local.plugins import servers

NET = "84"


def _define(place):
    """Define the operators' kinds before the agent asks for them; what follows is the agent."""
    crds.install(place)
    return agent.server(place)


@pytest.fixture(scope="session")
def control_plane():
    factories = (etcd.server, kubernetes.apiserver, kubernetes.controllers, _define)
    with servers.region(NET, factories) as home:
        yield home


@pytest.fixture
def place(control_plane):
    with servers.environment(control_plane, NET):
        yield Place(servers.REGION)


@pytest.fixture
def server(place):
    return ApiServer.at(place)


@pytest.fixture
def namespace(server):
    """A namespace of the test's own, on its way out after it."""
    made = server.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"test-{time.time_ns()}"}}
    )
    yield made["metadata"]["name"]
    with contextlib.suppress(LateError):
        server.delete(made, "Background", 0)
