"""Network policies: nothing in or out, then one allow for each edge of the service graph."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from infra.security import graph, peers
from infra.security.namespaces import ROOMS
from infra.services import SERVICES

_Egress = k8s.networking.v1.NetworkPolicyEgressRuleArgsDict

API_SERVER = 443
POSTGRES_PORTS = (5432, 7432, 7433, 8008)
"""Of StackGres: the pooler, PostgreSQL behind it and beside it, and Patroni."""


@dataclass(frozen=True, kw_only=True)
class NetworkPoliciesArgs:
    """The region's own network and its peers'."""

    vpc_cidr: str
    peer_cidrs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Operator:
    """What reaches an operator's namespace, and what it reaches beyond its own namespace."""

    own: tuple[int, ...] = ()
    """Ports among its own pods."""
    called_on: tuple[int, ...] = ()
    """By the API server and by kubelets, from addresses of the VPC."""
    calls: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """Namespaces and their ports."""
    served_to: tuple[tuple[str, tuple[int, ...]], ...] = ()
    to_internet: bool = False
    node_ports: tuple[int, ...] = ()
    """Of nodes, such as the kubelet's."""


OPERATORS = {
    "istio-system": Operator(
        called_on=(15017, 15014, 15021),
        served_to=tuple((each, (15012,)) for each in ("payments", "istio-ingress", "monitoring")),
    ),
    "gatekeeper-system": Operator(called_on=(8443, 9090)),
    # Let's Encrypt, and Route 53 for its challenges.
    "cert-manager": Operator(called_on=(10250, 6443), to_internet=True),
    "stackgres": Operator(own=(8443,), called_on=(8443,), calls=(("database", POSTGRES_PORTS),)),
    "falco": Operator(),
    # S3 answers at public addresses, also by way of the VPC's own endpoint.
    "logging": Operator(own=(9200, 9300), called_on=(9443,), to_internet=True),
    "monitoring": Operator(
        own=(8080, 9090, 9093, 9094, 9100, 10250),
        called_on=(10250, 6443, 4318),
        calls=(
            ("payments", (8080,)),
            ("vault", (8200,)),
            ("database", (9187,)),
            ("istio-system", (15012, 15014)),
            ("istio-ingress", (15020,)),
        ),
        served_to=(("payments", (4318,)),),
        node_ports=(9100, 10250),
    ),
}


class NetworkPolicies(pulumi.ComponentResource):
    """Default deny in both directions in each namespace, and the edges."""

    def __init__(
        self, name: str, args: NetworkPoliciesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:security:NetworkPolicies", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self._args = args
        self._vpc = peers.block(args.vpc_cidr)
        self._peers = [peers.block(each) for each in args.peer_cidrs]
        self._internet = peers.internet(args.vpc_cidr, *args.peer_cidrs)
        for room in ROOMS:
            self._policy(room.name, "default-deny", {}, ingress=[], egress=[])
            names: list[_Egress] = [{"to": [peers.namespace("kube-system")], "ports": peers.dns()}]
            self._policy(room.name, "names", {}, egress=names)
        for service in SERVICES:
            self._service(service.name)
        for namespace, operator in OPERATORS.items():
            self._operator(namespace, operator)
        mesh: list[_Egress] = [{"to": [peers.namespace("istio-system")], "ports": peers.tcp(15012)}]
        self._policy("payments", "mesh", {}, egress=mesh)
        self._gateway()
        self._vault()
        self._database()
        self.register_outputs({})

    def _policy(
        self,
        namespace: str,
        name: str,
        select: dict[str, str],
        *,
        ingress: Sequence[k8s.networking.v1.NetworkPolicyIngressRuleArgsDict] | None = None,
        egress: Sequence[_Egress] | None = None,
    ) -> None:
        spec: k8s.networking.v1.NetworkPolicySpecArgsDict = {
            "pod_selector": {"match_labels": select} if select else {},
            "policy_types": [
                *(["Ingress"] if ingress is not None else []),
                *(["Egress"] if egress is not None else []),
            ],
        }
        if ingress is not None:
            spec["ingress"] = list(ingress)
        if egress is not None:
            spec["egress"] = list(egress)
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
                {"from_": [peers.pods(each.source)], "ports": peers.tcp(*each.ports)}
                for each in graph.into(place)
            ],
            egress=[
                {"to": self._targets(each.target), "ports": peers.tcp(*each.ports)}
                for each in graph.out_of(place)
            ],
        )

    def _targets(self, place: graph.Place) -> list[peers.Peer]:
        if place.inside:
            return [peers.pods(place)]
        if place == graph.BROKERS:
            return [self._vpc]
        return self._peers if place == graph.PEER else [self._internet]

    def _operator(self, namespace: str, operator: Operator) -> None:
        own = peers.namespace(namespace)
        out: list[_Egress] = [
            {"to": [self._vpc], "ports": peers.tcp(API_SERVER, *operator.node_ports)}
        ]
        if operator.to_internet:
            out.append({"to": [self._internet], "ports": peers.tcp(443)})
        self._policy(
            namespace,
            "operator",
            {},
            ingress=[
                *([{"from_": [own], "ports": peers.tcp(*operator.own)}] if operator.own else []),
                *(
                    [{"from_": [self._vpc], "ports": peers.tcp(*operator.called_on)}]
                    if operator.called_on
                    else []
                ),
                *(
                    {"from_": [peers.namespace(each)], "ports": peers.tcp(*ports)}
                    for each, ports in operator.served_to
                ),
            ],
            egress=[
                *([{"to": [own], "ports": peers.tcp(*operator.own)}] if operator.own else []),
                *out,
                *(
                    {"to": [peers.namespace(each)], "ports": peers.tcp(*ports)}
                    for each, ports in operator.calls
                ),
            ],
        )

    def _gateway(self) -> None:
        """Let merchants in from anywhere, and the gateway on to the API only."""
        anywhere = peers.block("0.0.0.0/0")
        api = graph.service("payments-api")
        self._policy(
            "istio-ingress",
            "gateway",
            dict(graph.INGRESS.labels),
            ingress=[
                # The load balancer keeps the client's address, so that the log has it.
                {"from_": [anywhere], "ports": peers.tcp(8443)},
                {"from_": [self._vpc], "ports": peers.tcp(15021)},
                {"from_": [peers.pods(graph.PROMETHEUS)], "ports": peers.tcp(15020)},
            ],
            egress=[
                {"to": [peers.pods(api)], "ports": peers.tcp(8080)},
                {"to": [peers.namespace("istio-system")], "ports": peers.tcp(15012)},
                # The signers' keys, this region's and the peers'.
                {"to": [self._vpc, *self._peers], "ports": peers.tcp(8443)},
            ],
        )

    def _vault(self) -> None:
        init = graph.pods("vault", "vault-init", **{"app.kubernetes.io/name": "vault-init"})
        callers = [peers.pods(each.source) for each in graph.into(graph.VAULT)]
        vault = peers.pods(graph.VAULT)
        self._policy(
            "vault",
            "vault",
            dict(graph.VAULT.labels),
            ingress=[
                {
                    # From the VPC comes whoever runs Pulumi.
                    "from_": [*callers, peers.pods(init), peers.pods(graph.PROMETHEUS), self._vpc],
                    "ports": peers.tcp(8200),
                },
                {"from_": [vault], "ports": peers.tcp(8200, 8201)},
            ],
            egress=[
                {"to": [vault], "ports": peers.tcp(8200, 8201)},
                {"to": [peers.pods(graph.DATABASE)], "ports": peers.tcp(5432)},
                # KMS and STS by their VPC endpoints, and the API server.
                {"to": [self._vpc], "ports": peers.tcp(443)},
            ],
        )
        self._policy(
            "vault",
            "vault-init",
            dict(init.labels),
            egress=[
                {"to": [vault], "ports": peers.tcp(8200)},
                {"to": [self._vpc], "ports": peers.tcp(443, 8200)},
            ],
        )

    def _database(self) -> None:
        callers = [peers.pods(each.source) for each in graph.into(graph.DATABASE)]
        nodes = [peers.namespace("database"), peers.namespace("stackgres")]
        self._policy(
            "database",
            "database",
            {},
            ingress=[
                {
                    "from_": [*callers, peers.pods(graph.VAULT), self._vpc, *self._peers],
                    "ports": peers.tcp(5432),
                },
                {"from_": nodes, "ports": peers.tcp(*POSTGRES_PORTS)},
                {"from_": [peers.pods(graph.PROMETHEUS)], "ports": peers.tcp(9187)},
            ],
            egress=[
                {"to": nodes, "ports": peers.tcp(*POSTGRES_PORTS, 8443)},
                # The API server keeps Patroni's lock; a standby follows the peer's primary.
                {"to": [self._vpc, *self._peers], "ports": peers.tcp(443, 5432)},
                # Backups go to S3, which answers at public addresses.
                {"to": [self._internet], "ports": peers.tcp(443)},
            ],
        )
