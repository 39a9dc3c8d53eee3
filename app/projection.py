"""The peer's payments, taken in from the topics that MirrorMaker brings."""

import asyncpg
import msgspec

from app import metrics
from app.bus import Message
from app.consumer import Handler, age_s

TOPICS = ("payments.incoming", "payments.settled")


def projecting(pool: asyncpg.Pool, region: str) -> Handler:
    """Return the handler that applies the peer's events, each once, in whatever order."""

    async def handle(message: Message) -> str:
        body = msgspec.json.decode(message.value, type=dict[str, object])
        if "operation" in body:
            # It is carried out where it was asked for; its result comes as another event.
            return "other"
        outcome = await pool.fetchval(
            "SELECT apply_remote($1, $2, $3)",
            region, message.value.decode(), message.headers.get("traceparent"),
        )  # fmt: skip
        metrics.REPLICATION_LAG.set(age_s(message))
        return str(outcome)

    return handle
