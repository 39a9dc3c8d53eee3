"""Rules for Amazon VPC: networks, subnets, their logs, and the ways in and out."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Node, Resource, Severity, rule
from policies.rules.documents import open_to_anybody, whose
from policies.rules.neighbours import must_have
from policies.rules.remedy import hub
from policies.rules.shapes import (
    at,
    must_be_at_most,
    must_be_false,
    must_be_given,
    must_be_one_of,
    must_be_true,
    number,
)

NETWORK: Final = "aws:ec2/vpc:Vpc"
SUBNET: Final = "aws:ec2/subnet:Subnet"
FLOW_LOG: Final = "aws:ec2/flowLog:FlowLog"
LISTS: Final = ("aws:ec2/networkAcl:NetworkAcl", "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl")
LIST_RULE: Final = "aws:ec2/networkAclRule:NetworkAclRule"
CLIENT_VPN: Final = "aws:ec2clientvpn/endpoint:Endpoint"
VPN: Final = "aws:ec2/vpnConnection:VpnConnection"
WORLD: Final = ("0.0.0.0/0", "::/0")
ADMINISTRATION: Final = (22, 3389)

vpc_logs_flows = must_have(
    (NETWORK,),
    {FLOW_LOG: "vpcId"},
    id="vpc-logs-flows",
    title="Each network logs its flows",
    pci=("10.2.1",),
    controls=("EC2.6",),
    severity=Severity.MEDIUM,
    says="Nobody can tell later who talked to whom in it",
    why="Who connected to what, and what was refused, is what an incident is traced by.",
)

vpc_flow_log_takes_all = must_be_one_of(
    "trafficType",
    ("ALL", "REJECT"),
    unlike="ACCEPT",
    id="vpc-flow-log-takes-refusals",
    title="Flow logs hold what was refused",
    on=(FLOW_LOG,),
    pci=("10.2.1.4",),
    controls=("EC2.6",),
    severity=Severity.LOW,
    says="It logs {value} only; scans and forbidden attempts leave no trace",
    why="Refused access is logged too.",
)

vpc_flow_log_quick = must_be_at_most(
    "maxAggregationInterval",
    600,
    default=600,
    id="vpc-flow-log-quick",
    title="Flow logs are written within ten minutes",
    on=(FLOW_LOG,),
    pci=("10.3.3",),
    severity=Severity.LOW,
    says="Flows are written after {value} seconds",
    reference="https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html",
    why="Logs reach the central store promptly.",
)

vpc_subnet_private = must_be_false(
    "mapPublicIpOnLaunch",
    default=False,
    id="vpc-subnet-private",
    title="Subnets give no public addresses by themselves",
    on=(SUBNET,),
    pci=("1.4.4",),
    controls=("EC2.15",),
    severity=Severity.MEDIUM,
    says="Whatever starts in it gets a public address",
    why="A public address is a decision, not a default.",
)

vpc_transit_accepts_nobody_by_itself = must_be_one_of(
    "autoAcceptSharedAttachments",
    ("disable",),
    unlike="enable",
    default="disable",
    id="vpc-transit-accepts-nobody-by-itself",
    title="A transit gateway's attachments are accepted one by one",
    on=("aws:ec2transitgateway/transitGateway:TransitGateway",),
    pci=("1.2.1", "1.4.1"),
    controls=("EC2.23",),
    severity=Severity.HIGH,
    says="Any account that it is shared with may join its network unasked",
    why="A network joins the card-data environment by a decision of its owners.",
)

vpc_vpn_endpoint_logs = must_be_true(
    "connectionLogOptions.enabled",
    id="vpc-vpn-endpoint-logs",
    title="Client VPN logs who connects",
    on=(CLIENT_VPN,),
    pci=("10.2.1",),
    controls=("EC2.51",),
    severity=Severity.LOW,
    says="Who came in through it is logged nowhere",
    why="Remote access has to be traceable to a person.",
)

vpc_vpn_session_ends = must_be_at_most(
    "sessionTimeoutHours",
    12,
    default=24,
    id="vpc-vpn-session-ends",
    title="A Client VPN session ends within half a day",
    on=(CLIENT_VPN,),
    pci=("8.2.8",),
    severity=Severity.LOW,
    says="A session lasts {value} hours",
    reference="https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-max-duration.html",
    why="A session that somebody walked away from has to end.",
)

vpc_vpn_first_tunnel_logs = must_be_true(
    "tunnel1LogOptions.cloudwatchLogOptions.logEnabled",
    id="vpc-vpn-first-tunnel-logs",
    title="A VPN's first tunnel logs its negotiations",
    on=(VPN,),
    pci=("10.4.2",),
    controls=("EC2.171",),
    severity=Severity.MEDIUM,
    says="Its first tunnel logs nothing",
    why="A tunnel that fails or renegotiates oddly is seen in its log only.",
)

vpc_vpn_second_tunnel_logs = must_be_true(
    "tunnel2LogOptions.cloudwatchLogOptions.logEnabled",
    id="vpc-vpn-second-tunnel-logs",
    title="A VPN's second tunnel logs its negotiations",
    on=(VPN,),
    pci=("10.4.2",),
    controls=("EC2.171",),
    severity=Severity.MEDIUM,
    says="Its second tunnel logs nothing",
    why="A tunnel that fails or renegotiates oddly is seen in its log only.",
)

vpc_endpoint_service_asks = must_be_true(
    "acceptanceRequired",
    id="vpc-endpoint-service-asks",
    title="Endpoint services accept each consumer by hand",
    on=("aws:ec2/vpcEndpointService:VpcEndpointService",),
    pci=("1.4.1", "7.2.3"),
    severity=Severity.MEDIUM,
    says="Any allowed account connects to it unasked",
    reference="https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html",
    why="A network joins the card-data environment by a decision of its owners.",
)

vpc_keeps_time = must_be_given(
    "ntpServers",
    good=["169.254.169.123"],
    id="vpc-keeps-time",
    title="DHCP options name a time server",
    on=("aws:ec2/vpcDhcpOptions:VpcDhcpOptions",),
    pci=("10.6.2",),
    severity=Severity.LOW,
    says="It names no time server",
    reference="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/set-time.html",
    why="Logs of different servers are put in order by their clocks.",
)


@rule(
    id="vpc-list-closed-to-administration",
    title="Network ACLs refuse SSH and Remote Desktop from the internet",
    on=LISTS,
    pci=("1.3.1",),
    controls=("EC2.21",),
    severity=Severity.MEDIUM,
    fix='aws.ec2.NetworkAcl(..., ingress=[{"rule_no": 90, "action": "deny", "protocol": "tcp",'
    ' "from_port": 22, "to_port": 22, "cidr_block": "0.0.0.0/0"}])',
    reference=hub("EC2.21"),
    passes=(
        {},
        at("ingress", [{"action": "allow", "protocol": "tcp", "cidrBlock": "10.0.0.0/8"}]),
        at(
            "ingress",
            [
                {
                    "action": "allow",
                    "protocol": "tcp",
                    "fromPort": 443,
                    "toPort": 443,
                    "cidrBlock": "0.0.0.0/0",
                    "ruleNo": 100,
                }
            ],
        ),
    ),
    fails=(
        at("ingress", [{"action": "allow", "protocol": "-1", "cidrBlock": "0.0.0.0/0"}]),
        at(
            "ingress",
            [
                {
                    "action": "allow",
                    "protocol": "tcp",
                    "fromPort": 20,
                    "toPort": 30,
                    "ipv6CidrBlock": "::/0",
                }
            ],
        ),
    ),
    undecidable=(
        {"ingress": UNKNOWN},
        at("ingress", [{"action": "allow", "protocol": "tcp", "cidrBlock": UNKNOWN}]),
    ),
)
def vpc_list_closed_to_administration(list_: Resource) -> Iterator[str]:
    """A network ACL still refuses where a security group was opened by mistake."""
    for each in list_.items("ingress[]"):
        if str(each.get("action", "")).lower() == "allow" and _from_world(each):
            yield from _administration(each, str(each.get("protocol", "-1")))


@rule(
    id="vpc-list-rule-closed-to-administration",
    title="No rule of a network ACL lets SSH or Remote Desktop in from the internet",
    on=(LIST_RULE,),
    pci=("1.3.1",),
    controls=("EC2.21",),
    severity=Severity.MEDIUM,
    fix='aws.ec2.NetworkAclRule(..., rule_action="allow", from_port=443, to_port=443)',
    reference=hub("EC2.21"),
    passes=(
        {"ruleAction": "deny", "protocol": "-1", "cidrBlock": "0.0.0.0/0"},
        {"egress": True, "ruleAction": "allow", "protocol": "-1", "cidrBlock": "0.0.0.0/0"},
    ),
    fails=({"ruleAction": "allow", "protocol": "-1", "cidrBlock": "0.0.0.0/0"},),
    undecidable=({"ruleAction": "allow", "protocol": UNKNOWN, "cidrBlock": "0.0.0.0/0"},),
)
def vpc_list_rule_closed_to_administration(each: Resource) -> Iterator[str]:
    """A network ACL still refuses where a security group was opened by mistake."""
    inward = not each.get("egress", default=False)
    if inward and str(each.get("ruleAction", "")).lower() == "allow" and _from_world(each):
        yield from _administration(each, str(each.get("protocol", "-1")))


@rule(
    id="vpc-endpoint-policy-narrow",
    title="VPC endpoints say who may use them, and for what",
    on=("aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"),
    pci=("1.3.2", "7.3.1"),
    severity=Severity.MEDIUM,
    fix="aws.ec2.VpcEndpoint(..., policy=json.dumps({"
    '"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*",'
    ' "Resource": "*", '
    '"Condition": {"StringEquals": {"aws:PrincipalAccount": account_id}}}]}))',
    reference="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
    passes=(
        {"policy": whose("arn:aws:iam::111122223333:root", "s3:GetObject")},
        {
            "policy": whose(
                "*", "s3:*", Condition={"StringEquals": {"aws:PrincipalAccount": "111122223333"}}
            )
        },
    ),
    fails=({}, {"policy": whose("*", "*")}),
    undecidable=({"policy": UNKNOWN},),
)
def vpc_endpoint_policy_narrow(endpoint: Resource) -> Iterator[str]:
    """Through an open endpoint, data leaves to anybody's account without touching the internet."""
    if not endpoint.has("policy"):
        yield "Any account's keys may be used through it, for everything"
    for statement in endpoint.document("policy"):
        if open_to_anybody(statement):
            yield f"Any account's keys may be used through it for {', '.join(statement.actions)}"


def _from_world(entry: Node) -> bool:
    return entry.get("cidrBlock") in WORLD or entry.get("ipv6CidrBlock") in WORLD


def _administration(entry: Node, protocol: str) -> Iterator[str]:
    """A sentence where the entry's ports hold one for administration."""
    first = number(entry.get("fromPort", 0), "fromPort")
    last = number(entry.get("toPort", 65535), "toPort")
    everything = protocol in ("-1", "all")
    if everything or (protocol in ("tcp", "6") and any(first <= x <= last for x in ADMINISTRATION)):
        yield "It lets administration ports in from the internet"
