"""The two ends of a mirror, and what its workers may do at each."""

from dataclasses import dataclass

import pulumi

from infra import names
from infra.kafka import access
from infra.kafka.access import Access
from infra.security.iam import Statement


@dataclass(frozen=True, kw_only=True)
class KafkaEnd:
    """A region's Kafka, as a mirror sees it."""

    region: str
    cluster_arn: pulumi.Input[str]
    brokers: pulumi.Input[str]
    """host:port list for IAM."""


def mirror_rights(source: KafkaEnd, target: KafkaEnd) -> list[Statement]:
    """Allow reading there and writing here, and only what MirrorMaker reads and writes."""
    alias = names.alias(source.region)
    there = Access(reads=["payments.*", "heartbeats"], groups=["payment*"])
    here = Access(
        creates=[
            f"{alias}.payments.*",
            f"{alias}.heartbeats",
            f"{alias}.checkpoints.internal",
            f"mm2-offset-syncs.{alias}.internal",
            "heartbeats",
            # Connect's own: what the worker remembers.
            "__amazon_msk_connect_*",
            "mirror-*",
        ],
        groups=["payment*", "__amazon_msk_connect_*", "connect-*", "mirror-*"],
    )
    # MirrorMaker copies topic settings, thus has to read them where they are set.
    configured = Statement(
        actions=["kafka-cluster:DescribeTopicDynamicConfiguration"],
        resources=[access.arn(source.cluster_arn, "topic", "payments.*")],
    )
    return [
        *access.statements(source.cluster_arn, there),
        configured,
        *access.statements(target.cluster_arn, here),
    ]
