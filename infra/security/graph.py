"""The service graph: who may open a connection to whom, from which all mesh and network rules come.

Each edge is one allow; everything else is denied, in both directions.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from infra import names
from infra.pod import HTTP_PORT, selector
from infra.services import SERVICES, Callee, Service

GATEWAY = "istio-ingress/gateway"


@dataclass(frozen=True, kw_only=True)
class Place:
    """One end of an edge: pods in the cluster, or an address outside of it."""

    name: str
    namespace: str = ""
    """Empty for what lies outside the cluster."""
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def inside(self) -> bool:
        """Whether it is pods of this cluster."""
        return bool(self.namespace)


@dataclass(frozen=True, kw_only=True)
class Edge:
    """One allowed connection."""

    source: Place
    target: Place
    ports: tuple[int, ...]
    why: str
    meshed: bool = True
    """Whether both ends have a sidecar, so that the mesh proves who calls."""


def pods(namespace: str, name: str, **labels: str) -> Place:
    """Pods of a namespace, by their labels."""
    return Place(name=name, namespace=namespace, labels=tuple(labels.items()))


def service(name: str) -> Place:
    """One part of the payment service."""
    return Place(name=name, namespace="payments", labels=tuple(selector(name).items()))


INGRESS = Place(name="gateway", namespace="istio-ingress", labels=(("istio", "ingress"),))
VAULT = Place(name="vault", namespace="vault", labels=(("app.kubernetes.io/name", "vault"),))
DATABASE = Place(
    name="database", namespace="database", labels=(("app", "StackGresShardedCluster"),)
)
COLLECTOR = Place(
    name="collector", namespace="monitoring", labels=(("app.kubernetes.io/name", "collector"),)
)
PROMETHEUS = Place(
    name="prometheus", namespace="monitoring", labels=(("app.kubernetes.io/name", "prometheus"),)
)
BROKERS = Place(name="brokers")
PEER = Place(name="peer-intake")
ACQUIRER = Place(name="acquirer")
MERCHANTS = Place(name="merchants")

_CALLEES: dict[Callee, tuple[Place, tuple[int, ...], str]] = {
    "database": (DATABASE, (names.DATABASE_PORT,), "its rows, over PostgreSQL's own verified TLS"),
    "vault": (VAULT, (names.VAULT_PORT,), "its password and what it encrypts or signs"),
    "kafka": (BROKERS, (names.KAFKA_IAM_PORT,), "its topics"),
    "peer-intake": (PEER, (names.INTAKE_PORT,), "payments to be durable in both regions"),
    "acquirer": (ACQUIRER, (443,), "settlement"),
    "merchants": (MERCHANTS, (443,), "webhooks"),
    "telemetry": (COLLECTOR, (4318,), "traces"),
}
_OUT_OF_MESH = (DATABASE, VAULT, COLLECTOR)


def _calls(each: Service) -> Iterator[Edge]:
    for callee in each.calls:
        target, ports, why = _CALLEES[callee]
        yield Edge(
            source=service(each.name),
            target=target,
            ports=ports,
            why=f"{each.name} calls for {why}",
            meshed=target.inside and target not in _OUT_OF_MESH,
        )


def edges() -> tuple[Edge, ...]:
    """Every allowed connection of the payment service, in a stable order."""
    found = [
        Edge(
            source=INGRESS,
            target=service("payments-api"),
            ports=(HTTP_PORT,),
            why="merchants' and the peer's requests, after mutual TLS",
        )
    ]
    for each in SERVICES:
        found += _calls(each)
        if not each.is_job:
            found.append(
                Edge(
                    source=PROMETHEUS,
                    target=service(each.name),
                    ports=(HTTP_PORT,),
                    why="metrics",
                )
            )
    return tuple(found)


def into(place: Place) -> tuple[Edge, ...]:
    """Return the edges that end at a place."""
    return tuple(each for each in edges() if each.target == place)


def out_of(place: Place) -> tuple[Edge, ...]:
    """Return the edges that begin at a place."""
    return tuple(each for each in edges() if each.source == place)


def mermaid() -> str:
    """Return the graph as a Mermaid flow chart, for the docs."""
    lines = [
        f"  {each.source.name} -->|{','.join(map(str, each.ports))}| {each.target.name}"
        for each in edges()
    ]
    return "\n".join(["flowchart LR", *lines])
