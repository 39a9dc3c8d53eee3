"""Rules for AWS Certificate Manager and private certificate authorities."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.remedy import hub
from policies.rules.shapes import must_be_at_least, must_be_one_of, must_not_be

CERTIFICATE: Final = ("aws:acm/certificate:Certificate",)
AUTHORITY: Final = ("aws:acmpca/certificateAuthority:CertificateAuthority",)
WEAK: Final = ("RSA_1024", "RSA-1024")

acm_key_strong = must_not_be(
    "keyAlgorithm",
    WEAK,
    good="EC_prime256v1",
    id="acm-key-strong",
    title="Certificates have strong keys",
    on=CERTIFICATE,
    pci=("4.2.1",),
    controls=("ACM.2",),
    severity=Severity.HIGH,
    says="Its key is {value}",
    why="RSA keys of 1024 bits have been broken.",
)

acm_renews_itself = must_not_be(
    "validationMethod",
    ("EMAIL",),
    good="DNS",
    id="acm-renews-itself",
    title="Certificates renew by themselves",
    on=CERTIFICATE,
    pci=("4.2.1", "4.2.1.1"),
    severity=Severity.MEDIUM,
    says="Somebody has to answer a letter for each renewal",
    reference="https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html",
    why="A certificate that nobody renewed stops everything, or is clicked away.",
)

acm_issuance_seen = must_not_be(
    "options.certificateTransparencyLoggingPreference",
    ("DISABLED",),
    good="ENABLED",
    id="acm-issuance-seen",
    title="Certificates stand in the public log",
    on=CERTIFICATE,
    pci=("4.2.1.1",),
    severity=Severity.LOW,
    says="It is not in the log in which a forged one would be noticed",
    reference="https://docs.aws.amazon.com/acm/latest/userguide/acm-bestpractices.html",
    why="Browsers refuse, and watchers miss, a certificate that is not logged.",
)

acm_authority_key_strong = must_not_be(
    "certificateAuthorityConfiguration.keyAlgorithm",
    (*WEAK, "RSA_2048"),
    good="EC_secp384r1",
    id="acm-authority-key-strong",
    title="Certificate authorities have keys that last",
    on=AUTHORITY,
    pci=("3.7.1",),
    severity=Severity.MEDIUM,
    says="Its key is {value}",
    reference="https://docs.aws.amazon.com/privateca/latest/userguide/PcaWelcome.html",
    why="An authority lasts ten years; 112 bits of strength are allowed only until 2030.",
)

acm_authority_key_guarded = must_be_one_of(
    "keyStorageSecurityStandard",
    ("FIPS_140_2_LEVEL_3_OR_HIGHER", "FIPS_140_2_LEVEL_2_OR_HIGHER"),
    unlike="CCPC_LEVEL_1_OR_HIGHER",
    default="FIPS_140_2_LEVEL_3_OR_HIGHER",
    id="acm-authority-key-guarded",
    title="Certificate authorities keep their keys in a certified module",
    on=AUTHORITY,
    pci=("3.6.1.2", "3.7.3"),
    severity=Severity.MEDIUM,
    says="Its key is kept by {value}",
    reference="https://docs.aws.amazon.com/privateca/latest/userguide/data-protection.html",
    why="Whoever has the authority's key is whoever they like.",
)

acm_authority_deletion_can_be_stopped = must_be_at_least(
    "permanentDeletionTimeInDays",
    30,
    default=30,
    id="acm-authority-deletion-can-be-stopped",
    title="A certificate authority that is to be deleted waits for 30 days",
    on=AUTHORITY,
    pci=("3.7.5",),
    severity=Severity.LOW,
    says="It is gone {value} days after somebody asks for its deletion",
    reference="https://docs.aws.amazon.com/privateca/latest/userguide/PCADeleteCA.html",
    why="All that it vouched for is refused from then on; the wait is the time to notice.",
)


@rule(
    id="acm-root-authority-asleep",
    title="Root certificate authorities are switched off",
    on=AUTHORITY,
    pci=("3.7.3",),
    controls=("PCA.1",),
    severity=Severity.LOW,
    fix='aws.acmpca.CertificateAuthority(..., type="ROOT", enabled=False)',
    reference=hub("PCA.1"),
    passes=({"type": "SUBORDINATE"}, {"type": "ROOT", "enabled": False}, {}),
    fails=({"type": "ROOT"},),
    undecidable=({"type": "ROOT", "enabled": UNKNOWN},),
)
def acm_root_authority_asleep(authority: Resource) -> Iterator[str]:
    """A root signs a few authorities in its life, and is a danger for the rest of it."""
    root = authority.get("type", default="SUBORDINATE") == "ROOT"
    if root and authority.get("enabled", default=True):
        yield "A root that is on can be made to sign for anybody"


@rule(
    id="acm-authority-revokes",
    title="Certificate authorities tell which certificates are revoked",
    on=AUTHORITY,
    pci=("8.2.5", "3.7.5"),
    severity=Severity.MEDIUM,
    fix="aws.acmpca.CertificateAuthority(..., "
    'revocation_configuration={"ocsp_configuration": {"enabled": True}})',
    reference="https://docs.aws.amazon.com/privateca/latest/userguide/revocation-setup.html",
    passes=(
        {"revocationConfiguration": {"ocspConfiguration": {"enabled": True}}},
        {"revocationConfiguration": {"crlConfiguration": {"enabled": True}}},
        {"usageMode": "SHORT_LIVED_CERTIFICATE"},
    ),
    fails=({}, {"revocationConfiguration": {"ocspConfiguration": {"enabled": False}}}),
    undecidable=({"revocationConfiguration": {"ocspConfiguration": {"enabled": UNKNOWN}}},),
)
def acm_authority_revokes(authority: Resource) -> Iterator[str]:
    """A merchant that has left keeps its certificate; revoking it has to reach somebody."""
    if authority.get("usageMode", default="GENERAL_PURPOSE") == "SHORT_LIVED_CERTIFICATE":
        return
    kinds = ("ocspConfiguration", "crlConfiguration")
    if not any(authority.get(f"revocationConfiguration.{each}.enabled", False) for each in kinds):
        yield "A certificate that it revokes goes on working"
