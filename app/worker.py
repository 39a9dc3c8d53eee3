"""Running the parts that are no API: their connections, their work, their health."""

import asyncio
import contextlib
from typing import Any

import asyncpg
from starlette.applications import Starlette

from app import fraud, outbox, ownership, risk, webhooks
from app.acquirer import Acquirer
from app.bus import KafkaPublisher, KafkaSubscription
from app.consumer import consume
from app.database import open_pool
from app.health import Health
from app.judging import judging
from app.peer import reader
from app.projection import TOPICS, projecting
from app.server import serve
from app.settings import Settings
from app.settlement import Settlement
from app.vault import Vault

_POOL_MAX = 4
"""Pods are many; the database's connections are few."""


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run a part until told to stop."""
    health = Health(["kafka"])
    async with contextlib.AsyncExitStack() as stack:
        vault = Vault(
            addr=settings.vault_addr,
            role=settings.vault_role,
            token_file=settings.vault_token_file,
            trust_bundle=settings.trust_bundle,
        )
        stack.push_async_callback(vault.close)
        pool = await open_pool(settings, vault, size_max=_POOL_MAX)
        stack.push_async_callback(_close, pool)
        publisher = KafkaPublisher(settings)
        await publisher.start()
        stack.push_async_callback(publisher.close)
        work = await _work(settings, stack, vault, pool, publisher, health)
        await serve(
            Starlette(routes=health.routes()),
            settings,
            health,
            stop,
            vault.keep_signed_in(),
            *work,
            drain_s=0,
        )


async def _work(
    settings: Settings,
    stack: contextlib.AsyncExitStack,
    vault: Vault,
    pool: asyncpg.Pool,
    publisher: KafkaPublisher,
    health: Health,
) -> list[Any]:
    """Return a part's own loops."""

    async def subscribed(*topics: str) -> KafkaSubscription:
        subscription = KafkaSubscription(settings, *topics)
        await subscription.start()
        stack.push_async_callback(subscription.close)
        return subscription

    if settings.part == "relay":
        return [
            outbox.relay(pool, publisher, health),
            outbox.measure(pool),
            webhooks.deliver(pool, vault, stack),
            webhooks.tidy(pool),
        ]
    if settings.part in ("fraud", "risk"):
        judge = fraud.judge if settings.part == "fraud" else risk.judge
        handler = judging(pool, settings.part, judge, settings.region)
        incoming = await subscribed("payments.incoming")
        return [consume(incoming, handler, publisher, health)]
    if settings.part == "projection":
        mirrored = await subscribed(*(f"{settings.peer_region}.{topic}" for topic in TOPICS))
        handler = projecting(pool, settings.region)
        return [consume(mirrored, handler, publisher, health)]
    acquirer = Acquirer(settings.acquirer_url, trust_bundle=settings.trust_bundle)
    stack.push_async_callback(acquirer.close)
    settlement = Settlement(pool, vault, acquirer, settings.region)
    loops: list[Any] = []
    if settings.peer_intake_url:
        read = reader(settings.peer_intake_url, settings.trust_bundle, stack)
        # Before anything is settled: a region that comes back may have lost its ownership.
        await ownership.adopt(pool, read)
        loops.append(ownership.watch(pool, read))
    both = await subscribed("payments.incoming", "payments.verdicts")
    return [
        *loops,
        consume(both, settlement.handle, publisher, health),
        settlement.keep_clean(health),
    ]


async def _close(pool: asyncpg.Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), 5)
    except TimeoutError:
        pool.terminate()
