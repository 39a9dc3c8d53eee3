"""Kafka: events out, acknowledged by the quorum; events in, by hand-committed position."""

import asyncio
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.abc import AbstractTokenProvider

from app.settings import Settings
from app.trust import client_context


@dataclass(frozen=True)
class Message:
    """One event as Kafka carries it. Events of one key keep their order."""

    topic: str
    key: bytes
    value: bytes
    headers: dict[str, str] = field(default_factory=dict[str, str])
    behind: int = 0
    """How many messages of the partition came after it, when it was read."""
    timestamp_ms: int = 0


class Publisher(Protocol):
    """Gives events to the bus."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return once all are durable; raise when one is not known to be."""
        ...


class Subscription(Protocol):
    """Takes events from the bus, from where this part's group last committed."""

    async def batch(self) -> list[Message]:
        """Wait a moment for messages; in order within each key."""
        ...

    async def commit(self) -> None:
        """Note that all messages given so far are done with."""
        ...


class KafkaPublisher:
    """A Publisher on Kafka: acknowledged by all in-sync replicas."""

    def __init__(self, settings: Settings) -> None:
        self._producer = AIOKafkaProducer(
            **_connection(settings),
            acks="all",
            enable_idempotence=True,
            compression_type=None,
            linger_ms=2,
            request_timeout_ms=10_000,
        )

    async def start(self) -> None:
        """Connect."""
        await self._producer.start()

    async def close(self) -> None:
        """Send what is left and disconnect."""
        await self._producer.stop()

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return once all are durable."""
        sent = [
            await self._producer.send(
                each.topic,
                each.value,
                key=each.key,
                headers=[(name, value.encode()) for name, value in each.headers.items()],
            )
            for each in messages
        ]
        await asyncio.gather(*sent)


class KafkaSubscription:
    """A Subscription on Kafka."""

    def __init__(self, settings: Settings, *topics: str) -> None:
        self._consumer = AIOKafkaConsumer(
            **_connection(settings),
            group_id=f"payments-{settings.part}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            metadata_max_age_ms=5_000,
            session_timeout_ms=15_000,
            max_poll_interval_ms=300_000,
        )
        # By pattern, since mirrored topics appear after the part has started: a subscription to a
        # name that is not there yet would never begin.
        self._consumer.subscribe(pattern="|".join(f"^{re.escape(each)}$" for each in topics))

    async def start(self) -> None:
        """Connect and join the group."""
        await self._consumer.start()

    async def close(self) -> None:
        """Leave the group."""
        await self._consumer.stop()

    async def batch(self) -> list[Message]:
        """Wait half a second for messages."""
        found = await self._consumer.getmany(timeout_ms=500, max_records=500)
        messages: list[Message] = []
        for partition, records in found.items():
            end = self._consumer.highwater(partition) or 0
            messages += [
                Message(
                    each.topic,
                    each.key or b"",
                    each.value or b"",
                    {name: value.decode() for name, value in each.headers},
                    max(0, end - each.offset - 1),
                    each.timestamp,
                )
                for each in records
            ]
        return messages

    async def commit(self) -> None:
        """Commit the positions of all that was given."""
        await self._consumer.commit()


class _IamTokens(AbstractTokenProvider):
    """Tokens that MSK takes in place of a password, signed by the pod's AWS role."""

    def __init__(self, region: str) -> None:
        self._region = region

    async def token(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride] - aiokafka forgot to say str
        # The AWS SDK takes a second to load, and only MSK's own sign-in needs it.
        from aws_msk_iam_sasl_signer import MSKAuthTokenProvider  # noqa: PLC0415 - said above

        token, _ = await asyncio.to_thread(MSKAuthTokenProvider.generate_auth_token, self._region)
        return token


def _connection(settings: Settings) -> dict[str, Any]:
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_brokers,
        "client_id": settings.pod,
    }
    if settings.kafka_sign_in == "certificate":
        context = client_context(settings.trust_bundle)
        context.load_cert_chain(settings.kafka_certificate, settings.kafka_key)
        return options | {"security_protocol": "SSL", "ssl_context": context}
    return options | {
        "security_protocol": "SASL_SSL",
        "ssl_context": ssl.create_default_context(),
        "sasl_mechanism": "OAUTHBEARER",
        "sasl_oauth_token_provider": _IamTokens(settings.region),
    }
