"""The reconciliation: payments, events, ledger and audit log of a region, compared."""

import sys
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec

from app.database import open_pool
from app.settings import Settings
from app.vault import Vault

SINCE = timedelta(days=2)


async def differences(pool: asyncpg.Pool, since: datetime) -> list[dict[str, object]]:
    """Return what does not agree since a moment; empty when all does."""
    rows = await pool.fetch("SELECT * FROM reconcile($1)", since)
    return [dict(row) for row in rows]


async def run(settings: Settings) -> int:
    """Print the differences of the last two days as JSON; return how many there are.

    Raises:
        VaultError, OSError, asyncpg.PostgresError: nothing could be compared.

    """
    vault = Vault(
        addr=settings.vault_addr,
        role=settings.vault_role,
        token_file=settings.vault_token_file,
        trust_bundle=settings.trust_bundle,
    )
    try:
        pool = await open_pool(settings, vault, size_max=1)
        found = await differences(pool, datetime.now(UTC) - SINCE)
        await pool.close()
    finally:
        await vault.close()
    report = {"region": settings.region, "differences": found}
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")
    return len(found)
