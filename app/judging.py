"""Giving verdicts: the fraud and the risk part differ in their judge only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import asyncpg

from app.bus import Message
from app.consumer import Handler
from app.events import PaymentView, decode


@dataclass(frozen=True)
class Verdict:
    """What a judge says of a payment."""

    verdict: Literal["pass", "refuse"]
    reason: str | None


Judge = Callable[[PaymentView], Verdict]


def judging(pool: asyncpg.Pool, name: str, judge: Judge, region: str) -> Handler:
    """Return the handler that writes this judge's verdict on each accepted payment."""

    async def handle(message: Message) -> str:
        event = decode(message.value)
        if event.type != "payment.accepted":
            return "other"
        verdict = judge(event.payment)
        news = await pool.fetchval(
            "SELECT give_verdict($1, $2, $3, $4, $5, $6, $7)",
            event.payment.merchant, UUID(event.payment.id), UUID(event.event), name,
            verdict.verdict, verdict.reason, region,
        )  # fmt: skip
        return verdict.verdict if news else "known"

    return handle
