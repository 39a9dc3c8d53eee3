"""MirrorMaker 2's configuration. One renderer for every engine that runs it.

Three connectors copy one direction: Source the records, Checkpoint the groups' positions, Heartbeat
a sign of life that shows the lag of a quiet link. They run in the target region on the target
cluster, and read only from the source.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from infra.kafka.topics import MIRRORED_PATTERN, REPLICAS

Text = TypeVar("Text")
"""str, or a pulumi.Output of it: the brokers' names are known after deployment only."""

PREFIXED = "org.apache.kafka.connect.mirror.DefaultReplicationPolicy"
IDENTITY = "org.apache.kafka.connect.mirror.IdentityReplicationPolicy"
CLASSES = {
    "source": "org.apache.kafka.connect.mirror.MirrorSourceConnector",
    "checkpoint": "org.apache.kafka.connect.mirror.MirrorCheckpointConnector",
    "heartbeat": "org.apache.kafka.connect.mirror.MirrorHeartbeatConnector",
}
BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter"

IAM_SIGN_IN: Mapping[str, str] = {
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "AWS_MSK_IAM",
    "sasl.jaas.config": "software.amazon.msk.auth.iam.IAMLoginModule required;",
    "sasl.client.callback.handler.class": ("software.amazon.msk.auth.iam.IAMClientCallbackHandler"),
    # Brokers take few new IAM connections a second; a storm of retries would lock itself out.
    "reconnect.backoff.ms": "1000",
}

GROUPS_PATTERN = r"payment.*"
"""Whose positions are translated: the service's own groups."""


@dataclass(frozen=True, kw_only=True)
class Direction:
    """One way that records go."""

    source: str
    target: str
    worker: str
    """On whose cluster the Connect worker keeps its state."""
    identity_names: bool = False
    """Whether a copy has the topic's own name, without the source before it."""


def refuse_loops(directions: Sequence[Direction]) -> None:
    """Raise ValueError where records would go round, or a worker stands on the wrong side."""
    ways = {(each.source, each.target) for each in directions}
    for each in directions:
        if each.source == each.target:
            raise ValueError(f"{each.source} cannot be mirrored to itself")
        if each.worker != each.target:
            raise ValueError(
                f"the worker of {each.source} to {each.target} stands on {each.worker}: on the "
                f"source it would write its copies back there, so it has to stand on {each.target}"
            )
        if each.identity_names and (each.target, each.source) in ways:
            raise ValueError(
                f"{each.source} and {each.target} mirror each other under the same names, so each "
                "record would go round for ever; keep the prefix, or mirror one way"
            )
    for one in directions:
        for other in directions:
            returns = one.target.casefold() == other.source.casefold()
            if returns and one.target != other.source:
                raise ValueError(
                    f"a cluster is called {one.target} in one direction and {other.source} in the "
                    "other: MirrorMaker sees a loop by the name alone, so it must be one name"
                )


@dataclass(frozen=True, kw_only=True)
class MirrorPlan(Generic[Text]):
    """All that the configuration of one direction's connectors follows from."""

    direction: Direction
    source_brokers: Text
    target_brokers: Text
    tasks_max: int = 2
    sign_in: Mapping[str, str] | None = None
    """How to sign in on both sides; by IAM unless said otherwise."""


def connectors(plan: MirrorPlan[Text]) -> dict[str, dict[str, str | Text]]:
    """Configure the three connectors of a direction, by role."""
    shared = _shared(plan)
    settings: dict[str, dict[str, str]] = {
        "source": _source(),
        "checkpoint": _checkpoint(),
        "heartbeat": {
            "heartbeats.topic.replication.factor": str(REPLICAS),
            "emit.heartbeats.interval.seconds": "1",
        },
    }
    return {
        role: {
            "connector.class": CLASSES[role],
            "tasks.max": str(plan.tasks_max if role == "source" else 1),
            **shared,
            **settings[role],
        }
        for role in CLASSES
    }


def _shared(plan: MirrorPlan[Text]) -> dict[str, str | Text]:
    """Say who the two clusters are and how to reach them."""
    sign_in = IAM_SIGN_IN if plan.sign_in is None else plan.sign_in
    identity = plan.direction.identity_names
    return {
        "source.cluster.alias": plan.direction.source,
        "target.cluster.alias": plan.direction.target,
        "source.cluster.bootstrap.servers": plan.source_brokers,
        "target.cluster.bootstrap.servers": plan.target_brokers,
        **{f"source.cluster.{key}": value for key, value in sign_in.items()},
        **{f"target.cluster.{key}": value for key, value in sign_in.items()},
        "replication.policy.class": IDENTITY if identity else PREFIXED,
        "key.converter": BYTES,
        "value.converter": BYTES,
    }


def _source() -> dict[str, str]:
    """Copy the payments' topics, whole, with their settings but without access lists."""
    return {
        "topics": MIRRORED_PATTERN,
        "replication.factor": str(REPLICAS),
        "refresh.topics.interval.seconds": "30",
        "sync.topic.configs.enabled": "true",
        # IAM knows no access lists; copying them would need rights over the whole cluster.
        "sync.topic.acls.enabled": "false",
        # In the target, so that the source is only read.
        "offset-syncs.topic.location": "target",
        "offset-syncs.topic.replication.factor": str(REPLICAS),
        # At most so many records are read twice after a group moves over.
        "offset.lag.max": "10",
        "source.consumer.auto.offset.reset": "earliest",
        "producer.override.compression.type": "lz4",
    }


def _checkpoint() -> dict[str, str]:
    """Translate the groups' positions, so that a group that moves over goes on where it was."""
    return {
        "groups": GROUPS_PATTERN,
        "checkpoints.topic.replication.factor": str(REPLICAS),
        "emit.checkpoints.interval.seconds": "5",
        "refresh.groups.interval.seconds": "30",
        "sync.group.offsets.enabled": "true",
        "sync.group.offsets.interval.seconds": "5",
        "offset-syncs.topic.location": "target",
    }
