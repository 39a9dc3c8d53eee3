"""Rules for the mesh: encryption, identity and authorisation between services."""

from collections.abc import Iterator
from typing import Any

from policies.rule import ROOT, UNKNOWN, Resource, Severity, Stack, rule, stack_rule
from policies.rules.namespace import NAMESPACE, inhabited, namespace

_PEERS = "kubernetes:security.istio.io/*:PeerAuthentication"
_AUTHORIZATION = "kubernetes:security.istio.io/*:AuthorizationPolicy"
_PEER_DOCS = "https://istio.io/latest/docs/reference/config/security/peer_authentication/"
_AUTHORIZATION_DOCS = "https://istio.io/latest/docs/reference/config/security/authorization-policy/"
_GATEWAY = {"source": {"principals": ["cluster.local/ns/istio-ingress/sa/gateway"]}}
_POST = {"operation": {"methods": ["POST"], "paths": ["/v1/payments"]}}


def peers(mode: object = "STRICT", where: object = "payments", **spec: object) -> dict[str, Any]:
    """A PeerAuthentication of a namespace."""
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "PeerAuthentication",
        "metadata": {"name": "default", "namespace": where},
        "spec": {"mtls": {"mode": mode}, **spec},
    }


def authorization(where: object = "payments", **spec: object) -> dict[str, Any]:
    """An AuthorizationPolicy of a namespace."""
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": "payments-api", "namespace": where},
        "spec": spec,
    }


def _one(kind: str, props: dict[str, Any]) -> dict[str, Any]:
    return {"type": f"kubernetes:security.istio.io/v1:{kind}", "name": kind, "props": props}


@rule(
    id="mesh-peers-strict",
    title="The mesh accepts mutual TLS only",
    on=(_PEERS,),
    pci=("4.2.1",),
    severity=Severity.CRITICAL,
    fix='spec={"mtls": {"mode": "STRICT"}}',
    reference=_PEER_DOCS,
    passes=(peers(), peers(portLevelMtls={"8080": {"mode": "STRICT"}})),
    fails=(
        peers("PERMISSIVE"),
        peers("DISABLE"),
        peers("UNSET"),
        peers(portLevelMtls={"8080": {"mode": "DISABLE"}}),
    ),
    undecidable=(peers(UNKNOWN),),
)
def mesh_peers_strict(resource: Resource) -> Iterator[str]:
    """PERMISSIVE is for moving in; it takes a plain connection from whoever finds the port."""
    mode = resource.get("spec.mtls.mode", "UNSET")
    if mode != "STRICT":
        yield f"Mutual TLS is {mode}"
    for port, level in resource.get("spec.portLevelMtls", {}).items():
        if level.get("mode", "UNSET") not in ("STRICT", "UNSET"):
            yield f"Mutual TLS is {level['mode']} on port {port}"


@stack_rule(
    id="mesh-strict-everywhere",
    title="Mutual TLS is asked for in the whole mesh, not namespace by namespace",
    on=(_PEERS,),
    pci=("8.3.1",),
    severity=Severity.HIGH,
    fix=(
        "kubernetes.apiextensions.CustomResource(\n"
        '    "strict", api_version="security.istio.io/v1", kind="PeerAuthentication",\n'
        '    metadata={"name": "default", "namespace": "istio-system"},\n'
        '    spec={"mtls": {"mode": "STRICT"}},\n'
        ")"
    ),
    reference=_PEER_DOCS,
    passes=([_one("PeerAuthentication", peers(where="istio-system"))],),
    fails=(
        [_one("PeerAuthentication", peers())],
        [_one("PeerAuthentication", peers("PERMISSIVE", "istio-system"))],
        [
            _one(
                "PeerAuthentication",
                peers(where="istio-system", selector={"matchLabels": {"a": "b"}}),
            )
        ],
    ),
    undecidable=([_one("PeerAuthentication", peers(where=UNKNOWN))],),
)
def mesh_strict_everywhere(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """A namespace that is made next year is as closed as those of today."""
    found = stack.of(_PEERS)
    if not any(
        each.get("metadata.namespace", "default") == "istio-system"
        and not each.has("spec.selector")
        and each.get("spec.mtls.mode", "UNSET") == "STRICT"
        for each in found
    ):
        yield found[0], "Nothing in istio-system is STRICT for the whole mesh"


@rule(
    id="mesh-nobody-allowed-everything",
    title="No authorisation policy allows everything",
    on=(_AUTHORIZATION,),
    pci=("7.2.2",),
    severity=Severity.HIGH,
    fix='{"rules": [{"from": [{"source": {"principals": [...]}}], "to": [...]}]}',
    reference=_AUTHORIZATION_DOCS,
    passes=(
        authorization(),
        authorization(action="ALLOW", rules=[{"from": [_GATEWAY], "to": [_POST]}]),
        authorization(action="DENY", rules=[{}]),
    ),
    fails=(authorization(rules=[{}]), authorization(action="ALLOW", rules=[{}])),
    undecidable=(authorization(rules=UNKNOWN),),
)
def mesh_nobody_allowed_everything(resource: Resource) -> Iterator[str]:
    """An empty rule matches every request, from whoever it is."""
    if resource.get("spec.action", "ALLOW") != "ALLOW":
        return
    for part in resource.items("spec.rules"):
        if not any(part.has(key) for key in ("from", "to", "when")):
            yield f"{part.path} allows everything"


@rule(
    id="mesh-callers-named",
    title="Authorisation policies say who may call",
    on=(_AUTHORIZATION,),
    pci=("7.2.5",),
    severity=Severity.HIGH,
    fix='{"from": [{"source": {"principals": ["cluster.local/ns/istio-ingress/sa/gateway"]}}]}',
    reference=_AUTHORIZATION_DOCS,
    passes=(
        authorization(),
        authorization(rules=[{"from": [_GATEWAY]}]),
        authorization(
            rules=[{"from": [{"source": {"requestPrincipals": ["https://issuer/ana"]}}]}]
        ),
        authorization(action="DENY", rules=[{"to": [_POST]}]),
    ),
    fails=(
        authorization(rules=[{"to": [_POST]}]),
        authorization(rules=[{"from": [{"source": {"ipBlocks": ["10.0.0.0/16"]}}]}]),
        authorization(rules=[{"from": [{"source": {"principals": ["*"]}}]}]),
    ),
    undecidable=(authorization(rules=[{"from": UNKNOWN}]),),
)
def mesh_callers_named(resource: Resource) -> Iterator[str]:
    """An address or a namespace is where a caller stands, not who it is."""
    if resource.get("spec.action", "ALLOW") != "ALLOW":
        return
    for part in resource.items("spec.rules"):
        if not part.has("from") and any(part.has(key) for key in ("to", "when")):
            yield f"{part.path} is for any caller"
        for source in part.items("from[].source"):
            names = [
                name
                for key in ("principals", "requestPrincipals", "serviceAccounts")
                for name in source.get(key, [])
            ]
            if not names:
                yield f"{source.path} names no identity"
            if "*" in names:
                yield f"{source.path} is any identity"


@rule(
    id="mesh-calls-named",
    title="Authorisation policies say what may be called",
    on=(_AUTHORIZATION,),
    pci=("7.2.1",),
    severity=Severity.LOW,
    fix='{"to": [{"operation": {"methods": ["POST"], "paths": ["/v1/payments"]}}]}',
    reference=_AUTHORIZATION_DOCS,
    passes=(
        authorization(),
        authorization(rules=[{"from": [_GATEWAY], "to": [_POST]}]),
        authorization(rules=[{"from": [_GATEWAY], "to": [{"operation": {"ports": ["5432"]}}]}]),
    ),
    fails=(
        authorization(rules=[{"from": [_GATEWAY]}]),
        authorization(rules=[{"from": [_GATEWAY], "to": [{"operation": {"paths": ["*"]}}]}]),
    ),
    undecidable=(authorization(rules=[{"from": [_GATEWAY], "to": UNKNOWN}]),),
)
def mesh_calls_named(resource: Resource) -> Iterator[str]:
    """Who may take a payment may not, for that, refund it or read the metrics."""
    if resource.get("spec.action", "ALLOW") != "ALLOW":
        return
    for part in resource.items("spec.rules"):
        if part.has("from") and not part.has("to"):
            yield f"{part.path} is for any call"
        for operation in part.items("to[].operation"):
            named = [operation.get(key, []) for key in ("methods", "paths", "ports", "hosts")]
            if all(not each or each == ["*"] for each in named):
                yield f"{operation.path} is any call"


@stack_rule(
    id="mesh-denies-by-default",
    title="Each namespace of the mesh denies what no policy allows",
    on=(NAMESPACE,),
    pci=("7.3.3",),
    severity=Severity.HIGH,
    fix=(
        "kubernetes.apiextensions.CustomResource(\n"
        '    "deny", api_version="security.istio.io/v1", kind="AuthorizationPolicy",\n'
        '    metadata={"name": "deny", "namespace": "istio-system"}, spec={},\n'
        ")"
    ),
    reference="https://istio.io/latest/docs/concepts/security/#authorization-policies",
    passes=(
        [namespace(), _one("AuthorizationPolicy", authorization())],
        [namespace(), _one("AuthorizationPolicy", authorization("istio-system"))],
    ),
    fails=(
        [namespace(), _one("AuthorizationPolicy", authorization("another"))],
        [namespace(), _one("AuthorizationPolicy", authorization(rules=[{"from": [_GATEWAY]}]))],
    ),
    undecidable=([namespace(), _one("AuthorizationPolicy", authorization(UNKNOWN))],),
    not_applicable=(),
)
def mesh_denies_by_default(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """A service without a policy answers everybody."""
    policies = stack.of(_AUTHORIZATION)
    if not policies and not stack.of(_PEERS):
        return
    denying = [
        each
        for each in policies
        if not each.has("spec.rules")
        and not each.has("spec.selector")
        and each.get("spec.action", "ALLOW") == "ALLOW"
    ]
    root = Resource({"metadata": {"name": "istio-system"}}, type=NAMESPACE)
    for each in stack.of(NAMESPACE):
        if not inhabited(each, denying) and not inhabited(root, denying):
            yield each, "Its services answer calls that no policy allows"


@stack_rule(
    id="mesh-calls-logged",
    title="Every call in the mesh is logged",
    on=(ROOT,),
    pci=("10.2.1",),
    severity=Severity.MEDIUM,
    fix=(
        "kubernetes.apiextensions.CustomResource(\n"
        '    "log", api_version="telemetry.istio.io/v1", kind="Telemetry",\n'
        '    metadata={"name": "log", "namespace": "istio-system"},\n'
        '    spec={"accessLogging": [{"providers": [{"name": "envoy"}]}]},\n'
        ")"
    ),
    reference="https://istio.io/latest/docs/tasks/observability/logs/telemetry-api/",
    passes=(
        [{"type": ROOT, "name": "stack"}],
        [
            {"type": ROOT, "name": "stack"},
            _one("PeerAuthentication", peers()),
            {
                "type": "kubernetes:telemetry.istio.io/v1:Telemetry",
                "name": "log",
                "props": {
                    "metadata": {"namespace": "istio-system"},
                    "spec": {"accessLogging": [{"providers": [{"name": "envoy"}]}]},
                },
            },
        ],
    ),
    fails=(
        [{"type": ROOT, "name": "stack"}, _one("PeerAuthentication", peers())],
        [
            {"type": ROOT, "name": "stack"},
            _one("PeerAuthentication", peers()),
            {
                "type": "kubernetes:telemetry.istio.io/v1:Telemetry",
                "name": "log",
                "props": {"spec": {"accessLogging": [{"disabled": True}]}},
            },
        ],
    ),
    undecidable=(
        [
            {"type": ROOT, "name": "stack"},
            _one("PeerAuthentication", peers()),
            {
                "type": "kubernetes:telemetry.istio.io/v1:Telemetry",
                "name": "log",
                "props": {"spec": {"accessLogging": UNKNOWN}},
            },
        ],
    ),
)
def mesh_calls_logged(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """Which service asked for which card, and when, is known nowhere else."""
    if not stack.of(_PEERS):
        return
    for each in stack.of("kubernetes:telemetry.istio.io/*:Telemetry"):
        for logging in each.items("spec.accessLogging"):
            if not logging.get("disabled", False):
                return
    yield stack.root, "Calls between services are logged nowhere"
