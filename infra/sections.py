"""Sections of the settings: frozen dataclasses, read from plain data with every mistake kept.

A section says what it takes by its fields alone: the type (`int`, `bool`, `str`, `Literal`, an
enum, `tuple[X, ...]`, `Mapping[str, X]`, `X | None`, another section), the default, and through
`Annotated` the rules that a value has to keep (`Range`, `Matches`). A rule over several fields
stands in the section's `__post_init__`, which raises ValueError with what was expected.
Keys are the field names in camelCase.
"""

import dataclasses
import enum
import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol, TypeVar, cast

Section = TypeVar("Section")


class Rule(Protocol):
    """What may stand beside a type in `Annotated`."""

    @property
    def expected(self) -> str:
        """What a value has to be, as the end of "expected ..."."""
        ...

    def holds(self, value: Any) -> bool:
        """Whether the value keeps the rule."""
        ...


@dataclass(frozen=True)
class Range:
    """A number from `low` to `high`, both included."""

    low: float
    high: float

    @property
    def expected(self) -> str:
        """The bounds, in words."""
        return f"a number from {self.low:g} to {self.high:g}"

    def holds(self, value: float) -> bool:
        """Whether the value lies within the bounds."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Matches:
    """A text that matches the whole of a pattern."""

    pattern: str
    expected: str

    def holds(self, value: str) -> bool:
        """Whether the whole text matches."""
        return re.fullmatch(self.pattern, value) is not None


@dataclass(frozen=True)
class Mistake:
    """One thing wrong in a configuration."""

    key: str
    found: object
    expected: str

    def __str__(self) -> str:
        found = "nothing" if self.found is None else repr(self.found)
        return f"{self.key}: found {found}, expected {self.expected}"


class Wrong(Exception):  # noqa: N818 - it never leaves this module
    """A value could not be read; the mistake is already on the list."""


def camel_case(field: str) -> str:
    """Return the key under which a field stands in the configuration."""
    first, *others = field.split("_")
    return first + "".join(word.capitalize() for word in others)


def read(
    section: type[Section], found: object, key: str, mistakes: list[Mistake]
) -> Section | None:
    """One section; None, and the mistakes extended, where something in it is wrong."""
    before = len(mistakes)
    fields = read_fields(section, found, key, mistakes)
    if len(mistakes) > before:
        return None
    try:
        return section(**fields)
    except ValueError as error:
        mistakes.append(Mistake(key, found, str(error)))
        return None


def read_fields(
    section: type[Any], found: object, key: str, mistakes: list[Mistake]
) -> dict[str, Any]:
    """Return the fields of a section that could be read, by field name; defaults are left out."""
    if not isinstance(found, Mapping):
        mistakes.append(Mistake(key, found, f"a map with {_keys(section)}"))
        return {}
    prefix = f"{key}." if key and not key.endswith(":") else key
    hints = typing.get_type_hints(section, include_extras=True)
    fields = {camel_case(each.name): each for each in dataclasses.fields(section)}
    given = cast("Mapping[str, object]", found)
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in given:
            try:
                values[field.name] = _value(hints[field.name], given[name], prefix + name, mistakes)
            except Wrong:
                continue
        elif _is_required(field):
            mistakes.append(Mistake(prefix + name, None, _description(hints[field.name])))
    mistakes += [
        Mistake(prefix + str(each), given[each], f"one of its keys: {_keys(section)}")
        for each in given
        if each not in fields
    ]
    return values


def _is_required(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _keys(section: type[Any]) -> str:
    return ", ".join(sorted(camel_case(each.name) for each in dataclasses.fields(section)))


def _value(hint: Any, found: object, key: str, mistakes: list[Mistake]) -> Any:
    """Return a value of the type that `hint` is. Raises Wrong once its mistakes are noted."""
    if typing.get_origin(hint) is Annotated:
        inner, *rules = typing.get_args(hint)
        value = _value(inner, found, key, mistakes)
        for rule in cast("list[Rule]", rules):
            if not rule.holds(value):
                mistakes.append(Mistake(key, found, rule.expected))
                raise Wrong
        return value
    if dataclasses.is_dataclass(hint):
        section = read(cast("type[Any]", hint), found, key, mistakes)
        if section is None:
            raise Wrong
        return section
    if typing.get_origin(hint) in (tuple, Mapping):
        return _collection(hint, found, key, mistakes)
    if isinstance(hint, types.UnionType):
        if found is None:
            return None
        inner = next(each for each in typing.get_args(hint) if each is not types.NoneType)
        return _value(inner, found, key, mistakes)
    return _scalar(hint, found, key, mistakes)


def _collection(hint: Any, found: object, key: str, mistakes: list[Mistake]) -> Any:
    """Return a tuple from a list, or a dict from a map; every wrong item is noted."""
    before = len(mistakes)
    items: list[tuple[Any, Any]]
    is_map = typing.get_origin(hint) is Mapping
    if is_map and isinstance(found, Mapping):
        items = [(name, f"{key}.{name}") for name in cast("Mapping[str, object]", found)]
    elif not is_map and isinstance(found, Sequence) and not isinstance(found, str):
        items = [(each, f"{key}[{each}]") for each in range(len(cast("Sequence[Any]", found)))]
    else:
        mistakes.append(Mistake(key, found, _description(hint)))
        raise Wrong
    item_hint = typing.get_args(hint)[1 if is_map else 0]
    values: dict[Any, Any] = {}
    for position, item_key in items:
        try:
            item = cast("Any", found)[position]
            values[position] = _value(item_hint, item, item_key, mistakes)
        except Wrong:
            continue
    if len(mistakes) > before:
        raise Wrong
    return values if is_map else tuple(values.values())


def _scalar(hint: Any, found: object, key: str, mistakes: list[Mistake]) -> Any:
    """Return a text, number, truth value or one of a few words."""
    if typing.get_origin(hint) is Literal and found in typing.get_args(hint):
        return found
    if isinstance(hint, type):
        if issubclass(hint, enum.Enum) and found in [each.value for each in hint]:
            return hint(found)
        if hint is float and isinstance(found, int) and not isinstance(found, bool):
            return float(found)
        # A truth value is an int to Python, and never one to the person who wrote it.
        if isinstance(found, hint) and isinstance(found, bool) == (hint is bool):
            return found
    mistakes.append(Mistake(key, found, _description(hint)))
    raise Wrong


_WORDS: dict[Any, str] = {bool: "true or false", int: "a whole number", float: "a number"}


def _description(hint: Any) -> str:
    """Say in words what a type is."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return " and ".join(rule.expected for rule in args[1:])
    if origin is tuple:
        return f"a list, each item {_description(args[0])}"
    if origin is Mapping:
        return f"a map, each value {_description(args[1])}"
    if dataclasses.is_dataclass(hint):
        return f"a map with {_keys(cast('type[Any]', hint))}"
    words: Sequence[Any] = args
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        words = [each.value for each in hint]
    if origin is Literal or words:
        return "one of " + ", ".join(str(each) for each in words)
    return _WORDS.get(hint, "a text")
