"""A region's Vault as the program finds it: initialised, open to the provisioner alone."""

import httpx
import pytest

from local.places import Place
from local.plugins.standin import Resource
from local.plugins.vault.provider import Vault
from local.servers import aws, postgres, vault
from ops import vault_init
from tests.local.plugins import servers

NET = "87"
SERVER_ID = "evenkeel-vault-us-east-1"
ROLE = "arn:aws:iam::111122223333:role/provisioner"


@pytest.fixture(scope="session")
def home():
    factories = (aws.server, vault.server, postgres.server)
    with servers.region(NET, factories) as home, servers.environment(home, NET):
        place = Place(servers.REGION)
        _initialise(place, home)
        yield home


def _initialise(place, home):
    """Do what the program's own Job does, with a key that nobody needs again."""
    wanted = vault_init.Wanted(
        address=place.vault_url,
        trust_bundle=str(place.ca),
        audit_path=str(home / "audit.log"),
        provisioner_arn=ROLE,
        region=place.region,
        recovery_key_id="alias/test",
        server_id=SERVER_ID,
        aws_endpoint=place.aws_url,
    )
    with httpx.Client(base_url=place.vault_url, verify=str(place.ca), timeout=30) as http:
        vault_init.initialise(vault_init.Vault(http), wanted, _Kms(), lambda _: None)


class _Kms:
    def encrypt(self, **_):
        return {"CiphertextBlob": b"sealed"}


@pytest.fixture
def place(home):
    with servers.environment(home, NET):
        yield Place(servers.REGION)


@pytest.fixture
def provider(place):
    made = Vault()
    made.configured(
        {
            "address": "https://vault.us-east-1.evenkeel.internal:8200",
            "authLoginAws": (
                '{"role": "provisioner", "mount": "aws", "aws_region": "us-east-1",'
                ' "header_value": "evenkeel-vault-us-east-1"}'
            ),
        }
    )
    return made


class Stack:
    """What the engine does with resources, by hand; all are removed at the end."""

    def __init__(self, provider):
        self.provider = provider
        self.made = []

    def create(self, type_, **inputs):
        kind = self.provider.kind(type_)
        assert kind.check(inputs) == []
        identity, state = kind.create(Resource(urn="urn", type=type_, name="it", inputs=inputs))
        resource = Resource(
            urn="urn", type=type_, name="it", id=identity, inputs=inputs, old_inputs=inputs,
            state=state,
        )  # fmt: skip
        self.made.append(resource)
        return resource

    def update(self, resource, **changes):
        new = Resource(
            urn="urn", type=resource.type, name="it", id=resource.id,
            inputs={**resource.inputs, **changes}, old_inputs=resource.inputs,
            state=resource.state,
        )  # fmt: skip
        return self.provider.kind(resource.type).update(new)

    def read(self, resource):
        return self.provider.kind(resource.type).read(resource)

    def delete(self, resource):
        self.provider.kind(resource.type).delete(resource)


@pytest.fixture
def stack(provider):
    made = Stack(provider)
    yield made
    for resource in reversed(made.made):
        made.delete(resource)


@pytest.fixture
def vault_api(provider):
    """Vault itself, to look with, as the provisioner."""
    return provider._server.client
