"""The region's Vault: five servers over three zones, unsealed by KMS, initialised by a Job."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from infra import names, naming, pod
from infra.security import vault_config, vault_pod
from infra.security.settings import VaultSettings

NAMESPACE = "vault"


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
            spec={"max_unavailable": 1, "selector": {"match_labels": vault_pod.SELECTOR}},
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
            metadata={"name": "vault-token-review", "labels": vault_pod.LABELS},
            role_ref={
                "api_group": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "system:auth-delegator",
            },
            subjects=[{"kind": "ServiceAccount", "name": "vault", "namespace": NAMESPACE}],
            opts=self._child,
        )

    def _services(self) -> None:
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
                    "selector": vault_pod.SELECTOR,
                    "cluster_ip": "None",
                    "publish_not_ready_addresses": unready,
                    "ports": [
                        {"name": "https", "port": names.VAULT_PORT, "target_port": "https"},
                        {"name": "raft", "port": vault_config.CLUSTER_PORT, "target_port": "raft"},
                    ],
                },
                opts=self._child,
            )

    def _servers(self) -> k8s.apps.v1.StatefulSetSpecArgsDict:
        return {
            "service_name": "vault-internal",
            "replicas": self._args.settings.replicas,
            "pod_management_policy": "Parallel",
            # One at a time, standbys first: the Raft leader steps down when its turn comes.
            "update_strategy": {"type": "RollingUpdate"},
            "selector": {"match_labels": vault_pod.SELECTOR},
            "template": {
                "metadata": {"labels": vault_pod.LABELS},
                "spec": vault_pod.spec(self._args.settings.image),
            },
            "volume_claim_templates": [vault_pod.claim(self._args.settings.volume)],
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
                    "VAULT_SERVER_ID": vault_config.server_id(self._args.region),
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


def _metadata(
    name: str, annotations: Mapping[str, str] | None = None
) -> k8s.meta.v1.ObjectMetaArgsDict:
    return {
        "name": name,
        "namespace": NAMESPACE,
        "labels": vault_pod.LABELS,
        "annotations": annotations,
    }
