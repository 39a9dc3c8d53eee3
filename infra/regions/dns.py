"""A region's private names: vault, db, intake. Its own network and its peers' resolve them."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import names


@dataclass(frozen=True, kw_only=True)
class InternalZoneArgs:
    """Whose names."""

    region: str
    vpc_id: pulumi.Input[str]


class InternalZone(pulumi.ComponentResource):
    """The private zone; external-dns writes the records of the services that have a name in it."""

    zone_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: InternalZoneArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:regions:InternalZone", name, None, opts)
        zone = aws.route53.Zone(
            name,
            name=names.internal_domain(args.region),
            vpcs=[{"vpc_id": args.vpc_id, "vpc_region": args.region}],
            # Peers join it by associations of their own.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["vpcs"]),
        )
        self.zone_id = zone.id
        self.register_outputs({"zone_id": self.zone_id})
