"""What two regions have in common: a path, each other's names, mirrors, copies of the audit trail.

The stack deployed later owns it, with a provider for either region, so that no stack has to wait
for one that waits for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from infra import names
from infra.kafka.ends import KafkaEnd
from infra.kafka.mirror import TopicMirror, TopicMirrorArgs
from infra.kafka.replicator import Replicator, ReplicatorArgs
from infra.kafka.strimzi import StrimziMirror, StrimziMirrorArgs
from infra.regions.peering import Peering, PeeringArgs, Side
from infra.regions.ports import let_in, let_out
from infra.regions.settings import ZONES
from infra.regions.subnets import subnets
from infra.security.audit import AuditCopy, AuditCopyArgs
from infra.settings import Settings


@dataclass(frozen=True, kw_only=True)
class RegionEnd:
    """What a region tells the others: its exports, or the same from another stack."""

    region: str
    vpc_id: pulumi.Input[str]
    route_table_ids: Sequence[pulumi.Input[str]]
    private_subnet_ids: Sequence[pulumi.Input[str]]
    nodes_security_group_id: pulumi.Input[str]
    kafka_security_group_id: pulumi.Input[str]
    kafka_cluster_arn: pulumi.Input[str]
    kafka_brokers: pulumi.Input[str]
    kubeconfig: pulumi.Input[str]
    internal_zone_id: pulumi.Input[str]
    audit_key_arn: pulumi.Input[str]
    logs_key_arn: pulumi.Input[str]
    provider: pulumi.ProviderResource

    @classmethod
    def from_stack(
        cls, region: str, stack: pulumi.StackReference, provider: pulumi.ProviderResource
    ) -> "RegionEnd":
        """Read it off a deployed region's exports."""

        def one(name: str) -> pulumi.Output[str]:
            return stack.require_output(name)

        def several(name: str, count: int) -> list[pulumi.Output[str]]:
            listed = stack.require_output(name)
            return [listed.apply(lambda all_, at=at: all_[at]) for at in range(count)]

        return cls(
            region=region,
            vpc_id=one("vpcId"),
            # One for each zone, and the isolated subnets' one.
            route_table_ids=several("routeTableIds", ZONES + 1),
            private_subnet_ids=several("privateSubnetIds", ZONES),
            nodes_security_group_id=one("nodesSecurityGroupId"),
            kafka_security_group_id=one("kafkaSecurityGroupId"),
            kafka_cluster_arn=one("kafkaClusterArn"),
            kafka_brokers=one("kafkaBootstrapBrokers"),
            kubeconfig=one("kubeconfig"),
            internal_zone_id=one("internalZoneId"),
            audit_key_arn=one("auditKeyArn"),
            logs_key_arn=one("logsKeyArn"),
            provider=provider,
        )

    def exports(self) -> dict[str, pulumi.Input[object]]:
        """List what `from_stack` reads."""
        return {
            "vpcId": self.vpc_id,
            "routeTableIds": list(self.route_table_ids),
            "privateSubnetIds": list(self.private_subnet_ids),
            "nodesSecurityGroupId": self.nodes_security_group_id,
            "kafkaSecurityGroupId": self.kafka_security_group_id,
            "kafkaClusterArn": self.kafka_cluster_arn,
            "kafkaBootstrapBrokers": self.kafka_brokers,
            "kubeconfig": self.kubeconfig,
            "internalZoneId": self.internal_zone_id,
            "auditKeyArn": self.audit_key_arn,
            "logsKeyArn": self.logs_key_arn,
        }


@dataclass(frozen=True, kw_only=True)
class RegionLinkArgs:
    """The region whose stack this is, and the one deployed before it."""

    settings: Settings
    here: RegionEnd
    there: RegionEnd


class RegionLink(pulumi.ComponentResource):
    """Network path, names, replication ports, mirrors both ways, audit copies both ways."""

    def __init__(
        self, name: str, args: RegionLinkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:regions:RegionLink", name, None, opts)
        self._name, self._args = name, args
        here, there = args.here, args.there
        path = Peering(
            name,
            PeeringArgs(
                here=self._side(here), there=self._side(there), kind=args.settings.network.link
            ),
            pulumi.ResourceOptions(parent=self),
        )
        for one, other in ((here, there), (there, here)):
            workers = self._open(one, other)
            self._know_names(one, other)
            self._mirror(other, one, workers, path)
            self._copy_audit(one, other)
        self.register_outputs({})

    def _at(self, end: RegionEnd) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, provider=end.provider)

    def _side(self, end: RegionEnd) -> Side:
        return Side(
            region=end.region,
            cidr=self._args.settings.regions[end.region].cidr,
            vpc_id=end.vpc_id,
            route_table_ids=end.route_table_ids,
            subnet_ids=end.private_subnet_ids,
            provider=end.provider,
        )

    def _open(self, at: RegionEnd, other: RegionEnd) -> aws.ec2.SecurityGroup:
        """Open just the ports that regions need of each other; return the workers' group.

        Security groups of another region cannot be named in a rule, so its subnets stand for them.
        """
        name, opts = f"{self._name}-{at.region}", self._at(at)
        theirs = subnets(self._args.settings.regions[other.region].cidr)
        workers = aws.ec2.SecurityGroup(
            name,
            description=f"MirrorMaker, from {other.region}",
            vpc_id=at.vpc_id,
            opts=opts,
        )
        port = names.KAFKA_IAM_PORT
        let_out(
            f"{name}-own",
            group=workers.id,
            target=at.kafka_security_group_id,
            port=port,
            why="Brokers here",
            opts=opts,
        )
        let_in(
            f"{name}-own",
            group=at.kafka_security_group_id,
            source=workers.id,
            port=port,
            why="MirrorMaker's workers here",
            opts=opts,
        )
        for zone, (brokers, pods) in enumerate(
            zip(theirs.isolated, theirs.private, strict=True), start=1
        ):
            let_out(
                f"{name}-{zone}",
                group=workers.id,
                cidr=brokers,
                port=port,
                why=f"Brokers of {other.region}",
                opts=opts,
            )
            let_in(
                f"{name}-kafka-{zone}",
                group=at.kafka_security_group_id,
                cidr=pods,
                port=port,
                why=f"MirrorMaker's workers of {other.region}",
                opts=opts,
            )
            let_in(
                f"{name}-intake-{zone}",
                group=at.nodes_security_group_id,
                cidr=pods,
                port=names.INTAKE_PORT,
                why=f"Payments that {other.region} wants durable here too",
                opts=opts,
            )
        return workers

    def _know_names(self, at: RegionEnd, other: RegionEnd) -> None:
        """Let one region resolve the other's private names."""
        aws.route53.ZoneAssociation(
            f"{self._name}-{at.region}",
            zone_id=other.internal_zone_id,
            vpc_id=at.vpc_id,
            vpc_region=at.region,
            opts=self._at(other),
        )

    def _mirror(
        self, source: RegionEnd, target: RegionEnd, workers: aws.ec2.SecurityGroup, path: Peering
    ) -> None:
        chosen = self._args.settings.kafka.replication
        name = f"{self._name}-from-{source.region}"
        opts = pulumi.ResourceOptions(parent=self, providers=[target.provider], depends_on=[path])
        if chosen.engine == "replicator":
            self._replicate(name, source, target, workers, opts)
            return
        if chosen.engine == "strimzi":
            self._mirror_in_cluster(name, source, target, opts)
            return
        TopicMirror(
            name,
            TopicMirrorArgs(
                account_id=self._args.settings.account_id,
                source=_kafka(source),
                target=_kafka(target),
                worker_region=target.region,
                subnet_ids=target.private_subnet_ids,
                security_group_id=workers.id,
                log_key_arn=target.logs_key_arn,
                settings=chosen,
            ),
            opts,
        )

    def _replicate(
        self,
        name: str,
        source: RegionEnd,
        target: RegionEnd,
        workers: aws.ec2.SecurityGroup,
        opts: pulumi.ResourceOptions,
    ) -> None:
        Replicator(
            name,
            ReplicatorArgs(
                account_id=self._args.settings.account_id,
                source=_kafka(source),
                target=_kafka(target),
                source_subnet_ids=source.private_subnet_ids,
                source_security_group_id=source.kafka_security_group_id,
                target_subnet_ids=target.private_subnet_ids,
                target_security_group_id=workers.id,
                source_provider=source.provider,
                settings=self._args.settings.kafka.replication,
            ),
            opts,
        )

    def _mirror_in_cluster(
        self, name: str, source: RegionEnd, target: RegionEnd, opts: pulumi.ResourceOptions
    ) -> None:
        kubernetes = k8s.Provider(
            name,
            kubeconfig=target.kubeconfig,
            enable_server_side_apply=True,
            skip_update_unreachable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        StrimziMirror(
            name,
            StrimziMirrorArgs(
                account_id=self._args.settings.account_id,
                source=_kafka(source),
                target=_kafka(target),
                cluster_name=names.PROJECT,
                kubernetes=kubernetes,
                settings=self._args.settings.kafka.replication,
            ),
            opts,
        )

    def _copy_audit(self, source: RegionEnd, target: RegionEnd) -> None:
        AuditCopy(
            f"{self._name}-audit-{source.region}",
            AuditCopyArgs(
                source_region=source.region,
                target_region=target.region,
                account_id=self._args.settings.account_id,
                source_key_arn=source.audit_key_arn,
                target_key_arn=target.audit_key_arn,
            ),
            pulumi.ResourceOptions(parent=self, providers=[source.provider]),
        )


def _kafka(end: RegionEnd) -> KafkaEnd:
    return KafkaEnd(region=end.region, cluster_arn=end.kafka_cluster_arn, brokers=end.kafka_brokers)
