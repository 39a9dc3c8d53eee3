"""The two ends of a network policy's rule, and its ports, as Kubernetes writes them."""

import pulumi_kubernetes as k8s

from infra.security.graph import Place

Peer = k8s.networking.v1.NetworkPolicyPeerArgsDict
Port = k8s.networking.v1.NetworkPolicyPortArgsDict

METADATA_SERVICE = "169.254.169.254/32"


def tcp(*ports: int) -> list[Port]:
    """Return TCP ports."""
    return [{"port": port, "protocol": "TCP"} for port in ports]


def dns() -> list[Port]:
    """Return the ports of a name server."""
    return [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")]


def namespace(name: str) -> Peer:
    """Return every pod of a namespace."""
    return {"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": name}}}


def pods(place: Place) -> Peer:
    """Return the pods of a place."""
    return {
        **namespace(place.namespace),
        "pod_selector": {"match_labels": dict(place.labels)},
    }


def block(cidr: str, *outside: str) -> Peer:
    """Return a range of addresses, without those of `outside`."""
    return {"ip_block": {"cidr": cidr, "except_": list(outside) or None}}


def internet(*own: str) -> Peer:
    """Return every address but our own networks and the nodes' metadata service.

    What may be reached there by which name is the egress firewall's list; a policy knows addresses
    only.
    """
    return block("0.0.0.0/0", *own, METADATA_SERVICE)
