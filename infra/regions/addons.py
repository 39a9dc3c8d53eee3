"""EKS add-ons: one table of versions, so that an upgrade is one setting and one row."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

VERSIONS: Mapping[str, Mapping[str, str]] = {
    "1.32": {
        "coredns": "v1.11.4-eksbuild.22",
        "kube-proxy": "v1.32.6-eksbuild.12",
    },
    "1.33": {
        "coredns": "v1.12.4-eksbuild.1",
        "kube-proxy": "v1.33.3-eksbuild.10",
    },
    "1.34": {
        "coredns": "v1.12.4-eksbuild.1",
        "kube-proxy": "v1.34.0-eksbuild.4",
    },
}
"""What goes with one version of Kubernetes only."""


@dataclass(frozen=True, kw_only=True)
class Addon:
    """One add-on, at one version."""

    name: str
    why: str
    version: str = ""
    """Empty where it follows Kubernetes, from VERSIONS."""
    needs_nodes: bool = True
    """Whether it is ready only once there is a node for it."""
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])


ADDONS = (
    Addon(
        name="vpc-cni",
        version="v1.20.4-eksbuild.1",
        why="addresses for pods, sixteen at a time, and network policies",
        needs_nodes=False,
        values={
            "env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
            "enableNetworkPolicy": "true",
        },
    ),
    Addon(name="kube-proxy", why="Services' addresses", needs_nodes=False),
    Addon(
        name="eks-pod-identity-agent",
        version="v1.3.9-eksbuild.3",
        why="gives each pod the credentials of its own role",
        needs_nodes=False,
    ),
    Addon(
        name="coredns",
        why="names within the cluster",
        values={
            "replicaCount": 3,
            "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1},
            "topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": "topology.kubernetes.io/zone",
                    "whenUnsatisfiable": "ScheduleAnyway",
                    "labelSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
                }
            ],
        },
    ),
    Addon(
        name="aws-ebs-csi-driver",
        version="v1.50.1-eksbuild.1",
        why="volumes of databases, brokers and logs",
        values={"controller": {"replicaCount": 2}},
    ),
    Addon(
        name="snapshot-controller", version="v8.3.0-eksbuild.1", why="snapshots of those volumes"
    ),
    Addon(
        name="metrics-server", version="v0.8.0-eksbuild.2", why="what pods use, for the autoscaler"
    ),
    Addon(
        name="external-dns",
        version="v0.19.0-eksbuild.2",
        why="the records of the region's private names",
        values={"policy": "sync", "registry": "txt", "txtOwnerId": "evenkeel"},
    ),
)


@dataclass(frozen=True, kw_only=True)
class AddonsArgs:
    """Of which cluster."""

    cluster_name: pulumi.Input[str]
    kubernetes_version: str
    nodes: Sequence[pulumi.Resource] = ()


class Addons(pulumi.ComponentResource):
    """The add-ons of the table."""

    def __init__(
        self, name: str, args: AddonsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:regions:Addons", name, None, opts)
        for each in ADDONS:
            aws.eks.Addon(
                f"{name}-{each.name}",
                cluster_name=args.cluster_name,
                addon_name=each.name,
                addon_version=version(each, args.kubernetes_version),
                configuration_values=(
                    json.dumps(each.values, sort_keys=True) if each.values else None
                ),
                # What stands here is what runs; a change by hand is undone at the next update.
                resolve_conflicts_on_create="OVERWRITE",
                resolve_conflicts_on_update="OVERWRITE",
                opts=pulumi.ResourceOptions(
                    parent=self, depends_on=list(args.nodes) if each.needs_nodes else None
                ),
            )
        self.register_outputs({})


def version(addon: Addon, kubernetes_version: str) -> str:
    """Find the version of an add-on that goes with a version of Kubernetes."""
    if addon.version:
        return addon.version
    if kubernetes_version not in VERSIONS:
        raise ValueError(
            f"no row for Kubernetes {kubernetes_version} in VERSIONS; there are "
            + ", ".join(VERSIONS)
        )
    return VERSIONS[kubernetes_version][addon.name]
