"""Rules for Elastic Load Balancing: application and network load balancers."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.neighbours import must_have
from policies.rules.remedy import hub
from policies.rules.shapes import (
    at,
    must_be_false,
    must_be_one_of,
    must_be_true,
    must_not_be,
)

BALANCERS: Final = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")
LISTENERS: Final = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")
GROUPS: Final = ("aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup")
NOT_HTTP: Final = ("network", "gateway")
ENCRYPTED: Final = ("HTTPS", "TLS")

RECOMMENDED: Final = (
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
)
"""Policies without TLS 1.0 and 1.1, and without ciphers that have no forward secrecy."""

elb_drops_invalid_headers = must_be_true(
    "dropInvalidHeaderFields",
    id="elb-drops-invalid-headers",
    title="Application load balancers drop invalid headers",
    on=BALANCERS,
    unless={"loadBalancerType": NOT_HTTP},
    pci=("6.2.4",),
    controls=("ELB.4",),
    severity=Severity.MEDIUM,
    says="It hands on headers that are no headers",
    why="Two servers that read one malformed request differently can be made to smuggle another.",
)

elb_stops_desync = must_be_one_of(
    "desyncMitigationMode",
    ("defensive", "strictest"),
    unlike="monitor",
    default="defensive",
    id="elb-stops-desync",
    title="Application load balancers stop request smuggling",
    on=BALANCERS,
    unless={"loadBalancerType": NOT_HTTP},
    pci=("6.2.4",),
    controls=("ELB.12",),
    severity=Severity.MEDIUM,
    says="It lets ambiguous requests through (mode {value})",
    why="Two servers that read one request differently can be made to smuggle another.",
)

elb_logs_access = must_be_true(
    "accessLogs.enabled",
    id="elb-logs-access",
    title="Load balancers log every request",
    on=BALANCERS,
    unless={"loadBalancerType": ("gateway",)},
    pci=("10.2.1",),
    controls=("ELB.5",),
    severity=Severity.MEDIUM,
    says="Its requests are logged nowhere",
    why="Access to account data has to be traceable to whoever had it.",
)

elb_logs_connections = must_be_true(
    "connectionLogs.enabled",
    id="elb-logs-connections",
    title="Application load balancers log refused connections",
    on=BALANCERS,
    unless={"loadBalancerType": NOT_HTTP},
    pci=("10.2.1.4",),
    severity=Severity.LOW,
    says="A client whose certificate was refused leaves no trace",
    reference="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-connection-logs.html",
    why="Invalid access attempts are logged; TLS refuses before there is a request to log.",
)

elb_waf_fails_closed = must_be_false(
    "enableWafFailOpen",
    default=False,
    id="elb-waf-fails-closed",
    title="Without its firewall, a load balancer lets nothing through",
    on=BALANCERS,
    unless={"loadBalancerType": NOT_HTTP},
    pci=("6.4.2",),
    severity=Severity.MEDIUM,
    says="When the web firewall does not answer, requests go past it",
    reference="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
    why="An attack on the firewall must not be a way around it.",
)

elb_has_web_firewall = must_have(
    BALANCERS,
    {"aws:wafv2/webAclAssociation:WebAclAssociation": "resourceArn"},
    id="elb-has-web-firewall",
    title="Application load balancers stand behind a web firewall",
    not_when={"loadBalancerType": NOT_HTTP, "internal": (True,)},
    pci=("6.4.2",),
    controls=("ELB.16",),
    severity=Severity.MEDIUM,
    says="No web firewall looks at its requests",
    why="Public web applications have something before them that stops known attacks.",
)

elb_client_address_true = must_be_one_of(
    "xffHeaderProcessingMode",
    ("append", "remove"),
    unlike="preserve",
    default="append",
    id="elb-client-address-true",
    title="A client cannot write its own address",
    on=BALANCERS,
    unless={"loadBalancerType": NOT_HTTP},
    pci=("10.2.2",),
    severity=Severity.LOW,
    says="The header that tells the client's address is whatever the client wrote (mode {value})",
    reference="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html",
    why="A log entry names where a request came from; that may not be the attacker's choice.",
)

elb_not_deleted_by_mistake = must_be_true(
    "enableDeletionProtection",
    id="elb-not-deleted-by-mistake",
    title="Load balancers are protected from deletion",
    on=BALANCERS,
    pci=("1.2.8",),
    controls=("ELB.6",),
    severity=Severity.LOW,
    says="One call deletes it, and with it what limits traffic from the internet",
    why="What stands between the networks is not removed by a slip.",
)

elb_target_checked_over_tls = must_be_one_of(
    "healthCheck.protocol",
    ENCRYPTED,
    unlike="HTTP",
    id="elb-target-checked-over-tls",
    title="Health checks go over TLS",
    on=GROUPS,
    only={"protocol": ("HTTPS",)},
    pci=("4.2.1",),
    controls=("ELB.21",),
    severity=Severity.LOW,
    says="Its targets are checked over {value}",
    why="A target that answers in clear for its health may answer in clear for the rest.",
)

elb_target_speaks_tls = must_be_one_of(
    "protocol",
    (*ENCRYPTED, "TCP", "QUIC", "TCP_QUIC"),
    unlike="HTTP",
    id="elb-target-speaks-tls",
    title="Load balancers talk to their targets over TLS",
    on=GROUPS,
    unless={"targetType": ("lambda",)},
    pci=("4.2.1",),
    severity=Severity.MEDIUM,
    says="Requests go on to its targets over {value}",
    reference="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html",
    why="What arrives encrypted does not go on in clear; TCP hands the client's own TLS on.",
)

elb_client_certificates_checked = must_not_be(
    "mutualAuthentication.mode",
    ("passthrough",),
    good="verify",
    id="elb-client-certificates-checked",
    title="A client's certificate is verified, not just handed on",
    on=LISTENERS,
    pci=("8.3.1", "4.2.1"),
    severity=Severity.MEDIUM,
    says="It takes whatever certificate a client shows",
    reference="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/mutual-authentication.html",
    why="A certificate that nobody verifies is a name that anybody may take.",
)

elb_expired_certificates_refused = must_be_false(
    "mutualAuthentication.ignoreClientCertificateExpiry",
    default=False,
    id="elb-expired-certificates-refused",
    title="A client's expired certificate is refused",
    on=LISTENERS,
    pci=("8.2.5", "8.3.11"),
    severity=Severity.MEDIUM,
    says="A certificate works for ever",
    reference="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/mutual-authentication.html",
    why="A merchant that has left keeps its certificate; its end is what takes the access away.",
)


@rule(
    id="elb-listener-policy-strong",
    title="Listeners use a TLS policy that AWS recommends",
    on=LISTENERS,
    pci=("4.2.1",),
    controls=("ELB.17",),
    severity=Severity.HIGH,
    fix='aws.lb.Listener(..., ssl_policy="ELBSecurityPolicy-TLS13-1-3-2021-06")',
    reference=hub("ELB.17"),
    passes=(
        *({"protocol": "HTTPS", "sslPolicy": each} for each in RECOMMENDED),
        {"protocol": "TCP"},
    ),
    fails=(
        {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS-1-1-2017-01"},
        {"protocol": "TLS"},  # the default is ELBSecurityPolicy-2016-08
    ),
    undecidable=({"protocol": UNKNOWN}, {"protocol": "TLS", "sslPolicy": UNKNOWN}),
)
def elb_listener_policy_strong(listener: Resource) -> Iterator[str]:
    """Old TLS and old ciphers are broken; a policy that allows them is one that uses them."""
    if listener.get("protocol") not in ENCRYPTED:
        return
    policy = listener.get("sslPolicy", default="ELBSecurityPolicy-2016-08")
    if policy not in RECOMMENDED:
        yield f"{policy} allows what is no longer strong"


@rule(
    id="elb-listener-speaks-tls",
    title="Listeners take nothing in clear",
    on=LISTENERS,
    pci=("4.2.1",),
    controls=("ELB.18", "ELB.1"),
    severity=Severity.HIGH,
    fix='aws.lb.Listener(..., protocol="HTTPS", certificate_arn=certificate.arn)',
    reference=hub("ELB.18"),
    passes=(
        {"protocol": "HTTPS"},
        {"protocol": "TCP"},  # hands the client's own TLS on to who ends it
        {
            "protocol": "HTTP",
            "defaultActions": [{"type": "redirect", "redirect": {"protocol": "HTTPS"}}],
        },
    ),
    fails=(
        {"protocol": "HTTP", "defaultActions": [{"type": "forward"}]},
        {"protocol": "UDP"},
    ),
    undecidable=({"protocol": UNKNOWN},),
)
def elb_listener_speaks_tls(listener: Resource) -> Iterator[str]:
    """Account data crosses the internet encrypted, from the first byte."""
    protocol = listener.get("protocol", default="HTTP")
    if protocol in (*ENCRYPTED, "TCP", "GENEVE", "QUIC", "TCP_QUIC"):
        return
    actions = list(listener.items("defaultActions[]")) if protocol == "HTTP" else []
    redirects = [each.get("redirect.protocol", default="") for each in actions]
    if not actions or any(each != "HTTPS" for each in redirects):
        yield f"It takes {protocol}"


@rule(
    id="elb-sign-in-not-skipped",
    title="A listener that asks who somebody is lets nobody past",
    on=LISTENERS,
    pci=("8.3.1",),
    severity=Severity.HIGH,
    fix='aws.lb.Listener(..., default_actions=[{"type": "authenticate-oidc", "authenticate_oidc":'
    ' {**provider, "on_unauthenticated_request": "authenticate"}}])',
    reference="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html",
    passes=(
        at("defaultActions[].authenticateOidc.onUnauthenticatedRequest", "authenticate"),
        {},
    ),
    fails=(at("defaultActions[].authenticateOidc.onUnauthenticatedRequest", "allow"),),
    undecidable=(at("defaultActions[].authenticateOidc.onUnauthenticatedRequest", UNKNOWN),),
)
def elb_sign_in_not_skipped(listener: Resource) -> Iterator[str]:
    """With `allow`, whoever does not sign in is let in as nobody."""
    for action in listener.items("defaultActions[]"):
        for kind in ("authenticateOidc", "authenticateCognito"):
            if action.get(f"{kind}.onUnauthenticatedRequest", default="authenticate") == "allow":
                yield "Whoever does not sign in is let in all the same"
