"""The relay: outbox rows to Kafka, at least once, in order per payment."""

import asyncio
import logging

import asyncpg

from app import metrics
from app.bus import Message, Publisher
from app.health import Health

_LOG = logging.getLogger(__name__)
_SLICES = 16
_BATCH = 500
_IDLE_S = 0.05
_LOCKS = 0x0E7E
"""The first half of the advisory locks' keys; the second is the slice."""
_CLAIM = """
SELECT array_agg(s::smallint) FROM generate_series(0, $1 - 1) s
WHERE pg_try_advisory_xact_lock($2, s)
"""


async def relay_once(pool: asyncpg.Pool, publisher: Publisher) -> int:
    """Send one batch of what is not yet sent; return how many events.

    The slices of the outbox are locked until the rows are marked, so that another relay cannot
    overtake. Should this one die between sending and marking, the events are sent twice, and
    consumers know them by their id.
    """
    async with pool.acquire() as connection, connection.transaction():
        slices = await connection.fetchval(_CLAIM, _SLICES, _LOCKS)
        if not slices:
            return 0
        rows = await connection.fetch("SELECT * FROM unsent($1, $2)", slices, _BATCH)
        if not rows:
            return 0
        messages = [_message(row) for row in rows]
        await publisher.publish(messages)
        await connection.execute(
            "SELECT mark_sent($1, $2)",
            [row["merchant"] for row in rows],
            [row["event"] for row in rows],
        )
    for message in messages:
        metrics.PUBLISHED.labels(message.topic).inc()
    return len(rows)


def _message(row: asyncpg.Record) -> Message:
    headers = {"event": str(row["event"]), "type": row["type"], "merchant": row["merchant"]}
    if row["trace"]:
        headers["traceparent"] = row["trace"]
    return Message(row["topic"], str(row["payment"]).encode(), row["body"].encode(), headers)


async def relay(pool: asyncpg.Pool, publisher: Publisher, health: Health) -> None:
    """Relay for ever."""
    pause_s = _IDLE_S
    while True:
        try:
            sent = await relay_once(pool, publisher)
            health.has("kafka")
            pause_s = 0 if sent else _IDLE_S
        except Exception as error:  # noqa: BLE001 - of whatever kind: the rows must not be lost
            # Whatever failed, the rows are still there; nothing is skipped.
            health.lacks("kafka", type(error).__name__)
            _LOG.warning("events wait: %s", type(error).__name__, exc_info=True)
            pause_s = min(max(pause_s, _IDLE_S) * 2, 5)
        await asyncio.sleep(pause_s)


async def measure(pool: asyncpg.Pool) -> None:
    """Publish the outbox's depth and age every two seconds, for ever."""
    while True:
        try:
            row = await pool.fetchrow("SELECT * FROM outbox_depth()")
            if row:
                metrics.OUTBOX_DEPTH.set(row["unsent"])
                metrics.OUTBOX_AGE.set(row["oldest_seconds"])
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _LOG.warning("the outbox cannot be measured: %s", type(error).__name__)
        await asyncio.sleep(2)
