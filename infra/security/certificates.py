"""Certificates of the region's own servers, and who is believed about them.

cert-manager renews each long before its end and with a new key. The region's own authority signs
what is inside, and Let's Encrypt what merchants see. Merchants' own certificates, which the gateway
asks for, come from Vault's PKI.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from infra import names
from infra.pod import TRUST_BUNDLE

CERT_MANAGER = "cert-manager.io/v1"
ROOT = "evenkeel-root"
INTERNAL = "evenkeel-internal"
PUBLIC = "evenkeel-public"
LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"


def hosts(region: str, domain: str) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return the names that each server is reached by, by its namespace and its Secret."""
    return {
        ("vault", "vault-tls"): (
            names.vault_host(region),
            "vault.vault.svc",
            *(f"vault-{each}.vault-internal.vault.svc" for each in range(5)),
            "localhost",
        ),
        ("database", "database-tls"): (
            names.database_host(region),
            "payments-coord.database.svc",
            "payments-coord-primary.database.svc",
            *(f"payments-shard{each}.database.svc" for each in range(64)),
        ),
        ("istio-ingress", "gateway-tls"): (
            names.public_host(domain),
            names.regional_host(region, domain),
        ),
        ("istio-ingress", "intake-tls"): (names.intake_host(region),),
    }


@dataclass(frozen=True, kw_only=True)
class CertificatesArgs:
    """Whose certificates they are."""

    region: str
    domain: str
    hosted_zone_id: str
    peer_authorities: tuple[str, ...] = ()
    """PEM of the other regions' authorities."""
    hours: int = 168


class Certificates(pulumi.ComponentResource):
    """Authorities, the servers' certificates, and the bundle that clients check them by."""

    def __init__(
        self, name: str, args: CertificatesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:security:Certificates", name, None, opts)
        self._args = args
        internal = self._internal()
        public = self._issuer(PUBLIC, {"acme": self._acme()})
        for (namespace, secret), dns_names in hosts(args.region, args.domain).items():
            is_public = secret == "gateway-tls"  # noqa: S105 - the Secret's name
            self._certificate(
                secret,
                namespace,
                {
                    "dnsNames": list(dns_names),
                    "issuerRef": _ref(PUBLIC if is_public else INTERNAL),
                    # Let's Encrypt has its own 90 days.
                    "duration": "2160h" if is_public else f"{args.hours}h",
                    "renewBefore": "720h" if is_public else f"{args.hours // 3}h",
                },
                public if is_public else internal,
            )
        self._bundle(internal)
        self.register_outputs({})

    def _custom(
        self,
        name: str,
        api: str,
        kind: str,
        namespace: str | None,
        spec: dict[str, Any],
        *after: pulumi.Resource,
    ) -> CustomResource:
        return CustomResource(
            f"{kind}-{name}".lower(),
            api_version=api,
            kind=kind,
            metadata={"name": name, **({"namespace": namespace} if namespace else {})},
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )

    def _issuer(self, name: str, spec: dict[str, Any], *after: pulumi.Resource) -> CustomResource:
        return self._custom(name, CERT_MANAGER, "ClusterIssuer", None, spec, *after)

    def _certificate(
        self, secret: str, namespace: str, spec: dict[str, Any], after: pulumi.Resource
    ) -> CustomResource:
        return self._custom(
            secret,
            CERT_MANAGER,
            "Certificate",
            namespace,
            {
                "secretName": secret,
                "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
                **spec,
            },
            after,
        )

    def _internal(self) -> CustomResource:
        """Make the region's own authority: Vault needs a certificate before it can issue any."""
        start = self._issuer("evenkeel-start", {"selfSigned": {}})
        root = self._certificate(
            ROOT,
            "cert-manager",
            {
                "isCA": True,
                "commonName": f"Evenkeel {self._args.region}",
                "duration": "87600h",
                "renewBefore": "17520h",
                "issuerRef": _ref("evenkeel-start"),
                # Its key stays, so that what it signed before is believed after its renewal.
                "privateKey": {"algorithm": "ECDSA", "size": 384, "rotationPolicy": "Never"},
            },
            start,
        )
        return self._issuer(INTERNAL, {"ca": {"secretName": ROOT}}, root)

    def _acme(self) -> dict[str, Any]:
        solver = {
            "dns01": {
                "route53": {
                    "region": self._args.region,
                    "hostedZoneID": self._args.hosted_zone_id,
                }
            },
            "selector": {"dnsZones": [self._args.domain]},
        }
        return {
            "server": LETS_ENCRYPT,
            "privateKeySecretRef": {"name": "letsencrypt-account"},
            "solvers": [solver],
        }

    def _bundle(self, internal: CustomResource) -> None:
        """Put every region's authority, and the public ones, where each pod can read them."""
        self._custom(
            TRUST_BUNDLE,
            "trust.cert-manager.io/v1alpha1",
            "Bundle",
            None,
            {
                "sources": [
                    {"useDefaultCAs": True},
                    {"secret": {"name": ROOT, "key": "tls.crt"}},
                    *({"inLine": each} for each in self._args.peer_authorities),
                ],
                "target": {
                    "configMap": {"key": "ca.pem"},
                    "namespaceSelector": {"matchLabels": {"app.kubernetes.io/part-of": "evenkeel"}},
                },
            },
            internal,
        )


def _ref(name: str) -> dict[str, str]:
    return {"name": name, "kind": "ClusterIssuer", "group": "cert-manager.io"}
