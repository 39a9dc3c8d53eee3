"""Consuming events: in order per payment, side by side across payments, none passed over."""

import asyncio
import itertools
import logging
import time
from collections.abc import Awaitable, Callable

import msgspec

from app import metrics, traces
from app.bus import Message, Publisher, Subscription
from app.health import Health

_LOG = logging.getLogger(__name__)
_SIDE_BY_SIDE = 16
_PAUSE_MAX_S = 5.0

Handler = Callable[[Message], Awaitable[str]]
"""Handles one event and says what came of it, in a word. Handling it twice must do no harm."""


class PoisonError(Exception):
    """An event that can never be handled, whatever is retried."""


async def consume(
    subscription: Subscription, handler: Handler, publisher: Publisher, health: Health
) -> None:
    """Consume for ever. An event that fails is tried again until it succeeds.

    What can never succeed goes to payments.deadletter, so that it does not hold up the rest.
    """
    limit = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def in_order(messages: list[Message]) -> None:
        async with limit:
            for message in messages:
                await _until_done(message, handler, publisher, health)

    while True:
        batch = await subscription.batch()
        health.has("kafka")
        grouped = itertools.groupby(sorted(batch, key=lambda m: m.key), key=lambda m: m.key)
        await asyncio.gather(*(in_order(list(messages)) for _, messages in grouped))
        for message in batch:
            metrics.LAG.labels(message.topic).set(message.behind)
        if batch:
            await subscription.commit()


async def _until_done(
    message: Message, handler: Handler, publisher: Publisher, health: Health
) -> None:
    pause_s = 0.1
    while True:
        try:
            with traces.span(f"consume {message.topic}", message.headers):
                outcome = await handler(message)
        except (PoisonError, msgspec.MsgspecError, KeyError, ValueError) as error:
            _LOG.error("a dead letter: %s", error, extra={"event": message.headers.get("event")})
            await _bury(message, error, publisher)
            outcome = "dead"
        except Exception as error:  # noqa: BLE001 - of whatever kind: it is tried again
            health.lacks("work", type(error).__name__)
            _LOG.warning("an event waits: %s", error, exc_info=True)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _PAUSE_MAX_S)
            continue
        health.has("work")
        metrics.CONSUMED.labels(message.topic, outcome).inc()
        return


async def _bury(message: Message, error: Exception, publisher: Publisher) -> None:
    headers = message.headers | {"topic": message.topic, "error": type(error).__name__}
    while True:
        try:
            await publisher.publish(
                [Message("payments.deadletter", message.key, message.value, headers)]
            )
        except Exception as failure:  # noqa: BLE001 - of whatever kind: it must not be lost
            _LOG.warning("a dead letter waits: %s", failure)
            await asyncio.sleep(1)
        else:
            return


def age_s(message: Message) -> float:
    """Return how long ago an event was given to Kafka."""
    return max(0.0, time.time() - message.timestamp_ms / 1000)
