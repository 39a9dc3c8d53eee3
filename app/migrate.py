"""Migrations: plain SQL, forward only, applied by yoyo as the schema's owner."""

import asyncio
import logging
from pathlib import Path
from urllib.parse import quote, urlencode

import yoyo

from app.settings import Settings
from app.vault import Vault

_LOG = logging.getLogger(__name__)
FOLDER = Path(__file__).resolve().parent.parent / "infra" / "database" / "migrations"
OWNER = "payments_owner"


async def run(settings: Settings) -> None:
    """Apply what is not yet applied; doing so twice changes nothing.

    Raises:
        VaultError: there is no password to sign in with.

    """
    vault = Vault(
        addr=settings.vault_addr,
        role=settings.vault_role,
        token_file=settings.vault_token_file,
        trust_bundle=settings.trust_bundle,
    )
    try:
        user, password, _ = await vault.database_sign_in(settings.database_role)
    finally:
        await vault.close()
    applied = await asyncio.to_thread(apply, uri(settings, user, password))
    _LOG.info("migrations applied: %s", ", ".join(applied) or "none, all were", extra={})


def uri(settings: Settings, user: str, password: str) -> str:
    """Return yoyo's connection URI, acting as the owner, over verified TLS off this machine."""
    options = {"options": f"-c role={OWNER}"}
    if settings.trust_bundle:
        options |= {"sslmode": "verify-full", "sslrootcert": settings.trust_bundle}
    return (
        f"postgresql+psycopg://{quote(user, safe='')}:{quote(password, safe='')}"
        f"@{settings.database_host}:{settings.database_port}/{settings.database_name}"
        f"?{urlencode(options, quote_via=quote)}"
    )


def apply(connection: str) -> list[str]:
    """Apply to the database behind a yoyo URI; return the names of what was applied.

    One of several at once applies, the others wait and find nothing left.
    """
    backend = yoyo.get_backend(connection)
    try:
        with backend.lock():
            missing = backend.to_apply(yoyo.read_migrations(str(FOLDER)))
            backend.apply_migrations(missing)
            return [each.id for each in missing]
    finally:
        backend.connection.close()
