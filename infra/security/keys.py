"""One KMS key for each purpose, so that who may read one kind of data may read no other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from infra import names
from infra.security.iam import Statement, document

USE = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)

GRANT = ("kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant")

ADMINISTER = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:ReplicateKey",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
    "kms:UpdatePrimaryRegion",
)
"""What the provisioner may do with a key. Not to decrypt with it."""

ITS_OWN = "a key's policy speaks of no key but its own"


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """What a key is for, and which services use it in this account's name."""

    description: str
    via: Sequence[str] = ()
    """AWS services, as in kms:ViaService, through which the account's roles may use it."""
    services: Sequence[str] = ()
    """AWS services that use it themselves, for what belongs to this account."""
    is_multi_region: bool = False


PURPOSES: Mapping[str, Purpose] = {
    "audit": Purpose(
        description="The audit trail; both regions read either copy",
        via=("s3",),
        services=(
            "cloudtrail.amazonaws.com",
            "config.amazonaws.com",
            "delivery.logs.amazonaws.com",
        ),
        is_multi_region=True,
    ),
    "backup": Purpose(description="AWS Backup's vault", via=("backup", "ec2", "s3")),
    "database": Purpose(description="Volumes of the databases", via=("ec2",)),
    "kafka": Purpose(description="Brokers' volumes", via=("kafka",)),
    "kubernetes": Purpose(description="What the cluster keeps in etcd", via=("eks",)),
    "logs": Purpose(description="CloudWatch logs", services=("logs.{region}.amazonaws.com",)),
    "nodes": Purpose(description="Nodes' own volumes", via=("ec2", "autoscaling")),
    "vault": Purpose(description="Vault's seal"),
}


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    """Whose keys they are."""

    region: str
    account_id: str
    provisioner_arn: str
    users: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """ARNs of the roles that use a purpose's key directly. They need not exist yet."""
    primaries: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """ARNs of the multi-region keys in the region that made them; empty in that region."""


class Keys(pulumi.ComponentResource):
    """A region's keys, each with rotation every year, an alias, and a policy."""

    arns: dict[str, pulumi.Output[str]]
    """By purpose."""

    def __init__(
        self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:security:Keys", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self.arns = {purpose: self._key(purpose) for purpose in PURPOSES}
        self.register_outputs({"arns": self.arns})

    def _key(self, purpose: str) -> pulumi.Output[str]:
        each = PURPOSES[purpose]
        policy = document(self._policy(purpose))
        if each.is_multi_region and purpose in self._args.primaries:
            replica = aws.kms.ReplicaKey(
                f"{self._name}-{purpose}",
                primary_key_arn=self._args.primaries[purpose],
                description=each.description,
                deletion_window_in_days=30,
                policy=policy,
                opts=self._child,
            )
            key_id, arn = replica.key_id, replica.arn
        else:
            key = aws.kms.Key(
                f"{self._name}-{purpose}",
                description=each.description,
                enable_key_rotation=True,
                rotation_period_in_days=365,
                deletion_window_in_days=30,
                multi_region=each.is_multi_region,
                policy=policy,
                opts=self._child,
            )
            key_id, arn = key.key_id, key.arn
        aws.kms.Alias(
            f"{self._name}-{purpose}",
            name=names.key_alias(purpose),
            target_key_id=key_id,
            opts=self._child,
        )
        return arn

    def _policy(self, purpose: str) -> list[Statement]:
        """Say who may administer a key, and who may use it, each by name."""
        args, each = self._args, PURPOSES[purpose]
        statements = [
            Statement(
                sid="Administer",
                actions=ADMINISTER,
                principals=[args.provisioner_arn],
                everywhere=ITS_OWN,
            )
        ]
        if each.via:
            via = {
                "kms:ViaService": [
                    f"{service}.{args.region}.amazonaws.com" for service in each.via
                ],
                "kms:CallerAccount": args.account_id,
            }
            statements += [
                Statement(
                    sid="UseThroughService",
                    actions=USE,
                    principals=["*"],
                    everywhere=ITS_OWN,
                    conditions={"StringEquals": via},
                ),
                Statement(
                    sid="GrantToService",
                    actions=GRANT,
                    principals=["*"],
                    everywhere=ITS_OWN,
                    conditions={
                        "StringEquals": via,
                        "Bool": {"kms:GrantIsForAWSResource": "true"},
                    },
                ),
            ]
        if each.services:
            statements.append(
                Statement(
                    sid="UseByService",
                    actions=USE,
                    services=[service.format(region=args.region) for service in each.services],
                    everywhere=ITS_OWN,
                    conditions=_of_account(args.account_id, purpose, args.region),
                )
            )
        if args.users.get(purpose):
            statements.append(
                Statement(
                    sid="Use",
                    actions=USE,
                    # A role named as principal would have to exist; one named in a condition not.
                    principals=[f"arn:aws:iam::{args.account_id}:root"],
                    everywhere=ITS_OWN,
                    conditions={"ArnEquals": {"aws:PrincipalArn": args.users[purpose]}},
                )
            )
        return statements


def _of_account(account_id: str, purpose: str, region: str) -> dict[str, dict[str, str]]:
    """Keep a service from using the key for another account's resource."""
    if purpose == "logs":
        # CloudWatch sends no account of its own, but the log group.
        group = f"arn:aws:logs:{region}:{account_id}:*"
        return {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": group}}
    return {"StringEquals": {"aws:SourceAccount": account_id}}
