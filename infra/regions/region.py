"""A region: all components of it, wired. It has no resource of its own but its provider."""

import pulumi
import pulumi_aws as aws

from infra import names
from infra.kafka.cluster import KafkaCluster, KafkaClusterArgs
from infra.protection import protection
from infra.regions.addons import Addons, AddonsArgs
from infra.regions.backup import SELECTED, Backup, BackupArgs
from infra.regions.cluster import EksCluster, EksClusterArgs
from infra.regions.dns import InternalZone, InternalZoneArgs
from infra.regions.edge import Edge, EdgeArgs
from infra.regions.identities import Identities, IdentitiesArgs
from infra.regions.inside import Inside, InsideArgs
from infra.regions.link import RegionEnd, RegionLink, RegionLinkArgs
from infra.regions.network import Network, NetworkArgs
from infra.regions.nodes import Nodes, NodesArgs
from infra.regions.ports import let_in
from infra.regions.rights import RightsArgs, identities
from infra.security.audit import AuditTrail, AuditTrailArgs
from infra.security.bucket import LockedBucket, LockedBucketArgs
from infra.security.detection import Detection, DetectionArgs
from infra.security.keys import PURPOSES, Keys, KeysArgs
from infra.settings import Settings
from infra.tags import tagging


class Region(pulumi.ComponentResource):
    """Network, cluster, Kafka, edge, keys, audit trail, and the link to regions before it."""

    outputs: dict[str, pulumi.Input[object]]
    """What the other regions and the operators need."""

    def __init__(
        self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        carried = pulumi.ResourceOptions(
            transformations=[tagging(settings), protection(protected=settings.deletion_protected)]
        )
        super().__init__(
            "platform:regions:Region", name, None, pulumi.ResourceOptions.merge(opts, carried)
        )
        self._name, self._settings = name, settings
        self._aws = self._provider_of(settings.region)
        self._child = pulumi.ResourceOptions(parent=self, providers=[self._aws])
        self._earlier = {
            peer: pulumi.StackReference(
                names.stack(peer, pulumi.get_organization(), pulumi.get_project()),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for peer in settings.peers
        }
        self._first = next(iter(self._earlier.values()), None)
        self._keys = self._make_keys()
        self._audit = self._make_audit()
        self._network = self._make_network()
        self._cluster = self._make_cluster()
        self._kafka = self._make_kafka()
        self._edge = self._make_edge()
        self._zone = InternalZone(
            name,
            InternalZoneArgs(region=settings.region, vpc_id=self._network.vpc_id),
            self._child,
        )
        self._backups = self._make_backups()
        self._end = self._make_end()
        for peer, stack in self._earlier.items():
            self._link(peer, stack)
        self._inside(self._ready())
        self.outputs = {
            **self._end.exports(),
            "region": pulumi.Output.from_input(settings.region),
            "clusterName": self._cluster.cluster_name,
            "clusterEndpoint": self._cluster.endpoint,
            "listenerArn": self._edge.listener_arn,
            "endpointGroupArn": self._edge.endpoint_group_arn,
            "loadBalancerDns": self._edge.load_balancer_dns,
            "targetGroupArn": self._edge.target_group_arn,
            "auditBucket": self._audit.bucket_name,
            "backupBucket": self._backups.bucket_name,
        }
        self.register_outputs(self.outputs)

    def _provider_of(self, region: str) -> aws.Provider:
        return aws.Provider(
            f"{self._name}-{region}",
            region=region,
            # A preview must not need an account: nothing is looked up, and who may do what shows
            # at the first call. The account's number comes from the settings.
            skip_credentials_validation=True,
            skip_requesting_account_id=True,
            skip_region_validation=True,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _make_keys(self) -> Keys:
        """Make the keys; of those that all regions share, copies where a region was before."""
        chosen = self._settings
        shared = [purpose for purpose, each in PURPOSES.items() if each.is_multi_region]
        first = self._first
        primaries = (
            {each: first.require_output(f"{each}KeyArn") for each in shared} if first else {}
        )
        return Keys(
            self._name,
            KeysArgs(
                region=chosen.region,
                account_id=chosen.account_id,
                provisioner_arn=chosen.provisioner_arn,
                users={"vault": [names.role_arn("vault", chosen.region, chosen.account_id)]},
                primaries=primaries,
            ),
            self._child,
        )

    def _make_audit(self) -> AuditTrail:
        """Make the trail, and what watches beside it."""
        chosen = self._settings
        audit = AuditTrail(
            self._name,
            AuditTrailArgs(
                region=chosen.region,
                account_id=chosen.account_id,
                key_arn=self._keys.arns["audit"],
                log_key_arn=self._keys.arns["logs"],
                settings=chosen.audit,
                records_global=chosen.is_first,
            ),
            self._child,
        )
        Detection(
            self._name,
            DetectionArgs(
                region=chosen.region,
                account_id=chosen.account_id,
                audit_bucket=audit.bucket_name,
                audit_key_arn=self._keys.arns["audit"],
                card_data_buckets=tuple(
                    names.bucket(each, chosen.region, chosen.account_id)
                    for each in ("audit", "backups")
                ),
                records_global=chosen.is_first,
            ),
            pulumi.ResourceOptions(parent=self, providers=[self._aws], depends_on=[audit]),
        )
        return audit

    def _make_backups(self) -> LockedBucket:
        """Make the bucket that the databases write their backups to, and AWS Backup over all."""
        chosen = self._settings
        Backup(
            self._name,
            BackupArgs(
                account_id=chosen.account_id,
                copy_region=chosen.neighbour,
                key_arn=self._keys.arns["backup"],
                settings=chosen.backup,
            ),
            self._child,
        )
        return LockedBucket(
            f"{self._name}-backups",
            LockedBucketArgs(
                bucket=names.bucket("backups", chosen.region, chosen.account_id),
                key_arn=self._keys.arns["backup"],
                retention_days=chosen.backup.retention_days,
                mode=chosen.audit.mode,
                tags=SELECTED,
            ),
            self._child,
        )

    def _make_network(self) -> Network:
        plan = self._settings.plan
        return Network(
            self._name,
            NetworkArgs(
                region=self._settings.region,
                cidr=plan.cidr,
                zone_ids=plan.zone_ids,
                settings=self._settings.network,
                log_key_arn=self._keys.arns["logs"],
                log_bucket_arn=self._audit.bucket_arn,
            ),
            self._child,
        )

    def _make_cluster(self) -> EksCluster:
        chosen = self._settings
        return EksCluster(
            self._name,
            EksClusterArgs(
                region=chosen.region,
                account_id=chosen.account_id,
                vpc_id=self._network.vpc_id,
                subnet_ids=self._network.private_subnet_ids,
                key_arn=self._keys.arns["kubernetes"],
                log_key_arn=self._keys.arns["logs"],
                provisioner_arn=chosen.provisioner_arn,
                settings=chosen.cluster,
                protected=chosen.deletion_protected,
            ),
            self._child,
        )

    def _make_kafka(self) -> KafkaCluster:
        kafka = KafkaCluster(
            self._name,
            KafkaClusterArgs(
                vpc_id=self._network.vpc_id,
                subnet_ids=self._network.isolated_subnet_ids,
                key_arn=self._keys.arns["kafka"],
                log_key_arn=self._keys.arns["logs"],
                settings=self._settings.kafka,
            ),
            self._child,
        )
        let_in(
            f"{self._name}-nodes-to-kafka",
            group=kafka.security_group_id,
            source=self._cluster.security_group_id,
            port=names.KAFKA_IAM_PORT,
            why="The payment service's pods",
            opts=self._child,
        )
        return kafka

    def _make_edge(self) -> Edge:
        chosen = self._settings
        return Edge(
            self._name,
            EdgeArgs(
                region=chosen.region,
                domain=chosen.domain,
                vpc_id=self._network.vpc_id,
                public_subnet_ids=self._network.public_subnet_ids,
                nodes_security_group_id=self._cluster.security_group_id,
                settings=chosen.edge,
                listener_arn=(self._first.require_output("listenerArn") if self._first else None),
                protected=chosen.deletion_protected,
            ),
            self._child,
        )

    def _make_end(self) -> RegionEnd:
        return RegionEnd(
            region=self._settings.region,
            vpc_id=self._network.vpc_id,
            route_table_ids=self._network.route_table_ids,
            private_subnet_ids=self._network.private_subnet_ids,
            nodes_security_group_id=self._cluster.security_group_id,
            kafka_security_group_id=self._kafka.security_group_id,
            kafka_cluster_arn=self._kafka.cluster_arn,
            kafka_brokers=self._kafka.bootstrap_brokers,
            kubeconfig=self._cluster.kubeconfig,
            internal_zone_id=self._zone.zone_id,
            audit_key_arn=self._keys.arns["audit"],
            logs_key_arn=self._keys.arns["logs"],
            provider=self._aws,
        )

    def _link(self, peer: str, stack: pulumi.StackReference) -> None:
        there = RegionEnd.from_stack(peer, stack, self._provider_of(peer))
        RegionLink(
            f"{self._name}-{peer}",
            RegionLinkArgs(settings=self._settings, here=self._end, there=there),
            self._child,
        )

    def _ready(self) -> list[pulumi.Resource]:
        """Make the cluster ready for pods: nodes, add-ons, roles. Return what pods wait for."""
        chosen, cluster = self._settings, self._cluster
        nodes = Nodes(
            self._name,
            NodesArgs(
                cluster_name=cluster.cluster_name,
                version=chosen.cluster.version,
                subnet_ids=self._network.private_subnet_ids,
                key_arn=self._keys.arns["nodes"],
                settings=chosen.nodes,
            ),
            self._child,
        )
        rights = RightsArgs(
            region=chosen.region,
            account_id=chosen.account_id,
            provisioner_arn=chosen.provisioner_arn,
            other_regions=chosen.other_regions,
            kafka_cluster_arn=self._kafka.cluster_arn,
            key_arns=self._keys.arns,
            audit_bucket_arn=self._audit.bucket_arn,
            backup_bucket_arn=self._backups.bucket_arn,
            internal_zone_id=self._zone.zone_id,
        )
        pods = Identities(
            self._name,
            IdentitiesArgs(
                region=chosen.region,
                account_id=chosen.account_id,
                cluster_name=cluster.cluster_name,
                identities=identities(rights),
            ),
            self._child,
        )
        addons = Addons(
            self._name,
            AddonsArgs(
                cluster_name=cluster.cluster_name,
                kubernetes_version=chosen.cluster.version,
                nodes=nodes.groups,
            ),
            pulumi.ResourceOptions(parent=self, providers=[self._aws], depends_on=[pods]),
        )
        return [nodes, pods, addons]

    def _inside(self, ready: list[pulumi.Resource]) -> None:
        chosen, cluster = self._settings, self._cluster
        Inside(
            self._name,
            InsideArgs(
                settings=chosen,
                database=chosen.database,
                vault=chosen.vault,
                mesh=chosen.mesh,
                admission=chosen.admission,
                cluster_name=cluster.cluster_name,
                vpc_id=self._network.vpc_id,
                kubeconfig=cluster.kubeconfig,
                kubernetes_endpoint=cluster.endpoint,
                kubernetes_ca=cluster.certificate_authority,
                kafka_brokers=self._kafka.bootstrap_brokers,
                key_arns=self._keys.arns,
                log_bucket=self._audit.bucket_name,
                backup_bucket=self._backups.bucket_name,
                target_group_arn=self._edge.target_group_arn,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=ready),
        )
