"""Who may pay, and which region settles for whom now: read from the database, kept five seconds."""

import asyncio
import time
from dataclasses import dataclass
from typing import Literal

import asyncpg

_FRESH_S = 5
_QUERY = """
SELECT m.merchant, m.certificate, m.scopes, m.durability, m.peer_lost, m.amount_max, o.owner
FROM merchants m JOIN ownership o ON o.home = m.home
"""


@dataclass(frozen=True)
class Merchant:
    """One merchant's standing."""

    merchant: str
    certificate: str
    """sha256 of the client certificate, hex."""
    scopes: frozenset[str]
    durability: Literal["regional", "global"]
    peer_lost: Literal["accept", "refuse"]
    """What becomes of a payment that is to be global while the peer cannot be reached."""
    amount_max: int
    owner: str
    """The region that settles for this merchant now."""


class Merchants:
    """All merchants, in memory: a look-up costs the request no round trip."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._known: dict[str, Merchant] = {}
        self._read_at = float("-inf")
        self._lock = asyncio.Lock()

    async def find(self, merchant: str) -> Merchant | None:
        """Return a merchant, not older than five seconds."""
        if time.monotonic() - self._read_at > _FRESH_S:
            async with self._lock:
                if time.monotonic() - self._read_at > _FRESH_S:
                    await self.refresh()
        return self._known.get(merchant)

    async def refresh(self) -> None:
        """Read all merchants now."""
        rows = await self._pool.fetch(_QUERY)
        self._known = {
            row["merchant"]: Merchant(
                row["merchant"],
                row["certificate"],
                frozenset(row["scopes"]),
                row["durability"],
                row["peer_lost"],
                row["amount_max"],
                row["owner"],
            )
            for row in rows
        }
        self._read_at = time.monotonic()

    async def ownership(self) -> list[dict[str, object]]:
        """Return which region settles for which home, and its epoch."""
        rows = await self._pool.fetch("SELECT home, owner, epoch FROM ownership ORDER BY home")
        return [dict(row) for row in rows]
