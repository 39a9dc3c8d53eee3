"""How a resource becomes calls of Vault's HTTP API: by a row of the table, or by its own rules."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from local.places import Place
from local.plugins.standin import Properties, Resource, StandInError
from local.plugins.vault.client import Body, Client, VaultError

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Server:
    """A region's Vault and where it stands."""

    place: Place
    client: Client


Local = Callable[[Server, Body], Body]
"""Maps what a body says of the region's surroundings to this machine."""


def _as_it_is(server: Server, body: Body) -> Body:
    del server
    return body


@dataclass(frozen=True, kw_only=True)
class Row:
    """A type whose resources are one path each, written by POST and removed by DELETE."""

    path: str
    """With the inputs that name the resource in braces."""
    defaults: Mapping[str, str] = field(default_factory=dict[str, str])
    """Values of path inputs that may be left out."""
    renames: Mapping[str, str] = field(default_factory=dict[str, str])
    ours: frozenset[str] = frozenset()
    """Inputs for the plugin and not for Vault."""
    immutable: frozenset[str] = frozenset()
    """Besides those in the path."""
    kept: bool = False
    """Vault has no DELETE for it: it goes with its mount."""
    local: Local = _as_it_is

    @property
    def keys(self) -> frozenset[str]:
        """The inputs that the path is made of."""
        return frozenset(re.findall(r"{(\w+)}", self.path))

    def at(self, inputs: Properties) -> str:
        """Return the resource's path."""
        return self.path.format_map(
            {key: inputs.get(key) or self.defaults.get(key, "") for key in self.keys}
        ).strip("/")

    def body(self, inputs: Properties) -> Body:
        """Return what is sent: Vault's names for the inputs."""
        left_out = self.keys | self.ours | {"namespace"}
        return {
            self.renames.get(key, snake(key)): value
            for key, value in inputs.items()
            if key not in left_out and value is not None
        }


class RowKind:
    """A resource that a row describes."""

    deletes_first = True

    def __init__(self, type_: str, row: Row, server: Server | None) -> None:
        self._type = type_
        self._row = row
        self._connected = server

    @property
    def server(self) -> Server:
        """The Vault that it is in.

        Raises:
            StandInError: the provider was given none.

        """
        if self._connected is None:
            raise StandInError(f"{self._type} needs a provider with the address of its Vault")
        return self._connected

    @property
    def replaces(self) -> frozenset[str]:
        """What its path is made of, and what Vault never changes."""
        return self._row.keys | self._row.immutable

    def check(self, inputs: Properties) -> list[tuple[str, str]]:
        """Refuse a resource that has no path."""
        return [
            (key, f"{self._type} is found by its {key}, which is missing")
            for key in sorted(self._row.keys)
            if not inputs.get(key) and key not in self._row.defaults
        ]

    def create(self, resource: Resource) -> tuple[str, Properties]:
        """Write it."""
        path = self._row.at(resource.inputs)
        return path, self._tried(path, lambda: self.write(path, resource.inputs, new=True))

    def update(self, resource: Resource) -> Properties:
        """Write it again."""
        path = resource.id
        return self._tried(path, lambda: self.write(path, resource.inputs, new=False))

    def read(self, resource: Resource) -> Properties | None:
        """Return what is known of it, where Vault still has it."""
        found = self._tried(resource.id, lambda: self.find(resource.id))
        return None if found is None else {**resource.state, **found}

    def delete(self, resource: Resource) -> None:
        """Remove it."""
        if not self._row.kept:
            self._tried(resource.id, lambda: self.remove(resource.id, resource.inputs))

    def write(self, path: str, inputs: Properties, *, new: bool) -> Properties:
        """Write it; return its outputs. Raises VaultError."""
        del new
        body = self._row.local(self.server, self._row.body(inputs))
        self.server.client.call("POST", path, body)
        return self._outputs(inputs)

    def find(self, path: str) -> Properties | None:
        """Return outputs that only Vault knows, or None where it is gone. Raises VaultError."""
        return None if self.server.client.read(path) is None else {}

    def remove(self, path: str, inputs: Properties) -> None:
        """Remove it. Raises VaultError."""
        del inputs
        self.server.client.call("DELETE", path)

    def _outputs(self, inputs: Properties) -> Properties:
        defaults = {key: value for key, value in self._row.defaults.items() if value}
        return {**defaults, **inputs}

    def _tried(self, path: str, act: Callable[[], T]) -> T:
        try:
            return act()
        except (VaultError, httpx.HTTPError) as error:
            raise StandInError(f"{self._type} at {path}: {error}") from error


class MountKind(RowKind):
    """A secrets engine or a way to sign in: mounted once, tuned afterwards."""

    _TUNED = ("description", "default_lease_ttl", "max_lease_ttl", "listing_visibility")

    def write(self, path: str, inputs: Properties, *, new: bool) -> Properties:
        """Mount it, or tune what is mounted."""
        body = self._row.body(inputs)
        tune = body.pop("tune", {})
        config = {key: body.pop(key) for key in list(body) if key in self._TUNED[1:]}
        config |= {snake(key): value for key, value in dict(tune).items()}
        if new:
            self.server.client.call("POST", path, {**body, "config": config})
        else:
            tuned = {"description": body.get("description", ""), **config}
            self.server.client.call("POST", f"{path}/tune", tuned)
        return {**self._outputs(inputs), **(self.find(path) or {})}

    def find(self, path: str) -> Properties | None:
        """Return its accessor."""
        table, _, name = path.removeprefix("sys/").partition("/")
        mounted = self.server.client.call("GET", f"sys/{table}")["data"]
        found = mounted.get(f"{name}/")
        return None if found is None else {"accessor": found["accessor"]}


class TransitKeyKind(RowKind):
    """A Transit key: made with what never changes, then configured with what may."""

    _LATER = ("min_decryption_version", "min_encryption_version", "deletion_allowed")
    _BOTH = ("auto_rotate_period", "exportable", "allow_plaintext_backup")

    def write(self, path: str, inputs: Properties, *, new: bool) -> Properties:
        """Make it, if need be, and configure it."""
        body = self._row.body(inputs)
        later = {key: body.pop(key) for key in self._LATER if key in body}
        later |= {key: body[key] for key in self._BOTH if key in body}
        if new:
            self.server.client.call("POST", path, body)
        self.server.client.call("POST", f"{path}/config", later)
        return {**self._outputs(inputs), **(self.find(path) or {})}

    def find(self, path: str) -> Properties | None:
        """Return its newest version's number."""
        found = self.server.client.read(path)
        return None if found is None else {"latestVersion": found["data"]["latest_version"]}


class EndpointKind(RowKind):
    """Any path, with any data: what no other type covers."""

    def write(self, path: str, inputs: Properties, *, new: bool) -> Properties:
        """Write the data; keep of the answer what is asked for."""
        del new
        answer = self.server.client.call("POST", path, json.loads(inputs["dataJson"]))
        data: Mapping[str, Any] = answer.get("data") or {}
        wanted = {key: str(data[key]) for key in inputs.get("writeFields", []) if key in data}
        return {**inputs, "writeData": wanted}

    def read(self, resource: Resource) -> Properties | None:
        """Return what is known, unless it is readable and gone."""
        if resource.inputs.get("disableRead"):
            return resource.state
        return super().read(resource)

    def remove(self, path: str, inputs: Properties) -> None:
        """Remove it, where that is wanted."""
        if not inputs.get("disableDelete"):
            self.server.client.call("DELETE", path)


def snake(name: str) -> str:
    """Return Vault's form of a property's name."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
