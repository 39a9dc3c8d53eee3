"""A stand-in provider plugin: Pulumi's protocol on one side, kinds of plain Python on the other.

A `Kind` says how one resource type is checked, made, read, changed and removed; it sees plain
values, without Pulumi's marks for secrets and unknowns.
"""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import pulumi
from pulumi.provider.experimental import provider as protocol
from pulumi.provider.experimental import server
from pulumi.provider.experimental.property_value import Computed, PropertyValue

Properties: TypeAlias = dict[str, Any]
Wire: TypeAlias = Mapping[str, PropertyValue]


class Unknown:
    """The value of what is not known at preview; there is one, `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


class StandInError(Exception):
    """A resource could not be made, changed or removed; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource, in plain values."""

    urn: str
    type: str
    name: str
    id: str = ""
    inputs: Properties = field(default_factory=dict[str, Any])
    old_inputs: Properties = field(default_factory=dict[str, Any])
    state: Properties = field(default_factory=dict[str, Any])
    """What the last operation returned; empty before the first."""


class Kind(Protocol):
    """How one type of resource is handled."""

    @property
    def replaces(self) -> frozenset[str]:
        """Input properties whose change replaces the resource; nested ones by dotted path."""
        ...

    @property
    def deletes_first(self) -> bool:
        """Whether the old one must be gone before a new one of its name can be."""
        ...

    def check(self, inputs: Properties) -> list[tuple[str, str]]:
        """Return what is wrong with the inputs: a property's path and the reason."""
        ...

    def create(self, resource: Resource) -> tuple[str, Properties]:
        """Make it; return its id and outputs."""
        ...

    def read(self, resource: Resource) -> Properties | None:
        """Return the outputs as they are now, or None where it is gone."""
        ...

    def update(self, resource: Resource) -> Properties:
        """Change it in place; return its outputs."""
        ...

    def delete(self, resource: Resource) -> None:
        """Remove it; nothing is wrong where it is gone already."""
        ...


class StandIn(protocol.Provider):
    """A provider plugin that hands each resource to the kind of its type."""

    INPUTS = "__inputs"
    """Where the state keeps the inputs, which a diff needs."""

    def kind(self, type_: str) -> Kind:
        """Return how a type is handled.

        Raises:
            StandInError: the stand-in has nothing for this type.

        """
        raise StandInError(f"the stand-in has no entry for {type_}")

    def configured(self, configuration: Properties) -> None:
        """Learn the provider's own configuration; unknown values are left out."""

    def defaults(self, urn: str, inputs: Properties, old: Properties, seed: bytes) -> Properties:
        """Return the inputs with what the provider fills in, such as a name."""
        del urn, old, seed
        return inputs

    def computed(self, type_: str) -> Sequence[str]:
        """Name the outputs that are not known before the resource is made."""
        del type_
        return ()

    async def configure(self, request: protocol.ConfigureRequest) -> protocol.ConfigureResponse:
        """Take the provider's configuration."""
        known = {k: v for k, v in plain_map(request.args).items() if not holds_unknown(v)}
        self.configured(known)
        return await super().configure(request)

    async def check(self, request: protocol.CheckRequest) -> protocol.CheckResponse:
        """Refuse what the kind refuses, all of it at once."""
        given = plain_map(request.new_inputs)
        try:
            kind = self.kind(request.type)
        except StandInError as error:
            return protocol.CheckResponse(failures=[protocol.CheckFailure("", str(error))])
        inputs = self.defaults(
            request.urn, given, plain_map(request.old_inputs), request.random_seed or b""
        )
        found = await asyncio.to_thread(kind.check, inputs)
        failures = [protocol.CheckFailure(path, reason) for path, reason in found]
        added = {key: wire(value) for key, value in inputs.items() if key not in given}
        return protocol.CheckResponse(inputs={**request.new_inputs, **added}, failures=failures)

    async def diff(self, request: protocol.DiffRequest) -> protocol.DiffResponse:
        """Compare the inputs that the resource was made from with the new ones."""
        old = plain_map(request.old_state).get(self.INPUTS, {})
        new = plain_map(request.new_inputs)
        for path in request.ignore_changes:
            _keep(path, old, new)
        changed = sorted(_changed(old, new))
        kind = self.kind(request.type)
        replaces = [each for each in changed if _replaces(each, kind.replaces)]
        return protocol.DiffResponse(
            changes=bool(changed),
            diffs=sorted({each.split(".")[0].split("[")[0] for each in changed}),
            replaces=sorted({each.split(".")[0].split("[")[0] for each in replaces}),
            delete_before_replace=bool(replaces) and kind.deletes_first,
        )

    async def create(self, request: protocol.CreateRequest) -> protocol.CreateResponse:
        """Make a resource; at preview, say what is known of it."""
        inputs = plain_map(request.properties)
        if request.preview:
            outputs = self._foreseen(request.type, request.properties)
            return protocol.CreateResponse(resource_id="", properties=outputs)
        resource = Resource(urn=request.urn, type=request.type, name=request.name, inputs=inputs)
        identity, outputs = await asyncio.to_thread(self.kind(request.type).create, resource)
        return protocol.CreateResponse(
            resource_id=identity, properties=self._outputs(outputs, request.properties)
        )

    async def update(self, request: protocol.UpdateRequest) -> protocol.UpdateResponse:
        """Change a resource in place."""
        if request.preview:
            foreseen = {**request.olds, **self._foreseen(request.type, request.news, known=True)}
            return protocol.UpdateResponse(properties=foreseen)
        olds = plain_map(request.olds)
        resource = Resource(
            urn=request.urn,
            type=request.type,
            name=request.name,
            id=request.resource_id,
            inputs=plain_map(request.news),
            old_inputs=olds.get(self.INPUTS, {}),
            state=olds,
        )
        outputs = await asyncio.to_thread(self.kind(request.type).update, resource)
        return protocol.UpdateResponse(properties=self._outputs(outputs, request.news))

    async def read(self, request: protocol.ReadRequest) -> protocol.ReadResponse:
        """Look at what is there now; an empty id says that it is gone."""
        state = plain_map(request.properties)
        resource = Resource(
            urn=request.urn,
            type=request.type,
            name=request.name,
            id=request.resource_id,
            inputs=plain_map(request.inputs),
            old_inputs=state.get(self.INPUTS, {}),
            state=state,
        )
        outputs = await asyncio.to_thread(self.kind(request.type).read, resource)
        if outputs is None:
            return protocol.ReadResponse(resource_id="")
        return protocol.ReadResponse(
            resource_id=request.resource_id,
            properties=self._outputs(outputs, request.inputs),
            inputs=request.inputs,
        )

    async def delete(self, request: protocol.DeleteRequest) -> None:
        """Remove a resource."""
        state = plain_map(request.properties)
        resource = Resource(
            urn=request.urn,
            type=request.type,
            name=request.name,
            id=request.resource_id,
            inputs=state.get(self.INPUTS, {}),
            state=state,
        )
        await asyncio.to_thread(self.kind(request.type).delete, resource)

    async def cancel(self) -> None:
        """Let what is going on come to its end."""

    def _foreseen(self, type_: str, inputs: Wire, *, known: bool = False) -> Properties:
        """Return the outputs that follow from inputs, and marks for those that do not."""
        unknown = {} if known else {k: PropertyValue.computed() for k in self.computed(type_)}
        return {**unknown, **inputs}

    def _outputs(self, outputs: Properties, inputs: Wire) -> dict[str, PropertyValue]:
        """Mark outputs that mirror a secret input as secret, and keep the inputs for the diff."""
        secrets = {key for key, value in inputs.items() if value.contains_secret()}
        marked = {
            key: wire(value).with_secret(key in secrets)  # whole, however deep the secret is
            for key, value in outputs.items()
        }
        marked[self.INPUTS] = PropertyValue(dict(inputs))
        return marked


def run(provider: StandIn, arguments: Sequence[str], version: str) -> None:
    """Serve the plugin until the engine ends it; a signal ends it without a word."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    server.main(list(arguments), version, provider)


def plain_map(values: Wire) -> Properties:
    """Return plain values for the protocol's."""
    return {key: plain(value) for key, value in values.items()}


def plain(value: PropertyValue) -> Any:
    """Return the plain value: whole numbers as int, unknowns as UNKNOWN, secrets in clear."""
    inner = value.value
    if isinstance(inner, Computed):
        return UNKNOWN
    if isinstance(inner, Mapping):
        return {key: plain(each) for key, each in inner.items()}
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        return [plain(each) for each in inner]
    if isinstance(inner, float) and inner.is_integer():
        return int(inner)
    return inner


def wire(value: Any) -> PropertyValue:
    """Return the protocol's value for a plain one."""
    if value is UNKNOWN:
        return PropertyValue.computed()
    if isinstance(value, Mapping):
        return PropertyValue({str(key): wire(each) for key, each in value.items()})
    if isinstance(value, (list, tuple)):
        return PropertyValue([wire(each) for each in value])
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value))
    if value is None or isinstance(value, (bool, float, str, pulumi.Asset, pulumi.Archive)):
        return PropertyValue(value)
    raise StandInError(f"{value!r} can't be a resource's output")


def holds_unknown(value: Any) -> bool:
    """Tell whether something in a value is not known yet."""
    if isinstance(value, dict):
        return any(holds_unknown(each) for each in value.values())
    if isinstance(value, list):
        return any(holds_unknown(each) for each in value)
    return value is UNKNOWN


def _changed(old: Any, new: Any, path: str = "") -> set[str]:
    """Return the dotted paths at which two values differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        found: set[str] = set()
        for key in old.keys() | new.keys():
            found |= _changed(old.get(key), new.get(key), f"{path}.{key}" if path else key)
        return found
    if isinstance(old, (pulumi.Asset, pulumi.Archive)) and type(old) is type(new):
        return set() if vars(old) == vars(new) else {path}
    return set() if old == new else {path}


def _replaces(path: str, replacing: frozenset[str]) -> bool:
    return any(path == each or path.startswith((f"{each}.", f"{each}[")) for each in replacing)


def _keep(path: str, old: Properties, new: Properties) -> None:
    """Take the old value of a property whose changes are to be ignored."""
    head, _, rest = path.partition(".")
    if rest and isinstance(old.get(head), dict) and isinstance(new.get(head), dict):
        _keep(rest, old[head], new[head])
    elif head in old:
        new[head] = old[head]
    else:
        new.pop(head, None)
