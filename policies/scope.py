"""Where a resource stands to cardholder data: in its environment, connected to it, or outside.

A resource says so itself with the tag (or Kubernetes label or annotation) `pci-scope`; its
provider may say it for all of its resources with a default tag; the pack's settings may say it for
a component type. Whatever is not said is inside: silence must never make a rule stop applying.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from policies.properties import Resource, is_unknown

TAG = "pci-scope"


class Scope(StrEnum):
    """Of PCI DSS: the three standings of a system component."""

    CDE = "cde"
    CONNECTED = "connected"
    OUT = "out"


class Scoping:
    """Finds the scope of a resource; made once from the settings."""

    def __init__(
        self, default: Scope = Scope.CDE, components: Mapping[str, Scope] | None = None
    ) -> None:
        self._default = default
        self._components = dict(components or {})

    def of(self, resource: Resource) -> Scope:
        """The scope that the nearest speaker gives; a value that is none of the three is CDE."""
        said = _said(resource)
        if said is not None:
            return Scope(said) if said in set(Scope) else Scope.CDE
        for component in reversed(_types(resource.urn)):
            if component in self._components:
                return self._components[component]
        return self._default


def _said(resource: Resource) -> str | None:
    """The tag of the resource or of its provider; None if neither says anything known."""
    places: list[Any] = [resource.props.get("tags"), resource.props.get("tagsAll")]
    metadata = resource.props.get("metadata")
    if isinstance(metadata, Mapping):
        places += [metadata.get("labels"), metadata.get("annotations")]
    places.append(_default_tags(resource.provider))
    for place in places:
        if isinstance(place, Mapping) and TAG in place:
            value = place[TAG]
            return "cde" if is_unknown(value) else str(value)
    return None


def _default_tags(provider: Mapping[str, Any]) -> object:
    """Default tags of an AWS provider, whose inputs are JSON texts."""
    given = provider.get("defaultTags")
    if isinstance(given, str) and not is_unknown(given):
        try:
            given = json.loads(given)
        except ValueError:
            return None
    return given.get("tags") if isinstance(given, Mapping) else None


def _types(urn: str) -> list[str]:
    """The types in a URN, outermost component first."""
    parts = urn.split("::")
    return parts[2].split("$") if len(parts) > 2 else []  # noqa: PLR2004 - urn, project, types, name
