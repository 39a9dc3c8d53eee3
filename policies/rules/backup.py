"""Rules for AWS Backup."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.documents import open_to_anybody, whose
from policies.rules.neighbours import must_have
from policies.rules.remedy import Code
from policies.rules.shapes import at, must_be_at_least, must_be_given

VAULT: Final = "aws:backup/vault:Vault"
PLAN: Final = ("aws:backup/plan:Plan",)
LOCK: Final = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"

backup_own_key = must_be_given(
    "kmsKeyArn",
    good=Code("key.arn"),
    id="backup-own-key",
    title="Backup vaults are encrypted with a key of our own",
    on=(VAULT,),
    pci=("3.5.1", "3.6.1"),
    controls=("Backup.1",),
    severity=Severity.MEDIUM,
    says="Its recovery points are under a key whose policy is AWS's",
    why="A recovery point is the whole store again; its key says who may read it.",
)

backup_locked = must_have(
    (VAULT,),
    {LOCK: "backupVaultName"},
    id="backup-locked",
    title="Backup vaults are locked",
    pci=("10.5.1", "12.10.1"),
    severity=Severity.MEDIUM,
    says="Who gets in deletes the backups first",
    reference="https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html",
    why="Backups that an intruder can delete are no answer to an intruder.",
)

backup_lock_final = must_be_given(
    "changeableForDays",
    good=3,
    id="backup-lock-final",
    title="A vault's lock cannot be taken off again",
    on=(LOCK,),
    pci=("10.5.1",),
    severity=Severity.LOW,
    says="An administrator, or who has become one, takes the lock off",
    reference="https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html",
    why="A lock that its subject can open locks nothing.",
)

backup_forgets = must_be_given(
    "lifecycle.deleteAfter",
    good=35,
    each="rules[]",
    id="backup-forgets",
    title="Backups are deleted in the end",
    on=PLAN,
    pci=("3.2.1",),
    severity=Severity.LOW,
    says="Its recovery points stay for ever",
    reference="https://docs.aws.amazon.com/aws-backup/latest/devguide/creating-a-backup-plan.html",
    why="Data that was deleted in the store lives on in its backups; they end too.",
)

backup_kept = must_be_at_least(
    "lifecycle.deleteAfter",
    35,
    default=36500,
    each="rules[]",
    id="backup-kept",
    title="Backups are kept for five weeks",
    on=PLAN,
    pci=("12.10.1",),
    severity=Severity.LOW,
    says="Its recovery points are gone after {value} days",
    reference="https://docs.aws.amazon.com/aws-backup/latest/devguide/creating-a-backup-plan.html",
    why="An intruder is found after weeks; the copy to go back to is older than that.",
)


@rule(
    id="backup-policy-not-public",
    title="A vault's policy names who may use it",
    on=("aws:backup/vaultPolicy:VaultPolicy",),
    pci=("7.2.1",),
    severity=Severity.CRITICAL,
    fix='aws.backup.VaultPolicy(..., policy=...)  # "Principal": {"AWS": account}',
    reference="https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html",
    passes=({"policy": whose("arn:aws:iam::111122223333:root", "backup:CopyIntoBackupVault")},),
    fails=({"policy": whose("*", "backup:CopyFromBackupVault")},),
    undecidable=(at("policy", UNKNOWN),),
)
def backup_policy_not_public(policy: Resource) -> Iterator[str]:
    """Whoever may copy a recovery point has the whole store."""
    for statement in policy.document("policy"):
        if open_to_anybody(statement):
            yield f"Anybody may {', '.join(statement.actions)}"
