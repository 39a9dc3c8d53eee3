"""Merchants' tokens at the gateway: checked, and asked for, before the service sees a request.

A RequestAuthentication alone lets a request without a token in; the policy beside it does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from infra import names
from infra.pod import TRUST_FOLDER
from infra.security import gateway

SECURITY = "security.istio.io/v1"


@dataclass(frozen=True, kw_only=True)
class TokensArgs:
    """Who signs."""

    region: str
    domain: str
    peers: tuple[str, ...]


class Tokens(pulumi.ComponentResource):
    """Both regions' signers, and which paths need a token of theirs."""

    def __init__(
        self, name: str, args: TokensArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:security:Tokens", name, None, opts)
        self._args = args
        signers = [names.intake_host(each) for each in (args.region, *args.peers)]
        self._custom(
            "signers",
            gateway.NETWORKING,
            "ServiceEntry",
            {
                "hosts": signers,
                "location": "MESH_EXTERNAL",
                "resolution": "DNS",
                "ports": [{"number": names.INTAKE_PORT, "name": "https", "protocol": "HTTPS"}],
                "exportTo": ["."],
            },
        )
        for host in signers:
            self._custom(
                host.split(".")[1],
                gateway.NETWORKING,
                "DestinationRule",
                {
                    "host": host,
                    "trafficPolicy": {
                        "tls": {
                            "mode": "SIMPLE",
                            "sni": host,
                            "caCertificates": f"{TRUST_FOLDER}/ca.pem",
                            "subjectAltNames": [host],
                        }
                    },
                },
            )
        self._custom(
            "tokens",
            SECURITY,
            "RequestAuthentication",
            {
                "selector": {"matchLabels": gateway.SELECTOR},
                "jwtRules": [self._signer(each) for each in (args.region, *args.peers)],
            },
        )
        self._allow("with-token", self._with_token())
        self._allow("without-token", [{"to": _operations(gateway.WITHOUT_TOKEN)}])
        self.register_outputs({})

    def _custom(self, name: str, api: str, kind: str, spec: dict[str, Any]) -> None:
        CustomResource(
            f"{kind}-{name}".lower(),
            api_version=api,
            kind=kind,
            metadata={"name": name, "namespace": gateway.NAMESPACE},
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _allow(self, name: str, rules: Sequence[dict[str, Any]]) -> None:
        self._custom(
            name,
            SECURITY,
            "AuthorizationPolicy",
            {
                "selector": {"matchLabels": gateway.SELECTOR},
                "action": "ALLOW",
                "rules": list(rules),
            },
        )

    def _signer(self, region: str) -> dict[str, Any]:
        """Believe a region's signer: a token outlives the loss of the region that gave it."""
        args = self._args
        return {
            "issuer": names.token_issuer(args.domain),
            "audiences": [names.token_issuer(args.domain), f"intake.{args.region}"],
            "jwksUri": f"{names.intake_url(region)}/.well-known/jwks.json",
            # The service checks it again.
            "forwardOriginalToken": True,
        }

    def _with_token(self) -> list[dict[str, Any]]:
        args = self._args
        anyone = [{"source": {"requestPrincipals": [f"{names.token_issuer(args.domain)}/*"]}}]
        regions = [
            {
                "source": {
                    "requestPrincipals": [
                        f"{names.token_issuer(args.domain)}/{each}" for each in args.peers
                    ]
                }
            }
        ]
        intake = [f"{names.intake_host(args.region)}:*", names.intake_host(args.region)]
        return [
            {"from": anyone, "to": _operations(("/v1/*",))},
            {
                "from": regions,
                "to": [{"operation": {"hosts": intake, "paths": ["/internal/v1/*"]}}],
            },
        ]


def _operations(paths: Sequence[str]) -> list[dict[str, Any]]:
    return [{"operation": {"paths": list(paths)}}]
