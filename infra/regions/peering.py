"""The network path between two regions' VPCs, both halves of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class Side:
    """One region's half of a path."""

    region: str
    cidr: str
    vpc_id: pulumi.Input[str]
    route_table_ids: Sequence[pulumi.Input[str]]
    subnet_ids: Sequence[pulumi.Input[str]]
    provider: pulumi.ProviderResource


@dataclass(frozen=True, kw_only=True)
class PeeringArgs:
    """The two sides: the one whose stack makes the path, and the other."""

    here: Side
    there: Side
    kind: Literal["peering", "transit-gateway"] = "peering"


class Peering(pulumi.ComponentResource):
    """Peering or a pair of transit gateways, accepted on the far side, with routes on both."""

    def __init__(
        self, name: str, args: PeeringArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:regions:Peering", name, None, opts)
        self._name, self._args = name, args
        if args.kind == "peering":
            self._peer()
        else:
            self._transit()
        self.register_outputs({})

    def _at(self, side: Side, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self, provider=side.provider, depends_on=list(depends_on)
        )

    def _peer(self) -> None:
        here, there = self._args.here, self._args.there
        connection = aws.ec2.VpcPeeringConnection(
            self._name,
            vpc_id=here.vpc_id,
            peer_vpc_id=there.vpc_id,
            peer_region=there.region,
            opts=self._at(here),
        )
        accepted = aws.ec2.VpcPeeringConnectionAccepter(
            self._name,
            vpc_peering_connection_id=connection.id,
            auto_accept=True,
            opts=self._at(there),
        )
        # Names of one side resolve on the other to private addresses.
        aws.ec2.PeeringConnectionOptions(
            f"{self._name}-here",
            vpc_peering_connection_id=accepted.id,
            requester={"allow_remote_vpc_dns_resolution": True},
            opts=self._at(here),
        )
        aws.ec2.PeeringConnectionOptions(
            f"{self._name}-there",
            vpc_peering_connection_id=accepted.id,
            accepter={"allow_remote_vpc_dns_resolution": True},
            opts=self._at(there),
        )
        for label, side, other in (("here", here, there), ("there", there, here)):
            for position, table in enumerate(side.route_table_ids, start=1):
                aws.ec2.Route(
                    f"{self._name}-{label}-{position}",
                    route_table_id=table,
                    destination_cidr_block=other.cidr,
                    vpc_peering_connection_id=accepted.id,
                    opts=self._at(side),
                )

    def _transit(self) -> None:
        """Join two transit gateways; further regions join theirs to either."""
        here, there = self._args.here, self._args.there
        gateways = {
            label: self._gateway(label, side) for label, side in (("here", here), ("there", there))
        }
        joined = aws.ec2transitgateway.PeeringAttachment(
            self._name,
            transit_gateway_id=gateways["here"].id,
            peer_transit_gateway_id=gateways["there"].id,
            peer_region=there.region,
            opts=self._at(here),
        )
        accepted = aws.ec2transitgateway.PeeringAttachmentAccepter(
            self._name, transit_gateway_attachment_id=joined.id, opts=self._at(there)
        )
        for label, side, other in (("here", here, there), ("there", there, here)):
            gateway = gateways[label]
            aws.ec2transitgateway.Route(
                f"{self._name}-{label}",
                destination_cidr_block=other.cidr,
                transit_gateway_attachment_id=joined.id,
                transit_gateway_route_table_id=gateway.association_default_route_table_id,
                opts=self._at(side, accepted),
            )
            for position, table in enumerate(side.route_table_ids, start=1):
                aws.ec2.Route(
                    f"{self._name}-{label}-{position}",
                    route_table_id=table,
                    destination_cidr_block=other.cidr,
                    transit_gateway_id=gateway.id,
                    opts=self._at(side, accepted),
                )

    def _gateway(self, label: str, side: Side) -> aws.ec2transitgateway.TransitGateway:
        gateway = aws.ec2transitgateway.TransitGateway(
            f"{self._name}-{label}",
            description=f"{side.region} to the other regions",
            # Nobody else's VPC joins by asking.
            auto_accept_shared_attachments="disable",
            dns_support="enable",
            opts=self._at(side),
        )
        aws.ec2transitgateway.VpcAttachment(
            f"{self._name}-{label}",
            transit_gateway_id=gateway.id,
            vpc_id=side.vpc_id,
            subnet_ids=list(side.subnet_ids),
            opts=self._at(side),
        )
        return gateway
