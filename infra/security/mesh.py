"""The mesh: every connection mutually authenticated, and only the edges of the graph allowed."""

from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from infra.pod import selector
from infra.security import graph
from infra.services import DEPLOYED

SECURITY = "security.istio.io/v1"
ROOT = "istio-system"
ACCOUNTS = {
    graph.INGRESS.name: "gateway",
    graph.PROMETHEUS.name: "prometheus-kube-prometheus-prometheus",
}
"""ServiceAccounts whose names are not their place's."""


class Mesh(pulumi.ComponentResource):
    """STRICT mutual TLS, a log of each call, deny by default, one allow for each edge."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("platform:security:Mesh", name, None, opts)
        self._custom("default", SECURITY, "PeerAuthentication", ROOT, {"mtls": {"mode": "STRICT"}})
        self._custom(
            "access-log",
            "telemetry.istio.io/v1",
            "Telemetry",
            ROOT,
            {"accessLogging": [{"providers": [{"name": "envoy"}]}]},
        )
        self._authorisation()
        self.register_outputs({})

    def _custom(
        self, name: str, api: str, kind: str, namespace: str, spec: dict[str, Any]
    ) -> CustomResource:
        return CustomResource(
            f"{kind}-{namespace}-{name}".lower(),
            api_version=api,
            kind=kind,
            metadata={"name": name, "namespace": namespace},
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _authorisation(self) -> None:
        # Without rules it allows nothing; that of the root namespace holds for the whole mesh.
        self._custom("default-deny", SECURITY, "AuthorizationPolicy", ROOT, {})
        for service in DEPLOYED:
            self._custom(
                service.name,
                SECURITY,
                "AuthorizationPolicy",
                "payments",
                {
                    "selector": {"matchLabels": selector(service.name)},
                    "action": "ALLOW",
                    "rules": [allow(each) for each in graph.into(graph.service(service.name))],
                },
            )


def allow(edge: graph.Edge) -> dict[str, Any]:
    """Return the rule that lets an edge's source call its target, and no more of it."""
    account = ACCOUNTS.get(edge.source.name, edge.source.name)
    principal = f"cluster.local/ns/{edge.source.namespace}/sa/{account}"
    operation: dict[str, Any] = {"ports": [str(each) for each in edge.ports]}
    if edge.source == graph.PROMETHEUS:
        operation |= {"methods": ["GET"], "paths": ["/metrics"]}
    return {
        "from": [{"source": {"principals": [principal]}}],
        "to": [{"operation": operation}],
    }
