"""Values between Pulumi's protocol and plain Python, and how two of them differ."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

import pulumi
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime import rpc

Properties: TypeAlias = dict[str, Any]
Wire: TypeAlias = Mapping[str, PropertyValue]
Path: TypeAlias = tuple[str | int, ...]
"""Where in a resource's properties: keys and positions, outermost first."""


class StandInError(Exception):
    """A resource could not be made, changed or removed; the message says why and what to do."""


class Unknown:
    """The value of what is not known at preview; there is one, `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


def plain_map(values: Wire) -> Properties:
    """Return plain values for the protocol's; a null is as good as absent, as Pulumi has it."""
    return {key: plain(value) for key, value in values.items() if value.value is not None}


def plain(value: PropertyValue) -> Any:
    """Return the plain value: whole numbers as int, unknowns as UNKNOWN, secrets in clear."""
    inner = value.value
    if isinstance(inner, str):
        return UNKNOWN if inner == rpc.UNKNOWN else inner
    if isinstance(inner, Mapping):
        return plain_map(inner)
    if isinstance(inner, Sequence):
        return [plain(each) for each in inner]
    if isinstance(inner, float) and inner.is_integer():
        return int(inner)
    return inner


def wire(value: Any) -> PropertyValue:
    """Return the protocol's value for a plain one.

    Raises:
        StandInError: a resource can't have a value of this type.

    """
    if value is UNKNOWN:
        return PropertyValue(rpc.UNKNOWN)
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value).items()
        return PropertyValue({str(key): wire(each) for key, each in items})
    if isinstance(value, (list, tuple)):
        return PropertyValue([wire(each) for each in cast("Sequence[Any]", value)])
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value))
    if value is None or isinstance(value, (bool, float, str, pulumi.Asset, pulumi.Archive)):
        return PropertyValue(value)
    raise StandInError(f"{value!r} can't be a resource's output")


def holds_unknown(value: Any) -> bool:
    """Tell whether something in a value is not known yet."""
    if isinstance(value, dict):
        return any(holds_unknown(each) for each in cast("Properties", value).values())
    if isinstance(value, list):
        return any(holds_unknown(each) for each in cast("list[Any]", value))
    return value is UNKNOWN


def changes(old: Any, new: Any, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """Yield each place where two values differ, with what stood there and what stands there now.

    None is the same as nothing; what is not known yet differs from everything.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        before, after = cast("Properties", old), cast("Properties", new)
        for key in sorted(before.keys() | after.keys()):
            yield from changes(before.get(key), after.get(key), (*path, key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):  # pyright: ignore[reportUnknownArgumentType] - narrowed from Any
        pairs = zip(cast("list[Any]", old), cast("list[Any]", new), strict=True)
        for position, (before, after) in enumerate(pairs):
            yield from changes(before, after, (*path, position))
    elif not _same(old, new):
        yield path, old, new


def dotted(path: Path) -> str:
    """Return a path without its positions, as a kind names what replaces a resource."""
    return ".".join(each for each in path if isinstance(each, str))


def rendered(path: Path) -> str:
    """Return a path as the engine shows it."""
    text = ""
    for each in path:
        if isinstance(each, int):
            text += f"[{each}]"
        elif each.replace("_", "").replace("-", "").isalnum():
            text += f".{each}" if text else each
        else:
            text += f'["{each}"]'
    return text


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, (pulumi.Asset, pulumi.Archive)) and type(old) is type(new):
        return not any(changes(vars(old), vars(new)))
    return old is not UNKNOWN and new is not UNKNOWN and bool(old == new)
