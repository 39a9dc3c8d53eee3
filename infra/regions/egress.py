"""The way out of a region: NAT, and before it a firewall that lets TLS go to listed domains."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra import names
from infra.regions.settings import NetworkSettings
from infra.regions.subnets import Tier, zone_names


@dataclass(frozen=True, kw_only=True)
class EgressArgs:
    """What has to get out, and where to."""

    vpc_id: pulumi.Input[str]
    zone_ids: Sequence[str]
    tier: Tier
    settings: NetworkSettings
    internet_gateway_id: pulumi.Input[str]
    private_route_table_ids: Sequence[pulumi.Input[str]]
    log_key_arn: pulumi.Input[str]


class Egress(pulumi.ComponentResource):
    """NAT gateways, and the firewall in front of them where the settings ask for one."""

    nat_addresses: list[pulumi.Output[str]]
    """What the world sees us come from: an acquirer may want to list them."""

    def __init__(
        self, name: str, args: EgressArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:regions:Egress", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._zones = zone_names(args.zone_ids)
        nat_ids = self._nats()
        if args.settings.egress_firewall:
            self._through_firewall(nat_ids)
        else:
            for zone, table, nat in zip(
                self._zones, args.private_route_table_ids, nat_ids, strict=True
            ):
                self._route(f"private-{zone}", table, "0.0.0.0/0", nat_gateway_id=nat)
        self.register_outputs({"nat_addresses": self.nat_addresses})

    def _nats(self) -> list[pulumi.Output[str]]:
        """Make a NAT for each zone, or one for all; one ID a zone either way."""
        shared = self._args.settings.nat == "single"
        self.nat_addresses, self._nat_tables = [], []
        ids: list[pulumi.Output[str]] = []
        for position, zone in enumerate(self._zones):
            if ids and shared:
                ids.append(ids[0])
                self._nat_tables.append(self._nat_tables[0])
                continue
            subnet, table = self._subnet("nat", position, self._args.tier.nat)
            self._route(
                f"nat-{zone}", table, "0.0.0.0/0", gateway_id=self._args.internet_gateway_id
            )
            address = aws.ec2.Eip(f"{self._name}-{zone}", domain="vpc", opts=self._child)
            nat = aws.ec2.NatGateway(
                f"{self._name}-{zone}",
                subnet_id=subnet,
                allocation_id=address.allocation_id,
                opts=self._child,
            )
            self.nat_addresses.append(address.public_ip)
            self._nat_tables.append(table)
            ids.append(nat.id)
        return ids

    def _subnet(
        self, tier: str, position: int, cidrs: Sequence[str]
    ) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """Make the subnet of a tier in one zone, with a route table of its own: their IDs."""
        name = f"{self._name}-{tier}-{self._zones[position]}"
        subnet = aws.ec2.Subnet(
            name,
            vpc_id=self._args.vpc_id,
            cidr_block=cidrs[position],
            availability_zone_id=self._args.zone_ids[position],
            map_public_ip_on_launch=False,
            tags={"tier": tier},
            opts=self._child,
        )
        table = aws.ec2.RouteTable(name, vpc_id=self._args.vpc_id, opts=self._child)
        aws.ec2.RouteTableAssociation(
            name, subnet_id=subnet.id, route_table_id=table.id, opts=self._child
        )
        return subnet.id, table.id

    def _through_firewall(self, nat_ids: Sequence[pulumi.Output[str]]) -> None:
        """Send what leaves a private subnet, and what comes back to it, through the firewall."""
        args = self._args
        subnets: list[pulumi.Output[str]] = []
        for position, zone in enumerate(self._zones):
            subnet, table = self._subnet("firewall", position, args.tier.firewall)
            self._route(f"firewall-{zone}", table, "0.0.0.0/0", nat_gateway_id=nat_ids[position])
            subnets.append(subnet)
        firewall = self._firewall(subnets)
        for position, zone in enumerate(self._zones):
            endpoint = subnets[position].apply(
                lambda subnet_id: firewall.firewall_statuses.apply(
                    lambda statuses: endpoint_in(statuses, subnet_id)
                )
            )
            self._route(
                f"private-{zone}",
                args.private_route_table_ids[position],
                "0.0.0.0/0",
                vpc_endpoint_id=endpoint,
            )
            # What comes back has to pass the firewall that saw it leave.
            self._route(
                f"back-{zone}",
                self._nat_tables[position],
                args.tier.private[position],
                vpc_endpoint_id=endpoint,
            )

    def _firewall(self, subnets: Sequence[pulumi.Output[str]]) -> aws.networkfirewall.Firewall:
        group = aws.networkfirewall.RuleGroup(
            self._name,
            capacity=100,
            type="STATEFUL",
            rule_group={
                "rules_source": {
                    "rules_source_list": {
                        "generated_rules_type": "ALLOWLIST",
                        "target_types": ["TLS_SNI"],
                        "targets": sorted(self._args.settings.allowed_domains),
                    }
                },
                "stateful_rule_options": {"rule_order": "STRICT_ORDER"},
            },
            opts=self._child,
        )
        policy = aws.networkfirewall.FirewallPolicy(
            self._name,
            firewall_policy={
                "stateless_default_actions": ["aws:forward_to_sfe"],
                "stateless_fragment_default_actions": ["aws:drop"],
                "stateful_engine_options": {"rule_order": "STRICT_ORDER"},
                # Handshakes are let go by so that the name is seen; all else is dropped.
                "stateful_default_actions": [
                    "aws:drop_established",
                    "aws:alert_established",
                ],
                "stateful_rule_group_references": [{"priority": 1, "resource_arn": group.arn}],
            },
            opts=self._child,
        )
        firewall = aws.networkfirewall.Firewall(
            self._name,
            vpc_id=self._args.vpc_id,
            firewall_policy_arn=policy.arn,
            subnet_mappings=[{"subnet_id": each} for each in subnets],
            subnet_change_protection=True,
            firewall_policy_change_protection=False,
            opts=self._child,
        )
        log = aws.cloudwatch.LogGroup(
            f"{self._name}-firewall",
            name=names.log_group(f"{self._name}/firewall"),
            retention_in_days=365,
            kms_key_id=self._args.log_key_arn,
            opts=self._child,
        )
        aws.networkfirewall.LoggingConfiguration(
            self._name,
            firewall_arn=firewall.arn,
            logging_configuration={
                "log_destination_configs": [
                    {
                        "log_destination": {"logGroup": log.name},
                        "log_destination_type": "CloudWatchLogs",
                        "log_type": "ALERT",
                    }
                ]
            },
            opts=self._child,
        )
        return firewall

    def _route(
        self,
        subject: str,
        table: pulumi.Input[str],
        destination: str,
        *,
        gateway_id: pulumi.Input[str] | None = None,
        nat_gateway_id: pulumi.Input[str] | None = None,
        vpc_endpoint_id: pulumi.Input[str] | None = None,
    ) -> None:
        aws.ec2.Route(
            f"{self._name}-{subject}",
            route_table_id=table,
            destination_cidr_block=destination,
            gateway_id=gateway_id,
            nat_gateway_id=nat_gateway_id,
            vpc_endpoint_id=vpc_endpoint_id,
            opts=self._child,
        )


def endpoint_in(statuses: Any, subnet_id: str) -> str:
    """Find the firewall's endpoint in a subnet; AWS lists them by zone name, unknown to us."""
    for status in statuses or []:
        for state in status.sync_states or []:
            for attachment in state.attachments or []:
                if attachment.subnet_id == subnet_id:
                    return attachment.endpoint_id
    raise ValueError(f"the firewall has no endpoint in subnet {subnet_id}")
