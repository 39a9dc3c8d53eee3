"""Settling: the acquirer is asked once both judges have spoken, and its answer is booked once."""

import asyncio
import logging
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from app import metrics, traces
from app.acquirer import Acquirer, Reply
from app.bus import Message
from app.card import opened
from app.events import decode
from app.health import Health
from app.vault import Vault, VaultError

_LOG = logging.getLogger(__name__)
_JANITOR_S = 0.5
_DUE_MAX = 100
_SIDE_BY_SIDE = 8


class FencedError(asyncpg.PostgresError):
    """Ownership has moved on since the claim; nothing was written."""

    sqlstate = "EK001"


class Settlement:
    """One processor's work for the region that it runs in."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        vault: Vault,
        acquirer: Acquirer,
        region: str,
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._acquirer = acquirer
        self._region = region

    async def handle(self, message: Message) -> str:
        """Settle what an event is about, if it is ours to settle and its time has come."""
        event = decode(message.value)
        if event.operation is not None:
            return await self.operate(event.payment.merchant, UUID(event.operation.id))
        return await self.settle(event.payment.merchant, UUID(event.payment.id))

    async def settle(self, merchant: str, payment: UUID) -> str:
        """Charge a payment and book the answer; say what came of it."""
        claim = await self._claim("begin_settlement", merchant, payment)
        if claim is None:
            return "not_due"
        with traces.span("settle", {"traceparent": claim["trace"] or ""}):
            reply = await self._charge(claim)
        outcome = {"approved": "captured" if claim["capture"] == "automatic" else "authorised"}.get(
            reply.outcome, reply.outcome
        )
        return await self._book(
            "SELECT finish_settlement($1, $2, $3, $4, $5, $6, $7)",
            "payment", outcome, merchant, payment, self._region, claim["epoch"], outcome,
            reply.reference, reply.code,
        )  # fmt: skip

    async def operate(self, merchant: str, operation: UUID) -> str:
        """Carry out a capture, void or refund and book the answer; say what came of it."""
        claim = await self._claim("begin_operation", merchant, operation)
        if claim is None:
            return "not_due"
        with traces.span("operate", {"traceparent": claim["trace"] or ""}):
            reply = await self._inquire("/operations", claim)
            if reply is None:
                reply = await self._acquirer.operate(
                    claim["id"], claim["payment"], claim["kind"], claim["amount"],
                    claim["currency"],
                )  # fmt: skip
        outcome = {"approved": "succeeded", "declined": "failed"}.get(reply.outcome, reply.outcome)
        return await self._book(
            "SELECT finish_operation($1, $2, $3, $4, $5, $6)",
            claim["kind"], outcome, merchant, operation, self._region, claim["epoch"], outcome,
            reply.code,
        )  # fmt: skip

    async def _claim(self, function: str, merchant: str, what: UUID) -> dict[str, Any] | None:
        found = await self._pool.fetchval(
            f"SELECT {function}($1, $2, $3)",
            merchant, what, self._region,
        )  # fmt: skip
        return None if found is None else msgspec.json.decode(found, type=dict[str, Any])

    async def _charge(self, claim: dict[str, Any]) -> Reply:
        reply = await self._inquire("/charges", claim)
        if reply is not None:
            return reply
        try:
            card = opened(await self._vault.open("cards", claim["card_token"]))
        except VaultError as error:
            _LOG.warning(
                "a card sealed in %s cannot be opened now: %s", claim["card_region"], error,
                extra={"payment": claim["id"]},
            )  # fmt: skip
            return Reply("retry")
        return await self._acquirer.charge(
            claim["id"], claim["amount"], claim["currency"],
            capture=claim["capture"] == "automatic", card=card,
        )  # fmt: skip

    async def _inquire(self, path: Any, claim: dict[str, Any]) -> Reply | None:
        """Ask what became of an earlier attempt, so that an answer that came late is not lost."""
        return await self._acquirer.inquire(path, claim["id"]) if claim["attempts"] > 1 else None

    async def _book(self, query: str, kind: str, outcome: str, *args: object) -> str:
        try:
            changed = await self._pool.fetchval(query, *args)
        except FencedError as error:
            metrics.FENCED.inc()
            _LOG.warning("%s", error)
            return "fenced"
        if changed:
            metrics.SETTLED.labels(kind, outcome).inc()
        return outcome

    async def clean_up(self) -> int:
        """Try again what is due: time-outs, and what an open breaker left; return how many."""
        due = await self._pool.fetch("SELECT * FROM due_work($1, $2)", self._region, _DUE_MAX)
        limit = asyncio.Semaphore(_SIDE_BY_SIDE)

        async def one(row: asyncpg.Record) -> None:
            async with limit:
                work = self.settle if row["kind"] == "payment" else self.operate
                await work(row["merchant"], row["id"])

        await asyncio.gather(*(one(row) for row in due))
        return len(due)

    async def keep_clean(self, health: Health) -> None:
        """Clean up for ever, and tell the API how the acquirer's breaker stands."""
        while True:
            try:
                await self._pool.execute(
                    "SELECT note_downstream('acquirer', $1)", self._acquirer.breaker.state
                )
                if self._acquirer.breaker.state != "open":
                    await self.clean_up()
                health.has("database")
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                health.lacks("database", type(error).__name__)
                _LOG.warning("due work waits: %s", error)
            await asyncio.sleep(_JANITOR_S)
