"""Rules for the edges of the mesh: its gateways, what it calls outside, and how."""

from collections.abc import Iterator
from typing import Any

from policies.rule import UNKNOWN, NotApplicable, Resource, Severity, rule

_GATEWAYS = ("kubernetes:networking.istio.io/*:Gateway",)
_ROUTES = ("kubernetes:networking.istio.io/*:VirtualService",)
_DESTINATIONS = ("kubernetes:networking.istio.io/*:DestinationRule",)
_ENTRIES = ("kubernetes:networking.istio.io/*:ServiceEntry",)
_NETWORKING = "https://istio.io/latest/docs/reference/config/networking"
_WEAK = ("RC4", "DES", "MD5", "NULL", "EXPORT", "CBC", "AES128-SHA", "AES256-SHA")
_MUTUAL = {
    "mode": "MUTUAL",
    "credentialName": "gateway",
    "minProtocolVersion": "TLSV1_3",
}


def _object(kind: str, spec: object) -> dict[str, Any]:
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": kind,
        "metadata": {"name": "pay", "namespace": "istio-ingress"},
        "spec": spec,
    }


def gateway(
    tls: object = None, protocol: object = "HTTPS", hosts: object = "pay.example.com"
) -> dict[str, Any]:
    """A gateway with one server."""
    server = {"port": {"number": 443, "name": "https", "protocol": protocol}, "hosts": [hosts]}
    given = {"tls": tls} if tls else {}
    return _object("Gateway", {"selector": {"app": "gateway"}, "servers": [server | given]})


def route(**fields: object) -> dict[str, Any]:
    """A virtual service of the gateway with one route."""
    to = {"destination": {"host": "payments-api", "port": {"number": 8080}}}
    return _object(
        "VirtualService",
        {
            "hosts": ["pay.example.com"],
            "gateways": ["istio-ingress/pay"],
            "http": [{"route": [to], **fields}],
        },
    )


def destination(host: object = "payments-api", **tls: object) -> dict[str, Any]:
    """A destination rule with these TLS settings."""
    return _object("DestinationRule", {"host": host, "trafficPolicy": {"tls": tls}})


def entry(
    host: object = "acquirer.example.com", protocol: object = "TLS", **spec: object
) -> dict[str, Any]:
    """A host outside of the mesh."""
    port = {"number": 443, "name": "tls", "protocol": protocol}
    return _object(
        "ServiceEntry", {"hosts": [host], "ports": [port], "location": "MESH_EXTERNAL", **spec}
    )


@rule(
    id="gateway-tls-1-3",
    title="Gateways speak TLS 1.3 only",
    on=_GATEWAYS,
    pci=("4.2.1",),
    severity=Severity.HIGH,
    fix='# "tls": {"mode": "MUTUAL", "minProtocolVersion": "TLSV1_3", ...}',
    reference=f"{_NETWORKING}/gateway/",
    passes=(gateway(_MUTUAL), gateway({"mode": "AUTO_PASSTHROUGH"}, "TLS")),
    fails=(
        gateway({"mode": "MUTUAL", "credentialName": "gateway"}),
        gateway({**_MUTUAL, "minProtocolVersion": "TLSV1_2"}),
        gateway({**_MUTUAL, "maxProtocolVersion": "TLSV1_2"}),
    ),
    undecidable=(gateway({**_MUTUAL, "minProtocolVersion": UNKNOWN}),),
)
def gateway_tls_1_3(resource: Resource) -> Iterator[str]:
    """Older versions negotiate what is weak; a caller who can pay by card can speak 1.3."""
    for tls in resource.items("spec.servers[].tls"):
        if "PASSTHROUGH" in tls.get("mode", "SIMPLE"):
            continue
        least = tls.get("minProtocolVersion", "TLS_AUTO")
        if least != "TLSV1_3" or tls.get("maxProtocolVersion", "TLSV1_3") != "TLSV1_3":
            yield f"{tls.path} speaks TLS below 1.3"


@rule(
    id="gateway-mutual",
    title="Gateways ask callers for a certificate",
    on=_GATEWAYS,
    pci=("8.3.11",),
    severity=Severity.HIGH,
    fix='# "tls": {"mode": "MUTUAL", "credentialName": "gateway", ...}',
    reference=f"{_NETWORKING}/gateway/",
    passes=(gateway(_MUTUAL), gateway({"mode": "ISTIO_MUTUAL"})),
    fails=(gateway({**_MUTUAL, "mode": "SIMPLE"}), gateway({**_MUTUAL, "mode": "OPTIONAL_MUTUAL"})),
    undecidable=(gateway({**_MUTUAL, "mode": UNKNOWN}),),
)
def gateway_mutual(resource: Resource) -> Iterator[str]:
    """A token that is bound to a certificate is worth nothing to who has copied it."""
    for tls in resource.items("spec.servers[].tls"):
        mode = tls.get("mode", "SIMPLE")
        if mode not in ("MUTUAL", "ISTIO_MUTUAL") and "PASSTHROUGH" not in mode:
            yield f"{tls.path} is {mode}"


@rule(
    id="gateway-not-plain",
    title="Gateways answer in clear only to send callers to HTTPS",
    on=_GATEWAYS,
    pci=("1.2.6",),
    severity=Severity.CRITICAL,
    fix='{"port": {"number": 443, "name": "https", "protocol": "HTTPS"}, "tls": {...}}',
    reference=f"{_NETWORKING}/gateway/",
    passes=(gateway(_MUTUAL), gateway({"httpsRedirect": True}, "HTTP")),
    fails=(gateway(None, "HTTP"), gateway(None, "TCP"), gateway(None, "HTTPS")),
    undecidable=(gateway(None, UNKNOWN),),
)
def gateway_not_plain(resource: Resource) -> Iterator[str]:
    """A plain listener will get a card number some day."""
    for server in resource.items("spec.servers"):
        protocol = server.get("port.protocol", "")
        encrypted = protocol in ("HTTPS", "TLS") and server.has("tls")
        if not encrypted and not server.get("tls.httpsRedirect", False):
            yield f"{server.path} speaks {protocol} in clear"


@rule(
    id="gateway-hosts-named",
    title="Gateways name their hosts",
    on=_GATEWAYS,
    pci=("1.4.2",),
    severity=Severity.MEDIUM,
    fix='{"hosts": ["pay.example.com"]}',
    reference=f"{_NETWORKING}/gateway/",
    passes=(gateway(_MUTUAL), gateway(_MUTUAL, hosts="istio-ingress/pay.example.com")),
    fails=(gateway(_MUTUAL, hosts="*"), gateway(_MUTUAL, hosts="*/*.example.com")),
    undecidable=(gateway(_MUTUAL, hosts=UNKNOWN),),
)
def gateway_hosts_named(resource: Resource) -> Iterator[str]:
    """A wildcard host publishes any service that somebody attaches a route to."""
    for name in (each for hosts in resource.get("spec.servers[].hosts") for each in hosts):
        if name.rsplit("/", 1)[-1].startswith("*"):
            yield f"Answers for {name}"


@rule(
    id="gateway-ciphers-listed",
    title="Gateways that speak TLS 1.2 list strong cipher suites",
    on=_GATEWAYS,
    pci=("12.3.3",),
    severity=Severity.MEDIUM,
    fix='# "tls": {"minProtocolVersion": "TLSV1_3", ...}  # whose suites are all strong',
    reference=f"{_NETWORKING}/gateway/",
    passes=(
        gateway(_MUTUAL),
        gateway({"mode": "SIMPLE", "cipherSuites": ["ECDHE-ECDSA-AES256-GCM-SHA384"]}),
    ),
    fails=(
        gateway({"mode": "SIMPLE"}),
        gateway({"mode": "SIMPLE", "cipherSuites": ["ECDHE-RSA-AES128-SHA"]}),
    ),
    undecidable=(gateway({"mode": "SIMPLE", "cipherSuites": UNKNOWN}),),
)
def gateway_ciphers_listed(resource: Resource) -> Iterator[str]:
    """The suites in use are reviewed each year; what is not written is not reviewed."""
    for tls in resource.items("spec.servers[].tls"):
        if tls.get("minProtocolVersion") == "TLSV1_3" or "PASSTHROUGH" in tls.get("mode", ""):
            continue
        suites = tls.get("cipherSuites", [])
        weak = [each for each in suites if each.endswith("-SHA") or any(w in each for w in _WEAK)]
        if weak or not suites:
            yield f"{tls.path} takes {', '.join(weak) or 'the default suites'}"


@rule(
    id="mesh-destination-encrypted",
    title="No destination is called in clear",
    on=_DESTINATIONS,
    pci=("4.2.1",),
    severity=Severity.CRITICAL,
    fix='{"trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}}',
    reference=f"{_NETWORKING}/destination-rule/",
    passes=(destination(mode="ISTIO_MUTUAL"), _object("DestinationRule", {"host": "payments-api"})),
    fails=(
        destination(mode="DISABLE"),
        _object(
            "DestinationRule",
            {
                "host": "a",
                "subsets": [{"name": "b", "trafficPolicy": {"tls": {"mode": "DISABLE"}}}],
            },
        ),
    ),
    undecidable=(destination(mode=UNKNOWN),),
)
def mesh_destination_encrypted(resource: Resource) -> Iterator[str]:
    """A destination rule overrides what the mesh does by itself."""
    for place in ("spec.", "spec.subsets[]."):
        for where in ("trafficPolicy.tls", "trafficPolicy.portLevelSettings[].tls"):
            for tls in resource.items(f"{place}{where}"):
                if tls.get("mode", "DISABLE") == "DISABLE":
                    yield f"{tls.path} is in clear"


@rule(
    id="mesh-destination-verified",
    title="The certificate of each destination is verified",
    on=_DESTINATIONS,
    pci=("4.2.1",),
    severity=Severity.HIGH,
    fix='{"tls": {"mode": "SIMPLE", "caCertificates": "...", "subjectAltNames": [...]}}',
    reference=f"{_NETWORKING}/destination-rule/#ClientTLSSettings",
    passes=(
        destination(mode="ISTIO_MUTUAL"),
        destination(
            mode="SIMPLE", caCertificates="system", subjectAltNames=["acquirer.example.com"]
        ),
    ),
    fails=(
        destination(mode="SIMPLE", caCertificates="system"),
        destination(mode="ISTIO_MUTUAL", insecureSkipVerify=True),
    ),
    undecidable=(destination(mode="SIMPLE", subjectAltNames=UNKNOWN),),
)
def mesh_destination_verified(resource: Resource) -> Iterator[str]:
    """Encryption to whoever answers is encryption to the man in the middle."""
    for where in ("trafficPolicy.tls", "trafficPolicy.portLevelSettings[].tls"):
        for tls in resource.items(f"spec.{where}"):
            if tls.get("insecureSkipVerify", False):
                yield f"{tls.path} verifies nothing"
            elif tls.get("mode", "") in ("SIMPLE", "MUTUAL") and not tls.has("subjectAltNames"):
                yield f"{tls.path} takes any name"


@rule(
    id="mesh-outside-encrypted",
    title="Hosts outside of the mesh are called over TLS",
    on=_ENTRIES,
    pci=("4.2.1",),
    severity=Severity.HIGH,
    fix='{"ports": [{"number": 443, "name": "tls", "protocol": "TLS"}]}',
    reference=f"{_NETWORKING}/service-entry/",
    passes=(entry(), entry(protocol="HTTPS"), entry(protocol="HTTP", location="MESH_INTERNAL")),
    fails=(entry(protocol="HTTP"), entry(protocol="TCP")),
    undecidable=(entry(protocol=UNKNOWN),),
)
def mesh_outside_encrypted(resource: Resource) -> Iterator[str]:
    """Out there the mesh encrypts nothing."""
    if resource.get("spec.location", "MESH_EXTERNAL") != "MESH_EXTERNAL":
        return
    for port in resource.items("spec.ports"):
        if port.get("protocol", "TCP").upper() not in ("TLS", "HTTPS"):
            yield f"{port.path} is {port.get('protocol', 'TCP')}"


@rule(
    id="mesh-outside-named",
    title="Hosts outside of the mesh are named one by one",
    on=_ENTRIES,
    pci=("12.8.1",),
    severity=Severity.MEDIUM,
    fix='{"hosts": ["acquirer.example.com"]}',
    reference=f"{_NETWORKING}/service-entry/",
    passes=(entry(),),
    fails=(entry("*.example.com"), entry("*")),
    undecidable=(entry(UNKNOWN),),
)
def mesh_outside_named(resource: Resource) -> Iterator[str]:
    """These objects are the list of third parties that the platform speaks to."""
    for host in resource.get("spec.hosts", []):
        if host.startswith("*"):
            yield f"{host} is no third party that one could list"


@rule(
    id="mesh-egress-registered",
    title="Services call only hosts that are registered",
    on=("kubernetes:networking.istio.io/*:Sidecar",),
    pci=("A3.2.6",),
    severity=Severity.HIGH,
    fix='{"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}}',
    reference=f"{_NETWORKING}/sidecar/#OutboundTrafficPolicy",
    passes=(_object("Sidecar", {"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}}),),
    fails=(
        _object("Sidecar", {"outboundTrafficPolicy": {"mode": "ALLOW_ANY"}}),
        _object("Sidecar", {"egress": [{"hosts": ["./*"]}]}),
    ),
    undecidable=(_object("Sidecar", {"outboundTrafficPolicy": {"mode": UNKNOWN}}),),
)
def mesh_egress_registered(resource: Resource) -> Iterator[str]:
    """A card number that gets out in clear is stopped where it goes to nobody we know."""
    if resource.get("spec.outboundTrafficPolicy.mode", "ALLOW_ANY") != "REGISTRY_ONLY":
        yield "Lets services call any host"


def _edge(resource: Resource) -> None:
    """Leave routes inside of the mesh out.

    Raises:
        NotApplicableError: The route belongs to no gateway.

    """
    gateways = resource.get("spec.gateways", ["mesh"])
    if set(gateways) <= {"mesh"}:
        raise NotApplicable("it routes calls inside of the mesh")


@rule(
    id="edge-scripts-limited",
    title="Answers at the edge say which scripts a page may run",
    on=_ROUTES,
    pci=("6.4.3",),
    severity=Severity.MEDIUM,
    fix=('{"headers": {"response": {"set": {"content-security-policy": "default-src \'none\'"}}}}'),
    reference="https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy",
    passes=(
        route(headers={"response": {"set": {"content-security-policy": "default-src 'none'"}}}),
    ),
    fails=(
        route(),
        route(
            headers={"response": {"set": {"content-security-policy": "script-src 'unsafe-inline'"}}}
        ),
    ),
    undecidable=(route(headers=UNKNOWN),),
    not_applicable=(_object("VirtualService", {"hosts": ["a"], "gateways": ["mesh"]}),),
)
def edge_scripts_limited(resource: Resource) -> Iterator[str]:
    """Card skimmers are scripts that nobody allowed; the header makes the browser ask first."""
    _edge(resource)
    for part in resource.items("spec.http"):
        headers = {
            key.lower(): value
            for verb in ("set", "add")
            for key, value in part.get(f"headers.response.{verb}", {}).items()
        }
        policy = headers.get("content-security-policy", "")
        if not policy or "unsafe-inline" in policy or "unsafe-eval" in policy:
            yield f"{part.path} lets a page run any script"


@rule(
    id="edge-hides-its-inside",
    title="Answers at the edge do not name what is behind it",
    on=_ROUTES,
    pci=("1.4.5",),
    severity=Severity.LOW,
    fix='{"headers": {"response": {"remove": ["server", "x-envoy-upstream-service-time"]}}}',
    reference=f"{_NETWORKING}/virtual-service/#Headers",
    passes=(route(headers={"response": {"remove": ["server", "x-envoy-upstream-service-time"]}}),),
    fails=(route(), route(headers={"response": {"remove": ["server"]}})),
    undecidable=(route(headers=UNKNOWN),),
    not_applicable=(_object("VirtualService", {"hosts": ["a"]}),),
)
def edge_hides_its_inside(resource: Resource) -> Iterator[str]:
    """Names and versions of servers are the first page of an attack."""
    _edge(resource)
    for part in resource.items("spec.http"):
        removed = {name.lower() for name in part.get("headers.response.remove", [])}
        if missing := {"server", "x-envoy-upstream-service-time"} - removed:
            yield f"{part.path} answers with {', '.join(sorted(missing))}"


@rule(
    id="mesh-token-issuer-verified",
    title="Tokens are verified with keys that come over TLS",
    on=("kubernetes:security.istio.io/*:RequestAuthentication",),
    pci=("8.3.2",),
    severity=Severity.HIGH,
    fix='{"jwtRules": [{"issuer": "https://...", "audiences": ["payments"], "jwksUri": "https://..."}]}',
    reference="https://istio.io/latest/docs/reference/config/security/request_authentication/",
    passes=(
        {
            "spec": {
                "jwtRules": [{"issuer": "https://a", "audiences": ["b"], "jwksUri": "https://a"}]
            }
        },
    ),
    fails=(
        {
            "spec": {
                "jwtRules": [{"issuer": "https://a", "audiences": ["b"], "jwksUri": "http://a"}]
            }
        },
        {"spec": {"jwtRules": [{"issuer": "https://a", "jwksUri": "https://a"}]}},
    ),
    undecidable=(
        {"spec": {"jwtRules": [{"issuer": "a", "audiences": ["b"], "jwksUri": UNKNOWN}]}},
    ),
)
def mesh_token_issuer_verified(resource: Resource) -> Iterator[str]:
    """Keys that come in clear are the keys of whoever stands between."""
    for part in resource.items("spec.jwtRules"):
        if part.get("jwksUri", "https://").startswith("http://"):
            yield f"{part.path} fetches its keys in clear"
        if not part.has("audiences"):
            yield f"{part.path} takes tokens that are for somebody else"
