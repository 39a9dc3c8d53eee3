"""Settings of a region's network, cluster, nodes and edge."""

import ipaddress
from dataclasses import dataclass, field
from typing import Annotated, Literal

from infra.sections import Matches, Range

ZONE_IDS_REFUSED = frozenset({"use1-az3"})
"""Neither MSK nor EKS can be in these zones."""

ZONES = 3
"""Kafka keeps three copies and Vault's Raft five; with three zones either outlives any one."""


class PlacesKafkaAndKubernetes:
    """A rule: a zone ID that MSK and EKS can both use."""

    expected = "a zone ID such as use1-az1, and not use1-az3, where neither MSK nor EKS can be"

    def holds(self, value: str) -> bool:
        """Whether it looks like a zone ID and is not refused."""
        shaped = Matches(r"[a-z]{3,4}\d-az\d", "").holds(value)
        return shaped and value not in ZONE_IDS_REFUSED


class Network16To18:
    """A rule: a private IPv4 network that the subnets of three zones fit."""

    expected = "a private IPv4 network from /16 to /18, such as 10.16.0.0/16"

    def holds(self, value: str) -> bool:
        """Whether it is one."""
        try:
            network = ipaddress.IPv4Network(value)
        except ValueError:
            return False
        return network.is_private and 16 <= network.prefixlen <= 18  # noqa: PLR2004 - in the name


@dataclass(frozen=True, kw_only=True)
class RegionPlan:
    """Where a region lies: the same in every stack, so that each knows all."""

    cidr: Annotated[str, Network16To18()]
    zone_ids: tuple[Annotated[str, PlacesKafkaAndKubernetes()], ...]
    """By ID: a zone's name means another zone in each account, and would have to be looked up."""

    def __post_init__(self) -> None:
        if len(set(self.zone_ids)) != ZONES or len(self.zone_ids) != ZONES:
            raise ValueError(f"{ZONES} different zoneIds")


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """How a region's VPC reaches out, and how regions reach each other."""

    nat: Literal["per-zone", "single", "none"] = "per-zone"
    """One for each zone outlives the loss of any; with none, only VPC endpoints are reached."""
    egress_firewall: bool = True
    """PCI DSS 1.3.2: what leaves the card data environment is on a list."""
    allowed_domains: tuple[str, ...] = (
        ".amazonaws.com",
        ".aws.dev",
        ".docker.io",
        ".docker.com",
        "ghcr.io",
        "pkg-containers.githubusercontent.com",
        "quay.io",
        ".quay.io",
        "registry.k8s.io",
        ".pkg.dev",
    )
    """Where TLS may go; a leading dot takes the subdomains."""
    link: Literal["peering", "transit-gateway"] = "peering"
    """Peering is cheaper and faster; a transit gateway pays from the third region on."""

    def __post_init__(self) -> None:
        if self.egress_firewall and self.nat == "none":
            raise ValueError("egressFirewall false where nat is none: nothing leaves")


@dataclass(frozen=True, kw_only=True)
class ClusterSettings:
    """The Kubernetes control plane."""

    version: Literal["1.32", "1.33", "1.34"] = "1.33"
    """The add-ons' versions follow it, from the table in infra/regions/addons.py."""
    support: Literal["STANDARD", "EXTENDED"] = "STANDARD"
    """STANDARD has AWS upgrade a version that falls out of support."""
    public_access_cidrs: tuple[Annotated[str, Matches(r"[0-9.]+/\d+", "a CIDR")], ...] = ()
    """Empty: the API answers inside the network only."""
    admin_role_arns: tuple[
        Annotated[str, Matches(r"arn:aws:iam::\d{12}:role/.+", "the ARN of an IAM role")], ...
    ] = ()
    """Who may administrate the cluster besides the provisioner."""
    log_retention_days: Annotated[int, Range(365, 3653)] = 365
    """PCI DSS 10.5.1 asks for twelve months."""

    def __post_init__(self) -> None:
        if "0.0.0.0/0" in self.public_access_cidrs:
            raise ValueError("publicAccessCidrs without 0.0.0.0/0: the whole world is no list")


@dataclass(frozen=True, kw_only=True)
class NodePool:
    """Nodes of one purpose."""

    instance_types: tuple[str, ...]
    nodes_min: Annotated[int, Range(0, 500)]
    nodes_max: Annotated[int, Range(1, 500)]
    volume_gib: Annotated[int, Range(20, 16384)] = 100

    def __post_init__(self) -> None:
        if self.nodes_min > self.nodes_max:
            raise ValueError(f"nodesMin no more than nodesMax, {self.nodes_max}")
        if not self.instance_types:
            raise ValueError("one of instanceTypes at least")


@dataclass(frozen=True, kw_only=True)
class NodesSettings:
    """Node groups: one for each kind of pod that must not stand in another's way."""

    system: NodePool = field(
        default_factory=lambda: NodePool(
            instance_types=("m7g.large",), nodes_min=3, nodes_max=6, volume_gib=60
        )
    )
    payments: NodePool = field(
        default_factory=lambda: NodePool(instance_types=("m7g.xlarge",), nodes_min=3, nodes_max=30)
    )
    database: NodePool = field(
        default_factory=lambda: NodePool(
            # 13 primaries and as many standbys, memory for each worker's hot partitions.
            instance_types=("r7g.xlarge",),
            nodes_min=6,
            nodes_max=30,
        )
    )


@dataclass(frozen=True, kw_only=True)
class EdgeSettings:
    """How the world reaches a region."""

    hosted_zone_id: Annotated[str, Matches(r"Z[0-9A-Z]{8,32}", "a Route 53 zone's ID")]
    """The public zone of `domain`."""
    traffic_dial: Annotated[int, Range(0, 100)] = 100
    """Percent of this region's share of traffic; 0 evacuates it."""
    health_check_seconds: Literal[10, 30] = 10
    healthy_threshold: Annotated[int, Range(1, 10)] = 3
    client_affinity: Literal["NONE", "SOURCE_IP"] = "NONE"
    """A payment's id is the same in all regions, so no client needs to stay in one."""
    record_ttl_seconds: Annotated[int, Range(10, 300)] = 30
