"""Rules for network policies: who may speak to whom inside of a cluster."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

from policies.rule import UNKNOWN, Node, Resource, Severity, Stack, StackRule, rule, stack_rule
from policies.rules.namespace import NAMESPACE, inhabited, namespace

_POLICIES = "https://kubernetes.io/docs/concepts/services-networking/network-policies/"
_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
_METADATA_SERVICE = ip_address("169.254.169.254")
_EVERYWHERE = ("0.0.0.0/0", "::/0")
_HTTPS = {"protocol": "TCP", "port": 8443}
_GATEWAY = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "istio-ingress"}},
    "podSelector": {"matchLabels": {"app": "gateway"}},
}


def policy(
    *,
    ingress: object = None,
    egress: object = None,
    annotations: object = None,
    selector: object = None,
) -> dict[str, Any]:
    """A network policy; a direction is in its `policyTypes` when rules for it are given."""
    directions = {"ingress": ingress, "egress": egress}
    given = {key: value for key, value in directions.items() if value is not None}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "payments-api", "namespace": "payments"}
        | ({"annotations": annotations} if annotations else {}),
        "spec": {
            "podSelector": {} if selector is None else selector,
            "policyTypes": [key.capitalize() for key in given],
            **given,
        },
    }


def _peers(resource: Resource) -> Iterator[tuple[str, Node]]:
    """Each rule of a policy with the key of its peers."""
    for direction, key in (("ingress", "from"), ("egress", "to")):
        for part in resource.items(f"spec.{direction}"):
            yield key, part


@rule(
    id="network-policy-sources-named",
    title="Each ingress rule says from where",
    on=(_POLICY,),
    pci=("1.3.1",),
    severity=Severity.HIGH,
    fix='{"from": [{"namespace_selector": {...}, "pod_selector": {...}}]}',
    reference=_POLICIES,
    passes=(
        policy(ingress=[]),
        policy(ingress=[{"from": [_GATEWAY], "ports": [_HTTPS]}]),
        policy(egress=[{"ports": [_HTTPS]}]),
    ),
    fails=(
        policy(ingress=[{}]),
        policy(ingress=[{"ports": [_HTTPS]}]),
        policy(ingress=[{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [_HTTPS]}]),
    ),
    undecidable=(
        policy(ingress=UNKNOWN),
        policy(ingress=[{"from": [{"ipBlock": {"cidr": UNKNOWN}}]}]),
    ),
)
def network_policy_sources_named(resource: Resource) -> Iterator[str]:
    """A rule without `from` lets everybody in, and undoes the default that denies."""
    for part in resource.items("spec.ingress"):
        if not part.has("from"):
            yield f"{part.path} lets everybody in"
        for cidr in part.get("from[].ipBlock.cidr"):
            if cidr in _EVERYWHERE:
                yield f"{part.path} lets {cidr} in"


@rule(
    id="network-policy-destinations-named",
    title="Each egress rule says where to",
    on=(_POLICY,),
    pci=("1.3.2",),
    severity=Severity.HIGH,
    fix='{"to": [{"ip_block": {"cidr": "10.0.64.0/18"}}]}',
    reference=_POLICIES,
    passes=(
        policy(egress=[]),
        policy(egress=[{"to": [_GATEWAY], "ports": [_HTTPS]}]),
        policy(egress=[{"to": [{"ipBlock": {"cidr": "10.0.64.0/18"}}], "ports": [_HTTPS]}]),
    ),
    fails=(
        policy(egress=[{}]),
        policy(egress=[{"ports": [_HTTPS]}]),
        policy(egress=[{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [_HTTPS]}]),
    ),
    undecidable=(policy(egress=[{"to": [{"ipBlock": {"cidr": UNKNOWN}}]}]),),
)
def network_policy_destinations_named(resource: Resource) -> Iterator[str]:
    """Card data leaves by the door that nobody thought of."""
    for part in resource.items("spec.egress"):
        if not part.has("to"):
            yield f"{part.path} lets traffic out to anywhere"
        for cidr in part.get("to[].ipBlock.cidr"):
            if cidr in _EVERYWHERE:
                yield f"{part.path} lets traffic out to {cidr}"


@rule(
    id="network-policy-ports-named",
    title="Each rule of a network policy says which ports",
    on=(_POLICY,),
    pci=("1.2.5",),
    severity=Severity.MEDIUM,
    fix='{"ports": [{"protocol": "TCP", "port": 8443}]}',
    reference=_POLICIES,
    passes=(policy(ingress=[]), policy(ingress=[{"from": [_GATEWAY], "ports": [_HTTPS]}])),
    fails=(
        policy(ingress=[{"from": [_GATEWAY]}]),
        policy(egress=[{"to": [_GATEWAY], "ports": [{"protocol": "TCP"}]}]),
    ),
    undecidable=(policy(ingress=[{"from": [_GATEWAY], "ports": UNKNOWN}]),),
)
def network_policy_ports_named(resource: Resource) -> Iterator[str]:
    """A rule without ports opens all of them, debug ports included."""
    for _, part in _peers(resource):
        if not part.has("ports"):
            yield f"{part.path} opens every port"
        for port in part.items("ports"):
            if not port.has("port"):
                yield f"{port.path} opens every {port.get('protocol', 'TCP')} port"


@rule(
    id="network-policy-port-ranges-narrow",
    title="No rule of a network policy opens a wide range of ports",
    on=(_POLICY,),
    pci=("1.2.5",),
    severity=Severity.LOW,
    fix='{"ports": [{"protocol": "TCP", "port": 8443}]}',
    reference=_POLICIES,
    passes=(
        policy(ingress=[{"from": [_GATEWAY], "ports": [_HTTPS]}]),
        policy(ingress=[{"from": [_GATEWAY], "ports": [{"port": 9090, "endPort": 9099}]}]),
    ),
    fails=(policy(egress=[{"to": [_GATEWAY], "ports": [{"port": 1024, "endPort": 65535}]}]),),
    undecidable=(policy(egress=[{"to": [_GATEWAY], "ports": [{"port": 1, "endPort": UNKNOWN}]}]),),
)
def network_policy_port_ranges_narrow(resource: Resource) -> Iterator[str]:
    """Each open port needs a reason; nobody has ten thousand reasons."""
    for _, part in _peers(resource):
        for port in part.items("ports"):
            last = port.get("endPort")
            if last is not None and int(last) - int(port.get("port", 0)) >= 100:  # noqa: PLR2004 - see the title
                yield f"{port.path} opens {port.get('port')} to {last}"


@rule(
    id="network-policy-namespaces-named",
    title="No rule of a network policy is about every namespace",
    on=(_POLICY,),
    pci=("2.2.3",),
    severity=Severity.MEDIUM,
    fix='{"namespace_selector": {"match_labels": {"app.kubernetes.io/part-of": "evenkeel"}}}',
    reference=_POLICIES,
    passes=(
        policy(ingress=[{"from": [_GATEWAY]}]),
        policy(ingress=[{"from": [{"podSelector": {}}]}]),
    ),
    fails=(
        policy(ingress=[{"from": [{"namespaceSelector": {}}]}]),
        policy(egress=[{"to": [{"namespaceSelector": {}, "podSelector": {}}]}]),
    ),
    undecidable=(policy(ingress=[{"from": [{"namespaceSelector": UNKNOWN}]}]),),
)
def network_policy_namespaces_named(resource: Resource) -> Iterator[str]:
    """An empty selector means all, also the namespaces of tools that do not exist yet."""
    for key, part in _peers(resource):
        for peer in part.items(key):
            if "namespaceSelector" in peer.props and not peer.has("namespaceSelector"):
                yield f"{peer.path} is every namespace"


@rule(
    id="network-policy-keeps-node-metadata-out",
    title="No pod reaches the instance metadata service of its node",
    on=(_POLICY,),
    pci=("7.2.5",),
    severity=Severity.HIGH,
    fix='{"ip_block": {"cidr": "169.254.0.0/16", "except_": ["169.254.169.254/32"]}}',
    reference="https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html",
    passes=(
        policy(egress=[{"to": [{"ipBlock": {"cidr": "10.0.0.0/16"}}]}]),
        policy(
            egress=[
                {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}]},
            ]
        ),
    ),
    fails=(
        policy(egress=[{"to": [{"ipBlock": {"cidr": "169.254.169.254/32"}}]}]),
        policy(egress=[{"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}]}]),
    ),
    undecidable=(policy(egress=[{"to": [{"ipBlock": {"cidr": UNKNOWN}}]}]),),
)
def network_policy_keeps_node_metadata_out(resource: Resource) -> Iterator[str]:
    """The metadata service hands out the node's own role to whoever asks."""
    for block in resource.items("spec.egress[].to[].ipBlock"):
        if _holds(block.get("cidr", "")) and not any(map(_holds, block.get("except", []))):
            yield f"{block.path} reaches {_METADATA_SERVICE}"


def _holds(cidr: str) -> bool:
    """Whether a block of addresses has the metadata service in it; not, when it is no block."""
    try:
        return _METADATA_SERVICE in ip_network(cidr, strict=False)
    except ValueError:
        return False


def _denying(direction: str, where: object = "payments") -> dict[str, Any]:
    """A policy that denies one direction to every pod of a namespace."""
    return {
        "type": _POLICY,
        "name": f"deny-{direction}",
        "props": {
            "metadata": {"name": f"deny-{direction}", "namespace": where},
            "spec": {"podSelector": {}, "policyTypes": [direction]},
        },
    }


def _denies(resource: Resource, direction: str) -> bool:
    """Whether a policy takes a direction from every pod of its namespace."""
    kinds = resource.get("spec.policyTypes", ["Ingress"])
    return (
        direction in kinds
        and not resource.has("spec.podSelector")
        and not resource.has(f"spec.{direction.lower()}")
    )


def _default_deny(direction: str, id_: str, why: str, pci: tuple[str, ...]) -> StackRule:
    """The rule that each namespace denies a direction unless told otherwise."""

    def judge(stack: Stack) -> Iterator[tuple[Resource, str]]:
        policies = [each for each in stack.of(_POLICY) if _denies(each, direction)]
        for each in stack.of(NAMESPACE):
            if not inhabited(each, policies):
                yield each, f"Nothing denies {direction.lower()} to its pods by default"

    judge.__doc__ = why
    judge.__module__ = __name__
    return stack_rule(
        id=id_,
        title=f"Each namespace denies {direction.lower()} by default",
        on=(NAMESPACE,),
        pci=pci,
        severity=Severity.HIGH,
        fix=(
            "kubernetes.networking.v1.NetworkPolicy(\n"
            '    "deny",\n'
            '    metadata={"namespace": namespace.metadata["name"]},\n'
            f'    spec={{"pod_selector": {{}}, "policy_types": ["{direction}"]}},\n'
            ")"
        ),
        reference=_POLICIES + "#default-policies",
        passes=(
            [namespace(), _denying(direction)],
            [namespace(), {**_denying(direction, UNKNOWN), "refs": {"metadata": "payments"}}],
        ),
        fails=(
            [namespace()],
            [namespace(), _denying("Egress" if direction == "Ingress" else "Ingress")],
            [namespace(), _denying(direction, "another")],
        ),
        undecidable=([namespace(), _denying(direction, UNKNOWN)],),
        not_applicable=(),
    )(judge)


namespace_denies_ingress = _default_deny(
    "Ingress",
    "namespace-denies-ingress",
    "A pod that no policy selects may be reached from every pod of the cluster.",
    ("1.3.1",),
)
namespace_denies_egress = _default_deny(
    "Egress",
    "namespace-denies-egress",
    "A pod that no policy selects may send what it holds anywhere.",
    ("1.3.2",),
)
