"""A namespace of a stack, and what stands in it."""

from collections.abc import Iterable
from typing import Any, Final

from policies.rule import Resource, Undecidable

NAMESPACE: Final = "kubernetes:core/v1:Namespace"


def inhabited(namespace: Resource, objects: Iterable[Resource]) -> bool:
    """Whether one of some objects stands in a namespace.

    It does when its `metadata.namespace` is the namespace's name, or was computed from it.

    Raises:
        UndecidableError: None is known to, and one may.

    """
    doubt: Undecidable | None = None
    for each in objects:
        try:
            if stands_in(namespace, each):
                return True
        except Undecidable as reason:
            doubt = reason
    if doubt:
        raise doubt
    return False


def stands_in(namespace: Resource, each: Resource) -> bool:
    """Whether an object stands in a namespace.

    Raises:
        UndecidableError: One of the two names is unknown, and so is where it came from.

    """
    if namespace.urn and namespace.urn in each.dependencies.get("metadata", ()):
        return True
    home = each.get("metadata.namespace", "default")
    return home == namespace.get("metadata.name", namespace.name)


def namespace(name: object = "payments", **labels: object) -> dict[str, Any]:
    """A namespace, as an example of a stack has it."""
    return {"type": NAMESPACE, "name": "payments", "props": namespace_props(name, labels)}


def namespace_props(
    name: object = "payments", labels: object = None, annotations: object = None
) -> dict[str, Any]:
    """The properties of a namespace."""
    metadata = {"name": name, "labels": labels, "annotations": annotations}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {key: value for key, value in metadata.items() if value},
    }
