"""All that a region has inside its cluster, in the order in which one part needs another.

namespaces, operators, certificates; Vault, and the Job that initialises it; the database, its
roles; what is in Vault; the migration; the service. One `up` goes through, and a preview needs none
of it to be there.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
import pulumi_postgresql as postgresql
import pulumi_vault as vault

from infra import names, pod, storage
from infra.charts import ChartsArgs
from infra.database.access import DatabaseAccess, DatabaseAccessArgs
from infra.database.cluster import CitusCluster, CitusClusterArgs
from infra.database.migrate import Migration, MigrationArgs
from infra.database.settings import DatabaseSettings
from infra.kafka.topics import INCOMING
from infra.regions.environment import environment
from infra.regions.operators import Operators, OperatorsArgs
from infra.regions.safety import Safety, SafetyArgs
from infra.security.certificates import Certificates, CertificatesArgs
from infra.security.namespaces import Namespaces
from infra.security.secrets import VaultContents, VaultContentsArgs
from infra.security.settings import AdmissionSettings, MeshSettings, VaultSettings
from infra.security.vault import VaultCluster, VaultClusterArgs
from infra.security.vault_config import server_id
from infra.services import DEPLOYED, MIGRATE, Service
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
    cluster_name: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    kubeconfig: pulumi.Input[str]
    kubernetes_endpoint: pulumi.Input[str]
    kubernetes_ca: pulumi.Input[str]
    """PEM in base64, as EKS gives it."""
    kafka_brokers: pulumi.Input[str]
    """host:port list, for clients that sign in with IAM."""
    key_arns: Mapping[str, pulumi.Input[str]]
    """KMS keys by purpose: vault, database, logs."""
    log_bucket: pulumi.Input[str]
    """Locked; every log ends there."""
    backup_bucket: pulumi.Input[str]
    """Locked; the database's base backups and write-ahead log."""
    target_group_arn: pulumi.Input[str]
    """Of the load balancer before the gateway."""


class Inside(pulumi.ComponentResource):
    """Operators, Vault, database, mesh and the payment service of one region."""

    def __init__(
        self, name: str, args: InsideArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:regions:Inside", name, None, opts)
        self._args, self._settings = args, args.settings
        self._kubernetes = k8s.Provider(
            "kubernetes",
            kubeconfig=args.kubeconfig,
            enable_server_side_apply=True,
            # A preview before there is a cluster shows what would be, and does not ask it.
            skip_update_unreachable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._namespaces = Namespaces("namespaces", self._after())
        operators = self._operators()
        certificates = self._certificates(operators)
        servers = self._vault(certificates)
        contents = self._contents(servers, self._access(self._database(operators, certificates)))
        Safety(
            "safety",
            SafetyArgs(
                settings=self._settings,
                mesh=args.mesh,
                admission=args.admission,
                operators=operators,
                kafka_brokers=args.kafka_brokers,
                target_group_arn=args.target_group_arn,
            ),
            self._after(self._namespaces),
        )
        migration = Migration(
            "migration",
            MigrationArgs(
                namespace="payments",
                image=self._settings.image,
                environment=environment(self._settings, MIGRATE.name, args.kafka_brokers),
            ),
            self._after(contents, operators.releases["istiod"]),
        )
        for service in DEPLOYED:
            self._workload(service, migration)
        self.register_outputs({})

    def _after(self, *resources: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self, provider=self._kubernetes, depends_on=list(resources)
        )

    def _operators(self) -> Operators:
        args = self._args
        return Operators(
            "operators",
            OperatorsArgs(
                charts=ChartsArgs(
                    cluster_name=args.cluster_name,
                    vpc_id=args.vpc_id,
                    region=self._settings.region,
                    log_bucket=args.log_bucket,
                    mesh=args.mesh,
                    admission=args.admission,
                )
            ),
            self._after(self._namespaces),
        )

    def _certificates(self, operators: Operators) -> Certificates:
        return Certificates(
            "certificates",
            CertificatesArgs(
                region=self._settings.region,
                domain=self._settings.domain,
                hosted_zone_id=self._settings.edge.hosted_zone_id,
                peer_authorities=self._args.mesh.peer_authorities,
                hours=self._args.vault.certificate_hours,
            ),
            self._after(operators.releases["trust-manager"]),
        )

    def _vault(self, certificates: Certificates) -> VaultCluster:
        classes = storage.StorageClasses(
            "storage",
            storage.StorageClassesArgs(
                key_arns={
                    storage.DATABASE: self._args.key_arns["database"],
                    storage.VAULT: self._args.key_arns["vault"],
                    storage.LOGS: self._args.key_arns["logs"],
                }
            ),
            self._after(),
        )
        return VaultCluster(
            "vault",
            VaultClusterArgs(
                region=self._settings.region,
                settings=self._args.vault,
                unseal_key_id=self._args.key_arns["vault"],
                provisioner_arn=self._settings.provisioner_arn,
                image=self._settings.image,
            ),
            self._after(self._namespaces, classes, certificates),
        )

    def _database(self, operators: Operators, certificates: Certificates) -> CitusCluster:
        return CitusCluster(
            "database",
            CitusClusterArgs(
                region=self._settings.region,
                settings=self._args.database,
                backup_bucket=self._args.backup_bucket,
            ),
            self._after(operators.releases["stackgres"], certificates),
        )

    def _access(self, database: CitusCluster) -> DatabaseAccess:
        provider = postgresql.Provider(
            "postgresql",
            host=names.database_host(self._settings.region),
            port=names.DATABASE_PORT,
            # The password is in the environment of whoever runs this, as PGPASSWORD.
            username=names.PROVISIONER_ROLE,
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

    def _contents(self, servers: VaultCluster, access: DatabaseAccess) -> VaultContents:
        provider = vault.Provider(
            "vault",
            address=names.vault_address(self._settings.region),
            auth_login_aws={
                "role": names.PROVISIONER_ROLE,
                "mount": "aws",
                "aws_region": self._settings.region,
                "header_value": server_id(self._settings.region),
            },
            # A child token would have to be allowed, and would live longer than what it is for.
            skip_child_token=True,
            # A preview must not need a Vault that is not there yet.
            skip_get_vault_version=True,
            vault_version_override=self._args.vault.version,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[servers.initialised]),
        )
        authority = pulumi.Output.from_input(self._args.kubernetes_ca)
        return VaultContents(
            "vault-contents",
            VaultContentsArgs(
                region=self._settings.region,
                settings=self._args.vault,
                kubernetes_host=self._args.kubernetes_endpoint,
                kubernetes_ca=authority.apply(lambda text: base64.b64decode(text).decode()),
                manager_password=access.manager_password,
                rotation_hours=self._args.database.password_rotation_hours,
            ),
            pulumi.ResourceOptions(
                parent=self, provider=provider, depends_on=[servers.initialised, access]
            ),
        )

    def _scaling(self, service: Service) -> Lag | Cpu | None:
        processor = self._settings.processor
        if service.scaled == "lag":
            return Lag(
                topic=INCOMING.name,
                partitions=INCOMING.partitions,
                messages_per_pod=processor.lag_per_pod,
                minimum=processor.min,
                ceiling=processor.max,
            )
        return Cpu() if service.scaled == "cpu" else None

    def _workload(self, service: Service, after: pulumi.Resource) -> Workload:
        return Workload(
            service.name,
            WorkloadArgs(
                namespace="payments",
                pod=pod.PodArgs(
                    service_account=service.name,
                    part=service.part,
                    image=self._settings.image,
                    environment=environment(self._settings, service.name, self._args.kafka_brokers),
                ),
                data=service.data,
                scaling=self._scaling(service),
            ),
            self._after(after),
        )
