"""How the world reaches a region: a load balancer, the accelerator before it, and names.

The load balancer passes TCP through, so that TLS 1.3 ends at the gateway, which checks the client's
certificate. AWS WAF therefore cannot stand here: it reads HTTP, which only the gateway sees.

The accelerator fails open: where no region is healthy it sends to all. To evacuate a region, turn
its dial to 0 rather than trust its health check to fail.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import names
from infra.regions.ports import let_in, let_out
from infra.regions.settings import EdgeSettings

GATEWAY_PORT = 8443
"""Of the gateway's pods; not below 1024, so that they need no privilege."""
HEALTH_PORT = 15021
HEALTH_PATH = "/healthz/ready"


@dataclass(frozen=True, kw_only=True)
class EdgeArgs:
    """Where the gateway is, and what it is called."""

    region: str
    domain: str
    vpc_id: pulumi.Input[str]
    public_subnet_ids: Sequence[pulumi.Input[str]]
    nodes_security_group_id: pulumi.Input[str]
    settings: EdgeSettings
    listener_arn: pulumi.Input[str] | None = None
    """The accelerator's, from the stack that owns it; None to own it."""
    protected: bool = True


class Edge(pulumi.ComponentResource):
    """Load balancer, target group, accelerator or a share of it, and the region's own name."""

    target_group_arn: pulumi.Output[str]
    """The gateway's pods join it by a TargetGroupBinding."""
    load_balancer_dns: pulumi.Output[str]
    listener_arn: pulumi.Output[str]
    endpoint_group_arn: pulumi.Output[str]
    """Its dial is what an evacuation turns."""
    security_group_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:regions:Edge", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        group = self._security_group()
        self._balancer = self._load_balancer(group)
        self.target_group_arn = self._targets()
        self.load_balancer_dns = self._balancer.dns_name
        self.security_group_id = group.id
        self.listener_arn = (
            self._accelerator()
            if args.listener_arn is None
            else pulumi.Output.from_input(args.listener_arn)
        )
        self.endpoint_group_arn = self._share()
        self._names()
        self.register_outputs(
            {
                "target_group_arn": self.target_group_arn,
                "load_balancer_dns": self.load_balancer_dns,
                "listener_arn": self.listener_arn,
            }
        )

    def _security_group(self) -> aws.ec2.SecurityGroup:
        """Let HTTPS in from anywhere, and on to the gateway's pods only."""
        group = aws.ec2.SecurityGroup(
            f"{self._name}-edge",
            description="HTTPS from merchants",
            vpc_id=self._args.vpc_id,
            opts=self._child,
        )
        let_in(
            f"{self._name}-edge",
            group=group.id,
            cidr="0.0.0.0/0",
            port=443,
            why="Merchants may be anywhere; the gateway asks for their certificate",
            opts=self._child,
        )
        nodes = self._args.nodes_security_group_id
        for subject, port in (("gateway", GATEWAY_PORT), ("health", HEALTH_PORT)):
            let_out(
                f"{self._name}-edge-{subject}",
                group=group.id,
                target=nodes,
                port=port,
                why=f"To the gateway's {subject} port",
                opts=self._child,
            )
            let_in(
                f"{self._name}-nodes-{subject}",
                group=nodes,
                source=group.id,
                port=port,
                why=f"The load balancer to the gateway's {subject} port",
                opts=self._child,
            )
        return group

    def _load_balancer(self, group: aws.ec2.SecurityGroup) -> aws.lb.LoadBalancer:
        return aws.lb.LoadBalancer(
            self._name,
            load_balancer_type="network",
            internal=False,
            subnets=list(self._args.public_subnet_ids),
            # Can be given only when it is made.
            security_groups=[group.id],
            # A zone's share stays in the zone, so losing one zone loses one share.
            enable_cross_zone_load_balancing=False,
            enable_zonal_shift=True,
            dns_record_client_routing_policy="availability_zone_affinity",
            enable_deletion_protection=self._args.protected,
            opts=self._child,
        )

    def _targets(self) -> pulumi.Output[str]:
        targets = aws.lb.TargetGroup(
            self._name,
            vpc_id=self._args.vpc_id,
            target_type="ip",
            protocol="TCP",
            port=GATEWAY_PORT,
            # Pods see the client's own address, which goes into the audit log.
            preserve_client_ip="true",
            deregistration_delay=30,
            connection_termination=True,
            health_check={
                "protocol": "HTTP",
                "port": str(HEALTH_PORT),
                "path": HEALTH_PATH,
                "interval": self._args.settings.health_check_seconds,
                "healthy_threshold": 2,
                "unhealthy_threshold": 2,
            },
            opts=self._child,
        )
        aws.lb.Listener(
            self._name,
            load_balancer_arn=self._balancer.arn,
            protocol="TCP",
            port=443,
            default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
            opts=self._child,
        )
        return targets.arn

    def _accelerator(self) -> pulumi.Output[str]:
        """Make the accelerator that all regions share, and its public name."""
        args = self._args
        accelerator = aws.globalaccelerator.Accelerator(
            self._name, name=names.PROJECT, ip_address_type="IPV4", opts=self._child
        )
        listener = aws.globalaccelerator.Listener(
            self._name,
            accelerator_arn=accelerator.arn,
            protocol="TCP",
            port_ranges=[{"from_port": 443, "to_port": 443}],
            client_affinity=args.settings.client_affinity,
            opts=self._child,
        )
        aws.route53.Record(
            f"{self._name}-public",
            zone_id=args.settings.hosted_zone_id,
            name=names.public_host(args.domain),
            type="A",
            aliases=[
                {
                    "name": accelerator.dns_name,
                    "zone_id": accelerator.hosted_zone_id,
                    "evaluate_target_health": False,
                }
            ],
            opts=self._child,
        )
        return listener.arn

    def _share(self) -> pulumi.Output[str]:
        """Give the region its share of the accelerator, as large as the dial says."""
        chosen = self._args.settings
        share = aws.globalaccelerator.EndpointGroup(
            self._name,
            listener_arn=self.listener_arn,
            endpoint_group_region=self._args.region,
            traffic_dial_percentage=float(chosen.traffic_dial),
            health_check_interval_seconds=chosen.health_check_seconds,
            health_check_protocol="TCP",
            health_check_port=443,
            threshold_count=chosen.healthy_threshold,
            endpoint_configurations=[
                {
                    "endpoint_id": self._balancer.arn,
                    "weight": 128,
                    "client_ip_preservation_enabled": True,
                }
            ],
            opts=self._child,
        )
        return share.arn

    def _names(self) -> None:
        """Name the region itself, for who must reach it, and for days without accelerator."""
        args = self._args
        host = names.regional_host(args.region, args.domain)
        check = aws.route53.HealthCheck(
            self._name,
            type="TCP",
            fqdn=self._balancer.dns_name,
            port=443,
            request_interval=args.settings.health_check_seconds,
            failure_threshold=args.settings.healthy_threshold,
            opts=self._child,
        )
        target: list[aws.route53.RecordAliasArgsDict] = [
            {
                "name": self._balancer.dns_name,
                "zone_id": self._balancer.zone_id,
                "evaluate_target_health": True,
            }
        ]
        aws.route53.Record(
            f"{self._name}-region",
            zone_id=args.settings.hosted_zone_id,
            name=host,
            type="A",
            aliases=target,
            opts=self._child,
        )
        aws.route53.Record(
            f"{self._name}-direct",
            zone_id=args.settings.hosted_zone_id,
            name=names.direct_host(args.domain),
            type="CNAME",
            ttl=args.settings.record_ttl_seconds,
            records=[host],
            set_identifier=args.region,
            latency_routing_policies=[{"region": args.region}],
            health_check_id=check.id,
            opts=self._child,
        )
