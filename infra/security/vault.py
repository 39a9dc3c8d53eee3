"""The region's Vault: five servers over three zones, unsealed by KMS, initialised by a Job."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from infra import names, naming, pod
from infra.security import vault_config
from infra.security.settings import VaultSettings

NAMESPACE = "vault"
LABELS = {
    "app.kubernetes.io/name": "vault",
    "app.kubernetes.io/part-of": "vault",
    "pci/data": "card",
}
SELECTOR = {"app.kubernetes.io/name": "vault"}
USER = 10002


@dataclass(frozen=True, kw_only=True)
class VaultClusterArgs:
    """Where it is, which key opens it, and who may configure it."""

    region: str
    settings: VaultSettings
    unseal_key_id: pulumi.Input[str]
    """The KMS key that unseals it and that encrypts the recovery keys."""
    provisioner_arn: str
    """The IAM principal that runs Pulumi, which alone may configure Vault."""
    image: str
    """Of the Job that initialises it: the platform's own image, by digest."""


class VaultCluster(pulumi.ComponentResource):
    """A StatefulSet on Raft, and the Job after which it can be configured."""

    initialised: k8s.batch.v1.Job
    """Completed: Vault is unsealed, audited, open to the provisioner, and has no root token."""

    def __init__(
        self, name: str, args: VaultClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:security:VaultCluster", name, None, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        config = k8s.core.v1.ConfigMap(
            "vault",
            metadata=_metadata("vault"),
            data={
                "vault.json": pulumi.Output.from_input(args.unseal_key_id).apply(
                    lambda key: vault_config.render(args.region, key, args.settings.replicas)
                )
            },
            opts=self._child,
        )
        account = self._account("vault")
        self._review_tokens()
        self._services()
        servers = k8s.apps.v1.StatefulSet(
            "vault",
            metadata=_metadata(
                "vault",
                # What comes next is the Job that initialises it, and the Job waits by itself.
                {"pulumi.com/skipAwait": "true"},
            ),
            spec=self._servers(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[config, account]),
        )
        k8s.policy.v1.PodDisruptionBudget(
            "vault",
            metadata=_metadata("vault"),
            spec={"max_unavailable": 1, "selector": {"match_labels": SELECTOR}},
            opts=self._child,
        )
        self.initialised = self._initialise(servers)
        self.register_outputs({})

    def _account(self, name: str) -> k8s.core.v1.ServiceAccount:
        return k8s.core.v1.ServiceAccount(
            name,
            metadata=_metadata(name),
            automount_service_account_token=False,
            opts=self._child,
        )

    def _review_tokens(self) -> None:
        """Let Vault ask the API server whether a ServiceAccount's token is good."""
        k8s.rbac.v1.ClusterRoleBinding(
            "vault-token-review",
            metadata={"name": "vault-token-review", "labels": LABELS},
            role_ref={
                "api_group": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "system:auth-delegator",
            },
            subjects=[{"kind": "ServiceAccount", "name": "vault", "namespace": NAMESPACE}],
            opts=self._child,
        )

    def _services(self) -> None:
        port = {"name": "https", "port": names.VAULT_PORT, "target_port": "https"}
        for name, host, unready in (
            # Clients reach servers that answer; servers find each other before any does.
            ("vault", names.vault_host(self._args.region), False),
            ("vault-internal", "", True),
        ):
            k8s.core.v1.Service(
                name,
                metadata=_metadata(
                    name, {"pulumi.com/skipAwait": "true", **(naming.named(host) if host else {})}
                ),
                spec={
                    "selector": SELECTOR,
                    "cluster_ip": "None",
                    "publish_not_ready_addresses": unready,
                    "ports": [
                        port,
                        {"name": "raft", "port": vault_config.CLUSTER_PORT, "target_port": "raft"},
                    ],
                },
                opts=self._child,
            )

    def _servers(self) -> dict[str, Any]:
        return {
            "service_name": "vault-internal",
            "replicas": self._args.settings.replicas,
            "pod_management_policy": "Parallel",
            # One at a time, standbys first: the Raft leader steps down when its turn comes.
            "update_strategy": {"type": "RollingUpdate"},
            "selector": {"match_labels": SELECTOR},
            "template": {"metadata": {"labels": LABELS}, "spec": self._pod()},
            "volume_claim_templates": [_claim("data", self._args.settings.volume)],
        }

    def _pod(self) -> dict[str, Any]:
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
            "containers": [self._container()],
            "volumes": [
                {"name": "config", "config_map": {"name": "vault"}},
                {"name": "tls", "secret": {"secret_name": "vault-tls", "default_mode": 0o440}},
                {"name": "tmp", "empty_dir": {"medium": "Memory", "size_limit": "64Mi"}},
                _reviewer_token(),
            ],
        }

    def _container(self) -> dict[str, Any]:
        # An active server and a standby both serve, and one that is new waits for the Job; one that
        # is sealed serves nobody, and a restart would not open it.
        ready = "/v1/sys/health?standbyok=true&uninitcode=200"
        alive = f"{ready}&sealedcode=200"

        def probe(path: str, failures: int) -> dict[str, Any]:
            return {
                "http_get": {"path": path, "port": "https", "scheme": "HTTPS"},
                "period_seconds": 5,
                "timeout_seconds": 3,
                "failure_threshold": failures,
            }

        return {
            "name": "vault",
            "image": self._args.settings.image,
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

    def _initialise(self, servers: k8s.apps.v1.StatefulSet) -> k8s.batch.v1.Job:
        account = self._account("vault-init")
        template = pod.template(
            pod.PodArgs(
                service_account="vault-init",
                part="vault-init",
                image=self._args.image,
                environment={
                    "REGION": self._args.region,
                    "VAULT_ADDR": names.vault_address(self._args.region),
                    # The collector on each node takes it from there, to the locked bucket.
                    "VAULT_AUDIT_PATH": "stdout",
                    "PROVISIONER_ARN": self._args.provisioner_arn,
                    "RECOVERY_KEY_ID": self._args.unseal_key_id,
                    "TRUST_BUNDLE": f"{pod.TRUST_FOLDER}/ca.pem",
                },
                serves=False,
            ),
            command=("python", "-m", "ops.vault_init"),
        )
        return k8s.batch.v1.Job(
            "vault-init",
            metadata=_metadata("vault-init"),
            spec={"backoff_limit": 10, "active_deadline_seconds": 1200, "template": template},
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[servers, account],
                delete_before_replace=True,
                replace_on_changes=["spec"],
            ),
        )


def _metadata(name: str, annotations: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "namespace": NAMESPACE,
        "labels": LABELS,
        **({"annotations": annotations} if annotations else {}),
    }


def _claim(name: str, size: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "spec": {
            "access_modes": ["ReadWriteOnce"],
            "storage_class_name": "evenkeel-vault",
            "resources": {"requests": {"storage": size}},
        },
    }


def _reviewer_token() -> dict[str, Any]:
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
