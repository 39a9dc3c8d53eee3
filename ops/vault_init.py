"""Initialise the region's Vault: `python -m ops.vault_init`, harmless when run again.

Waits for Vault, initialises it, and before the root token is good for anything else turns on the
audit log, lets the provisioner sign in by its IAM identity, and revokes the root token. Recovery
keys leave this process only encrypted by KMS. Reads from the environment:

VAULT_ADDR, VAULT_SERVER_ID (what a signed login names this Vault by), TRUST_BUNDLE (PEM file),
VAULT_AUDIT_PATH (a file, or stdout), PROVISIONER_ARN, REGION, RECOVERY_KEY_ID (a KMS key),
AWS_ENDPOINT_URL (optional).

Where it was ended between the initialisation and the last step, it says so: then the recovery keys
in its first log make a new root token (`vault operator generate-root`), or an empty Vault is begun
anew.
"""

import base64
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol, cast

import boto3
import httpx

DEADLINE_SECONDS = 600
POLL_SECONDS = 1.0
RECOVERY_SHARES = 5
RECOVERY_THRESHOLD = 3
TOKEN_SECONDS = 1200
"""How long the provisioner's token lives: longer than an `up`, and of no use after it."""

NOT_INITIALISED, SEALED = 501, 503

PROVISIONER: Sequence[tuple[str, Sequence[str], str]] = (
    ("sys/mounts", ("read",), "see the secrets engines"),
    ("sys/mounts/*", ("create", "read", "update", "delete"), "make the secrets engines"),
    ("sys/auth", ("read",), "see the ways to sign in"),
    ("sys/auth/kubernetes", ("create", "read", "update", "delete", "sudo"), "let pods sign in"),
    ("sys/auth/kubernetes/tune", ("read", "update", "sudo"), "the same"),
    ("sys/policies/acl/*", ("create", "read", "update", "delete"), "write the policies"),
    ("sys/policy/*", ("create", "read", "update", "delete"), "the same by their older path"),
    ("auth/kubernetes/*", ("create", "read", "update", "delete"), "bind ServiceAccounts to them"),
    ("transit/keys/*", ("create", "read", "update", "delete"), "make and tune keys, not use them"),
    ("database/config/*", ("create", "read", "update", "delete"), "reach the database"),
    ("database/rotate-root/*", ("create", "update"), "forget its first password"),
    (
        "database/static-roles/*",
        ("create", "read", "update", "delete"),
        "have passwords changed, not read them",
    ),
    ("pki/*", ("create", "read", "update", "delete"), "make the authorities"),
    ("pki/issue/*", ("deny",), "not issue certificates"),
    ("pki/sign/*", ("deny",), "the same"),
    ("auth/token/lookup-self", ("read",), "see when its own token ends"),
    ("auth/token/renew-self", ("update",), "a long `up`"),
    ("auth/token/revoke-self", ("update",), "leave nothing behind"),
)


class VaultInitError(Exception):
    """Vault could not be brought to where it can be configured, and what to do about it."""


class Kms(Protocol):
    """The one call of KMS that is needed."""

    def encrypt(self, *, KeyId: str, Plaintext: bytes) -> Mapping[str, Any]:  # noqa: N803 - AWS's
        """Encrypt up to 4 KiB."""
        ...


class Keep(Protocol):
    """Where the encrypted recovery keys go."""

    def __call__(self, sealed: bytes) -> None:
        """Keep what only KMS can open."""
        ...


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the environment asks for."""

    address: str
    trust_bundle: str
    audit_path: str
    provisioner_arn: str
    region: str
    recovery_key_id: str
    server_id: str
    aws_endpoint: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Wanted":
        """Read the environment. Raises VaultInitError naming all that is missing."""
        needed = {
            "address": "VAULT_ADDR",
            "trust_bundle": "TRUST_BUNDLE",
            "audit_path": "VAULT_AUDIT_PATH",
            "provisioner_arn": "PROVISIONER_ARN",
            "region": "REGION",
            "recovery_key_id": "RECOVERY_KEY_ID",
            "server_id": "VAULT_SERVER_ID",
        }
        missing = [name for name in needed.values() if not environment.get(name)]
        if missing:
            raise VaultInitError(f"the environment lacks {', '.join(missing)}")
        if not Path(environment["TRUST_BUNDLE"]).is_file():
            raise VaultInitError(f"TRUST_BUNDLE: there is no file {environment['TRUST_BUNDLE']}")
        return cls(
            **{field: environment[name] for field, name in needed.items()},
            aws_endpoint=environment.get("AWS_ENDPOINT_URL", ""),
        )


@dataclass
class Vault:
    """A Vault server, spoken to over HTTP."""

    http: httpx.Client
    token: str = ""

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the answer. Raises VaultInitError with what Vault said."""
        headers = {"X-Vault-Token": self.token} if self.token else {}
        end = time.monotonic() + DEADLINE_SECONDS
        while True:
            answer = self.http.request(method, f"/v1/{path}", json=body, headers=headers)
            # A server that has not joined yet, or a leader that is being chosen: nothing was done.
            if not _is_early(answer) or time.monotonic() > end:
                break
            time.sleep(POLL_SECONDS)
        if answer.is_error:
            raise VaultInitError(
                f"Vault refused {method} {path}: {answer.status_code} {answer.text.strip()}"
            )
        return answer.json() if answer.content else {}

    def is_open_to(self, mount: str) -> bool:
        """Whether a way to sign in is there and says so to everyone."""
        found = self.call("GET", "sys/internal/ui/mounts")
        return f"{mount}/" in found["data"]["auth"]

    def wait(self, good: Sequence[int], what: str, seconds: float = DEADLINE_SECONDS) -> int:
        """Return Vault's health once it is one of `good`. Raises VaultInitError when it is late."""
        end = time.monotonic() + seconds
        seen = "no answer"
        while True:
            try:
                status = self.http.get("/v1/sys/health", params={"standbyok": "true"}).status_code
            except httpx.HTTPError as error:
                seen = f"{type(error).__name__}: {error}"
            else:
                if status in good:
                    return status
                seen = f"status {status}"
            if time.monotonic() > end:
                raise VaultInitError(
                    f"Vault at {self.http.base_url} was not {what} within {seconds:g} s; last seen:"
                    f" {seen}. Its log says why; a seal it cannot open shows as status {SEALED}"
                )
            time.sleep(POLL_SECONDS)


def _is_early(answer: httpx.Response) -> bool:
    """Whether Vault did nothing, and will once it has joined and chosen its leader."""
    return answer.status_code in (NOT_INITIALISED, SEALED) or (
        answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
        and "local node not active" in answer.text
    )


def initialise(vault: Vault, wanted: Wanted, kms: Kms, keep: Keep) -> str:
    """Bring Vault to where the provisioner can sign in. Return what was done, in words."""
    status = vault.wait((200, SEALED, NOT_INITIALISED), "there")
    if status == SEALED:
        status = vault.wait((200, NOT_INITIALISED), "unsealed by KMS")
    if status != NOT_INITIALISED:
        if not vault.is_open_to("aws"):
            raise VaultInitError(
                "Vault was initialised and not left open to the provisioner: an earlier run was"
                " ended on its way. Make a root token with the recovery keys in that run's log, and"
                " turn on what `configure` in ops/vault_init.py lists; or, where Vault is still"
                " empty, delete its volumes and begin again"
            )
        return "already initialised, nothing to do"
    made = vault.call(
        "PUT",
        "sys/init",
        {"recovery_shares": RECOVERY_SHARES, "recovery_threshold": RECOVERY_THRESHOLD},
    )
    # Kept before anything else may fail: these can make a root token again, with three holders.
    keys = json.dumps({"recovery_keys_base64": made["recovery_keys_base64"]}).encode()
    keep(kms.encrypt(KeyId=wanted.recovery_key_id, Plaintext=keys)["CiphertextBlob"])
    vault.token = made["root_token"]
    vault.wait((200,), "unsealed by KMS")
    configure(vault, wanted)
    vault.call("POST", "auth/token/revoke-self")
    return "initialised, audited, open to the provisioner; the root token is revoked"


def configure(vault: Vault, wanted: Wanted) -> None:
    """Turn on the audit log, then the provisioner's way in."""
    vault.call(
        "PUT",
        "sys/audit/file",
        {"type": "file", "options": {"file_path": wanted.audit_path}},
    )
    vault.call("PUT", "sys/policies/acl/provisioner", {"policy": policy()})
    vault.call("POST", "sys/auth/aws", {"type": "aws", "description": "IAM principals"})
    vault.call("POST", "auth/aws/config/client", _client(wanted))
    vault.call(
        "POST",
        "auth/aws/role/provisioner",
        {
            "auth_type": "iam",
            "bound_iam_principal_arn": [wanted.provisioner_arn],
            # The ARN is compared as it is: resolving it would need rights on IAM.
            "resolve_aws_unique_ids": False,
            "token_policies": ["provisioner"],
            "token_no_default_policy": True,
            "token_ttl": TOKEN_SECONDS,
            "token_max_ttl": 3 * TOKEN_SECONDS,
        },
    )
    # Last: from now on a run without a token sees that all was done.
    vault.call("POST", "sys/auth/aws/tune", {"listing_visibility": "unauth"})


def _client(wanted: Wanted) -> dict[str, Any]:
    return {
        # A login that was signed for another Vault is refused here.
        "iam_server_id_header_value": wanted.server_id,
        "sts_region": wanted.region,
        "sts_endpoint": wanted.aws_endpoint or f"https://sts.{wanted.region}.amazonaws.com",
    }


def keep_in_log(sealed: bytes) -> None:
    """Write the sealed recovery keys to this Job's log, which goes to the locked bucket.

    Only KMS can open them, and only for who may use Vault's key.
    """
    print(json.dumps({"recovery_keys": base64.b64encode(sealed).decode()}), flush=True)


def policy() -> str:
    """Return what the provisioner may do: configure everything, read or use no secret."""
    return "\n".join(
        f"# {why}\npath {json.dumps(path)} {{\n  capabilities = {json.dumps(list(may))}\n}}\n"
        for path, may, why in PROVISIONER
    )


def main() -> int:
    """Run the command; its last line says what was done or what stood in the way."""
    try:
        wanted = Wanted.from_environment(os.environ)
        with httpx.Client(
            base_url=wanted.address, verify=wanted.trust_bundle, timeout=30
        ) as client:
            kms = cast("Kms", boto3.client("kms", region_name=wanted.region))
            print(initialise(Vault(client), wanted, kms, keep_in_log))
    except VaultInitError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
