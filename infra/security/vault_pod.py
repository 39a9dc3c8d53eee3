"""A pod of Vault, and what it keeps its data on."""

import pulumi_kubernetes as k8s

from infra import names
from infra.security import vault_config
from infra.storage import VAULT

LABELS = {
    "app.kubernetes.io/name": "vault",
    "app.kubernetes.io/part-of": "vault",
    "pci/data": "card",
}
SELECTOR = {"app.kubernetes.io/name": "vault"}
USER = 10002


def spec(image: str) -> k8s.core.v1.PodSpecArgsDict:
    """Return the pod: Vault alone, as nobody, with its volume, its certificate and one token."""
    return {
        "service_account_name": "vault",
        "automount_service_account_token": False,
        "enable_service_links": False,
        "termination_grace_period_seconds": 30,
        "security_context": {
            "run_as_non_root": True,
            "run_as_user": USER,
            "run_as_group": USER,
            "fs_group": USER,
            "seccomp_profile": {"type": "RuntimeDefault"},
        },
        "topology_spread_constraints": [
            {
                "max_skew": 1,
                "topology_key": key,
                "when_unsatisfiable": "DoNotSchedule",
                "label_selector": {"match_labels": SELECTOR},
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
        "containers": [_container(image)],
        "volumes": [
            {"name": "config", "config_map": {"name": "vault"}},
            {"name": "tls", "secret": {"secret_name": "vault-tls", "default_mode": 0o440}},
            {"name": "tmp", "empty_dir": {"medium": "Memory", "size_limit": "64Mi"}},
            _reviewer_token(),
        ],
    }


def _container(image: str) -> k8s.core.v1.ContainerArgsDict:
    # An active server and a standby both serve, and one that is new waits for the Job; one that
    # is sealed serves nobody, and a restart would not open it.
    ready = "/v1/sys/health?standbyok=true&uninitcode=200"
    alive = f"{ready}&sealedcode=200"

    def probe(path: str, failures: int) -> k8s.core.v1.ProbeArgsDict:
        return {
            "http_get": {"path": path, "port": "https", "scheme": "HTTPS"},
            "period_seconds": 5,
            "timeout_seconds": 3,
            "failure_threshold": failures,
        }

    return {
        "name": "vault",
        "image": image,
        "command": ["vault", "server", "-config=/vault/config/vault.json"],
        "env": [
            {"name": "HOSTNAME", "value_from": {"field_ref": {"field_path": "metadata.name"}}},
            {
                "name": "VAULT_RAFT_NODE_ID",
                "value_from": {"field_ref": {"field_path": "metadata.name"}},
            },
            {
                "name": "VAULT_CLUSTER_ADDR",
                "value": f"https://$(HOSTNAME).vault-internal.vault.svc:"
                f"{vault_config.CLUSTER_PORT}",
            },
            {"name": "SKIP_SETCAP", "value": "true"},
        ],
        "ports": [
            {"name": "https", "container_port": names.VAULT_PORT},
            {"name": "raft", "container_port": vault_config.CLUSTER_PORT},
        ],
        "resources": {
            "requests": {"cpu": "500m", "memory": "1Gi"},
            "limits": {"cpu": "2", "memory": "1Gi"},
        },
        "security_context": {
            "allow_privilege_escalation": False,
            "read_only_root_filesystem": True,
            "run_as_non_root": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "readiness_probe": probe(ready, 2),
        "liveness_probe": probe(alive, 12),
        "volume_mounts": [
            {"name": "config", "mount_path": "/vault/config", "read_only": True},
            {"name": "tls", "mount_path": vault_config.TLS, "read_only": True},
            {"name": "data", "mount_path": vault_config.DATA},
            {"name": "tmp", "mount_path": "/tmp"},  # noqa: S108 - the pod's own, in memory
            {
                "name": "reviewer",
                "mount_path": "/var/run/secrets/kubernetes.io/serviceaccount",
                "read_only": True,
            },
        ],
    }


def claim(size: str) -> k8s.core.v1.PersistentVolumeClaimArgsDict:
    """Return the claim of the volume that Raft keeps everything on, sealed."""
    return {
        "metadata": {"name": "data"},
        "spec": {
            "access_modes": ["ReadWriteOnce"],
            "storage_class_name": VAULT,
            "resources": {"requests": {"storage": size}},
        },
    }


def _reviewer_token() -> k8s.core.v1.VolumeArgsDict:
    """Return the token that Vault shows the API server when it asks about another one."""
    return {
        "name": "reviewer",
        "projected": {
            "default_mode": 0o440,
            "sources": [
                {
                    "service_account_token": {
                        "audience": "https://kubernetes.default.svc",
                        "expiration_seconds": 3600,
                        "path": "token",
                    }
                },
                {
                    "config_map": {
                        "name": "kube-root-ca.crt",
                        "items": [{"key": "ca.crt", "path": "ca.crt"}],
                    }
                },
            ],
        },
    }
