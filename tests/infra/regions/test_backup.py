"""Backup, without deploying one."""

from infra.regions.backup import Backup, BackupArgs
from infra.settings import BackupSettings


def backup():
    return Backup(
        "backup",
        BackupArgs(
            account_id="111122223333",
            copy_region="eu-west-1",
            key_arn="arn:key",
            settings=BackupSettings(retention_days=40, copy_retention_days=20),
        ),
    )


def test_every_backup_has_a_copy_in_another_region(deploy):
    rule = deploy(backup).only("aws:backup/plan:Plan")["rules"][0]

    assert ":eu-west-1:" in rule["copyActions"][0]["destinationVaultArn"]


def test_the_lock_holds_what_the_plan_makes(deploy):
    lock = deploy(backup).only("aws:backup/vaultLockConfiguration:VaultLockConfiguration")

    assert (lock["minRetentionDays"], lock["maxRetentionDays"]) == (20, 40)
    assert lock["changeableForDays"] == 7


def test_a_restore_is_tried_each_week(deploy):
    plan = deploy(backup).only("aws:backup/restoreTestingPlan:RestoreTestingPlan")

    assert "SUN" in plan["scheduleExpression"]
