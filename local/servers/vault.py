"""Vault: one server a region, Raft storage, sealed by the stand-in for KMS.

Nobody initialises it here: the program's Job does, as in AWS.
"""

import json

import httpx

from local import process, tools
from local.places import Place

ACTIVE, STANDBY, UNINITIALISED, SEALED = 200, 429, 501, 503


def server(place: Place) -> process.Process:
    """Return the region's Vault; it unseals itself by KMS once the program has initialised it."""
    folder = place.folder("vault")
    (folder / "data").mkdir(exist_ok=True, mode=0o700)
    host = place.address("vault")
    name = f"{place.region}-vault"
    settings = {
        "ui": False,
        "disable_mlock": True,
        "cluster_name": place.region,
        "api_addr": place.vault_url,
        "cluster_addr": f"https://{host}:8201",
        "storage": {"raft": {"path": str(folder / "data"), "node_id": "vault-0"}},
        "listener": {
            "tcp": {
                "address": f"{host}:8200",
                "cluster_address": f"{host}:8201",
                "tls_cert_file": str(place.certificate(name)),
                "tls_key_file": str(place.key(name)),
                "tls_min_version": "tls13",
            }
        },
        "seal": {
            "awskms": {
                "region": place.region,
                "kms_key_id": "alias/evenkeel-vault",
                "endpoint": place.aws_url,
            }
        },
    }
    path = folder / "vault.json"
    path.write_text(json.dumps(settings, indent=1))
    return process.Process(
        name=name,
        command=[tools.path("vault"), "server", f"-config={path}", "-log-level=warn"],
        environment={
            # The stand-in for KMS asks for a signature's form, not for a real key.
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": place.region,
        },
        listens=[(host, 8200), (host, 8201)],
        ready=lambda: health(place) in {ACTIVE, STANDBY, UNINITIALISED, SEALED},
    )


def health(place: Place) -> int:
    """Return Vault's own word on its health, an HTTP status: 200, 429, 501 or 503."""
    return httpx.get(
        f"{place.vault_url}/v1/sys/health", verify=str(place.ca), timeout=3
    ).status_code
