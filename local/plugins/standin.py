"""A stand-in provider plugin: Pulumi's protocol on one side, kinds of plain Python on the other.

A `Kind` says how one resource type is checked, made, read, changed and removed; it sees plain
values, without Pulumi's marks for secrets and unknowns.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pulumi.provider.experimental import provider as protocol
from pulumi.provider.experimental.property_value import PropertyValue

from local.plugins.serving import INPUTS, run
from local.plugins.values import (
    UNKNOWN,
    Path,
    Properties,
    StandInError,
    Unknown,
    Wire,
    changes,
    dotted,
    holds_unknown,
    plain,
    plain_map,
    rendered,
    wire,
)

__all__ = [
    "UNKNOWN",
    "Kind",
    "Properties",
    "Resource",
    "StandIn",
    "StandInError",
    "Unknown",
    "holds_unknown",
    "plain",
    "plain_map",
    "run",
    "wire",
]


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

    def kind(self, type_: str) -> Kind:
        """Return how a type is handled.

        Raises:
            StandInError: the stand-in has nothing for this type.

        """
        raise StandInError(f"the stand-in has no entry for {type_}")

    def configured(self, configuration: Properties) -> None:
        """Learn the provider's own configuration; unknown values are left out.

        All but text comes as JSON: a list as '["a"]', a truth as 'true'.
        """

    def defaults(self, urn: str, inputs: Properties, old: Properties, seed: bytes) -> Properties:
        """Return the inputs with what the provider fills in, such as a name."""
        del urn, old, seed
        return inputs

    def computed(self, type_: str) -> Sequence[str]:
        """Name the outputs that are not known before the resource is made."""
        del type_
        return ()

    def volatile(self, type_: str) -> Sequence[str]:
        """Name the outputs that are not known before the resource is updated."""
        del type_
        return ()

    def drifted(self, type_: str, inputs: Properties, outputs: Properties) -> Properties:
        """Return the inputs that what is there now would follow from.

        Where they differ from what the program says, the next `up` puts it right.
        """
        del type_, outputs
        return inputs

    async def configure(self, request: protocol.ConfigureRequest) -> protocol.ConfigureResponse:
        """Take the provider's configuration."""
        known = {k: v for k, v in plain_map(request.args).items() if not holds_unknown(v)}
        self.configured(known)
        # Outputs and resource references would be marks that kinds need not see.
        return protocol.ConfigureResponse(accept_secrets=True, supports_preview=True)

    async def check(self, request: protocol.CheckRequest) -> protocol.CheckResponse:
        """Refuse what the kind refuses, all of it at once."""
        given = plain_map(request.new_inputs)
        try:
            kind = self.kind(_type(request.urn))
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
        """Compare the inputs that the resource was made from with the new ones.

        The engine has put back what is to be ignored.
        """
        olds = plain_map(request.old_state).get(INPUTS, {})
        found = list(changes(olds, plain_map(request.new_inputs)))
        kind = self.kind(_type(request.urn))
        replacing = [path for path, _, _ in found if _replaces(path, kind.replaces)]
        return protocol.DiffResponse(
            changes=bool(found),
            diffs=sorted({str(path[0]) for path, _, _ in found}),
            replaces=sorted({str(path[0]) for path in replacing}),
            delete_before_replace=bool(replacing) and kind.deletes_first,
            detailed_diff={
                rendered(path): _difference(old, new, replaces=path in replacing)
                for path, old, new in found
            },
        )

    async def create(self, request: protocol.CreateRequest) -> protocol.CreateResponse:
        """Make a resource; at preview, say what is known of it."""
        if request.preview:
            unknown = {key: wire(UNKNOWN) for key in self.computed(_type(request.urn))}
            return protocol.CreateResponse(properties={**unknown, **request.properties})
        inputs = plain_map(request.properties)
        resource = Resource(
            urn=request.urn, type=_type(request.urn), name=request.name, inputs=inputs
        )
        identity, outputs = await asyncio.to_thread(self.kind(_type(request.urn)).create, resource)
        return protocol.CreateResponse(
            resource_id=identity, properties=_outputs(outputs, request.properties)
        )

    async def update(self, request: protocol.UpdateRequest) -> protocol.UpdateResponse:
        """Change a resource in place."""
        if request.preview:
            unknown = {key: wire(UNKNOWN) for key in self.volatile(_type(request.urn))}
            foreseen = {**request.olds, **request.news, **unknown}
            foreseen.pop(INPUTS)
            return protocol.UpdateResponse(properties=foreseen)
        state = plain_map(request.olds)
        resource = Resource(
            urn=request.urn,
            type=_type(request.urn),
            name=request.name,
            id=request.resource_id,
            inputs=plain_map(request.news),
            old_inputs=state.pop(INPUTS, {}),
            state=state,
        )
        outputs = await asyncio.to_thread(self.kind(_type(request.urn)).update, resource)
        return protocol.UpdateResponse(properties=_outputs(outputs, request.news))

    async def read(self, request: protocol.ReadRequest) -> protocol.ReadResponse:
        """Look at what is there now; an empty id says that it is gone."""
        inputs = plain_map(request.inputs)
        resource = Resource(
            urn=request.urn,
            type=_type(request.urn),
            name=request.name,
            id=request.resource_id,
            inputs=inputs,
            old_inputs=inputs,
            state=plain_map(request.properties),
        )
        outputs = await asyncio.to_thread(self.kind(_type(request.urn)).read, resource)
        if outputs is None:
            return protocol.ReadResponse(resource_id="")
        seen = self.drifted(_type(request.urn), inputs, outputs)
        changed = {key: value for key, value in seen.items() if value != inputs.get(key)}
        return protocol.ReadResponse(
            resource_id=request.resource_id,
            properties=_outputs(outputs, request.inputs),
            inputs={**request.inputs, **_outputs(changed, request.inputs)},
        )

    async def delete(self, request: protocol.DeleteRequest) -> None:
        """Remove a resource."""
        state = plain_map(request.properties)
        inputs = state.pop(INPUTS, {})
        resource = Resource(
            urn=request.urn,
            type=_type(request.urn),
            name=request.name,
            id=request.resource_id,
            inputs=inputs,
            old_inputs=inputs,
            state=state,
        )
        await asyncio.to_thread(self.kind(_type(request.urn)).delete, resource)

    async def cancel(self) -> None:
        """Let what is going on come to its end."""


def _type(urn: str) -> str:
    """Return a resource's own type: a URN names its parents' before it."""
    return urn.split("::")[-2].rsplit("$", 1)[-1]


def _outputs(outputs: Properties, inputs: Wire) -> dict[str, PropertyValue]:
    """Mark outputs that mirror a secret input as secret, whole, however deep the secret is."""
    secrets = {key for key, value in inputs.items() if value.contains_secret()}
    return {key: wire(value).with_secret(key in secrets) for key, value in outputs.items()}


def _replaces(path: Path, replacing: frozenset[str]) -> bool:
    """Tell whether a change there replaces the resource."""
    changed = dotted(path)
    return any(changed == each or changed.startswith(f"{each}.") for each in replacing)


def _difference(old: Any, new: Any, *, replaces: bool) -> protocol.PropertyDiff:
    word = "ADD" if old is None else "DELETE" if new is None else "UPDATE"
    return protocol.PropertyDiff(
        protocol.PropertyDiffKind[f"{word}_REPLACE" if replaces else word], input_diff=True
    )
