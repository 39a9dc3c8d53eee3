"""A region's VPC over three zones: public, private, isolated, and a firewall on the way out."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.regions.egress import Egress, EgressArgs
from infra.regions.endpoints import Endpoints, EndpointsArgs
from infra.regions.settings import NetworkSettings
from infra.regions.subnets import Tier, subnets, zone_names

CLUSTER_TAG_PUBLIC = {"kubernetes.io/role/elb": "1"}
CLUSTER_TAG_PRIVATE = {"kubernetes.io/role/internal-elb": "1"}


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Where the network lies and how it reaches out."""

    region: str
    cidr: str
    zone_ids: Sequence[str]
    settings: NetworkSettings
    log_key_arn: pulumi.Input[str]
    log_bucket_arn: pulumi.Input[str]
    """Takes the flow logs."""


class Network(pulumi.ComponentResource):
    """VPC, subnets, routes, endpoints, access lists, flow log."""

    vpc_id: pulumi.Output[str]
    public_subnet_ids: list[pulumi.Output[str]]
    private_subnet_ids: list[pulumi.Output[str]]
    """Nodes and pods: out through the firewall, in by nobody."""
    isolated_subnet_ids: list[pulumi.Output[str]]
    """Brokers and databases: no way out at all."""
    private_cidrs: tuple[str, ...]
    isolated_cidrs: tuple[str, ...]
    route_table_ids: list[pulumi.Output[str]]
    """The private and the isolated ones: where a way to another region has to stand."""
    endpoints_security_group_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:regions:Network", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tier: Tier = subnets(args.cidr, len(args.zone_ids))
        self._vpc = aws.ec2.Vpc(
            name,
            cidr_block=args.cidr,
            # Private endpoints and the EKS API are found by name.
            enable_dns_hostnames=True,
            enable_dns_support=True,
            opts=self._child,
        )
        self.vpc_id = self._vpc.id
        self.private_cidrs, self.isolated_cidrs = self._tier.private, self._tier.isolated

        self._deny_the_defaults()
        public = self._subnets("public", self._tier.public, CLUSTER_TAG_PUBLIC)
        private = self._subnets("private", self._tier.private, CLUSTER_TAG_PRIVATE)
        isolated = self._subnets("isolated", self._tier.isolated, {})
        self.public_subnet_ids = [each.id for each in public]
        self.private_subnet_ids = [each.id for each in private]
        self.isolated_subnet_ids = [each.id for each in isolated]

        private_tables = self._route_tables("private", private)
        # Isolated subnets share one table, since nothing in it differs by zone.
        isolated_table = aws.ec2.RouteTable(
            f"{name}-isolated", vpc_id=self.vpc_id, opts=self._child
        )
        for zone, subnet in zip(zone_names(args.zone_ids), isolated, strict=True):
            aws.ec2.RouteTableAssociation(
                f"{name}-isolated-{zone}",
                subnet_id=subnet.id,
                route_table_id=isolated_table.id,
                opts=self._child,
            )
        self.route_table_ids = [*(each.id for each in private_tables), isolated_table.id]
        self._ways_out(public, private_tables)
        self.endpoints_security_group_id = Endpoints(
            name,
            EndpointsArgs(
                region=args.region,
                vpc_id=self.vpc_id,
                cidr=args.cidr,
                subnet_ids=self.private_subnet_ids,
                route_table_ids=self.route_table_ids,
            ),
            self._child,
        ).security_group_id
        self._isolate(isolated)
        self._flow_log()
        self.register_outputs(
            {"vpc_id": self.vpc_id, "private_subnet_ids": self.private_subnet_ids}
        )

    def _deny_the_defaults(self) -> None:
        """Empty what AWS fills: a resource that names no group or table must reach nothing."""
        aws.ec2.DefaultSecurityGroup(
            self._name, vpc_id=self.vpc_id, ingress=[], egress=[], opts=self._child
        )
        aws.ec2.DefaultRouteTable(
            self._name,
            default_route_table_id=self._vpc.default_route_table_id,
            routes=[],
            opts=self._child,
        )
        aws.ec2.DefaultNetworkAcl(
            self._name,
            default_network_acl_id=self._vpc.default_network_acl_id,
            ingress=[_allow(100, "0.0.0.0/0")],
            egress=[_allow(100, "0.0.0.0/0")],
            # AWS puts subnets into it by itself; ours that need a list have their own.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["subnetIds"]),
        )

    def _subnets(
        self, tier: str, cidrs: Sequence[str], tags: dict[str, str]
    ) -> list[aws.ec2.Subnet]:
        return [
            aws.ec2.Subnet(
                f"{self._name}-{tier}-{zone}",
                vpc_id=self.vpc_id,
                cidr_block=cidr,
                availability_zone_id=zone_id,
                map_public_ip_on_launch=False,
                tags={"tier": tier, **tags},
                opts=self._child,
            )
            for zone, zone_id, cidr in zip(
                zone_names(self._args.zone_ids), self._args.zone_ids, cidrs, strict=True
            )
        ]

    def _route_tables(
        self, tier: str, members: Sequence[aws.ec2.Subnet]
    ) -> list[aws.ec2.RouteTable]:
        """Give each zone a table of its own: its way out must not cross to another zone."""
        tables: list[aws.ec2.RouteTable] = []
        for zone, subnet in zip(zone_names(self._args.zone_ids), members, strict=True):
            name = f"{self._name}-{tier}-{zone}"
            table = aws.ec2.RouteTable(name, vpc_id=self.vpc_id, opts=self._child)
            aws.ec2.RouteTableAssociation(
                name, subnet_id=subnet.id, route_table_id=table.id, opts=self._child
            )
            tables.append(table)
        return tables

    def _ways_out(
        self, public: Sequence[aws.ec2.Subnet], private_tables: Sequence[aws.ec2.RouteTable]
    ) -> None:
        """Let the world in to the load balancer, and nodes out as far as the settings say."""
        args = self._args
        public_tables = self._route_tables("public", public)
        gateway = aws.ec2.InternetGateway(self._name, vpc_id=self.vpc_id, opts=self._child)
        for zone, table in zip(zone_names(args.zone_ids), public_tables, strict=True):
            aws.ec2.Route(
                f"{self._name}-public-{zone}",
                route_table_id=table.id,
                destination_cidr_block="0.0.0.0/0",
                gateway_id=gateway.id,
                opts=self._child,
            )
        if args.settings.nat == "none":
            return
        Egress(
            self._name,
            EgressArgs(
                vpc_id=self.vpc_id,
                zone_ids=args.zone_ids,
                tier=self._tier,
                settings=args.settings,
                internet_gateway_id=gateway.id,
                private_route_table_ids=[each.id for each in private_tables],
                log_key_arn=args.log_key_arn,
            ),
            self._child,
        )

    def _isolate(self, isolated: Sequence[aws.ec2.Subnet]) -> None:
        """Let isolated subnets talk within private networks only, whatever a group allows."""
        aws.ec2.NetworkAcl(
            f"{self._name}-isolated",
            vpc_id=self.vpc_id,
            subnet_ids=[each.id for each in isolated],
            ingress=[_allow(100, "10.0.0.0/8")],
            egress=[_allow(100, "10.0.0.0/8")],
            opts=self._child,
        )

    def _flow_log(self) -> None:
        """Keep who talked to whom, refused or not (PCI DSS 10.2)."""
        aws.ec2.FlowLog(
            self._name,
            vpc_id=self.vpc_id,
            traffic_type="ALL",
            log_destination_type="s3",
            log_destination=self._args.log_bucket_arn,
            destination_options={
                "file_format": "parquet",
                "hive_compatible_partitions": True,
                "per_hour_partition": True,
            },
            max_aggregation_interval=60,
            opts=self._child,
        )


def _allow(rule: int, cidr: str) -> aws.ec2.NetworkAclIngressArgsDict:
    return {
        "rule_no": rule,
        "action": "allow",
        "protocol": "-1",
        "cidr_block": cidr,
        "from_port": 0,
        "to_port": 0,
    }
