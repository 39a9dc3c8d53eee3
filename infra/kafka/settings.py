"""What makes Kafka durable, and the sizes that a stack may choose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from infra.kafka.topics import REPLICAS
from infra.sections import Range

BROKER: Mapping[str, str] = {
    # An acknowledged write is on two of three brokers, so losing any one loses nothing.
    "default.replication.factor": str(REPLICAS),
    "min.insync.replicas": "2",
    # Better no leader for a while than one that lacks acknowledged payments.
    "unclean.leader.election.enable": "false",
    # A topic that nobody declared is a spelling mistake.
    "auto.create.topics.enable": "false",
    "delete.topic.enable": "true",
    "offsets.topic.replication.factor": str(REPLICAS),
    "transaction.state.log.replication.factor": str(REPLICAS),
    "transaction.state.log.min.isr": "2",
    # A group that was evacuated for a fortnight resumes where it stopped.
    "offsets.retention.minutes": str(14 * 24 * 60),
    # Whoever no rule lets in stays out. IAM decides for IAM clients, this for certificates.
    "allow.everyone.if.no.acl.found": "false",
    "num.partitions": "6",
    "log.retention.hours": str(7 * 24),
    "replica.lag.time.max.ms": "30000",
}

EXPRESS_FIXED = frozenset(
    {
        "default.replication.factor",
        "min.insync.replicas",
        "unclean.leader.election.enable",
        "offsets.topic.replication.factor",
        "transaction.state.log.replication.factor",
        "transaction.state.log.min.isr",
        "delete.topic.enable",
        "offsets.retention.minutes",
        "num.partitions",
        "replica.lag.time.max.ms",
        "log.retention.hours",
    }
)
"""What MSK Express settles itself (at three replicas, two in sync) and refuses to be told."""


@dataclass(frozen=True, kw_only=True)
class ReplicationSettings:
    """How topics get to the other region."""

    engine: Literal["msk-connect", "strimzi", "replicator"] = "msk-connect"
    tasks_max: Annotated[int, Range(1, 60)] = 2
    workers: Annotated[int, Range(1, 10)] = 2
    """MSK Connect workers for each connector. Fixed, as autoscaling would change tasksMax."""
    units_per_worker: Literal[1, 2, 4, 8] = 1
    """MSK Connect units, each of one vCPU and 4 GiB."""
    strimzi_image: str = ""
    """Of the workers where the engine is strimzi, by digest."""
    identity_names: bool = False
    """Mirror under the topic's own name. Refused while both directions run: it would loop."""

    def __post_init__(self) -> None:
        if self.engine == "strimzi" and "@sha256:" not in self.strimzi_image:
            raise ValueError("strimziImage by digest where engine is strimzi")


@dataclass(frozen=True, kw_only=True)
class KafkaSettings:
    """Sizes and kinds of the brokers."""

    version: Literal["3.7.x.kraft", "3.8.x.kraft", "3.9.x.kraft"] = "3.9.x.kraft"
    brokers: Literal["standard", "express"] = "standard"
    instance_type: str = "kafka.m7g.large"
    brokers_per_zone: Annotated[int, Range(1, 10)] = 1
    volume_gib: Annotated[int, Range(1, 16384)] = 500
    volume_gib_max: Annotated[int, Range(1, 16384)] = 2000
    """Storage grows by itself up to this; it never shrinks."""
    storage: Literal["local", "tiered"] = "local"
    certificate_authority_arns: tuple[str, ...] = ()
    """AWS Private CAs whose certificates may sign in, besides IAM."""
    replication: ReplicationSettings = field(default_factory=ReplicationSettings)

    def __post_init__(self) -> None:
        express = self.instance_type.startswith("express.")
        if express != (self.brokers == "express"):
            raise ValueError(
                "an instanceType that begins with express. where brokers is express, and only there"
            )
        if self.volume_gib > self.volume_gib_max:
            raise ValueError(f"volumeGib no more than volumeGibMax, {self.volume_gib_max}")


def properties(settings: KafkaSettings) -> dict[str, str]:
    """Return the brokers' properties: all of BROKER, or the ones that Express lets one choose."""
    if settings.brokers == "express":
        return {key: value for key, value in BROKER.items() if key not in EXPRESS_FIXED}
    tiered = {"remote.log.storage.system.enable": "true"} if settings.storage == "tiered" else {}
    return {**BROKER, **tiered}


def render(server_properties: Mapping[str, str]) -> str:
    """Return the text of a server.properties, sorted, so that it changes only when a value does."""
    return "".join(f"{key}={value}\n" for key, value in sorted(server_properties.items()))
