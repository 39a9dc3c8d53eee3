"""From the engine's messages to resources, once per message.

Secrets are opened, because a rule must judge them, and remembered, because no report may print
them. A form that this decoder does not know is kept as the object it is.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from google.protobuf import struct_pb2

from policies.properties import UNKNOWNS, Resource

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a mark, no secret
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

Decoded = Any
"""What JSON can hold."""


def resource(message: Any) -> Resource:
    """A resource from an AnalyzeRequest or an AnalyzerResource."""
    secrets: set[str] = set()
    props = struct(message.properties, secrets)
    depends = getattr(message, "propertyDependencies", None) or {}
    provider = message.provider if message.HasField("provider") else None
    return Resource(
        props,
        type=message.type,
        name=message.name,
        urn=message.urn,
        protect=message.options.protect,
        ignore_changes=tuple(message.options.ignoreChanges),
        parent=message.options.parent or getattr(message, "parent", ""),
        dependencies={key: tuple(value.urns) for key, value in depends.items()},
        provider=struct(provider.properties, secrets) if provider else {},
        secrets=frozenset(secrets),
    )


def struct(message: struct_pb2.Struct, secrets: set[str]) -> dict[str, Decoded]:
    """An object; texts inside secrets are added to `secrets`."""
    return {key: _value(value, secrets) for key, value in message.fields.items()}


def _value(message: struct_pb2.Value, secrets: set[str]) -> Decoded:
    kind = message.WhichOneof("kind")
    if kind == "string_value":
        return message.string_value
    if kind == "number_value":
        number = message.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return message.bool_value
    if kind == "list_value":
        return [_value(each, secrets) for each in message.list_value.values]
    if kind == "struct_value":
        return _object(struct(message.struct_value, secrets), secrets)
    return None


def _object(value: dict[str, Decoded], secrets: set[str]) -> Decoded:
    """What a marked object stands for; any other object itself."""
    mark = value.get(SIGNATURE)
    if mark == SECRET and "value" in value:
        secrets.update(_texts(value["value"]))
        return value["value"]
    if mark == OUTPUT:
        if value.get("secret"):
            secrets.update(_texts(value.get("value")))
        return value.get("value", next(iter(UNKNOWNS)))
    return value


def _texts(value: Decoded) -> Iterable[str]:
    if isinstance(value, str):
        return () if value in UNKNOWNS else (value,)
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return ()
