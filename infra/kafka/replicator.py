"""Copies another region's topics into this one: MSK Replicator, which AWS runs and supports.

It needs no network path of ours, but multi-VPC connectivity on the source cluster, and it counts
its copies by the byte.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import names
from infra.kafka.connectors import GROUPS_PATTERN
from infra.kafka.ends import KafkaEnd, mirror_rights
from infra.kafka.settings import ReplicationSettings
from infra.kafka.topics import TOPICS
from infra.security.iam import Statement, document, role, trust


@dataclass(frozen=True, kw_only=True)
class ReplicatorArgs:
    """From where to where; the network is the target's, and the source's for its own part."""

    account_id: str
    source: KafkaEnd
    target: KafkaEnd
    source_subnet_ids: Sequence[pulumi.Input[str]]
    source_security_group_id: pulumi.Input[str]
    target_subnet_ids: Sequence[pulumi.Input[str]]
    target_security_group_id: pulumi.Input[str]
    source_provider: pulumi.ProviderResource
    settings: ReplicationSettings

    def __post_init__(self) -> None:
        if self.settings.identity_names:
            raise ValueError(
                "the replicator here keeps the prefix: readers of both regions' topics tell them "
                "apart by it"
            )


class Replicator(pulumi.ComponentResource):
    """A replicator in the target's region, its role, and the source's leave to be read."""

    def __init__(
        self, name: str, args: ReplicatorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:kafka:Replicator", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        leave = aws.msk.ClusterPolicy(
            name,
            cluster_arn=args.source.cluster_arn,
            policy=document(
                [
                    Statement(
                        actions=[
                            "kafka:CreateVpcConnection",
                            "kafka:DescribeClusterV2",
                            "kafka:GetBootstrapBrokers",
                        ],
                        services=["kafka.amazonaws.com"],
                        resources=[args.source.cluster_arn],
                    )
                ]
            ),
            opts=pulumi.ResourceOptions(parent=self, provider=args.source_provider),
        )
        worker = role(
            name,
            trusts=[trust("kafka.amazonaws.com", account_id=args.account_id)],
            may=mirror_rights(args.source, args.target),
            opts=child,
        )
        aws.msk.Replicator(
            name,
            replicator_name=f"{names.PROJECT}-{args.source.region}-to-{args.target.region}",
            service_execution_role_arn=worker.arn,
            kafka_clusters=[
                _end(args.source, args.source_subnet_ids, args.source_security_group_id),
                _end(args.target, args.target_subnet_ids, args.target_security_group_id),
            ],
            replication_info_list=_what(args),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[leave]),
        )
        self.register_outputs({})


def _end(
    end: KafkaEnd, subnet_ids: Sequence[pulumi.Input[str]], group_id: pulumi.Input[str]
) -> aws.msk.ReplicatorKafkaClusterArgsDict:
    return {
        "amazon_msk_cluster": {"msk_cluster_arn": end.cluster_arn},
        "vpc_config": {"subnet_ids": list(subnet_ids), "security_groups_ids": [group_id]},
    }


def _what(args: ReplicatorArgs) -> aws.msk.ReplicatorReplicationInfoListArgsDict:
    """Say what is copied: each topic by its whole name, as a pattern takes in longer ones too."""
    return {
        "source_kafka_cluster_arn": args.source.cluster_arn,
        "target_kafka_cluster_arn": args.target.cluster_arn,
        "target_compression_type": "LZ4",
        "topic_replications": [
            {
                "topics_to_replicates": [f"^{each.name}$" for each in TOPICS],
                "copy_topic_configurations": True,
                # IAM knows no access lists.
                "copy_access_control_lists_for_topics": False,
                "detect_and_copy_new_topics": True,
                # What was written before a new topic was noticed is copied too.
                "starting_position": {"type": "EARLIEST"},
                "topic_name_configuration": {"type": "PREFIXED_WITH_SOURCE_CLUSTER_ALIAS"},
            }
        ],
        "consumer_group_replications": [
            {
                "consumer_groups_to_replicates": [GROUPS_PATTERN],
                "detect_and_copy_new_consumer_groups": True,
                "synchronise_consumer_group_offsets": True,
            }
        ],
    }
