"""AWS Backup: a locked vault, a daily plan, a copy in another region, and a weekly restore test."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import names
from infra.security.iam import role, trust
from infra.settings import BackupSettings

SELECTED = {"backup": "daily"}
"""The tag of what is backed up: the databases' volumes, and the bucket with their own backups."""

MANAGED = (
    "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
    "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores",
    "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup",
    "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Restore",
)


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """Which region keeps a copy, and for how long."""

    account_id: str
    copy_region: str
    key_arn: pulumi.Input[str]
    settings: BackupSettings


class Backup(pulumi.ComponentResource):
    """The region's vault and plan."""

    vault_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:regions:Backup", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        vault = aws.backup.Vault(
            name, name=names.PROJECT, kms_key_arn=args.key_arn, opts=self._child
        )
        aws.backup.VaultLockConfiguration(
            name,
            backup_vault_name=vault.name,
            # After that many days the lock is nobody's to take off.
            changeable_for_days=args.settings.lock_after_days,
            min_retention_days=min(args.settings.retention_days, args.settings.copy_retention_days),
            max_retention_days=max(args.settings.retention_days, args.settings.copy_retention_days),
            opts=self._child,
        )
        keeper = role(
            f"{name}-backup",
            trusts=[trust("backup.amazonaws.com", account_id=args.account_id)],
            may=[],
            managed=MANAGED,
            opts=self._child,
        )
        self._plan(vault, keeper)
        self._restore_test(vault, keeper)
        self.vault_arn = vault.arn
        self.register_outputs({"vault_arn": self.vault_arn})

    def _plan(self, vault: aws.backup.Vault, keeper: aws.iam.Role) -> None:
        args = self._args
        # The copies of the first region begin when the second has its vault.
        copies = f"arn:aws:backup:{args.copy_region}:{args.account_id}:backup-vault:{names.PROJECT}"
        plan = aws.backup.Plan(
            self._name,
            name=names.PROJECT,
            rules=[
                {
                    "rule_name": "daily",
                    "target_vault_name": vault.name,
                    "schedule": "cron(30 3 * * ? *)",
                    "start_window": 60,
                    "completion_window": 360,
                    "lifecycle": {"delete_after": args.settings.retention_days},
                    "copy_actions": [
                        {
                            "destination_vault_arn": copies,
                            "lifecycle": {"delete_after": args.settings.copy_retention_days},
                        }
                    ],
                }
            ],
            opts=self._child,
        )
        aws.backup.Selection(
            self._name,
            name="daily",
            plan_id=plan.id,
            iam_role_arn=keeper.arn,
            selection_tags=[
                {"type": "STRINGEQUALS", "key": key, "value": value}
                for key, value in SELECTED.items()
            ],
            opts=self._child,
        )

    def _restore_test(self, vault: aws.backup.Vault, keeper: aws.iam.Role) -> None:
        """Restore the newest backup of a volume each week: one never restored is a hope."""
        plan = aws.backup.RestoreTestingPlan(
            self._name,
            name=f"{names.PROJECT}_weekly",
            schedule_expression="cron(0 6 ? * SUN *)",
            start_window_hours=8,
            recovery_point_selection={
                "algorithm": "LATEST_WITHIN_WINDOW",
                "include_vaults": [vault.arn],
                "recovery_point_types": ["SNAPSHOT"],
                "selection_window_days": 7,
            },
            opts=self._child,
        )
        aws.backup.RestoreTestingSelection(
            self._name,
            name="volumes",
            restore_testing_plan_name=plan.name,
            protected_resource_type="EBS",
            iam_role_arn=keeper.arn,
            protected_resource_arns=["*"],
            validation_window_hours=4,
            opts=self._child,
        )
