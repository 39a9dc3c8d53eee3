"""A region's PostgreSQL, and the stand-in plugin connected to it."""

import pytest

from local.places import Place
from local.plugins.postgresql.provider import Postgresql
from local.plugins.standin import Resource
from local.servers import postgres
from tests.local.plugins import servers

NET = "85"


@pytest.fixture(scope="session")
def home():
    with servers.region(NET, [postgres.server]) as home:
        yield home


@pytest.fixture
def place(home):
    with servers.environment(home, NET):
        yield Place(servers.REGION)


@pytest.fixture
def database(place):
    """A connection as the provisioner, to look with."""
    with postgres.connection(place) as connection:
        yield connection


class Stack:
    """What the engine does with resources, by hand; all are removed at the end."""

    def __init__(self, provider):
        self.provider = provider
        self.made = []

    def kind(self, type_):
        return self.provider.kind(f"postgresql:index/{type_[0].lower()}{type_[1:]}:{type_}")

    def create(self, type_, **inputs):
        assert self.kind(type_).check(inputs) == []
        urn = f"urn:test::{type_}::{inputs}"
        resource = Resource(urn=urn, type=type_, name="it", inputs=inputs)
        identity, state = self.kind(type_).create(resource)
        resource = Resource(
            urn=urn, type=type_, name="it", id=identity, inputs=inputs, old_inputs=inputs,
            state=state,
        )  # fmt: skip
        self.made.append(resource)
        return resource

    def update(self, resource, **changes):
        inputs = {**resource.inputs, **changes}
        new = Resource(
            urn=resource.urn, type=resource.type, name="it", id=resource.id,
            inputs={k: v for k, v in inputs.items() if v is not None},
            old_inputs=resource.inputs, state=resource.state,
        )  # fmt: skip
        return self.kind(resource.type).update(new)

    def read(self, resource):
        return self.kind(resource.type).read(resource)

    def delete(self, resource):
        self.kind(resource.type).delete(resource)


@pytest.fixture
def stack(place):
    provider = Postgresql()
    provider.configured(
        {
            "host": "db.us-east-1.evenkeel.internal",
            "username": "provisioner",
            "sslmode": "verify-full",
            "database": "postgres",
        }
    )
    made = Stack(provider)
    yield made
    for resource in reversed(made.made):
        made.delete(resource)
