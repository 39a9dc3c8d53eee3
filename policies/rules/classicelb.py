"""Rules for classic load balancers."""

from typing import Final

from policies.rule import Severity
from policies.rules.neighbours import must_have
from policies.rules.shapes import must_be_one_of, must_be_true

CLASSIC: Final = ("aws:elb/loadBalancer:LoadBalancer",)
POLICY: Final = "aws:elb/loadBalancerPolicy:LoadBalancerPolicy"
STRONG: Final = "ELBSecurityPolicy-TLS-1-2-2017-01"

classicelb_speaks_tls = must_be_one_of(
    "lbProtocol",
    ("https", "ssl", "HTTPS", "SSL"),
    unlike="http",
    each="listeners[]",
    id="classicelb-speaks-tls",
    title="Classic load balancers take nothing in clear",
    on=CLASSIC,
    pci=("4.2.1",),
    controls=("ELB.3",),
    severity=Severity.HIGH,
    says="It takes {value}",
    why="Account data crosses the internet encrypted, from the first byte.",
)

classicelb_stops_desync = must_be_one_of(
    "desyncMitigationMode",
    ("defensive", "strictest"),
    unlike="monitor",
    default="defensive",
    id="classicelb-stops-desync",
    title="Classic load balancers stop request smuggling",
    on=CLASSIC,
    pci=("6.2.4",),
    controls=("ELB.14",),
    severity=Severity.MEDIUM,
    says="It lets ambiguous requests through (mode {value})",
    why="Two servers that read one request differently can be made to smuggle another.",
)

classicelb_policy_strong = must_have(
    CLASSIC,
    {POLICY: "loadBalancerName"},
    wants={
        "policyAttributes": [{"name": "Reference-Security-Policy", "value": STRONG}],
    },
    id="classicelb-policy-strong",
    title="Classic load balancers use AWS's strong TLS policy",
    pci=("4.2.1",),
    controls=("ELB.8",),
    severity=Severity.HIGH,
    says="It takes TLS 1.0 and ciphers that are no longer strong",
    why="Old TLS and old ciphers are broken; a policy that allows them is one that uses them.",
)

classicelb_log_on = must_be_true(
    "accessLogs.enabled",
    default=True,
    beside={"accessLogs": {"bucket": "logs"}},
    id="classicelb-log-on",
    title="A classic load balancer's access log is not switched off",
    on=CLASSIC,
    pci=("10.2.1",),
    controls=("ELB.5",),
    severity=Severity.MEDIUM,
    says="Its access log is switched off",
    why="Access to account data has to be traceable to whoever had it.",
)
