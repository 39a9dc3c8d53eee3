"""Copies another region's topics into this one: MirrorMaker 2 on MSK Connect."""

import base64
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from infra import names
from infra.kafka.connectors import CLASSES, Direction, MirrorPlan, connectors, refuse_loops
from infra.kafka.ends import KafkaEnd, mirror_rights
from infra.kafka.settings import ReplicationSettings
from infra.security.iam import role, trust

CONNECT_VERSION = "3.7.x"
"""Newest of MSK Connect, and past the fixes to offset translation and multi-worker tasks."""


@dataclass(frozen=True, kw_only=True)
class TopicMirrorArgs:
    """From where to where, and what the workers stand on, which is the target's."""

    account_id: str
    source: KafkaEnd
    target: KafkaEnd
    worker_region: str
    """Has to be the target's."""
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    log_key_arn: pulumi.Input[str]
    both_ways: bool = True
    """Whether another mirror goes the other way."""
    settings: ReplicationSettings = field(default_factory=ReplicationSettings)

    def __post_init__(self) -> None:
        refuse_loops(self.directions)

    @property
    def directions(self) -> list[Direction]:
        """Return this direction, and its opposite where there is one."""
        there = Direction(
            source=names.alias(self.source.region),
            target=names.alias(self.target.region),
            worker=names.alias(self.worker_region),
            identity_names=self.settings.identity_names,
        )
        back = Direction(
            source=there.target,
            target=there.source,
            worker=there.source,
            identity_names=there.identity_names,
        )
        return [there, back] if self.both_ways else [there]


class TopicMirror(pulumi.ComponentResource):
    """The three connectors of one direction, with their role, plugin and log."""

    connector_arns: dict[str, pulumi.Output[str]]
    """By role: source, checkpoint, heartbeat."""

    def __init__(
        self, name: str, args: TopicMirrorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:kafka:TopicMirror", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._log = aws.cloudwatch.LogGroup(
            name,
            name=names.log_group(f"mirror/{args.source.region}"),
            retention_in_days=365,
            kms_key_id=args.log_key_arn,
            opts=self._child,
        )
        plugin, plan = self._plugin(), self._plan()
        # The worker's own role, which MSK Connect takes in this account's name only.
        worker = role(
            name,
            trusts=[trust("kafkaconnect.amazonaws.com", account_id=args.account_id)],
            may=mirror_rights(args.source, args.target),
            opts=self._child,
        )
        self.connector_arns = {
            each: self._connector(each, configuration, worker, plugin).arn
            for each, configuration in connectors(plan).items()
        }
        self.register_outputs({"connector_arns": self.connector_arns})

    def _plan(self) -> MirrorPlan[pulumi.Input[str]]:
        return MirrorPlan(
            direction=self._args.directions[0],
            source_brokers=self._args.source.brokers,
            target_brokers=self._args.target.brokers,
            tasks_max=self._args.settings.tasks_max,
        )

    def _plugin(self) -> aws.mskconnect.CustomPlugin:
        """Make the plugin that MSK Connect insists on; MirrorMaker's classes come with Connect."""
        bucket = aws.s3.Bucket(
            f"{self._name}-plugin",
            bucket=names.bucket(
                f"mirror-{self._args.source.region}",
                self._args.target.region,
                self._args.account_id,
            ),
            opts=self._child,
        )
        aws.s3.BucketPublicAccessBlock(
            f"{self._name}-plugin",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._child,
        )
        archive = aws.s3.BucketObjectv2(
            f"{self._name}-plugin",
            bucket=bucket.id,
            key="mirror.zip",
            content_base64=_plugin(),
            opts=self._child,
        )
        return aws.mskconnect.CustomPlugin(
            self._name,
            content_type="ZIP",
            location={"s3": {"bucket_arn": bucket.arn, "file_key": archive.key}},
            opts=self._child,
        )

    def _connector(
        self,
        part: str,
        configuration: dict[str, str | pulumi.Input[str]],
        worker: aws.iam.Role,
        plugin: aws.mskconnect.CustomPlugin,
    ) -> aws.mskconnect.Connector:
        args = self._args
        carries = part == "source"
        return aws.mskconnect.Connector(
            f"{self._name}-{part}",
            name=f"{names.PROJECT}-{args.source.region}-to-{args.target.region}-{part}",
            description=CLASSES[part].rsplit(".", 1)[-1],
            kafkaconnect_version=CONNECT_VERSION,
            # Fixed: with autoscaling MSK Connect sets tasks.max itself.
            capacity={
                "provisioned_capacity": {
                    "worker_count": args.settings.workers if carries else 1,
                    "mcu_count": args.settings.units_per_worker if carries else 1,
                }
            },
            connector_configuration=configuration,
            kafka_cluster={
                "apache_kafka_cluster": {
                    "bootstrap_servers": args.target.brokers,
                    "vpc": {
                        "security_groups": [args.security_group_id],
                        "subnets": list(args.subnet_ids),
                    },
                }
            },
            kafka_cluster_client_authentication={"authentication_type": "IAM"},
            kafka_cluster_encryption_in_transit={"encryption_type": "TLS"},
            plugins=[{"custom_plugin": {"arn": plugin.arn, "revision": plugin.latest_revision}}],
            service_execution_role_arn=worker.arn,
            log_delivery={
                "worker_log_delivery": {
                    "cloudwatch_logs": {"enabled": True, "log_group": self._log.name}
                }
            },
            opts=self._child,
        )


def _plugin() -> str:
    """Return a ZIP with nothing to run, base64, the same at each call."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        note = zipfile.ZipInfo("README", date_time=(1980, 1, 1, 0, 0, 0))
        archive.writestr(
            note, "MirrorMaker 2 is part of Kafka Connect; MSK Connect wants a plugin."
        )
    return base64.b64encode(made.getvalue()).decode()
