"""A resource as a rule sees it: properties read by path, and no guess at what is not known yet."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from policies.document import Statement

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine sends for a value that only the deployment will tell."""

UNKNOWNS: Final = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)

Path: TypeAlias = str | Sequence[str]
"""`a.b[].c`, `a.b[0]`, or a sequence of keys where a key itself contains a dot."""

_STEP = re.compile(r"[^.\[\]]+|\[\d*\]")


class UndecidableError(Exception):
    """A judged property is not known yet, or cannot be read: neither a pass nor a failure."""

    def __init__(self, path: str, reason: str = "is not known until the deployment") -> None:
        super().__init__(f"{path} {reason}")
        self.path = path
        self.reason = reason


class NotApplicableError(Exception):
    """The rule has nothing to say about this resource."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def is_unknown(value: object) -> bool:
    """Whether a value, not what is inside it, is unknown."""
    return isinstance(value, str) and value in UNKNOWNS


@dataclass(frozen=True)
class Node:
    """A part of a resource's properties, and where it was found."""

    props: Mapping[str, Any]
    path: str = ""

    def get(self, path: Path, default: Any = None) -> Any:
        """The value at a path, known through and through.

        `a.b` steps into objects, `a[0]` takes one element, and `a[].b` gathers `b` of every
        element into one list (an element without it is left out). A property that is missing or
        null gives `default`; a default is never None by accident when the property's own meaning
        of "not given" is written there.

        Raises:
            UndecidableError: The value, something on the way, or something inside it is unknown.

        """
        found = list(_walk(self.props, _steps(path), self.path))
        if not _gathers(path):
            if not found or found[0][1] is None:
                return default
            where, value = found[0]
            return _known(value, where)
        return [_known(value, where) for where, value in found if value is not None]

    def items(self, path: Path) -> Iterator["Node"]:
        """The objects of a list (or the one object) at a path; their properties are not read yet.

        An element that is no object comes as a Node with its value under the key `value`.

        Raises:
            UndecidableError: The list itself, or an element as a whole, is unknown.

        """
        for where, value in _walk(self.props, _steps(path), self.path):
            if is_unknown(value):
                raise UndecidableError(where)
            elements = value if isinstance(value, list) else [value]
            for index, element in enumerate(elements):
                at = f"{where}[{index}]" if isinstance(value, list) else where
                if is_unknown(element):
                    raise UndecidableError(at)
                if isinstance(element, Mapping):
                    yield Node(element, at)
                elif element is not None:
                    yield Node({"value": element}, at)

    def has(self, path: Path) -> bool:
        """Whether something other than null, "", [] or {} stands there.

        Raises:
            UndecidableError: The value or something on the way is unknown. What is inside is not
                looked at.

        """
        for where, value in _walk(self.props, _steps(path), self.path):
            if is_unknown(value):
                raise UndecidableError(where)
            if value is not None and value not in ("", [], {}):
                return True
        return False

    def count(self, path: Path) -> int:
        """How many elements the list there has, be they known or not.

        Raises:
            UndecidableError: The list itself or something on the way is unknown.

        """
        total = 0
        for where, value in _walk(self.props, _steps(path), self.path):
            if is_unknown(value):
                raise UndecidableError(where)
            total += len(value) if isinstance(value, list) else value is not None
        return total

    def document(self, path: Path) -> list[Statement]:
        """The statements of the policy document (JSON text or object) at a path; [] if none.

        Raises:
            UndecidableError: It is unknown, or is no policy document.

        """
        value = self.get(path)
        if value is None or value == "":
            return []
        where = _joined(self.path, path)
        try:
            parsed = json.loads(value) if isinstance(value, str) else value
            statements = parsed.get("Statement", [])
            if isinstance(statements, Mapping):
                statements = [statements]
            return [Statement.read(each) for each in statements]
        except (ValueError, AttributeError, TypeError, RecursionError):
            raise UndecidableError(where, "is no policy document") from None


@dataclass(frozen=True)
class Resource(Node):
    """One resource of a program, as the engine is about to create it or as the state holds it."""

    type: str = ""
    name: str = ""
    urn: str = ""
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    parent: str = ""
    """URN of the component that the resource belongs to."""
    dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """URNs by top-level property; in stack rules only."""
    provider: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Inputs of the provider that the resource goes through."""
    secrets: frozenset[str] = frozenset()
    """Secret texts inside the properties: no report may print them."""


def _steps(path: Path) -> tuple[str, ...]:
    return tuple(_STEP.findall(path)) if isinstance(path, str) else tuple(path)


def _gathers(path: Path) -> bool:
    return "[]" in path


def _joined(prefix: str, path: Path) -> str:
    text = path if isinstance(path, str) else ".".join(path)
    return f"{prefix}.{text}" if prefix else text


def _walk(value: Any, steps: tuple[str, ...], where: str) -> Iterator[tuple[str, Any]]:
    """Each place that the steps lead to, with its value; nothing where there is no such place.

    Raises:
        UndecidableError: There is an unknown before the last step.

    """
    if not steps:
        yield where, value
        return
    if is_unknown(value):
        raise UndecidableError(where)
    step, rest = steps[0], steps[1:]
    if step == "[]":
        if isinstance(value, list):
            for index, element in enumerate(value):
                yield from _walk(element, rest, f"{where}[{index}]")
    elif step.startswith("[") and step[1:-1].isdigit():
        index = int(step[1:-1])
        if isinstance(value, list) and index < len(value):
            yield from _walk(value[index], rest, f"{where}{step}")
    elif isinstance(value, Mapping) and step in value:
        yield from _walk(value[step], rest, f"{where}.{step}" if where else step)


def _known(value: Any, where: str) -> Any:
    """The value itself, once nothing in it is unknown."""
    if is_unknown(value):
        raise UndecidableError(where)
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _known(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _known(inner, f"{where}[{index}]")
    return value
