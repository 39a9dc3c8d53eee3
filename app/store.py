"""The payment queries of the API: one function a query, each one round trip."""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import asyncpg

from app.database import AWAY, replicated
from app.problems import Problem

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass(frozen=True)
class Answer:
    """What a request that writes came to: an outcome as the SQL function names it."""

    outcome: str
    status: int
    body: str
    """JSON, as the database made it."""


class Store:
    """The API's way to the database."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def accept(
        self,
        merchant: str,
        payment: UUID,
        *,
        request: bytes,
        fingerprint: str,
        region: str,
        fields: str,
        hold: bool,
    ) -> Answer:
        """Accept a payment, or find what its key made before."""
        return await self._answer(
            "SELECT * FROM accept_payment($1, $2, $3, $4, $5, $6, $7)",
            merchant, payment, request, fingerprint, region, fields, hold,
        )  # fmt: skip

    async def confirm(self, merchant: str, payment: UUID, durability: str) -> str:
        """Note the durability that was reached; return the answer with it."""
        return await self._guarded(
            self._pool.fetchval(
                "SELECT confirm_durability($1, $2, $3)", merchant, payment, durability
            )
        )

    async def keep_intent(
        self,
        merchant: str,
        payment: UUID,
        *,
        request: bytes,
        fingerprint: str,
        origin: str,
        fields: str,
    ) -> None:
        """Keep a payment of the peer's, in case the peer is lost before it is copied."""
        await self._guarded(
            self._pool.execute(
                "SELECT keep_intent($1, $2, $3, $4, $5, $6)",
                merchant, payment, request, fingerprint, origin, fields,
            )
        )  # fmt: skip

    async def find(self, merchant: str, payment: UUID) -> str | None:
        """Return a payment of the merchant's as JSON."""
        return await self._guarded(
            self._pool.fetchval("SELECT find_payment($1, $2)", merchant, payment)
        )

    async def operate(
        self,
        merchant: str,
        operation: UUID,
        *,
        request: bytes,
        region: str,
        payment: UUID,
        kind: str,
        amount: int | None,
        currency: str | None,
    ) -> Answer:
        """Ask for a capture, a void or a refund, or find what its key made before."""
        return await self._answer(
            "SELECT * FROM request_operation($1, $2, $3, $4, $5, $6, $7, $8)",
            merchant, operation, request, region, payment, kind, amount, currency,
        )  # fmt: skip

    async def operations(self, merchant: str, payment: UUID) -> list[str]:
        """Return the operations on a payment, oldest first, each as JSON."""
        rows = await self._guarded(
            self._pool.fetch("SELECT * FROM list_operations($1, $2)", merchant, payment)
        )
        return [row[0] for row in rows]

    async def page(self, merchant: str, *filters: object) -> list[str]:
        """Return payments, newest first; the filters are those of `list_payments`, in order."""
        rows = await self._guarded(
            self._pool.fetch(
                "SELECT * FROM list_payments($1, $2, $3, $4, $5, $6, $7)", merchant, *filters
            )
        )
        return [row[0] for row in rows]

    async def _answer(self, query: str, *args: object) -> Answer:
        # A commit that has begun is waited for, even if the client has gone: cancelling it would
        # leave open whether it happened.
        return await asyncio.shield(asyncio.ensure_future(self._guarded(self._write(query, args))))

    async def _write(self, query: str, args: tuple[object, ...]) -> Answer:
        async with self._pool.acquire() as connection:
            with replicated(connection):
                row = await connection.fetchrow(query, *args)
        return Answer(row["outcome"], row["status"], row["answer"])

    async def _guarded(self, query: Awaitable[_T]) -> _T:
        try:
            return await query
        except asyncpg.LockNotAvailableError:
            raise Problem(409, "request_in_flight", "the same key is being worked on", 1) from None
        except AWAY as error:
            _LOG.warning("the database is away: %s", type(error).__name__)
            raise Problem(
                503, "database_unavailable", "try again with the same Idempotency-Key", 2
            ) from None
