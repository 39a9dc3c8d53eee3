"""Rules for the keys that Vault keeps and the certificates that it issues."""

from collections.abc import Iterator
from typing import Any

from policies.rule import UNKNOWN, Resource, ResourceRule, Severity, rule

_TRANSIT = "vault:transit/secretBackendKey:SecretBackendKey"
_TRANSIT_DOCS = "https://developer.hashicorp.com/vault/api-docs/secret/transit#create-key"
_PKI_ROLE = "vault:pkiSecret/secretBackendRole:SecretBackendRole"
_PKI_ROOT = "vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert"
_PKI_CRL = "vault:pkiSecret/secretBackendCrlConfig:SecretBackendCrlConfig"
_PKI_DOCS = "https://developer.hashicorp.com/vault/api-docs/secret/pki"
_STRONG = frozenset(
    {
        "aes256-gcm96",
        "chacha20-poly1305",
        "xchacha20-poly1305",
        "ed25519",
        "ecdsa-p256",
        "ecdsa-p384",
        "ecdsa-p521",
        "rsa-3072",
        "rsa-4096",
        "hmac",
        "ml-dsa",
        "slh-dsa",
        "hybrid",
    }
)
_YEAR_S = 366 * 24 * 3600
_QUARTER_S = 90 * 24 * 3600
_HMAC_BYTES = 32
_RSA_BITS, _EC_BITS = 2048, 256


def key(type_: object = "aes256-gcm96", **fields: object) -> dict[str, Any]:
    """A key of the transit engine."""
    return {"backend": "transit", "name": "cards", "type": type_, **fields}


def certificate_role(**fields: object) -> dict[str, Any]:
    """A role of the PKI engine."""
    return {
        "backend": "pki",
        "name": "gateway",
        "allowedDomains": ["evenkeel.internal"],
        "allowSubdomains": True,
        **fields,
    }


@rule(
    id="vault-key-type-strong",
    title="Keys in Vault are of a strong type",
    on=(_TRANSIT,),
    pci=("3.7.1",),
    severity=Severity.HIGH,
    fix='type="aes256-gcm96"',
    reference=_TRANSIT_DOCS,
    passes=(key(), {"backend": "transit", "name": "cards"}, key("hmac", keySize=32)),
    fails=(key("aes128-gcm96"), key("rsa-2048"), key("managed_key"), key("aes128-cmac")),
    undecidable=(key(UNKNOWN),),
)
def vault_key_type_strong(resource: Resource) -> Iterator[str]:
    """A card number outlives its card by years; its key must be strong until then."""
    kind = resource.get("type", "aes256-gcm96")
    if kind not in _STRONG:
        yield f"Is of type {kind}"


@rule(
    id="vault-key-rotates",
    title="Keys in Vault rotate at least once a year",
    on=(_TRANSIT,),
    pci=("3.7.4",),
    severity=Severity.MEDIUM,
    fix="auto_rotate_period=90 * 24 * 3600",
    reference=_TRANSIT_DOCS,
    passes=(key(autoRotatePeriod=7776000), key("hmac")),
    fails=(key(), key(autoRotatePeriod=0), key(autoRotatePeriod=63072000)),
    undecidable=(key(autoRotatePeriod=UNKNOWN),),
)
def vault_key_rotates(resource: Resource) -> Iterator[str]:
    """A key has its period. An HMAC key is left: a new one would find no fingerprint again."""
    if resource.get("type", "aes256-gcm96") == "hmac":
        return
    seconds = int(resource.get("autoRotatePeriod", 0))
    if not 0 < seconds <= _YEAR_S:
        yield "Never rotates by itself" if not seconds else f"Rotates every {seconds} seconds"


def _off(field: str, id_: str, title: str, why: str, pci: str, severity: Severity) -> ResourceRule:
    """The rule that a key does not have a field on."""

    def judge(resource: Resource) -> Iterator[str]:
        if resource.get(field, False):
            yield f"{field} is on"

    judge.__doc__ = why
    judge.__module__ = __name__
    return rule(
        id=id_,
        title=title,
        on=(_TRANSIT,),
        pci=(pci,),
        severity=severity,
        fix=f"# leave `{field}` off",
        reference=_TRANSIT_DOCS,
        passes=(key(), key(**{field: False})),
        fails=(key(**{field: True}),),
        undecidable=(key(**{field: UNKNOWN}),),
    )(judge)


vault_key_not_exportable = _off(
    "exportable",
    "vault-key-not-exportable",
    "No key can be taken out of Vault",
    "A key that can be exported has been, for all that anyone can prove; and it cannot be undone.",
    "3.6.1",
    Severity.CRITICAL,
)
vault_key_no_plain_backup = _off(
    "allowPlaintextBackup",
    "vault-key-no-plain-backup",
    "No key can be backed up in clear",
    "A plaintext backup is the key, in a form that nothing protects.",
    "3.6.1.2",
    Severity.CRITICAL,
)
vault_key_not_deletable = _off(
    "deletionAllowed",
    "vault-key-not-deletable",
    "No key can be deleted in passing",
    "With the key goes everything it encrypted: destroying one is a decision of its own.",
    "3.7.5",
    Severity.HIGH,
)
vault_key_not_convergent = _off(
    "convergentEncryption",
    "vault-key-not-convergent",
    "The same card number never encrypts to the same text",
    "Equal texts show equal cards, and card numbers are few enough to try them all.",
    "3.5.1",
    Severity.HIGH,
)


@rule(
    id="vault-fingerprint-key-long",
    title="Keys of fingerprints have 32 bytes or more",
    on=(_TRANSIT,),
    pci=("3.5.1.1",),
    severity=Severity.HIGH,
    fix=('type = "hmac"\nkey_size = 32'),
    reference=_TRANSIT_DOCS,
    passes=(key("hmac", keySize=32), key("hmac", keySize=64), key()),
    fails=(key("hmac", keySize=16),),
    undecidable=(key("hmac", keySize=UNKNOWN),),
)
def vault_fingerprint_key_long(resource: Resource) -> Iterator[str]:
    """A hash of a card number hides it only as well as the key of the hash is hidden."""
    if resource.get("type") == "hmac" and int(resource.get("keySize", _HMAC_BYTES)) < _HMAC_BYTES:
        yield f"Has {resource.get('keySize')} bytes"


@rule(
    id="vault-certificate-key-strong",
    title="Certificates of Vault have strong keys",
    on=(_PKI_ROLE, _PKI_ROOT),
    pci=("3.7.1",),
    severity=Severity.HIGH,
    fix=('key_type = "ec"\nkey_bits = 256'),
    reference=_PKI_DOCS,
    passes=(
        certificate_role(),
        certificate_role(keyType="ec", keyBits=256),
        certificate_role(keyType="ed25519"),
    ),
    fails=(
        certificate_role(keyType="rsa", keyBits=1024),
        certificate_role(keyType="ec", keyBits=224),
        certificate_role(keyType="any"),
    ),
    undecidable=(certificate_role(keyBits=UNKNOWN),),
)
def vault_certificate_key_strong(resource: Resource) -> Iterator[str]:
    """The strength of a channel is that of the key its other end proves itself with."""
    kind, bits = resource.get("keyType", "rsa"), int(resource.get("keyBits", 0))
    least = {"rsa": _RSA_BITS, "ec": _EC_BITS}.get(kind, 0)
    if kind == "any" or 0 < bits < least:
        yield f"Has a key of type {kind}" + (f" with {bits} bits" if bits else "")


@rule(
    id="vault-certificate-ends-within-a-quarter",
    title="Certificates of Vault are good for 90 days at most",
    on=(_PKI_ROLE,),
    pci=("3.7.4",),
    severity=Severity.MEDIUM,
    fix="max_ttl=str(24 * 3600)",
    reference=_PKI_DOCS + "#create-update-role",
    passes=(certificate_role(maxTtl="86400"), certificate_role(maxTtl="2160h")),
    fails=(certificate_role(), certificate_role(maxTtl="0"), certificate_role(maxTtl="31536000")),
    undecidable=(certificate_role(maxTtl=UNKNOWN),),
)
def vault_certificate_ends_within_a_quarter(resource: Resource) -> Iterator[str]:
    """A certificate that ends soon needs no revocation, which nobody waits for anyway."""
    seconds = duration_s(resource.get("maxTtl", "0"))
    if not 0 < seconds <= _QUARTER_S:
        yield f"Lets a certificate be good for {resource.get('maxTtl') or 'as long as it likes'}"


def duration_s(value: object) -> float:
    """Seconds of a Vault duration: a number, or text like `720h`; 0 when it is neither."""
    text = str(value).strip()
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    number, unit = (text[:-1], units[text[-1]]) if text[-1:] in units else (text, 1)
    try:
        return float(number) * unit
    except ValueError:
        return 0.0


@rule(
    id="vault-certificate-names-limited",
    title="Vault issues certificates for listed names only",
    on=(_PKI_ROLE,),
    pci=("4.2.1.1",),
    severity=Severity.HIGH,
    fix=('allowed_domains = ["us-east-1.evenkeel.internal"]\nallow_subdomains = True'),
    reference=_PKI_DOCS + "#create-update-role",
    passes=(
        certificate_role(),
        {"backend": "pki", "allowedUriSans": ["spiffe://cluster.local/ns/payments/*"]},
    ),
    fails=(
        certificate_role(allowAnyName=True),
        certificate_role(allowedDomains=["*"], allowGlobDomains=True),
        {"backend": "pki", "name": "any"},
    ),
    undecidable=(certificate_role(allowAnyName=UNKNOWN), certificate_role(allowedDomains=UNKNOWN)),
)
def vault_certificate_names_limited(resource: Resource) -> Iterator[str]:
    """Who may have any name may have the acquirer's."""
    if resource.get("allowAnyName", False):
        yield "Issues certificates for any name"
    names = resource.get("allowedDomains", [])
    if "*" in names and resource.get("allowGlobDomains", False):
        yield "Its list of names is *"
    if not names and not resource.has("allowedUriSans"):
        yield "Lists no names"


@rule(
    id="vault-root-key-stays-inside",
    title="The key of Vault's certificate authority never leaves Vault",
    on=(
        _PKI_ROOT,
        "vault:pkiSecret/secretBackendIntermediateCertRequest:SecretBackendIntermediateCertRequest",
    ),
    pci=("3.7.3",),
    severity=Severity.CRITICAL,
    fix='type="internal"',
    reference=_PKI_DOCS + "#generate-root",
    passes=({"backend": "pki", "type": "internal"}, {"backend": "pki", "type": "kms"}),
    fails=({"backend": "pki", "type": "exported"},),
    undecidable=({"backend": "pki", "type": UNKNOWN},),
)
def vault_root_key_stays_inside(resource: Resource) -> Iterator[str]:
    """An exported key stands in the state of the stack."""
    if resource.get("type", "internal") == "exported":
        yield "Its key is handed out"


@rule(
    id="vault-certificates-revocable",
    title="Revocation is on",
    on=(_PKI_CRL,),
    pci=("3.7.5",),
    severity=Severity.MEDIUM,
    fix=("disable = False\nauto_rebuild = True"),
    reference=_PKI_DOCS + "#set-revocation-configuration",
    passes=({"backend": "pki", "autoRebuild": True}, {"backend": "pki"}),
    fails=({"backend": "pki", "disable": True},),
    undecidable=({"backend": "pki", "disable": UNKNOWN},),
)
def vault_certificates_revocable(resource: Resource) -> Iterator[str]:
    """A key that is known to others is taken out of use the same day."""
    if resource.get("disable", False):
        yield "No list of revoked certificates is made"
