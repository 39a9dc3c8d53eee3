"""A Vault server of the tests' own, in memory, on loopback, configured as the platform does."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey

from local import tools
from tests.app.postgres import LOGINS, Postgres, free_port

DEADLINE_S = 30


@dataclass(frozen=True)
class VaultServer:
    """Where the server listens, and its root token."""

    addr: str
    root: str

    def write(self, path: str, body: dict[str, object]) -> None:
        """Write as root."""
        httpx.post(
            f"{self.addr}/v1/{path}", json=body, headers={"x-vault-token": self.root}, timeout=10
        ).raise_for_status()


@contextmanager
def vault(root: str, folder: Path) -> Iterator[VaultServer]:
    """Run a server; stop it at the end."""
    binary = tools.path("vault")
    port = free_port()
    with (folder / "vault.log").open("wb") as log:
        process = subprocess.Popen(
            [binary, "server", "-dev", f"-dev-root-token-id={root}", "-dev-no-store-token",
             f"-dev-listen-address=127.0.0.1:{port}"],
            stdout=log, stderr=log, cwd=folder,
        )  # fmt: skip
    try:
        server = VaultServer(f"http://127.0.0.1:{port}", root)
        _wait(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(DEADLINE_S)


def _wait(server: VaultServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{server.addr}/v1/sys/health").status_code == 200:
                return
        except httpx.HTTPError:
            if process.poll() is not None:
                break
        time.sleep(0.05)
    raise RuntimeError("Vault did not start")


def configure(server: VaultServer, database: Postgres, folder: Path) -> Path:
    """Set up what the service needs; return the file of a pod's service account token.

    Pods sign in at auth/kubernetes by a token that the cluster vouches for. No cluster is here, so
    that mount checks the token's signature: the request and the answer are the same.
    """
    for mount, kind in (("mounts/transit", "transit"), ("mounts/database", "database"),
                        ("auth/kubernetes", "jwt")):  # fmt: skip
        server.write(f"sys/{mount}", {"type": kind})
    server.write("transit/keys/cards", {"type": "aes256-gcm96"})
    server.write("transit/keys/webhooks", {"type": "aes256-gcm96"})
    server.write("transit/keys/fingerprints", {"type": "hmac", "key_size": 32})
    server.write("transit/keys/tokens", {"type": "ecdsa-p256"})
    server.write(
        "database/config/payments",
        {
            "plugin_name": "postgresql-database-plugin",
            "allowed_roles": "*",
            "connection_url": f"postgresql://{{{{username}}}}:{{{{password}}}}@127.0.0.1:"
            f"{database.port}/postgres?sslmode=disable",
            "username": "vault_manager",
            "password": database.password,
        },
    )
    for login in LOGINS:
        server.write(
            f"database/static-roles/{login}",
            {"db_name": "payments", "username": login, "rotation_period": 86400},
        )
    server.write("sys/policies/acl/service", {"policy": POLICY})
    return _pod_token(server, folder)


POLICY = """
path "transit/encrypt/cards" { capabilities = ["update"] }
path "transit/decrypt/cards" { capabilities = ["update"] }
path "transit/decrypt/webhooks" { capabilities = ["update"] }
path "transit/encrypt/webhooks" { capabilities = ["update"] }
path "transit/hmac/fingerprints" { capabilities = ["update"] }
path "transit/sign/tokens/sha2-256" { capabilities = ["update"] }
path "transit/keys/tokens" { capabilities = ["read"] }
path "database/static-creds/+" { capabilities = ["read"] }
"""


def _pod_token(server: VaultServer, folder: Path) -> Path:
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    server.write("auth/kubernetes/config", {"jwt_validation_pubkeys": [public.decode()]})
    server.write(
        "auth/kubernetes/role/payments",
        {"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["vault"],
         "token_policies": ["service"], "token_ttl": "1h"},
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    now = int(time.time())
    claims = {"sub": "payments", "aud": "vault", "iat": now, "nbf": now, "exp": now + 86400}
    token = folder / "token"
    token.write_text(jwt.encode({"alg": "RS256"}, claims, RSAKey.import_key(private)))
    return token
