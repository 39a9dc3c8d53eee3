"""The pod of any workload: where its spec stands, and examples to judge rules by."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.rule import Example, Node, Resource

WORKLOADS: Final = (
    "kubernetes:apps/v1:Deployment",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:apps/v1:DaemonSet",
    "kubernetes:apps/v1:ReplicaSet",
    "kubernetes:batch/v1:Job",
    "kubernetes:batch/v1:CronJob",
    "kubernetes:core/v1:Pod",
)
"""Everything that makes pods."""

LONG_RUNNING: Final = ("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet")
"""Workloads that serve until they are told to stop."""

STANDARDS: Final = "https://kubernetes.io/docs/concepts/security/pod-security-standards/"

IMAGE: Final = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/payments@sha256:{'0' * 64}"

_TEMPLATES: Final = {"Pod": "", "CronJob": "spec.jobTemplate.spec.template"}
"""Kind -> where its pod template stands; `spec.template` for every other."""


def template(resource: Resource) -> Node:
    """What a workload makes pods from: an object with `metadata` and `spec`.

    Raises:
        UndecidableError: The template as a whole is unknown.

    """
    where = _TEMPLATES.get(resource.type.rsplit(":", 1)[-1], "spec.template")
    if not where:
        return resource
    return next(resource.items(where), Node({}, where))


def spec(resource: Resource) -> Node:
    """The pod spec of a workload of any kind.

    Raises:
        UndecidableError: It is unknown as a whole.

    """
    made_from = template(resource)
    return next(made_from.items("spec"), Node({}, f"{made_from.path}.spec".lstrip(".")))


def containers(resource: Resource) -> Iterator[Node]:
    """Each container of a workload's pods, those that run first (`initContainers`) included.

    Raises:
        UndecidableError: A list of them, or one as a whole, is unknown.

    """
    pod = spec(resource)
    yield from pod.items("containers")
    yield from pod.items("initContainers")


def called(container: Node) -> str:
    """A container's name as a sentence has it."""
    return f"container {container.get('name', '')!r}"


def deployment(
    container: Mapping[str, Any] | None = None,
    pod: Mapping[str, Any] | None = None,
    *,
    metadata: Mapping[str, Any] | None = None,
    annotations: Mapping[str, Any] | None = None,
    **spec: Any,
) -> dict[str, Any]:
    """A Deployment that an API server accepts, with what an example is about put in.

    `container` and `pod` are put over its only container and its pod spec, `annotations` are its
    pods'.
    """
    labels = {"app": "payments-api"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "payments-api", "namespace": "payments", **(metadata or {})},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels}
                | ({"annotations": annotations} if annotations else {}),
                "spec": {
                    "containers": [{"name": "app", "image": IMAGE, **(container or {})}],
                    **(pod or {}),
                },
            },
            **spec,
        },
    }


def cron_job(
    container: Mapping[str, Any] | None = None, pod: Mapping[str, Any] | None = None
) -> Example:
    """A CronJob, whose pod spec stands deepest."""
    inside = {
        "restartPolicy": "Never",
        "containers": [{"name": "app", "image": IMAGE, **(container or {})}],
        **(pod or {}),
    }
    return Example(
        {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": {"name": "payments-purge", "namespace": "payments"},
            "spec": {
                "schedule": "0 3 * * *",
                "jobTemplate": {"spec": {"template": {"spec": inside}}},
            },
        },
        type="kubernetes:batch/v1:CronJob",
    )


def bare_pod(
    container: Mapping[str, Any] | None = None, pod: Mapping[str, Any] | None = None
) -> Example:
    """A Pod that no workload makes."""
    return Example(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "payments-once", "namespace": "payments"},
            "spec": {
                "containers": [{"name": "app", "image": IMAGE, **(container or {})}],
                **(pod or {}),
            },
        },
        type="kubernetes:core/v1:Pod",
    )
