"""Whether a resource's inputs fit the SDK's types; mocks and dictionaries take anything."""

import difflib
import re
from collections.abc import Iterator
from typing import Any, cast

import pulumi

from local.plugins.aws import sdk
from local.plugins.values import UNKNOWN, Properties, rendered

_PYTHON: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "Asset": (pulumi.Asset,),
    "Archive": (pulumi.Archive,),
}

Fault = tuple[str, str]
"""A property's path, as the engine shows it, and what is wrong there."""


def faults(token: str, inputs: Properties) -> list[Fault]:
    """Return everything that is wrong with a resource's inputs."""
    shape = sdk.inputs(token)
    if shape is None:
        return [("", f"pulumi_aws has no resource type {token}")]
    return list(_object(shape, token.rsplit(":", 1)[1], inputs, ()))


def _object(
    shape: sdk.Shape, name: str, given: Properties, path: tuple[str | int, ...]
) -> Iterator[Fault]:
    for key, value in given.items():
        at = (*path, key)
        if key.startswith("__"):
            continue
        if key not in shape:
            yield rendered(at), f"{key} is no property of {name}{_meant(key, shape)}"
        elif value is not None:
            yield from _value(shape[key].type, value, at)
    for each in shape.values():
        if each.required and given.get(each.name) is None:
            at = rendered((*path, each.name))
            yield at, f"{each.name} ({each.python}) is missing; {name} needs it"


def _meant(key: str, shape: sdk.Shape) -> str:
    """Name the property that was probably meant."""
    plain = {_fold(each.name): each for each in shape.values()}
    close = difflib.get_close_matches(_fold(key), plain, n=1)
    if close:
        found = plain[close[0]]
        return f"; is {found.python} meant?"
    return f"; it has {', '.join(sorted(each.python for each in shape.values()))}"


def _fold(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _value(kind: sdk.Type, value: Any, path: tuple[str | int, ...]) -> Iterator[Fault]:
    if value is UNKNOWN:
        return
    if isinstance(kind, sdk.Scalar):
        if not _is(kind, value):
            yield rendered(path), f"{_shown(value)} is not {_article(kind.name)}"
    elif isinstance(kind, sdk.Choice):
        if value not in kind.values:
            near = difflib.get_close_matches(str(value), kind.values, n=3, cutoff=0.0)
            yield rendered(path), f"{_shown(value)} is no {kind.name}, such as {', '.join(near)}"
    elif isinstance(kind, sdk.Either):
        yield from _either(kind, value, path)
    elif isinstance(kind, sdk.Many):
        yield from _many(kind, value, path)
    elif isinstance(value, dict):
        name = kind.name.removesuffix("Args")
        yield from _object(sdk.nested(kind), name, cast("Properties", value), path)
    else:
        yield rendered(path), f"{_shown(value)} is not a {kind.name.removesuffix('Args')}"


def _either(kind: sdk.Either, value: Any, path: tuple[str | int, ...]) -> Iterator[Fault]:
    """Take an enum's values only, though the SDK takes any text beside them."""
    choices = [each for each in kind.options if isinstance(each, sdk.Choice)]
    options = choices or kind.options
    found = [list(_value(each, value, path)) for each in options]
    if all(found):
        yield from min(found, key=len)


def _many(kind: sdk.Many, value: Any, path: tuple[str | int, ...]) -> Iterator[Fault]:
    if kind.keyed and isinstance(value, dict):
        for key, each in cast("Properties", value).items():
            yield from _value(kind.of, each, (*path, key))
    elif not kind.keyed and isinstance(value, list):
        for position, each in enumerate(cast("list[Any]", value)):
            yield from _value(kind.of, each, (*path, position))
    else:
        yield rendered(path), f"{_shown(value)} is not a {'map' if kind.keyed else 'list'}"


def _is(kind: sdk.Scalar, value: Any) -> bool:
    if kind.name == "Any":
        return True
    if isinstance(value, bool):
        return kind.name == "bool"
    return isinstance(value, _PYTHON[kind.name])


def _article(name: str) -> str:
    words = {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false"}
    return words.get(name, f"an {name}")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - one line
