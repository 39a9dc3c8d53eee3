"""The region's gateway: which names it answers to, and what it lets through to the service.

TLS ends here, 1.3 only, and asks for the client's certificate. Everything that Envoy is lenient
about by default is turned off.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from infra import names, naming
from infra.pod import HTTP_PORT
from infra.security.settings import MeshSettings

NETWORKING = "networking.istio.io/v1"
FILTER = "networking.istio.io/v1alpha3"
NAMESPACE = "istio-ingress"
NAME = "payments"
SELECTOR = {"istio": "ingress"}
CREDENTIAL = "gateway-tls"
INTAKE_CREDENTIAL = "intake-tls"
API = "payments-api.payments.svc.cluster.local"
BIND_TOKEN = Path(__file__).parent / "bind_token.lua"

PUBLIC_PATHS = ("/v1/*", "/oauth/token", "/.well-known/jwks.json", "/openapi.json")
WITHOUT_TOKEN = (
    "/oauth/token",
    "/.well-known/jwks.json",
    "/openapi.json",
    "/internal/v1/ownership",
)
"""Where a token is given, and what anyone who is let this far may read."""
INTERNAL_PATHS = ("/internal/v1/*", "/.well-known/jwks.json")


@dataclass(frozen=True, kw_only=True)
class GatewayArgs:
    """What the gateway is called, and its limits."""

    region: str
    domain: str
    settings: MeshSettings
    target_group_arn: pulumi.Input[str]
    """The load balancer's, which the gateway's pods join."""


def public_hosts(region: str, domain: str) -> list[str]:
    """Return the names that merchants use."""
    return [names.public_host(domain), names.regional_host(region, domain)]


class Gateway(pulumi.ComponentResource):
    """The Gateway, its routes, its filters, and its place behind the load balancer."""

    def __init__(
        self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:security:Gateway", name, None, opts)
        self._args = args
        public, intake = public_hosts(args.region, args.domain), names.intake_host(args.region)
        self._custom(
            NAME,
            NETWORKING,
            "Gateway",
            {
                "selector": SELECTOR,
                "servers": [
                    _server("merchants", 443, public, "MUTUAL", CREDENTIAL),
                    # Only the peers' networks reach it, and each call has a token that a region's
                    # Vault signed; a client certificate would have to be kept in each pod.
                    _server("intake", names.INTAKE_PORT, [intake], "SIMPLE", INTAKE_CREDENTIAL),
                ],
            },
        )
        self._route("merchants", public, PUBLIC_PATHS)
        self._route("intake", [intake], INTERNAL_PATHS)
        for title, patch in filters(args.settings).items():
            self._custom(
                title,
                FILTER,
                "EnvoyFilter",
                {"workloadSelector": {"labels": SELECTOR}, "configPatches": patch},
            )
        self._join(args.target_group_arn)
        naming.headless(
            "intake",
            NAMESPACE,
            intake,
            SELECTOR,
            names.INTAKE_PORT,
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})

    def _custom(self, name: str, api: str, kind: str, spec: dict[str, Any]) -> CustomResource:
        return CustomResource(
            f"{kind}-{name}".lower(),
            api_version=api,
            kind=kind,
            metadata={"name": name, "namespace": NAMESPACE},
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _route(self, name: str, hosts: list[str], paths: tuple[str, ...]) -> None:
        self._custom(
            name,
            NETWORKING,
            "VirtualService",
            {
                "hosts": hosts,
                "gateways": [NAME],
                "http": [
                    {
                        "name": name,
                        "match": [{"uri": _uri(path)} for path in paths],
                        "route": [{"destination": {"host": API, "port": {"number": HTTP_PORT}}}],
                        "timeout": "15s",
                        # Whoever holds the idempotency key repeats a payment, not we.
                        "retries": {"attempts": 0},
                        "headers": {
                            "response": {
                                "set": {
                                    "strict-transport-security": "max-age=63072000",
                                    "content-security-policy": "default-src 'none'",
                                    "x-content-type-options": "nosniff",
                                    "cache-control": "no-store",
                                },
                                "remove": ["server", "x-envoy-upstream-service-time"],
                            }
                        },
                    }
                ],
            },
        )

    def _join(self, arn: pulumi.Input[str]) -> None:
        """Have the gateway's pods join the load balancer's target group."""
        self._custom(
            "gateway",
            "elbv2.k8s.aws/v1beta1",
            "TargetGroupBinding",
            {
                "targetGroupARN": arn,
                "targetType": "ip",
                "serviceRef": {"name": "gateway", "port": 443},
            },
        )


def _server(name: str, port: int, hosts: list[str], mode: str, credential: str) -> dict[str, Any]:
    return {
        "port": {"name": name, "number": port, "protocol": "HTTPS"},
        "hosts": hosts,
        "tls": {
            "mode": mode,
            "credentialName": credential,
            "minProtocolVersion": "TLSV1_3",
        },
    }


def _uri(path: str) -> dict[str, str]:
    return {"prefix": path[:-1]} if path.endswith("*") else {"exact": path}


def filters(settings: MeshSettings) -> dict[str, list[dict[str, Any]]]:
    """Return the gateway's Envoy filters by name."""
    return {
        "hygiene": [_connection(settings)],
        "body-limit": [_http_filter("envoy.filters.http.buffer", _buffer(settings))],
        "rate-limit": [
            _http_filter("envoy.filters.http.local_ratelimit", _rate_limit(settings)),
        ],
        # After the token was checked: the binding of a token that is false matters to nobody.
        "bind-token": [
            _http_filter(
                "envoy.filters.http.lua",
                {
                    "@type": f"{_FILTERS}.lua.v3.Lua",
                    "default_source_code": {"inline_string": BIND_TOKEN.read_text()},
                },
                before="envoy.filters.http.router",
            )
        ],
    }


_FILTERS = "type.googleapis.com/envoy.extensions.filters.http"
_MANAGER = "envoy.filters.network.http_connection_manager"


def _connection(settings: MeshSettings) -> dict[str, Any]:
    return {
        "applyTo": "NETWORK_FILTER",
        "match": {
            "context": "GATEWAY",
            "listener": {"filterChain": {"filter": {"name": _MANAGER}}},
        },
        "patch": {
            "operation": "MERGE",
            "value": {
                "name": _MANAGER,
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.network"
                    ".http_connection_manager.v3.HttpConnectionManager",
                    "request_headers_timeout": "5s",
                    "request_timeout": "10s",
                    "stream_idle_timeout": "15s",
                    "max_request_headers_kb": 16,
                    "normalize_path": True,
                    "merge_slashes": True,
                    "path_with_escaped_slashes_action": "REJECT_REQUEST",
                    "forward_client_cert_details": "SANITIZE_SET",
                    "set_current_client_cert_details": {"subject": True},
                    "common_http_protocol_options": {
                        "idle_timeout": "60s",
                        "max_headers_count": 60,
                        "headers_with_underscores_action": "REJECT_REQUEST",
                    },
                    "http2_protocol_options": {
                        "max_concurrent_streams": settings.streams_per_connection,
                        "initial_stream_window_size": 65536,
                        "initial_connection_window_size": 1048576,
                    },
                },
            },
        },
    }


def _http_filter(
    name: str, config: dict[str, Any], before: str = "envoy.filters.http.jwt_authn"
) -> dict[str, Any]:
    return {
        "applyTo": "HTTP_FILTER",
        "match": {
            "context": "GATEWAY",
            "listener": {
                "filterChain": {"filter": {"name": _MANAGER, "subFilter": {"name": before}}}
            },
        },
        "patch": {
            "operation": "INSERT_BEFORE",
            "value": {"name": name, "typed_config": config},
        },
    }


def _buffer(settings: MeshSettings) -> dict[str, Any]:
    return {
        "@type": f"{_FILTERS}.buffer.v3.Buffer",
        "max_request_bytes": settings.request_body_kib * 1024,
    }


def _rate_limit(settings: MeshSettings) -> dict[str, Any]:
    always = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    return {
        "@type": f"{_FILTERS}.local_ratelimit.v3.LocalRateLimit",
        "stat_prefix": "gateway",
        "token_bucket": {
            "max_tokens": 2 * settings.requests_per_second,
            "tokens_per_fill": settings.requests_per_second,
            "fill_interval": "1s",
        },
        "filter_enabled": always,
        "filter_enforced": always,
    }
