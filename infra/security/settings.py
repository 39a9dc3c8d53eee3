"""Settings of Vault, the mesh and admission."""

from dataclasses import dataclass
from typing import Annotated, Literal

from infra.sections import Matches, Range

_AT_LEAST_ONE = Range(1, 8760)


@dataclass(frozen=True, kw_only=True)
class VaultSettings:
    """The region's Vault, and what it keeps."""

    version: Annotated[str, Matches(r"\d+\.\d+\.\d+", "a version such as 1.19.0")] = "1.19.0"
    """The provider is told it, so that a preview needs no Vault to ask."""
    image: Annotated[
        str,
        Matches(r"[^@\s]+@sha256:[0-9a-f]{64}", "an image by digest: <repository>@sha256:<64 hex>"),
    ] = (
        "public.ecr.aws/hashicorp/vault"
        "@sha256:bbb7f98dc67d9ebdda1256de288df1cb9a5450990e48338043690bee3b332c90"
    )
    replicas: Literal[3, 5] = 5
    """Raft: five over three zones outlive a zone and one node more."""
    volume: Annotated[str, Matches(r"\d+(Mi|Gi|Ti)", "a size such as 20Gi")] = "20Gi"
    card_key_sharing: Literal["none", "byok", "enterprise"] = "none"
    """How the peer region can open what this one sealed.

    `byok`: nobody makes it here; the same key is imported into each region's Vault, and each next
    version too (`vault transit import`, `import-version`), so the clock rotates nothing.
    `enterprise`: Vault Enterprise's performance replication carries it.
    `none`: each region has its own, and a lost region's card numbers can be read again only once
    its Vault is restored.
    """
    card_key_rotation_hours: Annotated[int, _AT_LEAST_ONE] = 720
    """Thirty days: far below 2**32 encryptions under one version."""
    min_decryption_version: Annotated[int, Range(1, 10_000)] = 1
    """Raised once all rows were rewrapped: what an older version sealed is then lost for good."""
    token_minutes: Annotated[int, Range(5, 1440)] = 60
    """How long a part's Vault token lives between renewals."""
    certificate_hours: Annotated[int, Range(1, 2160)] = 168


@dataclass(frozen=True, kw_only=True)
class MeshSettings:
    """Istio."""

    requests_per_second: Annotated[int, Range(1, 1_000_000)] = 2000
    """What one gateway pod lets in; beyond it, 429."""
    request_body_kib: Annotated[int, Range(1, 10240)] = 64
    """The largest payment is below 4 KiB."""
    streams_per_connection: Annotated[int, Range(1, 1000)] = 100
    webhook_hosts: tuple[str, ...] = ()
    """Where merchants may have webhooks sent: an address that nobody listed is not called."""
    peer_authorities: tuple[str, ...] = ()
    """PEM of the other regions' authorities, which sign their servers' certificates."""
    gateway_replicas: Annotated[int, Range(2, 50)] = 3
    """One in each zone."""


@dataclass(frozen=True, kw_only=True)
class AdmissionSettings:
    """Gatekeeper, and what else stands before and beside the pods."""

    enforcement: Literal["deny", "warn", "dryrun"] = "deny"
    """`dryrun` first on a cluster with others' pods: the audit lists what would fall."""
    fail_closed: bool = True
    """Whether pods are refused while Gatekeeper cannot answer: a bare cluster admits nothing
    unchecked; its own namespace is exempt, so it can always come back."""
    runtime_detection: bool = True
    """Falco on each node."""
    log_store: Literal["elastic", "none"] = "elastic"
    """A searchable copy in the cluster; the locked bucket has all logs in either case."""
