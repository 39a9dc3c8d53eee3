"""Rules for Amazon Route 53: names, and what asking for them gives away."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, Stack, Undecidable, rule, stack_rule
from policies.rules.neighbours import must_have
from policies.rules.shapes import must_be_one_of

ZONE: Final = "aws:route53/zone:Zone"
RECORD: Final = "aws:route53/record:Record"
NETWORK: Final = "aws:ec2/vpc:Vpc"

route53_zone_logs_queries = must_have(
    (ZONE,),
    {"aws:route53/queryLog:QueryLog": "zoneId"},
    unless={"vpcs": [{"vpcId": "network"}]},
    id="route53-zone-logs-queries",
    title="Public zones log the queries they answer",
    pci=("10.4.2",),
    controls=("Route53.2",),
    severity=Severity.MEDIUM,
    says="Who asks for its names is logged nowhere",
    why="Queries for names that do not exist show who is looking for a way in.",
)

route53_zone_signed = must_have(
    (ZONE,),
    {"aws:route53/hostedZoneDnsSec:HostedZoneDnsSec": "hostedZoneId"},
    unless={"vpcs": [{"vpcId": "network"}]},
    id="route53-zone-signed",
    title="Public zones sign their answers",
    pci=("4.2.1",),
    severity=Severity.LOW,
    says="Anybody on the way may answer in its place",
    reference="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-configuring-dnssec.html",
    why="Whoever forges an answer gets a certificate for the name, and then the traffic.",
)

route53_signing_on = must_be_one_of(
    "signingStatus",
    ("SIGNING",),
    unlike="NOT_SIGNING",
    default="SIGNING",
    id="route53-signing-on",
    title="Signing of a zone is not switched off",
    on=("aws:route53/hostedZoneDnsSec:HostedZoneDnsSec",),
    pci=("4.2.1",),
    severity=Severity.MEDIUM,
    says="Its status is {value}",
    reference="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-configuring-dnssec.html",
    why="Whoever forges an answer gets a certificate for the name, and then the traffic.",
)

route53_network_logs_queries = must_have(
    (NETWORK,),
    {
        "aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation": (
            "resourceId"
        )
    },
    id="route53-network-logs-queries",
    title="Each network logs the names that its servers ask for",
    pci=("10.2.1", "11.5.1.1"),
    severity=Severity.MEDIUM,
    says="What its servers ask the DNS for is logged nowhere",
    reference="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs.html",
    why="Malware that may connect nowhere still talks through the names it asks for.",
)

route53_network_refuses_bad_names = must_have(
    (NETWORK,),
    {
        "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation": (
            "vpcId"
        )
    },
    id="route53-network-refuses-bad-names",
    title="Each network refuses names known to be bad",
    pci=("11.5.1.1", "1.3.2"),
    severity=Severity.MEDIUM,
    says="Its servers may ask for any name",
    reference="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall.html",
    why="A name server is a way out that no security group closes.",
)

route53_firewall_fails_closed = must_be_one_of(
    "firewallFailOpen",
    ("DISABLED",),
    unlike="ENABLED",
    default="DISABLED",
    id="route53-firewall-fails-closed",
    title="Without its DNS firewall, a network resolves nothing",
    on=("aws:route53/resolverFirewallConfig:ResolverFirewallConfig",),
    pci=("1.3.2",),
    severity=Severity.LOW,
    says="When the firewall does not answer, every name resolves",
    reference="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-vpc-configuration.html",
    why="An attack on the firewall must not be a way around it.",
)


def inside(text: str) -> bool:
    """Whether a text is an address of a private network."""
    try:
        return ip_address(text).is_private
    except ValueError:
        return False


@stack_rule(
    id="route53-public-zone-hides-inside",
    title="Public names do not tell inside addresses",
    on=(RECORD,),
    pci=("1.4.5",),
    severity=Severity.MEDIUM,
    fix='aws.route53.Zone(..., vpcs=[{"vpc_id": vpc.id}])  # and the record in that zone',
    reference="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zones-private.html",
    passes=(
        (
            {"type": ZONE, "name": "inside", "props": {"vpcs": [{"vpcId": "network"}]}},
            {
                "type": RECORD,
                "name": "broker",
                "props": {"records": ["10.0.0.7"]},
                "refs": {"zoneId": "inside"},
            },
        ),
        ({"type": RECORD, "name": "web", "props": {"records": ["198.18.0.1.example"]}},),
    ),
    fails=(
        (
            {"type": ZONE, "name": "outside", "props": {"name": "example.com"}},
            {
                "type": RECORD,
                "name": "broker",
                "props": {"records": ["10.0.0.7"]},
                "refs": {"zoneId": "outside"},
            },
        ),
    ),
    undecidable=(({"type": RECORD, "name": "broker", "props": {"records": UNKNOWN}},),),
)
def route53_public_zone_hides_inside(stack: Stack) -> Iterator[tuple[Resource, str | Undecidable]]:
    """Inside addresses, published, are the map that an intruder starts with."""
    private = [zone for zone in stack.of(ZONE) if zone.count("vpcs")]
    for record in stack.of(RECORD):
        try:
            addresses = [str(each) for each in record.get("records", default=[])]
            found = [each for each in addresses if inside(each)]
            if found and not any(stack.refers(record, zone, "zoneId") for zone in private):
                yield record, f"It tells the world of {', '.join(found)}"
        except Undecidable as unknown:
            yield record, unknown


@rule(
    id="route53-record-not-wild",
    title="No record answers for every name",
    on=(RECORD,),
    pci=("2.2.4",),
    severity=Severity.LOW,
    fix='aws.route53.Record(..., name="pay.example.com")',
    reference="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html",
    passes=({"name": "pay.example.com"},),
    fails=({"name": "*.example.com"},),
    undecidable=({"name": UNKNOWN},),
)
def route53_record_not_wild(record: Resource) -> Iterator[str]:
    """A wildcard answers for names that nobody has thought of, with whatever stands there."""
    if str(record.get("name", default="")).startswith("*"):
        yield "It answers for every name below it"
