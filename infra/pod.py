"""The pod of one part of the payment service: what it runs, knows and may do on its node."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as k8s

VAULT_TOKEN_FOLDER = "/var/run/secrets/vault"  # noqa: S105 - a path, not a token
TRUST_FOLDER = "/etc/evenkeel/trust"
TRUST_BUNDLE = "trust-bundle"
"""The ConfigMap with the platform's certificate authorities, kept by trust-manager."""
TOKEN_SECONDS = 600
"""How long a ServiceAccount token for Vault lives: the least that Kubernetes grants."""

USER = 10001
"""Above 10000, so that it is no user of a node's own."""


@dataclass(frozen=True, kw_only=True)
class PodArgs:
    """What differs from one part to the next."""

    service_account: str
    part: str
    """The part that `python -m app` starts."""
    image: str
    """Pinned by digest, so that what was scanned is what runs."""
    environment: Mapping[str, pulumi.Input[str]] = field(
        default_factory=dict[str, "pulumi.Input[str]"]
    )
    cpu: str = "250m"
    memory: str = "256Mi"
    serves: bool = True
    """Whether it answers probes on its port; a Job does not."""

    def __post_init__(self) -> None:
        if "@sha256:" not in self.image:
            raise ValueError(
                f"{self.image!r} names no digest: a tag can be moved to another image,"
                " expected <repository>@sha256:<64 hex digits>"
            )


HTTP_PORT = 8080


def labels(service_account: str) -> dict[str, str]:
    """Return the labels of one part's pods, which Services and policies select by."""
    return {
        "app.kubernetes.io/name": service_account,
        "app.kubernetes.io/part-of": "payments",
        "app.kubernetes.io/managed-by": "pulumi",
    }


def selector(service_account: str) -> dict[str, str]:
    """Return the label that tells one part's pods from all others; it can never change."""
    return {"app.kubernetes.io/name": service_account}


def template(
    args: PodArgs, command: Sequence[str] | None = None
) -> k8s.core.v1.PodTemplateSpecArgsDict:
    """Return a pod template that the `restricted` Pod Security Standard admits."""
    return {
        "metadata": {"labels": labels(args.service_account)},
        "spec": {
            "service_account_name": args.service_account,
            # The one token that is mounted is for Vault, and the API server refuses it.
            "automount_service_account_token": False,
            "enable_service_links": False,
            # Work in hand is finished: two requests' deadlines, and the consumers' commit.
            "termination_grace_period_seconds": 60,
            "security_context": {
                "run_as_non_root": True,
                "run_as_user": USER,
                "run_as_group": USER,
                "fs_group": USER,
                "seccomp_profile": {"type": "RuntimeDefault"},
            },
            "topology_spread_constraints": _spread(args.service_account) if args.serves else None,
            "restart_policy": "Always" if args.serves else "Never",
            "containers": [_container(args, command or ("python", "-m", "app", args.part))],
            "volumes": _volumes(),
        },
    }


def _spread(service_account: str) -> list[k8s.core.v1.TopologySpreadConstraintArgsDict]:
    """Even over zones, and over nodes where possible: one zone lost leaves two thirds."""
    select: k8s.meta.v1.LabelSelectorArgsDict = {"match_labels": selector(service_account)}
    return [
        {
            "max_skew": 1,
            "topology_key": "topology.kubernetes.io/zone",
            "when_unsatisfiable": "DoNotSchedule",
            # The nodes of a lost zone are tainted; the others then take its pods.
            "node_taints_policy": "Honor",
            "label_selector": select,
        },
        {
            "max_skew": 1,
            "topology_key": "kubernetes.io/hostname",
            "when_unsatisfiable": "ScheduleAnyway",
            "label_selector": select,
        },
    ]


def _container(args: PodArgs, command: Sequence[str]) -> k8s.core.v1.ContainerArgsDict:
    container: k8s.core.v1.ContainerArgsDict = {
        "name": "app",
        "image": args.image,
        "command": list(command),
        "env": [
            {"name": "POD_IP", "value_from": {"field_ref": {"field_path": "status.podIP"}}},
            {"name": "POD_NAME", "value_from": {"field_ref": {"field_path": "metadata.name"}}},
            *_literals(args.environment),
        ],
        # Without a CPU limit one part could starve its node; memory is never overcommitted.
        "resources": {
            "requests": {"cpu": args.cpu, "memory": args.memory},
            "limits": {"cpu": "2", "memory": args.memory},
        },
        "security_context": {
            "allow_privilege_escalation": False,
            "read_only_root_filesystem": True,
            "run_as_non_root": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volume_mounts": [
            {"name": "vault-token", "mount_path": VAULT_TOKEN_FOLDER, "read_only": True},
            {"name": "trust", "mount_path": TRUST_FOLDER, "read_only": True},
            {"name": "tmp", "mount_path": "/tmp"},  # noqa: S108 - the pod's own, in memory
        ],
    }
    return _serving(container) if args.serves else container


def _literals(
    environment: Mapping[str, pulumi.Input[str]],
) -> list[k8s.core.v1.EnvVarArgsDict]:
    return [{"name": name, "value": value} for name, value in environment.items()]


def _serving(container: k8s.core.v1.ContainerArgsDict) -> k8s.core.v1.ContainerArgsDict:
    def probe(path: str, period: int, failures: int) -> k8s.core.v1.ProbeArgsDict:
        return {
            "http_get": {"path": path, "port": "http"},
            "period_seconds": period,
            "timeout_seconds": 3,
            "failure_threshold": failures,
        }

    return {
        **container,
        "ports": [{"name": "http", "container_port": HTTP_PORT}],
        "startup_probe": probe("/livez", 2, 60),
        "liveness_probe": probe("/livez", 10, 3),
        "readiness_probe": probe("/readyz", 5, 2),
        # Endpoints take a moment to leave the gateway; until then requests still come.
        "lifecycle": {"pre_stop": {"sleep": {"seconds": 5}}},
    }


def _volumes() -> list[k8s.core.v1.VolumeArgsDict]:
    return [
        {
            "name": "vault-token",
            "projected": {
                "default_mode": 0o440,
                "sources": [
                    {
                        "service_account_token": {
                            "audience": "vault",
                            "expiration_seconds": TOKEN_SECONDS,
                            "path": "token",
                        }
                    }
                ],
            },
        },
        {"name": "trust", "config_map": {"name": TRUST_BUNDLE}},
        {"name": "tmp", "empty_dir": {"medium": "Memory", "size_limit": "64Mi"}},
    ]
