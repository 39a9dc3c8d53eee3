"""Rules for AWS Secrets Manager."""

from collections.abc import Iterator
from typing import Any, Final

from policies.rule import UNKNOWN, Resource, Severity, Undecidable, rule
from policies.rules.documents import open_to_anybody, whose
from policies.rules.neighbours import must_have
from policies.rules.remedy import Code, hub
from policies.rules.shapes import must_be_given, number

STORED: Final = "aws:secretsmanager/secret:Secret"
ROTATION: Final = "aws:secretsmanager/secretRotation:SecretRotation"
QUARTER: Final = 90
DAYS: Final = {"hour": 1 / 24, "hours": 1 / 24, "day": 1.0, "days": 1.0}

secretsmanager_rotates = must_have(
    (STORED,),
    {ROTATION: "secretId"},
    unless={"replicas": [{"region": "eu-west-1"}]},
    id="secretsmanager-rotates",
    title="Secrets rotate by themselves",
    pci=("8.3.9", "8.6.3"),
    controls=("SecretsManager.1",),
    severity=Severity.MEDIUM,
    says="It stays what it is until somebody thinks of changing it",
    why="A secret that was stolen unnoticed works no longer than this.",
)

secretsmanager_own_key = must_be_given(
    "kmsKeyId",
    good=Code("key.arn"),
    id="secretsmanager-own-key",
    title="Secrets are encrypted with a key of our own",
    on=(STORED,),
    pci=("3.6.1", "8.3.2"),
    severity=Severity.MEDIUM,
    says="It is under the key that all of the account's secrets share",
    reference="https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
    why="With a key of its own, reading a secret takes a second permission.",
)


@rule(
    id="secretsmanager-rotates-quarterly",
    title="Secrets rotate every 90 days",
    on=(ROTATION,),
    pci=("8.3.9", "8.6.3"),
    controls=("SecretsManager.4",),
    severity=Severity.MEDIUM,
    fix='aws.secretsmanager.SecretRotation(..., rotation_rules={"automatically_after_days": 30})',
    reference=hub("SecretsManager.4"),
    passes=(
        {"rotationRules": {"automaticallyAfterDays": 30}},
        {"rotationRules": {"scheduleExpression": "rate(10 days)"}},
        {"rotationRules": {"scheduleExpression": "rate(12 hours)"}},
    ),
    fails=(
        {"rotationRules": {"automaticallyAfterDays": 365}},
        {"rotationRules": {"scheduleExpression": "rate(120 days)"}},
    ),
    undecidable=(
        {"rotationRules": {"automaticallyAfterDays": UNKNOWN}},
        {"rotationRules": {"scheduleExpression": "cron(0 8 1 * ? *)"}},
        {},
    ),
)
def secretsmanager_rotates_quarterly(rotation: Resource) -> Iterator[str]:
    """A secret that was stolen unnoticed works no longer than this."""
    schedule = str(rotation.get("rotationRules.scheduleExpression", default=""))
    days: Any = rotation.get("rotationRules.automaticallyAfterDays")
    if days is None and schedule.startswith("rate("):
        amount, _, unit = schedule[5:-1].partition(" ")
        days = number(amount, "rotationRules.scheduleExpression") * DAYS.get(unit, 1.0)
    if days is None:
        raise Undecidable("rotationRules", "is a calendar; how often that is, nobody reckons here")
    if number(days, "rotationRules") > QUARTER:
        yield f"It rotates only every {days} days"


@rule(
    id="secretsmanager-policy-not-public",
    title="A secret's policy names who may read it",
    on=("aws:secretsmanager/secretPolicy:SecretPolicy", STORED),
    pci=("7.2.1", "8.3.2"),
    severity=Severity.CRITICAL,
    fix='aws.secretsmanager.SecretPolicy(..., policy=...)  # "Principal": {"AWS": role.arn}',
    reference="https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html",
    passes=({"policy": whose("arn:aws:iam::111122223333:role/api", "secretsmanager:*")}, {}),
    fails=({"policy": whose("*", "secretsmanager:GetSecretValue")},),
    undecidable=({"policy": UNKNOWN},),
)
def secretsmanager_policy_not_public(policy: Resource) -> Iterator[str]:
    """A secret that anybody may read is none."""
    for statement in policy.document("policy"):
        if open_to_anybody(statement):
            yield f"Anybody may {', '.join(statement.actions)}"
