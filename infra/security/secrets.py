"""What is in the region's Vault: engines, keys, who may sign in, and what each may ask for."""

from dataclasses import dataclass

import pulumi
import pulumi_vault as vault

from infra import names
from infra.database import roles
from infra.security import transit, vault_policies
from infra.security.settings import VaultSettings
from infra.services import SERVICES, Service

HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class VaultContentsArgs:
    """What Vault has to know of the region around it."""

    region: str
    settings: VaultSettings
    kubernetes_host: pulumi.Input[str]
    """The API server, which Vault asks whether a ServiceAccount's token is good."""
    kubernetes_ca: pulumi.Input[str]
    """PEM."""
    manager_password: pulumi.Input[str]
    """Of `vault_manager`, as it was first made: Vault changes it at once."""
    rotation_hours: int


class VaultContents(pulumi.ComponentResource):
    """Engines, keys, roles and policies. Its provider signs in by itself; no token is in state."""

    def __init__(
        self, name: str, args: VaultContentsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:security:VaultContents", name, None, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._transit()
        self._sign_in()
        self._database()
        self.register_outputs({})

    def _transit(self) -> None:
        mount = vault.Mount(
            "transit",
            path="transit",
            type="transit",
            description="card numbers, fingerprints, tokens: the keys never leave",
            opts=self._child,
        )
        for key in transit.keys(self._args.settings):
            vault.transit.SecretBackendKey(
                key.name,
                backend=mount.path,
                name=key.name,
                type=key.type,
                key_size=key.key_size,
                exportable=False,
                allow_plaintext_backup=False,
                deletion_allowed=False,
                min_decryption_version=key.min_decryption_version,
                auto_rotate_period=key.rotation_hours * HOUR,
                opts=pulumi.ResourceOptions(
                    parent=self,
                    # A key that is gone takes all that it sealed along.
                    retain_on_delete=True,
                ),
            )

    def _sign_in(self) -> None:
        backend = vault.AuthBackend(
            "kubernetes",
            type="kubernetes",
            path="kubernetes",
            description="ServiceAccounts of the cluster",
            opts=self._child,
        )
        config = vault.kubernetes.AuthBackendConfig(
            "kubernetes",
            backend=backend.path,
            kubernetes_host=self._args.kubernetes_host,
            kubernetes_ca_cert=self._args.kubernetes_ca,
            opts=self._child,
        )
        for service in SERVICES:
            self._role(service, backend, config)

    def _role(
        self,
        service: Service,
        backend: vault.AuthBackend,
        config: vault.kubernetes.AuthBackendConfig,
    ) -> None:
        policy = vault.Policy(
            service.name,
            name=service.name,
            policy=vault_policies.policy(service),
            opts=self._child,
        )
        seconds = self._args.settings.token_minutes * 60
        vault.kubernetes.AuthBackendRole(
            service.name,
            backend=backend.path,
            role_name=service.name,
            bound_service_account_names=[service.name],
            bound_service_account_namespaces=["payments"],
            audience="vault",
            token_policies=[policy.name],
            token_no_default_policy=True,
            token_ttl=seconds,
            token_period=seconds,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[config]),
        )

    def _database(self) -> None:
        mount = vault.Mount(
            "database",
            path="database",
            type="database",
            description="passwords of the database's roles",
            opts=self._child,
        )
        connection = vault.database.SecretBackendConnection(
            names.DATABASE,
            backend=mount.path,
            name=names.DATABASE,
            allowed_roles=[each.name for each in roles.ROTATED],
            verify_connection=True,
            postgresql={
                "connection_url": (
                    "postgresql://{{username}}:{{password}}"
                    f"@{names.database_host(self._args.region)}:{names.DATABASE_PORT}"
                    f"/{names.DATABASE}?sslmode=verify-full"
                ),
                "username": roles.VAULT_MANAGER,
                "password": self._args.manager_password,
                "password_authentication": "scram-sha-256",
                "max_open_connections": 5,
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                # Vault has changed it since; what is in the state opens nothing.
                ignore_changes=["postgresql.password"],
            ),
        )
        rotated = vault.generic.Endpoint(
            "rotate-database-root",
            path=f"database/rotate-root/{names.DATABASE}",
            data_json="{}",
            disable_read=True,
            disable_delete=True,
            ignore_absent_fields=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[connection]),
        )
        for role in roles.ROTATED:
            vault.database.SecretBackendStaticRole(
                role.name,
                backend=mount.path,
                db_name=connection.name,
                name=role.name,
                username=role.name,
                rotation_period=self._args.rotation_hours * HOUR,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[rotated]),
            )
