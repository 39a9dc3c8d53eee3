"""VPC endpoints for all that private nodes need of AWS: their traffic never leaves its network."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.regions.ports import let_in

GATEWAYS = ("dynamodb", "s3")
"""Free, so both."""

INTERFACES = (
    "autoscaling",
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "eks",
    "eks-auth",
    "elasticloadbalancing",
    "guardduty-data",
    "kms",
    "logs",
    "monitoring",
    "secretsmanager",
    "sqs",
    "ssm",
    "ssmmessages",
    "sts",
)
"""What nodes, add-ons, Vault's unseal and pods' sign-in call."""


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    """Where the endpoints stand and who may call them."""

    region: str
    vpc_id: pulumi.Input[str]
    cidr: str
    subnet_ids: Sequence[pulumi.Input[str]]
    route_table_ids: Sequence[pulumi.Input[str]]


class Endpoints(pulumi.ComponentResource):
    """Gateway and interface endpoints, with the security group in front of the latter."""

    security_group_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:regions:Endpoints", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            f"{name}-endpoints",
            description="HTTPS from the VPC to AWS",
            vpc_id=args.vpc_id,
            opts=child,
        )
        let_in(
            f"{name}-endpoints",
            group=group.id,
            cidr=args.cidr,
            port=443,
            why="Whatever runs in the VPC",
            opts=child,
        )
        for service in GATEWAYS:
            aws.ec2.VpcEndpoint(
                f"{name}-{service}",
                vpc_id=args.vpc_id,
                service_name=f"com.amazonaws.{args.region}.{service}",
                vpc_endpoint_type="Gateway",
                route_table_ids=list(args.route_table_ids),
                opts=child,
            )
        for service in INTERFACES:
            aws.ec2.VpcEndpoint(
                f"{name}-{service}",
                vpc_id=args.vpc_id,
                service_name=f"com.amazonaws.{args.region}.{service}",
                vpc_endpoint_type="Interface",
                subnet_ids=list(args.subnet_ids),
                security_group_ids=[group.id],
                private_dns_enabled=True,
                opts=child,
            )
        self.security_group_id = group.id
        self.register_outputs({"security_group_id": self.security_group_id})
