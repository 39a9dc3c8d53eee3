"""The vault provider's stand-in: which region's Vault, and how to sign in to it."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

import httpx

from local import addresses, names
from local.places import Place
from local.plugins.standin import Kind, Properties, StandIn, StandInError
from local.plugins.vault import client
from local.plugins.vault.kinds import Server
from local.plugins.vault.table import TABLE

_HOST = re.compile(r"vault\.(?P<region>[a-z0-9-]+)\.evenkeel\.internal")


class Vault(StandIn):
    """The types of the table, in one region's Vault."""

    def __init__(self) -> None:
        super().__init__()
        self._server: Server | None = None

    def configured(self, configuration: Properties) -> None:
        """Find the region by the address; unknown at preview, there is none yet."""
        address = configuration.get("address")
        if address:
            self._server = _server(address, configuration)

    def kind(self, type_: str) -> Kind:
        """Return how a type is handled."""
        if type_ not in TABLE:
            raise StandInError(
                f"the stand-in for Vault has no {type_}; add a row to local/plugins/vault/table.py"
            )
        made, row = TABLE[type_]
        return made(type_, row, self._server)

    def computed(self, type_: str) -> tuple[str, ...]:
        """Leave to Vault what only Vault knows."""
        return ("accessor",) if type_ in _MOUNTS else ()


_MOUNTS = ("vault:index/mount:Mount", "vault:index/authBackend:AuthBackend")


def _server(address: str, configuration: Properties) -> Server:
    """Return the Vault at an address of the platform.

    Raises:
        StandInError: no Vault of the one-machine cloud has that address, or nobody may sign in.

    """
    host = urlsplit(address).hostname or ""
    found = _HOST.fullmatch(host)
    if found is None or found["region"] not in addresses.REGIONS:
        raise StandInError(
            f"{address} is no Vault of the one-machine cloud: expected"
            f" https://vault.<region>.evenkeel.internal:8200, a region of {addresses.REGIONS}"
        )
    place = Place(found["region"])
    if not place.ca.exists():
        raise StandInError(f"{place.region} is not up on this machine: there is no {place.ca}")
    http = httpx.Client(
        base_url=names.resolve_all(address, place.region),
        verify=str(place.ca),
        timeout=client.ANSWER_SECONDS_MAX,
    )
    return Server(place=place, client=client.Client(http, _sign_in(place, configuration)))


def _sign_in(place: Place, configuration: Properties) -> client.SignIn:
    login = _nested(configuration.get("authLoginAws"))
    if login:
        # Vault knows its own name as it was told it, which on one machine is its address.
        server_id = names.resolve_all(str(login.get("headerValue", "")), place.region)
        return client.with_iam(
            str(login["role"]),
            str(login.get("mount", "aws")),
            str(login.get("awsRegion", place.region)),
            server_id,
        )
    token = configuration.get("token")
    if token:
        return client.with_token(str(token))
    raise StandInError("the Vault provider has neither authLoginAws nor a token to sign in with")


def _nested(value: Any) -> Properties:
    """Return a nested setting, which the engine passes as JSON, with camel-case names."""
    given = json.loads(value) if isinstance(value, str) else value or {}
    return {re.sub(r"_(\w)", lambda it: it[1].upper(), key): each for key, each in given.items()}
