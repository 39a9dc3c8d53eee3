"""Webhooks by the Standard Webhooks scheme: signed, retried for a day, then dead letters."""

import asyncio
import contextlib
import logging
import random
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
from standardwebhooks import Webhook

from app import metrics
from app.vault import Vault, VaultError

_LOG = logging.getLogger(__name__)
GIVE_UP = timedelta(hours=24)
_WAITS_S = (5, 30, 120, 600, 1800, 3600, 10800)
"""After the first attempt, the second, and so on; the last stands for all later ones."""
_BATCH = 50
_IDLE_S = 0.5
_KEY = "webhooks"


def wait_s(attempts: int, spread: float) -> float:
    """Return the seconds until the next attempt; `spread`, 0 to 1, keeps them from bunching."""
    return _WAITS_S[min(attempts, len(_WAITS_S)) - 1] * (1 + 0.2 * spread)


def after_failure(
    attempts: int, created_at: datetime, now: datetime, spread: float
) -> tuple[str, timedelta]:
    """Return the delivery's next state, and how long until it is tried again."""
    wait = timedelta(seconds=wait_s(attempts, spread))
    if now + wait > created_at + GIVE_UP:
        return "dead", timedelta()
    return "pending", wait


async def deliver_once(pool: asyncpg.Pool, vault: Vault, http: httpx.AsyncClient) -> int:
    """Attempt what is due; return how many."""
    rows = await pool.fetch("SELECT * FROM claim_deliveries($1)", _BATCH)
    await asyncio.gather(*(_attempt(pool, vault, http, row) for row in rows))
    return len(rows)


async def _attempt(
    pool: asyncpg.Pool,
    vault: Vault,
    http: httpx.AsyncClient,
    row: asyncpg.Record,
) -> None:
    now = datetime.now(UTC)
    body = row["body"]
    error = None
    try:
        secret = (await vault.open(_KEY, row["secret"])).decode()
        answer = await http.post(
            row["url"],
            content=body,
            headers={
                "content-type": "application/json",
                "webhook-id": str(row["event"]),
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": Webhook(secret).sign(str(row["event"]), now, body),
            },
        )
        if not answer.is_success:
            error = f"answered {answer.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL, VaultError, ValueError) as failure:
        error = type(failure).__name__
    state, wait = ("delivered", timedelta())
    if error is not None:
        state, wait = after_failure(row["attempts"], row["created_at"], now, random.random())  # noqa: S311 - spreads load, hides nothing
    metrics.WEBHOOKS.labels(state if error is None or state == "dead" else "failed").inc()
    await pool.execute(
        "SELECT finish_delivery($1, $2, $3, $4, $5)",
        row["merchant"], row["event"], state, wait, error,
    )  # fmt: skip


async def deliver(pool: asyncpg.Pool, vault: Vault, stack: contextlib.AsyncExitStack) -> None:
    """Deliver for ever."""
    http = await stack.enter_async_context(httpx.AsyncClient(timeout=10, follow_redirects=False))
    while True:
        try:
            if await deliver_once(pool, vault, http):
                continue
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _LOG.warning("webhooks wait: %s", type(error).__name__)
        await asyncio.sleep(_IDLE_S)


async def tidy(pool: asyncpg.Pool) -> None:
    """Make partitions ahead and forget what is old, hourly, for ever."""
    while True:
        try:
            await pool.execute("SELECT tidy()")
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _LOG.warning("tidying waits: %s", type(error).__name__)
        await asyncio.sleep(3600)
