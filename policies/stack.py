"""All resources of a stack together, for the rules that no single resource can answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from policies.properties import Path, Resource, UndecidableError, is_unknown

ROOT = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Stack:
    """What a program declares, or a state holds."""

    resources: tuple[Resource, ...]

    @cached_property
    def _by_type(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for each in self.resources:
            found.setdefault(each.type, []).append(each)
        return found

    def of(self, *types: str) -> list[Resource]:
        """Resources of these types; a type may hold `*`, as in `kubernetes:apps/*:Deployment`."""
        return [
            each
            for pattern in types
            for type_, resources in self._by_type.items()
            if type_ == pattern or ("*" in pattern and fnmatchcase(type_, pattern))
            for each in resources
        ]

    @property
    def root(self) -> Resource:
        """The stack itself, to be named where something is missing from the whole."""
        return next(iter(self.of(ROOT)), Resource({}, type=ROOT, name="stack"))

    def refers(self, one: Resource, other: Resource, path: Path = "") -> bool:
        """Whether `one` names `other`: at a path, or anywhere when none is given.

        It does when the property was computed from `other`, or when it holds other's id, ARN, URN
        or (with a path only) name.

        Raises:
            UndecidableError: The value at the path is unknown and nothing says what it came from.

        """
        top = (path.split(".")[0].split("[")[0] if isinstance(path, str) else path[0]) or ""
        keys = [top] if top else list(one.dependencies)
        if any(other.urn and other.urn in one.dependencies.get(key, ()) for key in keys):
            return True
        names = {other.urn, other.props.get("id"), other.props.get("arn")} - {None, ""}
        if not path:
            return any(text in names for text in _texts(one.props))
        values = _texts(one.props.get(top))
        if any(is_unknown(each) for each in values) and not one.dependencies.get(top):
            raise UndecidableError(str(path))
        called = {other.props.get(key) for key in ("name", "bucket")}
        called.add((other.props.get("metadata") or {}).get("name"))
        return any(each in names | called for each in values if not is_unknown(each))

    def referring(self, other: Resource, *types: str, path: Path = "") -> Iterator[Resource]:
        """The resources of some types that refer to `other`."""
        return (each for each in self.of(*types) if self.refers(each, other, path))


def _texts(value: Any) -> Sequence[str]:
    """Every text inside a value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return []
