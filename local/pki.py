"""The cloud's own certificate authority, and the certificates of its servers and clients.

It stands in for ACM Private CA and cert-manager. Keys are P-256; a leaf lives 30 days and is
issued anew by an `up` in its last ten.
"""

import datetime
import ipaddress
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local import addresses, places

LEAF_DAYS = 30
RENEW_DAYS = 10
AUTHORITY_DAYS = 365


def make() -> None:
    """Make what is missing or near its end: the authority, each server's, each client's."""
    folder = places.pki()
    folder.mkdir(parents=True, exist_ok=True)
    _authority(folder)
    for region in addresses.REGIONS:
        for server in addresses.SERVERS:
            issue(f"{region}-{server}", _names(region, server))
    for client in ("admin", "connect", *SERVICES):
        issue(client, [])


SERVICES = (
    "payments-api",
    "payment-relay",
    "payment-fraud",
    "payment-risk",
    "payment-processor",
    "payment-projection",
    "lag-exporter",
)
"""The identities of the payment service's pods, as Kafka's clients."""

_DNS = {
    "vault": ["vault.{region}.evenkeel.internal"],
    "postgres": ["db.{region}.evenkeel.internal"],
    "kubernetes": ["{region}.eks.evenkeel.internal"],
    "gateway": ["*.pay.example.com", "pay.example.com", "intake.{region}.evenkeel.internal"],
    "acquirer": ["acquirer.example.com"],
    "kafka": ["*.evenkl.c1.kafka.{region}.amazonaws.com"],
}


def _names(region: str, server: str) -> list[str]:
    names = [each.format(region=region) for each in _DNS.get(server, [])]
    names += [addresses.server(region, server), addresses.over_wan(region, server)]
    return [*names, addresses.accelerator()] if server == "gateway" else names


def _authority(folder: Path) -> None:
    if _is_fresh(folder / "ca.pem"):
        return
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Evenkeel one-machine cloud")])
    certificate = (
        _builder(name, name, key.public_key(), AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    for stale in folder.glob("*.pem"):
        stale.unlink()
    _write(folder / "ca.key", _pem(key))
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def issue(name: str, subjects: Sequence[str], days: int = LEAF_DAYS) -> None:
    """Issue a certificate for a server (with its names) or a client (with none).

    `<name>.pem` holds the certificate and the authority's, `<name>.key` the key in PKCS#8, and
    `<name>.keystore` both, as Kafka's clients and servers want them.
    """
    folder = places.pki()
    if _is_fresh(folder / f"{name}.pem"):
        return
    authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    signer = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)  # noqa: S101 - we made it above
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    alternatives = [_alternative(each) for each in subjects] or [x509.DNSName(name)]
    certificate = (
        _builder(subject, authority.subject, key.public_key(), days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(
            x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
            ),
            critical=False,
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )
    chain = certificate.public_bytes(serialization.Encoding.PEM) + (folder / "ca.pem").read_bytes()
    _write(folder / f"{name}.key", _pem(key))
    _write(folder / f"{name}.keystore", _pem(key) + chain)
    (folder / f"{name}.pem").write_bytes(chain)


def thumbprint(name: str) -> bytes:
    """Return the SHA-256 of a certificate's DER, 32 bytes: what RFC 8705 binds a token to."""
    pem = (places.pki() / f"{name}.pem").read_bytes()
    return x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256())


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _is_fresh(path: Path) -> bool:
    if not path.exists():
        return False
    end = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    return end - datetime.datetime.now(datetime.UTC) > datetime.timedelta(days=RENEW_DAYS)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, data: bytes) -> None:
    """Write a key so that nobody else can read it, not even for a moment."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
