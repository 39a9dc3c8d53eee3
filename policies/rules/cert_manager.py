"""Rules for certificates that cert-manager issues, and for secrets that operators fetch."""

import re
from collections.abc import Iterator
from typing import Any

from policies.rule import UNKNOWN, Resource, Severity, rule

_CERTIFICATE = "kubernetes:cert-manager.io/v1:Certificate"
_ISSUERS = ("kubernetes:cert-manager.io/v1:Issuer", "kubernetes:cert-manager.io/v1:ClusterIssuer")
_USAGE = "https://cert-manager.io/docs/usage/certificate/"
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "d": 86400.0}
_QUARTER_HOURS = 90 * 24
_SMALLEST = {"RSA": 2048, "ECDSA": 256}


def hours(text: str) -> float:
    """A Go duration, such as `2160h` or `1h30m`, in hours; 0 when it is none."""
    parts = re.findall(r"([\d.]+)(ms|h|m|s|d)", text)
    return sum(float(number) * _UNITS[unit] for number, unit in parts) / 3600


def certificate(**spec: object) -> dict[str, Any]:
    """A certificate with these fields."""
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {"name": "gateway", "namespace": "istio-ingress"},
        "spec": {
            "secretName": "gateway-tls",
            "issuerRef": {"name": "vault", "kind": "ClusterIssuer"},
            "dnsNames": ["pay.example.com"],
            **spec,
        },
    }


def issuer(**spec: object) -> dict[str, Any]:
    """An issuer with this spec."""
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Issuer",
        "metadata": {"name": "vault", "namespace": "payments"},
        "spec": spec,
    }


@rule(
    id="certificate-key-strong",
    title="Keys of certificates are strong",
    on=(_CERTIFICATE,),
    pci=("3.7.1",),
    severity=Severity.HIGH,
    fix='{"private_key": {"algorithm": "ECDSA", "size": 256, "rotation_policy": "Always"}}',
    reference=_USAGE,
    passes=(
        certificate(),
        certificate(privateKey={"algorithm": "ECDSA", "size": 384}),
        certificate(privateKey={"algorithm": "Ed25519"}),
    ),
    fails=(
        certificate(privateKey={"algorithm": "RSA", "size": 1024}),
        certificate(privateKey={"algorithm": "ECDSA", "size": 224}),
    ),
    undecidable=(certificate(privateKey={"size": UNKNOWN}),),
)
def certificate_key_strong(resource: Resource) -> Iterator[str]:
    """112 bits of strength are the least that is still called strong."""
    algorithm = resource.get("spec.privateKey.algorithm", "RSA")
    size = resource.get("spec.privateKey.size")
    if size is not None and int(size) < _SMALLEST.get(algorithm, 0):
        yield f"{algorithm} of {size} bits"


@rule(
    id="certificate-ends-within-a-quarter",
    title="Certificates are good for 90 days at most",
    on=(_CERTIFICATE,),
    pci=("3.7.4",),
    severity=Severity.MEDIUM,
    fix='{"duration": "2160h", "renew_before": "720h"}',
    reference=_USAGE,
    passes=(certificate(), certificate(duration="2160h"), certificate(duration="24h0m0s")),
    fails=(certificate(duration="8760h"), certificate(duration="2160h1m")),
    undecidable=(certificate(duration=UNKNOWN),),
)
def certificate_ends_within_a_quarter(resource: Resource) -> Iterator[str]:
    """A key is changed at the end of its period, and what is renewed each quarter is tried."""
    if hours(resource.get("spec.duration", "2160h")) > _QUARTER_HOURS:
        yield f"Is good for {resource.get('spec.duration')}"


@rule(
    id="certificate-key-changes",
    title="A renewed certificate has a new key",
    on=(_CERTIFICATE,),
    pci=("3.7.5",),
    severity=Severity.MEDIUM,
    fix='{"private_key": {"rotation_policy": "Always"}}',
    reference=_USAGE + "#the-private-key-rotation-policy",
    passes=(certificate(privateKey={"rotationPolicy": "Always"}),),
    fails=(certificate(), certificate(privateKey={"rotationPolicy": "Never"})),
    undecidable=(certificate(privateKey={"rotationPolicy": UNKNOWN}),),
)
def certificate_key_changes(resource: Resource) -> Iterator[str]:
    """A key that outlives its certificate can be used by whoever copied it last year."""
    if resource.get("spec.privateKey.rotationPolicy") != "Always":
        yield "Keeps its key when it is renewed"


@rule(
    id="certificate-hosts-named",
    title="Certificates are for named hosts",
    on=(_CERTIFICATE,),
    pci=("4.2.1.1",),
    severity=Severity.LOW,
    fix='{"dns_names": ["pay.example.com"]}',
    reference=_USAGE,
    passes=(certificate(),),
    fails=(certificate(dnsNames=["*.example.com"]),),
    undecidable=(certificate(dnsNames=UNKNOWN),),
)
def certificate_hosts_named(resource: Resource) -> Iterator[str]:
    """The inventory says which key speaks for which host; a wildcard speaks for any."""
    for name in resource.get("spec.dnsNames", []):
        if name.startswith("*"):
            yield f"Speaks for every host of {name[2:]}"


@rule(
    id="issuer-reached-over-tls",
    title="Issuers are reached over verified TLS",
    on=_ISSUERS,
    pci=("2.2.7",),
    severity=Severity.HIGH,
    fix='{"vault": {"server": "https://vault...:8200", "ca_bundle_secret_ref": {...}}}',
    reference="https://cert-manager.io/docs/configuration/",
    passes=(
        issuer(vault={"server": "https://vault.us-east-1.evenkeel.internal:8200"}),
        issuer(acme={"server": "https://acme-v02.api.letsencrypt.org/directory"}),
        issuer(ca={"secretName": "root"}),
    ),
    fails=(
        issuer(vault={"server": "http://vault.vault:8200"}),
        issuer(acme={"server": "https://acme.example.com", "skipTLSVerify": True}),
    ),
    undecidable=(issuer(vault={"server": UNKNOWN}),),
)
def issuer_reached_over_tls(resource: Resource) -> Iterator[str]:
    """Who stands between can have certificates of their own issued."""
    for kind in ("vault", "acme"):
        server = resource.get(f"spec.{kind}.server", "https://")
        if not server.startswith("https://"):
            yield f"Asks {server} in clear"
    if resource.get("spec.acme.skipTLSVerify", False):
        yield "Does not look at its server's certificate"


@rule(
    id="issuer-not-self-signed",
    title="No issuer makes certificates that vouch for themselves",
    on=_ISSUERS,
    pci=("4.2.1.1",),
    severity=Severity.MEDIUM,
    fix='# "vault": {"path": "pki/sign/gateway", "server": "https://vault...:8200", ...}',
    reference="https://cert-manager.io/docs/configuration/selfsigned/",
    passes=(issuer(vault={"server": "https://vault.us-east-1.evenkeel.internal:8200"}),),
    fails=(issuer(selfSigned={}),),
    undecidable=({"spec": UNKNOWN},),
)
def issuer_not_self_signed(resource: Resource) -> Iterator[str]:
    """Nobody can revoke what nobody else signed, and no list of trusted roots has it."""
    for spec in resource.items("spec"):
        if "selfSigned" in spec.props:
            yield "Signs each certificate with the certificate's own key"


@rule(
    id="external-secret-refreshed",
    title="Secrets that an operator copies into the cluster are fetched again",
    on=(
        "kubernetes:external-secrets.io/v1:ExternalSecret",
        "kubernetes:external-secrets.io/v1beta1:ExternalSecret",
    ),
    pci=("8.6.3",),
    severity=Severity.MEDIUM,
    fix='{"refresh_interval": "1h"}',
    reference="https://external-secrets.io/latest/api/externalsecret/",
    passes=({"spec": {"refreshInterval": "1h"}}, {"spec": {}}),
    fails=(
        {"spec": {"refreshInterval": "0"}},
        {"spec": {"refreshInterval": "0s"}},
        {"spec": {"refreshInterval": "720h"}},
        {"spec": {"refreshPolicy": "CreatedOnce"}},
    ),
    undecidable=({"spec": {"refreshInterval": UNKNOWN}},),
)
def external_secret_refreshed(resource: Resource) -> Iterator[str]:
    """A password that was changed at its source goes on working nowhere, or worse, everywhere."""
    interval = hours(resource.get("spec.refreshInterval", "1h"))
    if not 0 < interval <= 24:  # noqa: PLR2004 - a day
        yield "Is not fetched again within a day"
    if resource.get("spec.refreshPolicy", "Periodic") == "CreatedOnce":
        yield "Is fetched once, and never again"
