"""Vault's own configuration file, as data."""

import json

from infra import names

DATA = "/vault/data"
TLS = "/vault/tls"
CLUSTER_PORT = 8201


def server_id(region: str) -> str:
    """Return what a signed login to a region's Vault names it by, so that no other one takes it."""
    return f"evenkeel-vault-{region}"


def render(region: str, key_id: str, replicas: int) -> str:
    """Return the server's configuration in JSON. `key_id` names the KMS key that unseals it."""
    return json.dumps(
        {
            "ui": False,
            "cluster_name": region,
            # Raft's memory map would be locked whole; the pods have no swap to leak to.
            "disable_mlock": True,
            "api_addr": names.vault_address(region),
            "cluster_addr": f"https://$(HOSTNAME).vault-internal.vault.svc:{CLUSTER_PORT}",
            "storage": {"raft": {"path": DATA, "retry_join": _peers(replicas)}},
            "listener": {
                "tcp": {
                    "address": f"0.0.0.0:{names.VAULT_PORT}",
                    "cluster_address": f"0.0.0.0:{CLUSTER_PORT}",
                    "tls_cert_file": f"{TLS}/tls.crt",
                    "tls_key_file": f"{TLS}/tls.key",
                    "tls_min_version": "tls13",
                    "telemetry": {"unauthenticated_metrics_access": False},
                }
            },
            "seal": {"awskms": {"region": region, "kms_key_id": key_id}},
            "telemetry": {"prometheus_retention_time": "1h", "disable_hostname": True},
        },
        indent=1,
        sort_keys=True,
    )


def _peers(replicas: int) -> list[dict[str, str]]:
    return [
        {
            "leader_api_addr": f"https://vault-{each}.vault-internal.vault.svc:{names.VAULT_PORT}",
            "leader_ca_cert_file": f"{TLS}/ca.crt",
        }
        for each in range(replicas)
    ]
