"""Citus: one coordinator and twelve workers, each with a synchronous standby in another zone."""

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from infra import names, naming
from infra.database.settings import DatabaseSettings

NAMESPACE = "database"
NAME = "payments"

ACCESS = (
    # The first line that fits decides, and these stand before the operator's own, which would let
    # a password in over a plain connection.
    "hostssl all all 0.0.0.0/0 scram-sha-256",
    "hostssl all all ::/0 scram-sha-256",
    "hostnossl all all 0.0.0.0/0 reject",
    "hostnossl all all ::/0 reject",
)


def parameters(settings: DatabaseSettings) -> dict[str, str]:
    """postgresql.conf, from the size of a node."""
    gib = settings.memory_gib
    return {
        "max_connections": str(settings.connections_max),
        # A prepared transaction on each worker for each connection, and as many that recover.
        "max_prepared_transactions": str(2 * settings.connections_max),
        "shared_buffers": f"{gib * 1024 // 4}MB",
        "effective_cache_size": f"{gib * 1024 * 3 // 4}MB",
        "maintenance_work_mem": f"{max(64, gib * 1024 // 32)}MB",
        "work_mem": f"{max(4, gib * 1024 // (4 * settings.connections_max))}MB",
        # An acknowledged payment is on the disks of two zones.
        "synchronous_commit": "on",
        "fsync": "on",
        "full_page_writes": "on",
        "wal_compression": "lz4",
        "ssl_min_protocol_version": "TLSv1.3",
        "password_encryption": "scram-sha-256",
        # Nodes check each other's names; Citus alone would take any certificate.
        "citus.node_conninfo": "sslmode=verify-full sslrootcert=/etc/ssl/ca.crt",
        "citus.shard_count": str(settings.shards),
        "idle_in_transaction_session_timeout": "60s",
        "lock_timeout": "10s",
        "log_connections": "on",
        "log_disconnections": "on",
        # A statement's parameters never reach the log; pgaudit names what was touched.
        "log_statement": "none",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "pgaudit.log": "ddl,role,write",
        "pgaudit.log_parameter": "off",
        "timezone": "UTC",
    }


@dataclass(frozen=True, kw_only=True)
class CitusClusterArgs:
    """How wide, and where its backups go."""

    region: str
    settings: DatabaseSettings
    backup_bucket: pulumi.Input[str]
    """Locked, so that who takes the cluster cannot take its past."""


class CitusCluster(pulumi.ComponentResource):
    """A StackGres SGShardedCluster and the configuration that makes it safe."""

    cluster: CustomResource
    """The sharded cluster, for what must wait for it."""

    def __init__(
        self, name: str, args: CitusClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:database:CitusCluster", name, None, opts)
        self._args = args
        settings = args.settings
        needed = [
            self._custom(
                "SGInstanceProfile",
                {"cpu": settings.cpu, "memory": f"{settings.memory_gib}Gi"},
            ),
            self._custom(
                "SGPostgresConfig",
                {
                    "postgresVersion": settings.postgres_version,
                    "postgresql.conf": parameters(settings),
                },
            ),
            self._custom("SGPoolingConfig", {"pgBouncer": {"pgbouncer.ini": _pooler(settings)}}),
            self._custom(
                "SGObjectStorage",
                {
                    "type": "s3",
                    "s3": {
                        "bucket": args.backup_bucket,
                        "region": args.region,
                        "awsCredentials": {"useIAMRole": True},
                    },
                },
                version="v1beta1",
            ),
        ]
        self.cluster = self._custom(
            "SGShardedCluster", self._sharded(), version="v1alpha1", after=needed
        )
        naming.headless(
            "database",
            NAMESPACE,
            names.database_host(args.region),
            # Patroni labels the primary; after a failover the name leads to the next one.
            {"stackgres.io/cluster-name": f"{NAME}-coord", "role": "primary"},
            names.DATABASE_PORT,
            pulumi.ResourceOptions(parent=self, depends_on=[self.cluster]),
        )
        self.register_outputs({})

    def _custom(
        self,
        kind: str,
        spec: dict[str, Any],
        version: str = "v1",
        after: list[CustomResource] | None = None,
    ) -> CustomResource:
        return CustomResource(
            kind.lower(),
            api_version=f"stackgres.io/{version}",
            kind=kind,
            metadata={"name": NAME, "namespace": NAMESPACE},
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self, depends_on=after or []),
        )

    def _sharded(self) -> dict[str, Any]:
        settings = self._args.settings
        return {
            "type": "citus",
            "database": names.DATABASE,
            "profile": "production",
            "postgres": {
                "version": settings.postgres_version,
                "ssl": {
                    "enabled": True,
                    "certificateSecretKeySelector": {"name": "database-tls", "key": "tls.crt"},
                    "privateKeySecretKeySelector": {"name": "database-tls", "key": "tls.key"},
                },
                "extensions": [{"name": "pgaudit"}, {"name": "pg_cron"}],
            },
            # The operator's own: the coordinator waits for all, but workers would not wait at all.
            "replication": {"mode": "strict-sync", "syncInstances": 1},
            "coordinator": self._nodes({"instances": settings.copies}),
            "shards": self._nodes(
                {"clusters": settings.workers, "instancesPerCluster": settings.copies}
            ),
            "configurations": {
                "backups": [
                    {
                        "sgObjectStorage": NAME,
                        "cronSchedule": settings.backup_schedule,
                        "retention": settings.backup_retention,
                        "compression": "zstd",
                    }
                ],
                "credentials": {
                    "users": {
                        "superuser": {
                            "username": {"name": "provisioner", "key": "username"},
                            "password": {"name": "provisioner", "key": "password"},
                        }
                    }
                },
                "patroni": {
                    "initialConfig": {
                        # An API server that is away for a moment must not demote every primary.
                        "failsafe_mode": True,
                        "synchronous_mode_strict": True,
                        "postgresql": {"pg_hba": list(ACCESS)},
                    }
                },
            },
            "prometheusAutobind": True,
            "distributedLogs": {},
            "nonProductionOptions": {},
        }

    def _nodes(self, count: dict[str, int]) -> dict[str, Any]:
        return {
            **count,
            "sgInstanceProfile": NAME,
            "configurations": {"sgPostgresConfig": NAME, "sgPoolingConfig": NAME},
            "pods": {
                "persistentVolume": {
                    "size": self._args.settings.volume,
                    "storageClass": self._args.settings.storage_class,
                },
                "scheduling": {
                    "nodeSelector": {"evenkeel.dev/nodes": "database"},
                    "tolerations": [
                        {"key": "evenkeel.dev/nodes", "value": "database", "effect": "NoSchedule"}
                    ],
                    "topologySpreadConstraints": [
                        {
                            "maxSkew": 1,
                            "topologyKey": "topology.kubernetes.io/zone",
                            "whenUnsatisfiable": "DoNotSchedule",
                            "labelSelector": {"matchLabels": {"app": "StackGresCluster"}},
                        }
                    ],
                },
            },
            "metadata": {
                # The operator's pods and a sidecar do not go together; their own TLS is verified.
                "annotations": {"clusterPods": {"sidecar.istio.io/inject": "false"}},
                "labels": {"clusterPods": {"evenkeel.dev/data": "cardholder"}},
            },
        }


def _pooler(settings: DatabaseSettings) -> dict[str, Any]:
    return {
        "pgbouncer": {
            "pool_mode": "transaction",
            "max_client_conn": "2000",
            "default_pool_size": str(settings.connections_max // 4),
            "max_prepared_statements": "200",
            "server_tls_sslmode": "verify-full",
            "client_tls_sslmode": "require",
        }
    }
