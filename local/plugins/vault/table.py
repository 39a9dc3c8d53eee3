"""Every type of pulumi-vault that the platform uses, and where in Vault's HTTP API it is."""

from local.plugins.vault import surroundings
from local.plugins.vault.kinds import EndpointKind, MountKind, Row, RowKind, TransitKeyKind

_MOUNT_OURS = frozenset({"disableRemount", "namespaceInState"})

TABLE: dict[str, tuple[type[RowKind], Row]] = {
    "vault:index/mount:Mount": (
        MountKind,
        Row(
            path="sys/mounts/{path}",
            renames={
                "defaultLeaseTtlSeconds": "default_lease_ttl",
                "maxLeaseTtlSeconds": "max_lease_ttl",
            },
            immutable=frozenset({"type", "local", "sealWrap", "externalEntropyAccess", "options"}),
        ),
    ),
    "vault:index/authBackend:AuthBackend": (
        MountKind,
        Row(path="sys/auth/{path}", ours=_MOUNT_OURS, immutable=frozenset({"type", "local"})),
    ),
    "vault:index/policy:Policy": (
        RowKind,
        Row(path="sys/policies/acl/{name}", ours=frozenset({"allowOverwrite"})),
    ),
    "vault:index/audit:Audit": (
        RowKind,
        Row(
            path="sys/audit/{path}",
            immutable=frozenset({"type", "options", "description", "local"}),
        ),
    ),
    "vault:generic/endpoint:Endpoint": (EndpointKind, Row(path="{path}")),
    "vault:transit/secretBackendKey:SecretBackendKey": (
        TransitKeyKind,
        Row(
            path="{backend}/keys/{name}",
            immutable=frozenset({"type", "derived", "convergentEncryption", "keySize", "context"}),
        ),
    ),
    "vault:kubernetes/authBackendConfig:AuthBackendConfig": (
        RowKind,
        Row(
            path="auth/{backend}/config",
            defaults={"backend": "kubernetes"},
            kept=True,
            local=surroundings.kubernetes,
        ),
    ),
    "vault:kubernetes/authBackendRole:AuthBackendRole": (
        RowKind,
        Row(path="auth/{backend}/role/{roleName}", defaults={"backend": "kubernetes"}),
    ),
    "vault:database/secretBackendConnection:SecretBackendConnection": (
        RowKind,
        Row(path="{backend}/config/{name}", local=surroundings.database),
    ),
    "vault:database/secretBackendStaticRole:SecretBackendStaticRole": (
        RowKind,
        Row(path="{backend}/static-roles/{name}", immutable=frozenset({"username", "dbName"})),
    ),
    "vault:database/secretBackendRole:SecretBackendRole": (
        RowKind,
        Row(path="{backend}/roles/{name}"),
    ),
    "vault:pkiSecret/secretBackendRole:SecretBackendRole": (
        RowKind,
        Row(path="{backend}/roles/{name}"),
    ),
    "vault:pkiSecret/secretBackendConfigUrls:SecretBackendConfigUrls": (
        RowKind,
        Row(path="{backend}/config/urls", kept=True),
    ),
    "vault:jwt/authBackendRole:AuthBackendRole": (
        RowKind,
        Row(path="auth/{backend}/role/{roleName}", defaults={"backend": "jwt"}),
    ),
    "vault:identity/group:Group": (
        RowKind,
        Row(path="identity/group/name/{name}", ours=frozenset({"externalMemberEntityIds"})),
    ),
    "vault:identity/entity:Entity": (
        RowKind,
        Row(path="identity/entity/name/{name}", ours=frozenset({"externalPolicies"})),
    ),
}
"""A type that is not here is refused by name."""
