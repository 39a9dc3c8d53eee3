"""Who may do what on which topic, as IAM statements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pulumi

from infra import names
from infra.kafka.topics import TOPICS
from infra.security.iam import Statement

CONNECT = ("kafka-cluster:Connect", "kafka-cluster:DescribeCluster")
READ = ("kafka-cluster:DescribeTopic", "kafka-cluster:ReadData")
WRITE = ("kafka-cluster:DescribeTopic", "kafka-cluster:WriteData")
GROUP = ("kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup")
WATCH = ("kafka-cluster:DescribeTopic",)
WATCH_GROUP = ("kafka-cluster:DescribeGroup",)
CREATE = (
    *READ,
    "kafka-cluster:WriteData",
    "kafka-cluster:CreateTopic",
    "kafka-cluster:AlterTopic",
    "kafka-cluster:DescribeTopicDynamicConfiguration",
    "kafka-cluster:AlterTopicDynamicConfiguration",
)
IDEMPOTENT = ("kafka-cluster:WriteDataIdempotently",)


@dataclass(frozen=True, kw_only=True)
class Access:
    """What one principal does on one cluster; topics and groups may end in `*`."""

    reads: Sequence[str] = ()
    writes: Sequence[str] = ()
    creates: Sequence[str] = ()
    """Topics that it makes and configures, which no payment service does."""
    groups: Sequence[str] = ()
    watches: Sequence[str] = ()
    """Topics whose ends it sees, without reading them."""
    watched_groups: Sequence[str] = ()
    """Groups whose positions it sees, without joining them."""

    def __post_init__(self) -> None:
        every = [
            *self.reads,
            *self.writes,
            *self.creates,
            *self.groups,
            *self.watches,
            *self.watched_groups,
        ]
        if "*" in every:
            raise ValueError("access to * is access to all topics; name them or their prefix")


def statements(cluster_arn: pulumi.Input[str], access: Access) -> list[Statement]:
    """Write the access as statements, and nothing beyond it."""
    written = [*access.writes, *access.creates]
    connect = [*CONNECT, *(IDEMPOTENT if written else ())]
    said = [Statement(actions=connect, resources=[pulumi.Output.from_input(cluster_arn)])]
    for actions, kind, subjects in (
        (READ, "topic", access.reads),
        (WRITE, "topic", access.writes),
        (CREATE, "topic", access.creates),
        (GROUP, "group", access.groups),
        (WATCH, "topic", access.watches),
        (WATCH_GROUP, "group", access.watched_groups),
    ):
        if subjects:
            resources = [arn(cluster_arn, kind, each) for each in sorted(set(subjects))]
            said.append(Statement(actions=actions, resources=resources))
    return said


def arn(cluster_arn: pulumi.Input[str], kind: str, subject: str) -> pulumi.Output[str]:
    """Name a topic or group: the cluster's ARN with another kind, and the subject behind it."""
    return pulumi.Output.from_input(cluster_arn).apply(
        lambda known: f"{known.replace(':cluster/', f':{kind}/', 1)}/{subject}"
    )


def access_of(service_account: str, other_regions: Iterable[str]) -> Access:
    """Read off the topic table what a ServiceAccount may do.

    Whoever reads a topic also reads the copies of it from the other regions, in groups of its own.
    """
    others = tuple(other_regions)
    read = [each.name for each in TOPICS if service_account in each.consumers]
    mirrored = [names.mirrored(topic, region) for topic in read for region in others]
    return Access(
        reads=[*read, *mirrored],
        writes=[each.name for each in TOPICS if service_account in each.producers],
        groups=[names.consumer_group(service_account)] if read else [],
    )


def uses_kafka(service_account: str) -> bool:
    """Say whether any topic names it."""
    return any(service_account in (*each.producers, *each.consumers) for each in TOPICS)
