"""All that a region has inside its cluster, in the order in which one part needs another."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pulumi
import pulumi_kubernetes as k8s
import pulumi_postgresql as postgresql
import pulumi_vault as vault

from infra import names, pod
from infra.charts import CHARTS
from infra.database.access import DatabaseAccess, DatabaseAccessArgs
from infra.database.cluster import CitusCluster, CitusClusterArgs
from infra.database.migrate import Migration, MigrationArgs
from infra.database.settings import DatabaseSettings
from infra.kafka.topics import INCOMING
from infra.security.mesh import Mesh, MeshArgs
from infra.security.netpolicy import NetworkPolicies, NetworkPoliciesArgs
from infra.security.secrets import VaultContents, VaultContentsArgs
from infra.security.settings import AdmissionSettings, MeshSettings, VaultSettings
from infra.security.vault import VaultCluster, VaultClusterArgs
from infra.services import DEPLOYED, Service
from infra.settings import Settings
from infra.workload import Cpu, Lag, Workload, WorkloadArgs


@dataclass(frozen=True, kw_only=True)
class InsideArgs:
    """What the cluster's surroundings give it."""

    settings: Settings
    database: DatabaseSettings
    vault: VaultSettings
    mesh: MeshSettings
    admission: AdmissionSettings
    kubeconfig: pulumi.Input[str]
    kubernetes_endpoint: pulumi.Input[str]
    kubernetes_ca: pulumi.Input[str]
    """PEM."""
    kafka_brokers: pulumi.Input[str]
    """host:port list, for clients that sign in with IAM."""
    vault_key_id: pulumi.Input[str]
    backup_bucket: pulumi.Input[str]
    backup_role_arn: pulumi.Input[str]


class Inside(pulumi.ComponentResource):
    """Operators, Vault, database, mesh and the payment service of one region."""

    def __init__(
        self, name: str, args: InsideArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("evenkeel:regions:Inside", name, None, opts)
        self._args = args
        self._settings = args.settings
        self._kubernetes = k8s.Provider(
            "kubernetes",
            kubeconfig=args.kubeconfig,
            enable_server_side_apply=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._in_cluster = pulumi.ResourceOptions(parent=self, provider=self._kubernetes)
        namespaces = self._namespaces()
        charts = self._charts(namespaces)
        vault_cluster = VaultCluster(
            "vault",
            VaultClusterArgs(
                region=self._settings.region,
                settings=args.vault,
                unseal_key_id=args.vault_key_id,
                provisioner_arn=self._settings.provisioner_arn,
                image=self._settings.image,
            ),
            self._after(*namespaces),
        )
        database = CitusCluster(
            "database",
            CitusClusterArgs(
                region=self._settings.region,
                settings=args.database,
                backup_bucket=args.backup_bucket,
                backup_role_arn=args.backup_role_arn,
            ),
            self._after(*charts),
        )
        contents = self._contents(vault_cluster, self._access(database))
        self._safety(charts)
        migration = Migration(
            "migration",
            MigrationArgs(
                namespace="payments",
                image=self._settings.image,
                environment=self._environment("payments-migrate"),
            ),
            self._after(contents),
        )
        for service in DEPLOYED:
            self._workload(service, migration)
        self.register_outputs({})

    def _after(self, *resources: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self, provider=self._kubernetes, depends_on=list(resources)
        )

    def _namespaces(self) -> list[pulumi.Resource]:
        privileged = {"falco", "istio-system", "logging", "monitoring"}
        return [
            k8s.core.v1.Namespace(
                each,
                metadata={
                    "name": each,
                    "labels": {
                        "pod-security.kubernetes.io/enforce": (
                            "privileged" if each in privileged else "restricted"
                        ),
                        **({"istio-injection": "enabled"} if each == "payments" else {}),
                    },
                },
                opts=self._in_cluster,
            )
            for each in names.NAMESPACES
        ]

    def _charts(self, namespaces: list[pulumi.Resource]) -> list[pulumi.Resource]:
        made: dict[str, pulumi.Resource] = {}
        for chart in CHARTS:
            made[chart.name] = k8s.helm.v3.Release(
                chart.name,
                name=chart.name,
                chart=chart.chart,
                version=chart.version,
                namespace=chart.namespace,
                create_namespace=chart.namespace not in names.NAMESPACES,
                repository_opts={"repo": chart.repository},
                values=dict(chart.values),
                opts=self._after(*namespaces, *(made[each] for each in chart.after)),
            )
        return list(made.values())

    def _access(self, database: CitusCluster) -> DatabaseAccess:
        provider = postgresql.Provider(
            "postgresql",
            host=names.database_host(self._settings.region),
            port=names.DATABASE_PORT,
            # The password is in the environment of whoever runs this, as PGPASSWORD.
            username="provisioner",
            database="postgres",
            sslmode="verify-full",
            superuser=False,
            connect_timeout=30,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[database]),
        )
        return DatabaseAccess(
            "database-access",
            DatabaseAccessArgs(retained=self._settings.deletion_protected),
            pulumi.ResourceOptions(parent=self, provider=provider, depends_on=[database]),
        )

    def _contents(self, cluster: VaultCluster, access: DatabaseAccess) -> VaultContents:
        provider = vault.Provider(
            "vault",
            address=names.vault_address(self._settings.region),
            auth_login_aws={
                "role": names.PROVISIONER_ROLE,
                "mount": "aws",
                "aws_region": self._settings.region,
                "header_value": names.vault_host(self._settings.region),
            },
            # A child token would have to be allowed, and would live longer than what it is for.
            skip_child_token=True,
            # A preview must not need a Vault that is not there yet.
            skip_get_vault_version=True,
            vault_version_override=self._args.vault.version,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[cluster.initialised]),
        )
        return VaultContents(
            "vault-contents",
            VaultContentsArgs(
                region=self._settings.region,
                settings=self._args.vault,
                kubernetes_host=self._args.kubernetes_endpoint,
                kubernetes_ca=self._args.kubernetes_ca,
                manager_password=access.manager_password,
                rotation_hours=self._args.database.password_rotation_hours,
            ),
            pulumi.ResourceOptions(
                parent=self, provider=provider, depends_on=[cluster.initialised, access]
            ),
        )

    def _safety(self, charts: list[pulumi.Resource]) -> None:
        settings = self._settings
        Mesh(
            "mesh",
            MeshArgs(
                region=settings.region,
                domain=settings.domain,
                acquirer_host=urlsplit(settings.acquirer_url).hostname or "",
                peers=settings.other_regions,
                settings=self._args.mesh,
            ),
            self._after(*charts),
        )
        NetworkPolicies(
            "network-policies",
            NetworkPoliciesArgs(
                vpc_cidr=settings.plan.cidr,
                peer_cidrs=tuple(settings.regions[each].cidr for each in settings.other_regions),
            ),
            self._after(*charts),
        )

    def _environment(self, account: str) -> dict[str, pulumi.Input[str]]:
        """Return what the pods of one part know, by the names that the service reads."""
        settings = self._settings
        return {
            "REGION": settings.region,
            "PEER_REGION": settings.neighbour,
            "HTTP_PORT": str(pod.HTTP_PORT),
            "VAULT_ADDR": names.vault_address(settings.region),
            "VAULT_ROLE": account,
            "VAULT_TOKEN_FILE": f"{pod.VAULT_TOKEN_FOLDER}/token",
            "DATABASE_HOST": names.database_host(settings.region),
            "DATABASE_PORT": str(names.DATABASE_PORT),
            "DATABASE_NAME": names.DATABASE,
            "DATABASE_ROLE": names.DATABASE_ROLES[account],
            "TRUST_BUNDLE": f"{pod.TRUST_FOLDER}/ca.pem",
            "KAFKA_BROKERS": self._args.kafka_brokers,
            "KAFKA_SIGN_IN": "iam",
            "ACQUIRER_URL": settings.acquirer_url,
            "TOKEN_ISSUER": names.token_issuer(settings.domain),
            "PEER_INTAKE_URL": names.intake_url(settings.neighbour),
            "TRUSTED_PROXY": "true",
            **(
                {"OTEL_EXPORTER_OTLP_ENDPOINT": settings.telemetry_endpoint}
                if settings.telemetry_endpoint
                else {}
            ),
        }

    def _workload(self, service: Service, after: pulumi.Resource) -> Workload:
        scaling: dict[str, Any] = {
            "lag": Lag(
                topic=INCOMING.name,
                partitions=INCOMING.partitions,
                messages_per_pod=self._settings.processor.lag_per_pod,
                minimum=self._settings.processor.min,
                ceiling=self._settings.processor.max,
            ),
            "cpu": Cpu(),
            "no": None,
        }
        return Workload(
            service.name,
            WorkloadArgs(
                namespace="payments",
                pod=pod.PodArgs(
                    service_account=service.name,
                    part=service.part,
                    image=self._settings.image,
                    environment=self._environment(service.name),
                ),
                scaling=scaling[service.scaled],
            ),
            self._after(after),
        )
