"""The topics: what each holds, how wide, how long.

Partitions are the ceiling of parallel work: a consumer group with more pods than partitions has
idle ones. They can be added, never removed, and adding some moves keys to other partitions, so
these are chosen once, wide enough.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

REPLICAS = 3
DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One topic, as its region writes it."""

    name: str
    partitions: int
    retention_days: int
    cleanup_policy: str = "delete"
    producers: tuple[str, ...]
    """ServiceAccounts that may write."""
    consumers: tuple[str, ...]
    """ServiceAccounts that may read, each with the consumer group of its own name."""
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """Topic settings beyond the ones that all have."""

    def __post_init__(self) -> None:
        if self.partitions < 1:
            raise ValueError(f"{self.name}: {self.partitions} partitions hold nothing")

    @property
    def configuration(self) -> dict[str, str]:
        """The settings as Kafka names them. None is left to the broker."""
        return {
            "cleanup.policy": self.cleanup_policy,
            "retention.ms": str(self.retention_days * DAY_MS),
            # An acknowledged write is on two of three brokers.
            "min.insync.replicas": "2",
            "unclean.leader.election.enable": "false",
            "compression.type": "producer",
            # The writer's clock orders events; a broker must not rewrite it.
            "message.timestamp.type": "CreateTime",
            "max.message.bytes": str(1024 * 1024),
            **self.settings,
        }


TOPICS = (
    Topic(
        name="payments.incoming",
        partitions=60,
        # A region may be away for a week and still find all it has to settle.
        retention_days=7,
        producers=("payment-relay",),
        consumers=("payment-fraud", "payment-risk", "payment-processor", "payment-projection"),
    ),
    Topic(
        name="payments.verdicts",
        partitions=60,
        retention_days=7,
        producers=("payment-fraud", "payment-risk", "payment-relay"),
        consumers=("payment-processor", "payment-projection"),
    ),
    Topic(
        name="payments.settled",
        partitions=60,
        retention_days=30,
        producers=("payment-processor", "payment-relay"),
        consumers=("payment-projection",),
    ),
    Topic(
        name="payments.deadletter",
        partitions=3,
        # A person reads these, and may need a quarter to close a case.
        retention_days=90,
        producers=("payment-fraud", "payment-risk", "payment-processor", "payment-projection"),
        consumers=(),
    ),
)

BY_NAME = {each.name: each for each in TOPICS}

INCOMING = BY_NAME["payments.incoming"]

MIRRORED_PATTERN = r"payments\..*"
"""What MirrorMaker copies. A mirrored topic begins with its region, so it never matches again."""


def fewer_partitions(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """Say what Kafka cannot do: a sentence for each topic that would lose partitions."""
    return [
        f"{name} has {count} partitions and Kafka cannot take any away; "
        f"{after[name]} needs a new topic and a move of its consumers"
        for name, count in sorted(before.items())
        if name in after and after[name] < count
    ]


def render(topic: Topic) -> str:
    """Write a topic's settings as MSK takes them: JSON, in one order."""
    return json.dumps(topic.configuration, sort_keys=True)
