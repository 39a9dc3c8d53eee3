"""Rules for Amazon CloudFront."""

from collections.abc import Iterator
from typing import Final

from policies.rule import (
    UNKNOWN,
    NotApplicable,
    Resource,
    Severity,
    Stack,
    Undecidable,
    rule,
    stack_rule,
)
from policies.rules.remedy import Code, hub
from policies.rules.s3 import BUCKETS
from policies.rules.shapes import at, must_be_given, must_be_one_of

DISTRIBUTION: Final = ("aws:cloudfront/distribution:Distribution",)
HEADERS: Final = ("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",)
BEHAVIORS: Final = ("defaultCacheBehavior", "orderedCacheBehaviors[]")
HTTPS: Final = ("https-only", "redirect-to-https")
OLD: Final = ("SSLv3", "TLSv1", "TLSv1.1")
MODERN: Final = ("TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025")

cloudfront_root_object = must_be_given(
    "defaultRootObject",
    good="index.html",
    id="cloudfront-root-object",
    title="Distributions say what stands at their root",
    on=DISTRIBUTION,
    pci=("2.2.6",),
    controls=("CloudFront.1",),
    severity=Severity.HIGH,
    says="Its root may list what is behind it",
    why="A list of files is the map that an intruder starts with.",
)

cloudfront_logs = must_be_given(
    "loggingConfig",
    good={"bucket": Code("logs.bucket_domain_name")},
    id="cloudfront-logs",
    title="Distributions log every request",
    on=DISTRIBUTION,
    pci=("10.4.2",),
    controls=("CloudFront.5",),
    severity=Severity.MEDIUM,
    says="Its requests are logged nowhere",
    why="Access to account data has to be traceable to whoever had it.",
)

cloudfront_web_firewall = must_be_given(
    "webAclId",
    good=Code("acl.arn"),
    id="cloudfront-web-firewall",
    title="Distributions stand behind a web firewall",
    on=DISTRIBUTION,
    pci=("6.4.2",),
    controls=("CloudFront.6",),
    severity=Severity.MEDIUM,
    says="No web firewall looks at its requests",
    why="Public web applications have something before them that stops known attacks.",
)

cloudfront_origin_https = must_be_one_of(
    "customOriginConfig.originProtocolPolicy",
    ("https-only",),
    unlike="http-only",
    each="origins[]",
    default="https-only",
    id="cloudfront-origin-https",
    title="Distributions reach their origins over HTTPS",
    on=DISTRIBUTION,
    pci=("4.2.1",),
    controls=("CloudFront.9",),
    severity=Severity.MEDIUM,
    says="It reaches an origin with {value}",
    why="What arrives encrypted does not go on in clear.",
)

cloudfront_page_scripts_listed = must_be_given(
    "securityHeadersConfig.contentSecurityPolicy.contentSecurityPolicy",
    good="default-src 'self'",
    id="cloudfront-page-scripts-listed",
    title="Pages say which scripts may run in them",
    on=HEADERS,
    pci=("6.4.3", "11.6.1"),
    severity=Severity.MEDIUM,
    says="Any script may run in the pages that it serves",
    reference="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html",
    why="A script that was slipped into a payment page reads every card that is typed.",
)

cloudfront_stays_https = must_be_given(
    "securityHeadersConfig.strictTransportSecurity.accessControlMaxAgeSec",
    good=31536000,
    id="cloudfront-stays-https",
    title="Browsers are told to use HTTPS always",
    on=HEADERS,
    pci=("4.2.1",),
    severity=Severity.LOW,
    says="A browser may try plain HTTP first",
    reference="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html",
    why="The first request in clear is the one that can be caught.",
)


@rule(
    id="cloudfront-viewers-https",
    title="Distributions take HTTPS only",
    on=DISTRIBUTION,
    pci=("4.2.1",),
    controls=("CloudFront.3",),
    severity=Severity.MEDIUM,
    fix="aws.cloudfront.Distribution(..., default_cache_behavior="
    '{"viewer_protocol_policy": "https-only", **rest})',
    reference=hub("CloudFront.3"),
    passes=(
        at("defaultCacheBehavior.viewerProtocolPolicy", "https-only"),
        at("defaultCacheBehavior.viewerProtocolPolicy", "redirect-to-https"),
    ),
    fails=(
        at("defaultCacheBehavior.viewerProtocolPolicy", "allow-all"),
        at("orderedCacheBehaviors[].viewerProtocolPolicy", "allow-all"),
    ),
    undecidable=(at("defaultCacheBehavior.viewerProtocolPolicy", UNKNOWN),),
)
def cloudfront_viewers_https(distribution: Resource) -> Iterator[str]:
    """Account data crosses the internet encrypted, from the first byte."""
    for path in BEHAVIORS:
        for behavior in distribution.items(path):
            policy = behavior.get("viewerProtocolPolicy", default="allow-all")
            if policy not in HTTPS:
                yield f"It answers over plain HTTP ({policy})"


@rule(
    id="cloudfront-origin-tls-modern",
    title="Distributions use modern TLS to their origins",
    on=DISTRIBUTION,
    pci=("4.2.1",),
    controls=("CloudFront.10",),
    severity=Severity.MEDIUM,
    fix='aws.cloudfront.Distribution(..., origins=[{"custom_origin_config":'
    ' {"origin_ssl_protocols": ["TLSv1.2"], **rest}}])',
    reference=hub("CloudFront.10"),
    passes=(at("origins[].customOriginConfig.originSslProtocols", ["TLSv1.2"]),),
    fails=tuple(
        at("origins[].customOriginConfig.originSslProtocols", [each, "TLSv1.2"]) for each in OLD
    ),
    undecidable=(at("origins[].customOriginConfig.originSslProtocols", UNKNOWN),),
    not_applicable=(at("origins[].domainName", "bucket"),),
)
def cloudfront_origin_tls_modern(distribution: Resource) -> Iterator[str]:
    """Old TLS is broken; whoever stands between can make both sides use it."""
    custom = [each for each in distribution.items("origins[]") if each.has("customOriginConfig")]
    if not custom:
        raise NotApplicable("it has no origin of its own kind")
    for origin in custom:
        protocols = origin.get("customOriginConfig.originSslProtocols", default=[])
        old = [each for each in protocols if each in OLD]
        if old:
            yield f"It may use {', '.join(old)} to reach an origin"


@rule(
    id="cloudfront-viewer-tls-modern",
    title="Distributions use modern TLS to their viewers",
    on=DISTRIBUTION,
    pci=("4.2.1",),
    controls=("CloudFront.15",),
    severity=Severity.MEDIUM,
    fix="aws.cloudfront.Distribution(..., viewer_certificate="
    '{"minimum_protocol_version": "TLSv1.2_2021", **rest})',
    reference=hub("CloudFront.15"),
    passes=tuple(at("viewerCertificate.minimumProtocolVersion", each) for each in MODERN),
    fails=(
        {"viewerCertificate": {"cloudfrontDefaultCertificate": True}},
        at("viewerCertificate.minimumProtocolVersion", "TLSv1.1_2016"),
        {},
    ),
    undecidable=(at("viewerCertificate.minimumProtocolVersion", UNKNOWN),),
)
def cloudfront_viewer_tls_modern(distribution: Resource) -> Iterator[str]:
    """With CloudFront's own certificate, TLS 1.0 is always on."""
    least = distribution.get("viewerCertificate.minimumProtocolVersion", default="TLSv1")
    if least not in MODERN:
        yield f"It takes {least}"


@rule(
    id="cloudfront-bucket-closed-otherwise",
    title="Distributions sign their requests to buckets",
    on=DISTRIBUTION,
    pci=("1.4.4",),
    controls=("CloudFront.13",),
    severity=Severity.MEDIUM,
    fix="aws.cloudfront.Distribution(..., "
    'origins=[{"origin_access_control_id": control.id, **rest}])',
    reference=hub("CloudFront.13"),
    passes=(
        {"origins": [{"domainName": "data.s3.amazonaws.com", "originAccessControlId": "x"}]},
        {"origins": [{"domainName": "origin.example.com"}]},
    ),
    fails=({"origins": [{"domainName": "data.s3.us-east-1.amazonaws.com"}]},),
    undecidable=({"origins": [{"domainName": UNKNOWN}]},),
)
def cloudfront_bucket_closed_otherwise(distribution: Resource) -> Iterator[str]:
    """A bucket that a distribution reads without signing is one that anybody reads."""
    for origin in distribution.items("origins[]"):
        if origin.has("customOriginConfig") or origin.has("vpcOriginConfig"):
            continue
        name = str(origin.get("domainName", default=""))
        bucket = name.endswith(".amazonaws.com") and ".s3" in name
        if bucket and not origin.has("originAccessControlId"):
            yield f"{name} has to be open to everybody for it to be read"


@stack_rule(
    id="cloudfront-bucket-exists",
    title="The bucket behind a distribution is ours",
    on=DISTRIBUTION,
    pci=("2.2.6",),
    controls=("CloudFront.12",),
    severity=Severity.HIGH,
    fix='aws.cloudfront.Distribution(..., origins=[{"domain_name":'
    " bucket.bucket_regional_domain_name, **rest}])",
    reference=hub("CloudFront.12"),
    passes=(
        (
            {"type": BUCKETS[0], "name": "data"},
            {
                "type": DISTRIBUTION[0],
                "name": "web",
                "props": {"origins": [{"domainName": UNKNOWN}]},
                "refs": {"origins": "data"},
            },
        ),
        (
            {"type": BUCKETS[0], "name": "data", "props": {"bucket": "payments-data"}},
            {
                "type": DISTRIBUTION[0],
                "name": "web",
                "props": {"origins": [{"domainName": "payments-data.s3.amazonaws.com"}]},
            },
        ),
    ),
    fails=(
        (
            {"type": BUCKETS[0], "name": "data", "props": {"bucket": "payments-data"}},
            {
                "type": DISTRIBUTION[0],
                "name": "web",
                "props": {"origins": [{"domainName": "payment-data.s3.amazonaws.com"}]},
            },
        ),
    ),
    undecidable=(
        (
            {
                "type": DISTRIBUTION[0],
                "name": "web",
                "props": {"origins": [{"domainName": "data.s3.amazonaws.com"}]},
            },
        ),
    ),
)
def cloudfront_bucket_exists(stack: Stack) -> Iterator[tuple[Resource, str | Undecidable]]:
    """Whoever makes a bucket under the missing name serves their pages in our place."""
    buckets = stack.of(*BUCKETS)
    for distribution in stack.of(*DISTRIBUTION):
        try:
            if any(stack.refers(distribution, bucket, "origins") for bucket in buckets):
                continue
            for origin in distribution.items("origins[]"):
                name = str(origin.get("domainName", default=""))
                if not (name.endswith(".amazonaws.com") and ".s3" in name):
                    continue
                called = {each.get("bucket") for each in buckets}
                if name.split(".s3", maxsplit=1)[0] in called:
                    continue
                if buckets:
                    yield distribution, f"{name} is the bucket of nobody here"
                else:
                    yield distribution, Undecidable("origins", "name a bucket of another stack")
        except Undecidable as unknown:
            yield distribution, unknown
