"""Rules for AWS Key Management Service."""

from collections.abc import Iterator

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.documents import PUBLIC, open_to_anybody, whose
from policies.rules.remedy import hub
from policies.rules.shapes import must_be_at_least, must_be_at_most, must_be_false, must_be_true

KEY = "aws:kms/key:Key"
SYMMETRIC = "SYMMETRIC_DEFAULT"

ASYMMETRIC = (
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_NIST_EDWARDS25519",
    "ECC_SECG_P256K1",
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "SM2",
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
)
"""Key specs that AWS KMS cannot rotate by itself."""

kms_key_rotates = must_be_true(
    "enableKeyRotation",
    id="kms-key-rotates",
    title="Symmetric KMS keys rotate by themselves",
    on=(KEY,),
    unless={"customerMasterKeySpec": ASYMMETRIC},
    pci=("3.7.4",),
    controls=("KMS.4",),
    severity=Severity.HIGH,
    says="Its key material never changes",
    why="A key past its cryptoperiod has protected more data than one leak should give away.",
)

kms_key_rotates_within_a_year = must_be_at_most(
    "rotationPeriodInDays",
    365,
    default=365,
    id="kms-key-rotates-within-a-year",
    title="KMS keys rotate at least once a year",
    on=(KEY,),
    unless={"customerMasterKeySpec": ASYMMETRIC},
    pci=("3.7.4",),
    severity=Severity.MEDIUM,
    says="Its key material changes only every {value} days",
    reference="https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    why="The cryptoperiod of a data key is a year here; AWS allows up to 2560 days.",
)

kms_key_deletion_can_be_stopped = must_be_at_least(
    "deletionWindowInDays",
    30,
    default=30,
    id="kms-key-deletion-can-be-stopped",
    title="A KMS key that is to be deleted waits for 30 days",
    on=(KEY, "aws:kms/replicaKey:ReplicaKey", "aws:kms/externalKey:ExternalKey"),
    pci=("3.7.5",),
    controls=("KMS.3",),
    severity=Severity.MEDIUM,
    says="It is gone {value} days after somebody asks for its deletion",
    why="All that a deleted key encrypted is lost; the wait is the time to notice and cancel.",
)

kms_key_enabled = must_be_true(
    "isEnabled",
    default=True,
    id="kms-key-enabled",
    title="KMS keys in the program are usable",
    on=(KEY,),
    pci=("3.7.5",),
    severity=Severity.LOW,
    says="It is disabled, and whatever it encrypted cannot be read",
    reference="https://docs.aws.amazon.com/kms/latest/developerguide/enabling-keys.html",
    why="A retired key is removed in a planned change; a disabled one is an outage in waiting.",
)

kms_key_policy_stays_changeable = must_be_false(
    "bypassPolicyLockoutSafetyCheck",
    default=False,
    id="kms-key-policy-stays-changeable",
    title="KMS refuses a key policy that locks everybody out",
    on=(KEY, "aws:kms/replicaKey:ReplicaKey", "aws:kms/keyPolicy:KeyPolicy"),
    pci=("3.6.1.3",),
    severity=Severity.MEDIUM,
    says="The check that somebody can still change the policy is off",
    reference="https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",
    why="A key that nobody may administer can be neither rotated nor retired.",
)


@rule(
    id="kms-key-strong",
    title="KMS keys are of a strong kind",
    on=(KEY,),
    pci=("3.7.1",),
    severity=Severity.HIGH,
    fix='aws.kms.Key(..., customer_master_key_spec="RSA_3072", key_usage="SIGN_VERIFY")',
    reference="https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html",
    passes=({}, {"customerMasterKeySpec": "ECC_NIST_P384"}, {"customerMasterKeySpec": "HMAC_256"}),
    fails=({"customerMasterKeySpec": "RSA_2048"}, {"customerMasterKeySpec": "HMAC_224"}),
    undecidable=({"customerMasterKeySpec": UNKNOWN},),
)
def kms_key_strong(key: Resource) -> Iterator[str]:
    """Keys made today protect data for years; 112 bits of strength are allowed only until 2030."""
    spec = key.get("customerMasterKeySpec", SYMMETRIC)
    if spec in {"RSA_2048", "HMAC_224"}:
        yield f"{spec} has 112 bits of strength"


@rule(
    id="kms-key-policy-not-public",
    title="KMS key policies name who may use the key",
    on=(KEY, "aws:kms/keyPolicy:KeyPolicy", "aws:kms/replicaKey:ReplicaKey"),
    pci=("3.6.1.3",),
    controls=("KMS.5",),
    severity=Severity.CRITICAL,
    fix='aws.kms.Key(..., policy=json.dumps({"Version": "2012-10-17", "Statement": ['
    '{"Effect": "Allow", "Principal": {"AWS": role_arn}, "Action": "kms:Decrypt",'
    ' "Resource": "*"}]}))',
    reference=hub("KMS.5"),
    passes=({"policy": whose("arn:aws:iam::111122223333:root", "kms:*")}, {}),
    fails=({"policy": PUBLIC},),
    undecidable=({"policy": UNKNOWN},),
)
def kms_key_policy_not_public(key: Resource) -> Iterator[str]:
    """Whoever may call Decrypt needs only the ciphertext, which lies in many more places."""
    for statement in key.document("policy"):
        if open_to_anybody(statement):
            yield f"Anybody may {', '.join(statement.actions)}"


@rule(
    id="kms-grant-is-narrow",
    title="KMS grants do not let their holder grant further",
    on=("aws:kms/grant:Grant",),
    pci=("3.6.1.3",),
    severity=Severity.MEDIUM,
    fix='aws.kms.Grant(..., operations=["Decrypt", "GenerateDataKey"])',
    reference="https://docs.aws.amazon.com/kms/latest/developerguide/grants.html",
    passes=({"operations": ["Decrypt", "GenerateDataKey"]},),
    fails=({"operations": ["Decrypt", "CreateGrant"]},),
    undecidable=({"operations": ["Decrypt", UNKNOWN]},),
)
def kms_grant_is_narrow(grant: Resource) -> Iterator[str]:
    """A grant that includes CreateGrant lets its holder add custodians whom no policy names."""
    if "CreateGrant" in grant.get("operations", []):
        yield "Its holder may let others use the key"
