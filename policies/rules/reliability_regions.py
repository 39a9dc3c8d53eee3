"""Reliability: three zones in each region, two regions alike, and nothing lost by a slip."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.rule import (
    UNKNOWN,
    Example,
    Resource,
    ResourceRule,
    Severity,
    Stack,
    Undecidable,
    rule,
    stack_rule,
)

_SUBNET = "aws:ec2/subnet:Subnet"
_NAT = "aws:ec2/natGateway:NatGateway"
_EKS = "aws:eks/cluster:Cluster"
_NODES = "aws:eks/nodeGroup:NodeGroup"
_RECORD = "aws:route53/record:Record"
_HEALTH = "aws:route53/healthCheck:HealthCheck"
_LISTENER = "aws:globalaccelerator/listener:Listener"
_GROUP = "aws:globalaccelerator/endpointGroup:EndpointGroup"
_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
_PLAN = "aws:backup/plan:Plan"
_VAULT_AUDIT = "vault:index/audit:Audit"
_PILLAR = "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/"
_ACCELERATOR = "https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups.html"
_PROTECT = "https://www.pulumi.com/docs/iac/concepts/options/protect/"
_ZONES, _TTL_S = 3, 30

STATEFUL = (
    "aws:msk/cluster:Cluster",
    _EKS,
    "aws:kms/key:Key",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:rds/instance:Instance",
    "aws:rds/cluster:Cluster",
    "aws:s3/bucket:Bucket",
    "aws:dynamodb/table:Table",
    "aws:backup/vault:Vault",
    "aws:route53/zone:Zone",
    "aws:globalaccelerator/accelerator:Accelerator",
    "postgresql:index/database:Database",
    "vault:transit/secretBackendKey:SecretBackendKey",
    "kubernetes:core/v1:PersistentVolumeClaim",
)
"""What cannot be made again from the program alone."""


@rule(
    id="stateful-protected",
    title="What holds state is protected from being deleted",
    on=STATEFUL,
    pack="reliability",
    severity=Severity.HIGH,
    fix="opts = pulumi.ResourceOptions(protect=True)",
    reference=_PROTECT,
    passes=(Example({}, protect=True), Example({}, type="aws:kms/key:Key", protect=True)),
    fails=(Example({}), Example({}, type="postgresql:index/database:Database")),
)
def stateful_protected(resource: Resource) -> Iterator[str]:
    """A rename is a deletion, and `pulumi up` does in a minute what nobody can undo."""
    if not resource.protect:
        yield "Can be deleted by a change of the program"


def _subnet(name: str, zone: object, public: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 - an example's
    props = {"vpcId": "vpc", "availabilityZone": zone, "mapPublicIpOnLaunch": public}
    return {"type": _SUBNET, "name": name, "props": props}


_THREE = [_subnet("a", "us-east-1a"), _subnet("b", "us-east-1b"), _subnet("c", "us-east-1c")]


@stack_rule(
    id="network-in-three-zones",
    title="Each network has subnets in three zones",
    on=(_SUBNET,),
    pack="reliability",
    severity=Severity.CRITICAL,
    fix='aws.ec2.Subnet("c", vpc_id=vpc.id, availability_zone="us-east-1c")',
    reference=_PILLAR + "rel_fault_isolation_multiaz_region_system.html",
    passes=(_THREE,),
    fails=(_THREE[:2],),
    undecidable=([_THREE[0], _subnet("b", UNKNOWN)],),
)
def network_in_three_zones(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """A majority is left when one of three is lost."""
    zones: dict[tuple[Any, ...], set[str]] = {}
    first: dict[tuple[Any, ...], Resource] = {}
    for each in stack.of(_SUBNET):
        network = each.dependencies.get("vpcId") or (str(each.props.get("vpcId")),)
        zone = each.get("availabilityZone", each.get("availabilityZoneId", ""))
        zones.setdefault(network, set()).add(zone)
        first.setdefault(network, each)
    for network, found in zones.items():
        if len(found) < _ZONES:
            yield first[network], f"Its network is in {len(found)} zones"


@stack_rule(
    id="nat-in-each-zone",
    title="The way out does not lead through another zone",
    on=(_NAT,),
    pack="reliability",
    severity=Severity.HIGH,
    fix='aws.ec2.NatGateway("c", subnet_id=public_c.id, allocation_id=address_c.id)',
    reference="https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
    passes=([{"type": _NAT, "name": name} for name in "abc"],),
    fails=([{"type": _NAT, "name": "a"}],),
)
def nat_in_each_zone(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """One gateway for three zones makes one zone out of them."""
    gateways = stack.of(_NAT)
    zonal = [each for each in gateways if each.get("availabilityMode", "zonal") == "zonal"]
    if zonal and len(zonal) < _ZONES:
        yield zonal[0], f"{len(zonal)} gateways for all zones"


def _three_subnets(type_: str, path: str, id_: str, title: str, why: str) -> ResourceRule:
    """The rule that a resource is given three subnets."""

    def judge(resource: Resource) -> Iterator[str]:
        count = resource.count(path)
        if count < _ZONES:
            yield f"Is in {count} subnets"

    judge.__doc__ = why
    judge.__module__ = __name__
    parts = path.split(".")

    def with_subnets(value: object) -> Mapping[str, Any]:
        made: object = value
        for part in reversed(parts):
            made = {part: made}
        assert isinstance(made, dict)  # noqa: S101 - `parts` is never empty
        return made

    return rule(
        id=id_,
        title=title,
        on=(type_,),
        pack="reliability",
        severity=Severity.HIGH,
        fix="subnet_ids = [each.id for each in private_subnets]",
        reference=_PILLAR + "rel_fault_isolation_multiaz_region_system.html",
        passes=(with_subnets(["a", "b", "c"]), with_subnets([UNKNOWN, UNKNOWN, UNKNOWN])),
        fails=(with_subnets(["a", "b"]),),
        undecidable=(with_subnets(UNKNOWN),),
    )(judge)


control_plane_in_three_zones = _three_subnets(
    _EKS,
    "vpcConfig.subnetIds",
    "control-plane-in-three-zones",
    "The cluster's control plane reaches three zones",
    "Nodes of a zone that the control plane does not reach are lost with the next reconnect.",
)
nodes_in_three_zones = _three_subnets(
    _NODES,
    "subnetIds",
    "nodes-in-three-zones",
    "Nodes stand in three zones",
    "Pods can be spread over no more zones than there are nodes in.",
)
balancer_in_three_zones = _three_subnets(
    _BALANCER,
    "subnets",
    "balancer-in-three-zones",
    "Load balancers stand in three zones",
    "A balancer without an address in a zone sends that zone's callers through another.",
)


@rule(
    id="nodes-three-at-least",
    title="A group of nodes has three at least",
    on=(_NODES,),
    pack="reliability",
    severity=Severity.HIGH,
    fix='scaling_config = {"min_size": 3, "desired_size": 6, "max_size": 30}',
    reference=_PILLAR,
    passes=({"scalingConfig": {"minSize": 3, "maxSize": 30}},),
    fails=({"scalingConfig": {"minSize": 1, "maxSize": 30}},),
    undecidable=({"scalingConfig": {"minSize": UNKNOWN}},),
)
def nodes_three_at_least(resource: Resource) -> Iterator[str]:
    """Fewer nodes than zones leaves a zone empty."""
    if int(resource.get("scalingConfig.minSize", 0)) < _ZONES:
        yield f"May shrink to {resource.get('scalingConfig.minSize', 0)} nodes"


@rule(
    id="dns-forgets-in-half-a-minute",
    title="Names are kept for 30 seconds at most",
    on=(_RECORD,),
    pack="reliability",
    severity=Severity.HIGH,
    fix="ttl = 30",
    reference=_PILLAR + "rel_withstand_component_failures_failover2good.html",
    passes=(
        {"type": "A", "ttl": 30},
        {"type": "A", "aliases": [{"name": "a"}]},
        {"type": "TXT", "ttl": 3600},
    ),
    fails=({"type": "A", "ttl": 300}, {"type": "CNAME", "ttl": 60}),
    undecidable=({"type": "A", "ttl": UNKNOWN},),
)
def dns_forgets_in_half_a_minute(resource: Resource) -> Iterator[str]:
    """For as long as a name is kept, callers go to the region that is lost."""
    if resource.get("type", "A") not in ("A", "AAAA", "CNAME") or resource.has("aliases"):
        return
    seconds = int(resource.get("ttl", 0))
    if seconds > _TTL_S:
        yield f"Is kept for {seconds} seconds"


@rule(
    id="dns-leaves-a-lost-region",
    title="Names that are routed by policy leave a region that is unhealthy",
    on=(_RECORD,),
    pack="reliability",
    severity=Severity.HIGH,
    fix="health_check_id = health_check.id",
    reference="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover.html",
    passes=(
        {"type": "A", "ttl": 30},
        {"setIdentifier": "us-east-1", "healthCheckId": UNKNOWN},
        {"setIdentifier": "us-east-1", "aliases": [{"evaluateTargetHealth": True}]},
    ),
    fails=(
        {"setIdentifier": "us-east-1", "ttl": 30},
        {"setIdentifier": "us-east-1", "aliases": [{"evaluateTargetHealth": False}]},
    ),
    undecidable=({"setIdentifier": "us-east-1", "aliases": UNKNOWN},),
)
def dns_leaves_a_lost_region(resource: Resource) -> Iterator[str]:
    """Two addresses of which one is dead are half an outage."""
    if not resource.props.get("setIdentifier") or resource.props.get("healthCheckId"):
        return
    if not any(alias.get("evaluateTargetHealth", False) for alias in resource.items("aliases")):
        yield "Is given out whether or not anything answers there"


@rule(
    id="health-checks-fast",
    title="A region is known to be lost within half a minute",
    on=(_HEALTH, _GROUP),
    pack="reliability",
    severity=Severity.HIGH,
    fix="health_check_interval_seconds = 10; threshold_count = 3",
    reference=_ACCELERATOR,
    passes=(
        {"requestInterval": 10, "failureThreshold": 3},
        Example({"healthCheckIntervalSeconds": 10, "thresholdCount": 3}, type=_GROUP),
    ),
    fails=(
        {"requestInterval": 30, "failureThreshold": 3},
        Example({}, type=_GROUP),
        Example({"healthCheckIntervalSeconds": 10, "thresholdCount": 10}, type=_GROUP),
    ),
    undecidable=({"requestInterval": UNKNOWN},),
)
def health_checks_fast(resource: Resource) -> Iterator[str]:
    """99.999% is 26 seconds a month."""
    if resource.type == _GROUP:
        interval = int(resource.get("healthCheckIntervalSeconds", 30))
        times = int(resource.get("thresholdCount", 3))
    else:
        interval = int(resource.get("requestInterval", 30))
        times = int(resource.get("failureThreshold", 3))
    if interval * times > _TTL_S:
        yield f"A loss is seen after {interval * times} seconds"


def _regions(*dials: object, region: str = "") -> list[dict[str, Any]]:
    """A listener with an endpoint group for each dial."""
    names = ("us-east-1", "eu-west-1", "ap-south-1")
    return [
        {"type": _LISTENER, "name": "listener", "props": {"protocol": "TCP"}},
        *(
            {
                "type": _GROUP,
                "name": name,
                "props": {
                    "endpointGroupRegion": region or name,
                    "trafficDialPercentage": dial,
                    "listenerArn": "listener",
                },
                "refs": {"listenerArn": "listener"},
            }
            for name, dial in zip(names, dials, strict=False)
        ),
    ]


@stack_rule(
    id="regions-alike",
    title="Both regions take traffic in the same way",
    on=(_GROUP,),
    pack="reliability",
    severity=Severity.HIGH,
    fix="traffic_dial_percentage = 100  # in each region; only an evacuation changes it",
    reference=_ACCELERATOR,
    passes=(_regions(100, 100), _regions(100)),
    fails=(_regions(100, 0), _regions(100, 100, region="us-east-1"), _regions(50)),
    undecidable=(_regions(100, UNKNOWN),),
)
def regions_alike(stack: Stack) -> Iterator[tuple[Resource, str | Undecidable]]:
    """A region that takes nothing every day takes nothing on the day that it must."""
    seen: dict[tuple[str, ...], set[str]] = {}
    for group in stack.of(_GROUP):
        listener = group.dependencies.get("listenerArn", ())
        try:
            dial = float(group.get("trafficDialPercentage", 100))
            region = str(group.get("endpointGroupRegion", ""))
        except Undecidable as doubt:
            yield group, doubt
            continue
        if dial < 100:  # noqa: PLR2004 - all of it
            yield group, f"Takes {dial:g}% of its traffic"
        if region and region in seen.setdefault(listener, set()):
            yield group, f"Its listener has two groups in {region}"
        seen[listener].add(region)


@rule(
    id="balancer-not-deletable",
    title="Load balancers are protected by AWS too",
    on=(_BALANCER,),
    pack="reliability",
    severity=Severity.MEDIUM,
    fix="enable_deletion_protection = True",
    reference="https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-delete.html",
    passes=({"enableDeletionProtection": True},),
    fails=({}, {"enableDeletionProtection": False}),
    undecidable=({"enableDeletionProtection": UNKNOWN},),
)
def balancer_not_deletable(resource: Resource) -> Iterator[str]:
    """Its addresses are what everybody has allowed in their firewalls."""
    if not resource.get("enableDeletionProtection", False):
        yield "Can be deleted in the console"


@rule(
    id="balancer-crosses-zones",
    title="Load balancers send to healthy targets of any zone",
    on=(_BALANCER,),
    pack="reliability",
    severity=Severity.MEDIUM,
    fix="enable_cross_zone_load_balancing = True",
    reference="https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html",
    passes=(
        {"loadBalancerType": "network", "enableCrossZoneLoadBalancing": True},
        {"loadBalancerType": "application"},
    ),
    fails=({"loadBalancerType": "network"},),
    undecidable=({"loadBalancerType": "network", "enableCrossZoneLoadBalancing": UNKNOWN},),
)
def balancer_crosses_zones(resource: Resource) -> Iterator[str]:
    """A zone whose pods are all restarting answers nobody, while two others are idle."""
    if resource.get("loadBalancerType", "application") == "network" and not resource.get(
        "enableCrossZoneLoadBalancing", False
    ):
        yield "Sends to targets of its own zone only"


def _plan(**rule_: object) -> dict[str, Any]:
    """A backup plan with one rule."""
    return {"rules": [{"ruleName": "daily", "schedule": "cron(0 3 * * ? *)", **rule_}]}


@rule(
    id="backups-leave-the-region",
    title="Backups are copied to another region",
    on=(_PLAN,),
    pack="reliability",
    severity=Severity.HIGH,
    fix='rules = [{"copy_actions": [{"destination_vault_arn": peer_vault_arn}], ...: ...}]',
    reference="https://docs.aws.amazon.com/aws-backup/latest/devguide/cross-region-backup.html",
    passes=(_plan(copyActions=[{"destinationVaultArn": UNKNOWN}]),),
    fails=(_plan(), _plan(copyActions=[])),
    undecidable=(_plan(copyActions=UNKNOWN),),
)
def backups_leave_the_region(resource: Resource) -> Iterator[str]:
    """A backup beside its original is lost with it."""
    if not any(part.has("copyActions") for part in resource.items("rules")):
        yield "Nothing is copied to another region"


@rule(
    id="backups-each-day",
    title="Backups are taken each day",
    on=(_PLAN,),
    pack="reliability",
    severity=Severity.MEDIUM,
    fix='rules = [{"schedule": "cron(0 3 * * ? *)", ...: ...}]',
    reference="https://docs.aws.amazon.com/aws-backup/latest/devguide/creating-a-backup-plan.html",
    passes=(
        _plan(),
        _plan(schedule="rate(1 hour)"),
        _plan(enableContinuousBackup=True, schedule=None),
    ),
    fails=(_plan(schedule="cron(0 3 ? * SUN *)"), _plan(schedule=None)),
    undecidable=(_plan(schedule=UNKNOWN),),
)
def backups_each_day(resource: Resource) -> Iterator[str]:
    """What is lost is what has been written since the last one."""
    for part in resource.items("rules"):
        words = str(part.get("schedule", "")).removeprefix("cron(").rstrip(")").split()
        daily = len(words) == 6 and words[2] in ("*", "?", "*/1", "1/1") and words[4] in ("*", "?")  # noqa: PLR2004 - fields of cron
        often = str(part.get("schedule", "")).startswith("rate(") and "day" not in words[-1]
        if not (daily or often or part.get("enableContinuousBackup", False)):
            return_to = part.get("ruleName", part.path)
            yield f"{return_to} is not taken each day"


@stack_rule(
    id="vault-has-two-audit-devices",
    title="Vault has two audit devices",
    on=(_VAULT_AUDIT,),
    pack="reliability",
    severity=Severity.MEDIUM,
    fix='vault.Audit("socket", type="socket", options={"address": "127.0.0.1:9090"})',
    reference="https://developer.hashicorp.com/vault/docs/audit#blocked-audit-devices",
    passes=([{"type": _VAULT_AUDIT, "name": "a"}, {"type": _VAULT_AUDIT, "name": "b"}],),
    fails=([{"type": _VAULT_AUDIT, "name": "a"}],),
)
def vault_has_two_audit_devices(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """Vault answers nobody while its only device is blocked, as by a full disk."""
    devices = stack.of(_VAULT_AUDIT)
    if len(devices) == 1:
        yield devices[0], "A full disk stops every payment"


@rule(
    id="mesh-leaves-broken-pods",
    title="Callers leave a pod that keeps failing",
    on=("kubernetes:networking.istio.io/*:DestinationRule",),
    pack="reliability",
    severity=Severity.MEDIUM,
    fix='{"trafficPolicy": {"outlierDetection": {"consecutive5xxErrors": 5}}}',
    reference="https://istio.io/latest/docs/reference/config/networking/destination-rule/#OutlierDetection",
    passes=({"spec": {"trafficPolicy": {"outlierDetection": {"consecutive5xxErrors": 5}}}},),
    fails=({"spec": {"host": "payments-api"}},),
    undecidable=({"spec": {"trafficPolicy": UNKNOWN}},),
)
def mesh_leaves_broken_pods(resource: Resource) -> Iterator[str]:
    """A pod can be ready and fail every call."""
    if not resource.has("spec.trafficPolicy.outlierDetection"):
        yield "A pod that fails every call goes on getting them"


@rule(
    id="edge-gives-up-in-time",
    title="Routes have a timeout",
    on=("kubernetes:networking.istio.io/*:VirtualService",),
    pack="reliability",
    severity=Severity.MEDIUM,
    fix='{"http": [{"timeout": "10s", ...: ...}]}',
    reference="https://istio.io/latest/docs/concepts/traffic-management/#timeouts",
    passes=({"spec": {"http": [{"timeout": "10s"}]}}, {"spec": {"tls": []}}),
    fails=({"spec": {"http": [{}]}}, {"spec": {"http": [{"timeout": "0s"}]}}),
    undecidable=({"spec": {"http": UNKNOWN}},),
)
def edge_gives_up_in_time(resource: Resource) -> Iterator[str]:
    """Without one, a slow database fills every connection of everything before it."""
    for part in resource.items("spec.http"):
        if part.get("timeout", "0s") in ("0s", "0"):
            yield f"{part.path} waits for ever"
