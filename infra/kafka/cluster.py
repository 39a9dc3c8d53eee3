"""An MSK cluster that speaks only TLS and survives the loss of one zone."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws
from pulumi.runtime.proto.resource_pb2_grpc import ResourceMonitorStub
from pulumi.runtime.settings import get_monitor

from infra import names
from infra.kafka import settings, topics
from infra.kafka.settings import KafkaSettings

TLS_ONLY: aws.msk.ClusterEncryptionInfoEncryptionInTransitArgsDict = {
    "client_broker": "TLS",
    "in_cluster": True,
}


@dataclass(frozen=True, kw_only=True)
class KafkaClusterArgs:
    """What the caller must decide; the component decides the rest, once."""

    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    """Isolated subnets, one per zone; each gets as many brokers."""
    key_arn: pulumi.Input[str]
    log_key_arn: pulumi.Input[str]
    settings: KafkaSettings = field(default_factory=KafkaSettings)

    def __post_init__(self) -> None:
        if len(self.subnet_ids) < topics.REPLICAS:
            raise ValueError(f"{topics.REPLICAS} replicas cannot fit {len(self.subnet_ids)} zones")


class KafkaCluster(pulumi.ComponentResource):
    """Brokers, the security group in front of them, their settings, topics and log."""

    cluster_arn: pulumi.Output[str]
    bootstrap_brokers: pulumi.Output[str]
    """host:port list for clients that sign in with IAM over TLS."""
    security_group_id: pulumi.Output[str]
    """Let a client into this group and it can reach the brokers."""

    def __init__(
        self, name: str, args: KafkaClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:kafka:KafkaCluster", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            f"{name}-kafka",
            description="Kafka brokers",
            vpc_id=args.vpc_id,
            opts=self._child,
        )
        # Brokers replicate to one another within the group.
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-brokers",
            security_group_id=group.id,
            description="Brokers of the same cluster",
            ip_protocol="-1",
            referenced_security_group_id=group.id,
            opts=self._child,
        )
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-brokers",
            security_group_id=group.id,
            description="Brokers of the same cluster",
            ip_protocol="-1",
            referenced_security_group_id=group.id,
            opts=self._child,
        )
        self._cluster = self._brokers(group)
        if args.settings.brokers == "standard":
            self._grow_by_itself()
        keep = _keeping(name)
        for topic in topics.TOPICS:
            self._topic(topic, keep)
        self.cluster_arn = self._cluster.arn
        self.bootstrap_brokers = self._cluster.bootstrap_brokers_sasl_iam
        self.security_group_id = group.id
        self.register_outputs(
            {
                "cluster_arn": self.cluster_arn,
                "bootstrap_brokers": self.bootstrap_brokers,
                "security_group_id": self.security_group_id,
            }
        )

    def _configuration(self) -> aws.msk.Configuration:
        """Make the brokers' properties; not bound to a Kafka version, as that blocks upgrades."""
        return aws.msk.Configuration(
            self._name,
            server_properties=settings.render(settings.properties(self._args.settings)),
            opts=self._child,
        )

    def _brokers(self, group: aws.ec2.SecurityGroup) -> aws.msk.Cluster:
        args, chosen = self._args, self._args.settings
        standard = chosen.brokers == "standard"
        configuration = self._configuration()
        # PCI DSS 10.5.1 asks for twelve months of log.
        log = aws.cloudwatch.LogGroup(
            f"{self._name}-kafka",
            name=names.log_group("kafka"),
            retention_in_days=365,
            kms_key_id=args.log_key_arn,
            opts=self._child,
        )
        return aws.msk.Cluster(
            self._name,
            cluster_name=names.KAFKA_CLUSTER,
            kafka_version=chosen.version,
            number_of_broker_nodes=len(args.subnet_ids) * chosen.brokers_per_zone,
            broker_node_group_info=self._nodes(group.id),
            configuration_info={
                "arn": configuration.arn,
                # Follows each new revision, so a change reaches the brokers, one by one.
                "revision": configuration.latest_revision,
            },
            client_authentication=self._sign_in(),
            encryption_info={
                "encryption_at_rest_kms_key_arn": args.key_arn,
                "encryption_in_transit": TLS_ONLY,
            },
            enhanced_monitoring="PER_TOPIC_PER_BROKER",
            open_monitoring={
                "prometheus": {
                    "jmx_exporter": {"enabled_in_broker": True},
                    "node_exporter": {"enabled_in_broker": True},
                }
            }
            if standard
            else None,
            storage_mode=("TIERED" if chosen.storage == "tiered" else "LOCAL")
            if standard
            else None,
            rebalancing=None if standard else {"status": "ACTIVE"},
            logging_info={
                "broker_logs": {"cloudwatch_logs": {"enabled": True, "log_group": log.name}}
            },
            # Storage grows by itself; setting back the size it was made with would fail.
            opts=pulumi.ResourceOptions(
                parent=self,
                ignore_changes=["brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize"],
                custom_timeouts=pulumi.CustomTimeouts(create="2h", update="4h"),
            ),
        )

    def _nodes(self, group_id: pulumi.Input[str]) -> aws.msk.ClusterBrokerNodeGroupInfoArgsDict:
        chosen = self._args.settings
        nodes: aws.msk.ClusterBrokerNodeGroupInfoArgsDict = {
            "client_subnets": list(self._args.subnet_ids),
            "instance_type": chosen.instance_type,
            "security_groups": [group_id],
            "az_distribution": "DEFAULT",
            "connectivity_info": self._connectivity(),
        }
        if chosen.brokers == "standard":
            nodes["storage_info"] = {"ebs_storage_info": {"volume_size": chosen.volume_gib}}
        return nodes

    def _connectivity(self) -> aws.msk.ClusterBrokerNodeGroupInfoConnectivityInfoArgsDict:
        """Keep the brokers private; where MSK Replicator reads them, let it in by AWS's own way."""
        reach: aws.msk.ClusterBrokerNodeGroupInfoConnectivityInfoArgsDict = {
            "public_access": {"type": "DISABLED"}
        }
        if self._args.settings.replication.engine == "replicator":
            reach["vpc_connectivity"] = {"client_authentication": {"sasl": {"iam": True}}}
        return reach

    def _sign_in(self) -> aws.msk.ClusterClientAuthenticationArgsDict:
        """Let clients in by IAM, and by certificate where an authority is given; nobody else."""
        authorities = self._args.settings.certificate_authority_arns
        sign_in: aws.msk.ClusterClientAuthenticationArgsDict = {
            "sasl": {"iam": True, "scram": False},
            "unauthenticated": False,
        }
        if authorities:
            sign_in["tls"] = {"certificate_authority_arns": list(authorities)}
        return sign_in

    def _grow_by_itself(self) -> None:
        """Add storage when 60 % of it is used; MSK does so at most every six hours."""
        target = aws.appautoscaling.Target(
            f"{self._name}-kafka-storage",
            service_namespace="kafka",
            scalable_dimension="kafka:broker-storage:VolumeSize",
            resource_id=self._cluster.arn,
            min_capacity=1,
            max_capacity=self._args.settings.volume_gib_max,
            opts=self._child,
        )
        aws.appautoscaling.Policy(
            f"{self._name}-kafka-storage",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration={
                "target_value": 60,
                # Storage cannot shrink.
                "disable_scale_in": True,
                "predefined_metric_specification": {
                    "predefined_metric_type": "KafkaBrokerStorageUtilization"
                },
            },
            opts=self._child,
        )

    def _topic(self, topic: topics.Topic, keep: pulumi.ResourceHookBinding | None) -> None:
        aws.msk.Topic(
            topic.name,
            cluster_arn=self._cluster.arn,
            name=topic.name,
            partition_count=topic.partitions,
            replication_factor=topics.REPLICAS,
            configs=topics.render(topic),
            opts=pulumi.ResourceOptions(parent=self, hooks=keep),
        )


def _keeping(name: str) -> pulumi.ResourceHookBinding | None:
    """Hook `keep_partitions` to the engine; a test's mocks have no way to call it."""
    if not isinstance(get_monitor(), ResourceMonitorStub):
        return None
    hook = pulumi.ResourceHook(
        f"{name}-keep-partitions", keep_partitions, pulumi.ResourceHookOptions(on_dry_run=True)
    )
    return pulumi.ResourceHookBinding(before_update=[hook])


def keep_partitions(change: pulumi.ResourceHookArgs) -> None:
    """Refuse at preview what Kafka would refuse at `up`: a topic with fewer partitions."""
    before, after = change.old_inputs or {}, change.new_inputs or {}
    refused = topics.fewer_partitions(
        {change.name: int(before.get("partitionCount", 0))},
        {change.name: int(after.get("partitionCount", 0))},
    )
    if refused:
        raise ValueError(refused[0])
