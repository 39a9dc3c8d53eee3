"""The mesh: every connection mutually authenticated, and only the edges of the graph allowed."""

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from infra import names
from infra.pod import HTTP_PORT, selector
from infra.security import graph
from infra.security.settings import MeshSettings
from infra.services import DEPLOYED

NETWORKING = "networking.istio.io/v1"
SECURITY = "security.istio.io/v1"
INGRESS = "istio-ingress"
GATEWAY = "payments"
CREDENTIAL = "gateway-tls"
SCOPES_PATH = "/v1/"


@dataclass(frozen=True, kw_only=True)
class MeshArgs:
    """Where the mesh stands and by which names it is reached."""

    region: str
    domain: str
    acquirer_host: str
    peers: tuple[str, ...]
    settings: MeshSettings


class Mesh(pulumi.ComponentResource):
    """The Gateway and its routes, STRICT mutual TLS, and one allow for each edge."""

    def __init__(
        self, name: str, args: MeshArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("evenkeel:security:Mesh", name, None, opts)
        self._args = args
        self._gateway()
        self._authentication()
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

    @property
    def _public_hosts(self) -> list[str]:
        return [
            names.public_host(self._args.domain),
            names.regional_host(self._args.region, self._args.domain),
        ]

    def _gateway(self) -> None:
        intake = names.intake_host(self._args.region)
        self._custom(
            GATEWAY,
            NETWORKING,
            "Gateway",
            INGRESS,
            {
                "selector": {"istio": "ingress"},
                "servers": [
                    _server("merchants", 443, self._public_hosts),
                    _server("intake", names.INTAKE_PORT, [intake]),
                ],
            },
        )
        self._custom(
            GATEWAY,
            NETWORKING,
            "VirtualService",
            "payments",
            {
                "hosts": [*self._public_hosts, intake],
                "gateways": [f"{INGRESS}/{GATEWAY}"],
                "http": [
                    {
                        "name": "api",
                        "route": [
                            {
                                "destination": {
                                    "host": "payments-api.payments.svc.cluster.local",
                                    "port": {"number": HTTP_PORT},
                                }
                            }
                        ],
                        "timeout": "15s",
                        # A payment is repeated by whoever holds its idempotency key, not here.
                        "retries": {"attempts": 0},
                    }
                ],
            },
        )

    def _authentication(self) -> None:
        self._custom(
            "default",
            SECURITY,
            "PeerAuthentication",
            "istio-system",
            {"mtls": {"mode": "STRICT"}},
        )

    def _authorisation(self) -> None:
        for namespace in ("istio-system", "payments"):
            # An empty policy allows nothing; the one of istio-system holds for the whole mesh.
            self._custom("default-deny", SECURITY, "AuthorizationPolicy", namespace, {})
        for service in DEPLOYED:
            self._custom(
                service.name,
                SECURITY,
                "AuthorizationPolicy",
                "payments",
                {
                    "selector": {"matchLabels": selector(service.name)},
                    "action": "ALLOW",
                    "rules": [_allow(each) for each in graph.into(graph.service(service.name))],
                },
            )
        self._custom(
            "gateway",
            SECURITY,
            "AuthorizationPolicy",
            INGRESS,
            {
                "selector": {"matchLabels": {"istio": "ingress"}},
                "action": "ALLOW",
                "rules": [{"to": [{"operation": {"paths": ["/v1/*", "/.well-known/*"]}}]}],
            },
        )


def _server(name: str, port: int, hosts: list[str]) -> dict[str, Any]:
    return {
        "port": {"name": name, "number": port, "protocol": "HTTPS"},
        "hosts": hosts,
        "tls": {
            "mode": "MUTUAL",
            "credentialName": CREDENTIAL,
            "minProtocolVersion": "TLSV1_3",
        },
    }


def _allow(edge: graph.Edge) -> dict[str, Any]:
    account = {"gateway": "gateway", "prometheus": "prometheus-kube-prometheus-prometheus"}.get(
        edge.source.name, edge.source.name
    )
    rule: dict[str, Any] = {
        "from": [
            {"source": {"principals": [f"cluster.local/ns/{edge.source.namespace}/sa/{account}"]}}
        ],
        "to": [{"operation": {"ports": [str(each) for each in edge.ports]}}],
    }
    if edge.source == graph.PROMETHEUS:
        rule["to"][0]["operation"] |= {"methods": ["GET"], "paths": ["/metrics"]}
    return rule
