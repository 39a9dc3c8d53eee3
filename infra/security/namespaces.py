"""The cluster's namespaces: what may run in each, how much of it, and whether cards pass by."""

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_kubernetes as k8s

from infra import names


@dataclass(frozen=True, kw_only=True)
class Room:
    """A namespace."""

    name: str
    scope: Literal["cde", "connected"]
    """PCI DSS 12.5: in the card data environment, or connected to it."""
    level: Literal["restricted", "baseline", "privileged"] = "restricted"
    """The Pod Security Standard that the API server enforces."""
    why: str = ""
    """Why its level is not `restricted`."""
    mesh: bool = False
    """Whether its pods get a sidecar."""
    pods: int = 60


ROOMS = (
    Room(name="payments", scope="cde", mesh=True, pods=300),
    Room(name="vault", scope="cde", pods=20),
    Room(name="database", scope="cde", pods=120),
    Room(
        name="istio-system",
        scope="connected",
        level="privileged",
        why="the node agent of the mesh redirects other pods' traffic from the host's network",
    ),
    Room(name="istio-ingress", scope="cde", pods=60),
    Room(name="gatekeeper-system", scope="connected"),
    Room(
        name="falco",
        scope="connected",
        level="privileged",
        why="its probe reads the kernel of each node",
    ),
    Room(
        name="logging",
        scope="connected",
        level="privileged",
        why="the collector reads the log folder of each node",
    ),
    Room(
        name="monitoring",
        scope="connected",
        level="privileged",
        why="the node exporter reads counters of each node",
    ),
    Room(name="cert-manager", scope="connected"),
    Room(
        name="stackgres",
        scope="connected",
        level="baseline",
        why="the operator's chart sets no seccomp profile",
    ),
)

MEMORY_PER_POD_GIB = 4


class Namespaces(pulumi.ComponentResource):
    """All namespaces, each with a quota and with limits for pods that name none."""

    all: list[pulumi.Resource]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("platform:security:Namespaces", name, None, opts)
        self.all = [self._room(each) for each in ROOMS]
        self.register_outputs({"names": [each.name for each in ROOMS]})

    def _room(self, room: Room) -> k8s.core.v1.Namespace:
        namespace = k8s.core.v1.Namespace(
            room.name,
            metadata={
                "name": room.name,
                "labels": {
                    "app.kubernetes.io/part-of": names.PROJECT,
                    "pci/scope": room.scope,
                    "pod-security.kubernetes.io/enforce": room.level,
                    "pod-security.kubernetes.io/audit": "restricted",
                    "pod-security.kubernetes.io/warn": "restricted",
                    **({"istio-injection": "enabled"} if room.mesh else {}),
                },
                "annotations": {"evenkeel.dev/why": room.why} if room.why else {},
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        inside = pulumi.ResourceOptions(parent=self, depends_on=[namespace])
        k8s.core.v1.ResourceQuota(
            room.name,
            metadata={"name": "quota", "namespace": room.name},
            spec={
                "hard": {
                    "pods": str(room.pods),
                    "limits.memory": f"{room.pods * MEMORY_PER_POD_GIB}Gi",
                    "services.loadbalancers": "0",
                    "services.nodeports": "0",
                }
            },
            opts=inside,
        )
        k8s.core.v1.LimitRange(
            room.name,
            metadata={"name": "limits", "namespace": room.name},
            spec={
                "limits": [
                    {
                        "type": "Container",
                        "default": {"cpu": "1", "memory": "512Mi"},
                        "default_request": {"cpu": "50m", "memory": "128Mi"},
                    }
                ]
            },
            opts=inside,
        )
        return namespace
