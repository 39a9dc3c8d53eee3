"""Rules for Amazon API Gateway and AWS AppSync."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Example, Resource, Severity, rule
from policies.rules.documents import open_to_anybody, whose
from policies.rules.neighbours import must_have
from policies.rules.remedy import Code, hub
from policies.rules.shapes import (
    must_be_false,
    must_be_given,
    must_be_one_of,
    must_be_true,
    must_not_be,
)

STAGE: Final = "aws:apigateway/stage:Stage"
STAGE_V2: Final = "aws:apigatewayv2/stage:Stage"
METHOD: Final = "aws:apigateway/method:Method"
ROUTE: Final = "aws:apigatewayv2/route:Route"
SETTINGS: Final = ("aws:apigateway/methodSettings:MethodSettings",)
DOMAIN: Final = "aws:apigateway/domainName:DomainName"
DOMAIN_V2: Final = "aws:apigatewayv2/domainName:DomainName"
GRAPH: Final = ("aws:appsync/graphQLApi:GraphQLApi",)
REST: Final = ("aws:apigateway/restApi:RestApi",)

apigateway_v2_logs = must_be_given(
    "accessLogSettings.destinationArn",
    good=Code("log.arn"),
    id="apigateway-v2-logs",
    title="HTTP and WebSocket stages log every request",
    on=(STAGE_V2,),
    pci=("10.4.2",),
    controls=("APIGateway.9",),
    severity=Severity.MEDIUM,
    says="Its requests are logged nowhere",
    why="Access to account data has to be traceable to whoever had it.",
)

apigateway_logs = must_be_given(
    "accessLogSettings.destinationArn",
    good=Code("log.arn"),
    id="apigateway-logs",
    title="REST stages log every request",
    on=(STAGE,),
    pci=("10.2.1",),
    controls=("APIGateway.1",),
    severity=Severity.MEDIUM,
    says="Its requests are logged nowhere",
    why="Access to account data has to be traceable to whoever had it.",
)

apigateway_traced = must_be_true(
    "xrayTracingEnabled",
    id="apigateway-traced",
    title="REST stages are traced",
    on=(STAGE,),
    pci=("10.4.2",),
    controls=("APIGateway.3",),
    severity=Severity.LOW,
    says="Nobody can tell which request made which call",
    why="What happened across services is put together from their traces.",
)

apigateway_proves_itself = must_be_given(
    "clientCertificateId",
    good=Code("certificate.id"),
    id="apigateway-proves-itself",
    title="REST stages show their backends a certificate",
    on=(STAGE,),
    pci=("4.2.1", "8.3.1"),
    controls=("APIGateway.2",),
    severity=Severity.LOW,
    says="Its backend cannot tell it from anybody else",
    why="Whoever reaches the backend past the gateway is past every check that the gateway makes.",
)

apigateway_web_firewall = must_have(
    (STAGE,),
    {"aws:wafv2/webAclAssociation:WebAclAssociation": "resourceArn"},
    id="apigateway-web-firewall",
    title="REST stages stand behind a web firewall",
    pci=("6.4.2",),
    controls=("APIGateway.4",),
    severity=Severity.MEDIUM,
    says="No web firewall looks at its requests",
    why="Public web applications have something before them that stops known attacks.",
)

apigateway_cache_encrypted = must_be_true(
    "settings.cacheDataEncrypted",
    id="apigateway-cache-encrypted",
    title="REST stages encrypt what they cache",
    on=SETTINGS,
    only={"settings.cachingEnabled": (True,)},
    pci=("3.5.1",),
    controls=("APIGateway.5",),
    severity=Severity.MEDIUM,
    says="Answers lie in its cache in clear",
    why="An answer that waits is stored data.",
)

apigateway_log_without_data = must_be_false(
    "settings.dataTraceEnabled",
    default=False,
    id="apigateway-log-without-data",
    title="REST stages do not log what requests hold",
    on=SETTINGS,
    pci=("3.3.1", "3.4.1"),
    severity=Severity.HIGH,
    says="Whole requests and answers stand in its log",
    reference="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    why="Account data in a log is stored account data, where nobody looks for it.",
)

apigateway_tls_modern = must_be_one_of(
    "securityPolicy",
    ("TLS_1_2",),
    unlike="TLS_1_0",
    default="TLS_1_2",
    id="apigateway-tls-modern",
    title="APIs' own names use modern TLS",
    on=(DOMAIN,),
    pci=("4.2.1",),
    severity=Severity.HIGH,
    says="It takes {value}",
    reference="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html",
    why="Old TLS is broken; whoever stands between can make both sides use it.",
)

apigateway_v2_tls_modern = must_be_one_of(
    "domainNameConfiguration.securityPolicy",
    ("TLS_1_2",),
    unlike="TLS_1_0",
    id="apigateway-v2-tls-modern",
    title="HTTP APIs' own names use modern TLS",
    on=(DOMAIN_V2,),
    pci=("4.2.1",),
    severity=Severity.HIGH,
    says="It takes {value}",
    reference="https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html",
    why="Old TLS is broken; whoever stands between can make both sides use it.",
)

appsync_logs = must_be_one_of(
    "logConfig.fieldLogLevel",
    ("ALL", "ERROR", "INFO", "DEBUG"),
    unlike="NONE",
    default="NONE",
    id="appsync-logs",
    title="GraphQL APIs log what is asked",
    on=GRAPH,
    pci=("10.4.2",),
    controls=("AppSync.2",),
    severity=Severity.MEDIUM,
    says="What was asked of it leaves no trace (level {value})",
    why="Access to account data has to be traceable to whoever had it.",
)

appsync_asks_who = must_not_be(
    "authenticationType",
    ("API_KEY",),
    good="AWS_IAM",
    id="appsync-asks-who",
    title="GraphQL APIs ask who is calling",
    on=GRAPH,
    pci=("8.2.1", "8.3.1"),
    controls=("AppSync.5",),
    severity=Severity.HIGH,
    says="One key, which every client holds, is all that it asks for",
    why="A key in a page or a telephone is known to everybody.",
)


@rule(
    id="apigateway-method-asks-who",
    title="REST methods ask who is calling",
    on=(METHOD,),
    pci=("7.2.1", "8.3.1"),
    severity=Severity.HIGH,
    fix='aws.apigateway.Method(..., authorization="AWS_IAM")',
    reference="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html",
    passes=(
        {"authorization": "AWS_IAM", "httpMethod": "POST"},
        {"authorization": "NONE", "httpMethod": "OPTIONS"},
    ),
    fails=({"authorization": "NONE", "httpMethod": "POST"},),
    undecidable=({"authorization": UNKNOWN},),
)
def apigateway_method_asks_who(method: Resource) -> Iterator[str]:
    """Each call to what handles account data is by somebody known; a browser's question is not."""
    if method.get("authorization", "NONE") == "NONE" and method.get("httpMethod") != "OPTIONS":
        yield "Anybody may call it"


@rule(
    id="apigateway-route-asks-who",
    title="Routes ask who is calling",
    on=(ROUTE,),
    pci=("7.2.1", "8.3.1"),
    controls=("APIGateway.8",),
    severity=Severity.HIGH,
    fix='aws.apigatewayv2.Route(..., authorization_type="JWT", authorizer_id=authorizer.id)',
    reference=hub("APIGateway.8"),
    passes=(
        {"authorizationType": "JWT", "routeKey": "POST /payments"},
        {"routeKey": "OPTIONS /payments"},
    ),
    fails=({"routeKey": "POST /payments"}, {"authorizationType": "NONE", "routeKey": "$default"}),
    undecidable=({"authorizationType": UNKNOWN},),
)
def apigateway_route_asks_who(route: Resource) -> Iterator[str]:
    """Each call to what handles account data is by somebody known; a browser's question is not."""
    question = str(route.get("routeKey", default="")).startswith("OPTIONS")
    if route.get("authorizationType", default="NONE") == "NONE" and not question:
        yield "Anybody may call it"


@rule(
    id="apigateway-domain-asks-for-certificate",
    title="APIs' own names ask for a client's certificate",
    on=(DOMAIN, DOMAIN_V2),
    pci=("8.3.1", "4.2.1"),
    severity=Severity.LOW,
    fix="aws.apigateway.DomainName(..., "
    'mutual_tls_authentication={"truststore_uri": "s3://trust/ca.pem"})',
    reference="https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html",
    passes=({"mutualTlsAuthentication": {"truststoreUri": "s3://trust/ca.pem"}},),
    fails=({}, Example({}, type=DOMAIN_V2)),
    undecidable=({"mutualTlsAuthentication": {"truststoreUri": UNKNOWN}},),
)
def apigateway_domain_asks_for_certificate(domain: Resource) -> Iterator[str]:
    """A merchant is known by a key that never leaves it, not by a word that it sends."""
    if not domain.has("mutualTlsAuthentication.truststoreUri"):
        yield "A stolen token works from everywhere"


@rule(
    id="apigateway-policy-not-public",
    title="APIs' policies name who may call",
    on=(*REST, "aws:apigateway/restApiPolicy:RestApiPolicy"),
    pci=("7.2.1",),
    severity=Severity.MEDIUM,
    fix='aws.apigateway.RestApiPolicy(..., policy=...)  # "Principal": {"AWS": role.arn}',
    reference="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html",
    passes=({"policy": whose("arn:aws:iam::111122223333:role/api", "execute-api:Invoke")}, {}),
    fails=({"policy": whose("*", "execute-api:Invoke")},),
    undecidable=({"policy": UNKNOWN},),
)
def apigateway_policy_not_public(policy: Resource) -> Iterator[str]:
    """A policy for everybody looks like a check in every inventory, and checks nothing."""
    for statement in policy.document("policy"):
        if open_to_anybody(statement) and "IpAddress" not in statement.conditions:
            yield f"Anybody may {', '.join(statement.actions)}"
