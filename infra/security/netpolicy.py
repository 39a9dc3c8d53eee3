"""Network policies: nothing in or out, then one allow for each edge of the service graph."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from infra.security import graph
from infra.services import SERVICES

DNS_PORTS = ((53, "UDP"), (53, "TCP"))
METADATA_SERVICE = "169.254.169.254/32"


@dataclass(frozen=True, kw_only=True)
class NetworkPoliciesArgs:
    """What lies around the pods."""

    vpc_cidr: str
    peer_cidrs: tuple[str, ...]
    mesh_namespace: str = "istio-system"


class NetworkPolicies(pulumi.ComponentResource):
    """Default deny in both directions in each namespace, and the edges."""

    def __init__(
        self, name: str, args: NetworkPoliciesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:security:NetworkPolicies", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self._args = args
        for namespace in ("payments", "vault", "database"):
            self._policy(namespace, "default-deny", {}, ingress=[], egress=[])
            self._policy(
                namespace,
                "names",
                {},
                egress=[{"to": [_namespace("kube-system")], "ports": _ports(DNS_PORTS)}],
            )
        for service in SERVICES:
            self._service(service.name)
        self._policy(
            "payments",
            "mesh",
            {},
            egress=[{"to": [_namespace(args.mesh_namespace)], "ports": _tcp(15012)}],
        )
        self._vault()
        self._database()
        self.register_outputs({})

    def _policy(
        self,
        namespace: str,
        name: str,
        select: dict[str, str],
        *,
        ingress: list[dict[str, Any]] | None = None,
        egress: list[dict[str, Any]] | None = None,
    ) -> None:
        spec: dict[str, Any] = {
            "pod_selector": {"match_labels": select} if select else {},
            "policy_types": [
                *(["Ingress"] if ingress is not None else []),
                *(["Egress"] if egress is not None else []),
            ],
        }
        if ingress is not None:
            spec["ingress"] = ingress
        if egress is not None:
            spec["egress"] = egress
        k8s.networking.v1.NetworkPolicy(
            f"{namespace}-{name}",
            metadata={"name": name, "namespace": namespace},
            spec=spec,
            opts=self._child,
        )

    def _service(self, name: str) -> None:
        place = graph.service(name)
        self._policy(
            "payments",
            name,
            dict(place.labels),
            ingress=[
                {"from_": [_pods(each.source)], "ports": _tcp(*each.ports)}
                for each in graph.into(place)
            ],
            egress=[self._out(each) for each in graph.out_of(place)],
        )

    def _out(self, edge: graph.Edge) -> dict[str, Any]:
        if edge.target.inside:
            return {"to": [_pods(edge.target)], "ports": _tcp(*edge.ports)}
        return {"to": self._outside(edge.target), "ports": _tcp(*edge.ports)}

    def _outside(self, place: graph.Place) -> list[dict[str, Any]]:
        if place == graph.BROKERS:
            return [{"ip_block": {"cidr": self._args.vpc_cidr}}]
        if place == graph.PEER:
            return [{"ip_block": {"cidr": each}} for each in self._args.peer_cidrs]
        # The internet, by way of the egress firewall's list, and nothing of our own networks.
        own = (self._args.vpc_cidr, *self._args.peer_cidrs, METADATA_SERVICE)
        return [{"ip_block": {"cidr": "0.0.0.0/0", "except_": list(own)}}]

    def _vault(self) -> None:
        callers = [_pods(each.source) for each in graph.into(graph.VAULT)]
        init = graph.pods("vault", "vault-init", **{"app.kubernetes.io/name": "vault-init"})
        vpc = {"ip_block": {"cidr": self._args.vpc_cidr}}
        self._policy(
            "vault",
            "vault",
            dict(graph.VAULT.labels),
            ingress=[
                {
                    "from_": [*callers, _pods(init), vpc, _pods(graph.PROMETHEUS)],
                    "ports": _tcp(8200),
                },
                {"from_": [_pods(graph.VAULT)], "ports": _tcp(8200, 8201)},
            ],
            egress=[
                {"to": [_pods(graph.VAULT)], "ports": _tcp(8200, 8201)},
                {"to": [_pods(graph.DATABASE)], "ports": _tcp(5432)},
                # KMS and STS by their VPC endpoints, and the API server.
                {"to": [vpc], "ports": _tcp(443)},
            ],
        )
        self._policy(
            "vault",
            "vault-init",
            dict(init.labels),
            egress=[
                {"to": [_pods(graph.VAULT)], "ports": _tcp(8200)},
                {"to": [vpc], "ports": _tcp(443, 8200)},
            ],
        )

    def _database(self) -> None:
        vpc = {"ip_block": {"cidr": self._args.vpc_cidr}}
        peers = [{"ip_block": {"cidr": each}} for each in self._args.peer_cidrs]
        self._policy(
            "database",
            "database",
            {},
            ingress=[
                {
                    "from_": [
                        *(_pods(each.source) for each in graph.into(graph.DATABASE)),
                        _pods(graph.VAULT),
                        vpc,
                        *peers,
                    ],
                    "ports": _tcp(5432),
                },
                {"from_": [_namespace("database"), _namespace("stackgres")]},
                {"from_": [_pods(graph.PROMETHEUS)], "ports": _tcp(9187)},
            ],
            egress=[
                {"to": [_namespace("database"), _namespace("stackgres")]},
                # The API server keeps Patroni's lock; S3 by its VPC endpoint takes the backups.
                {"to": [vpc, *peers], "ports": _tcp(443, 5432)},
            ],
        )


def _tcp(*ports: int) -> list[dict[str, Any]]:
    return _ports(tuple((each, "TCP") for each in ports))


def _ports(ports: tuple[tuple[int, str], ...]) -> list[dict[str, Any]]:
    return [{"port": port, "protocol": protocol} for port, protocol in ports]


def _namespace(name: str) -> dict[str, Any]:
    return {"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": name}}}


def _pods(place: graph.Place) -> dict[str, Any]:
    return {
        **_namespace(place.namespace),
        "pod_selector": {"match_labels": dict(place.labels)},
    }
