"""A bucket that is private, encrypted, versioned, and where asked for, locked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi
import pulumi_aws as aws

from infra.security.iam import Statement, document


@dataclass(frozen=True, kw_only=True)
class LockedBucketArgs:
    """What is kept, and how firmly."""

    bucket: str
    key_arn: pulumi.Input[str]
    retention_years: int = 0
    retention_days: int = 0
    """Instead of years. With neither there is no lock, and old versions go after 90 days."""
    mode: Literal["COMPLIANCE", "GOVERNANCE"] = "COMPLIANCE"
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    writers: Sequence[Statement] = ()
    """Who of AWS may write, beside the account's own roles."""

    def __post_init__(self) -> None:
        if self.retention_years and self.retention_days:
            raise ValueError("a retention in years or in days, not in both")

    @property
    def locked_days(self) -> int:
        """How long nobody deletes; 0 for no lock."""
        return self.retention_days or self.retention_years * 366


class LockedBucket(pulumi.ComponentResource):
    """The bucket with all its settings, applied before anyone learns its name."""

    bucket_name: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: LockedBucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:security:LockedBucket", name, None, opts)
        self._name, self._args = name, args
        child = pulumi.ResourceOptions(parent=self)
        self._bucket = aws.s3.Bucket(
            name,
            bucket=args.bucket,
            # Can be asked for only when the bucket is made.
            object_lock_enabled=args.locked_days > 0,
            force_destroy=False,
            tags=dict(args.tags),
            opts=child,
        )
        versioning = aws.s3.BucketVersioning(
            name,
            bucket=self._bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=child,
        )
        if args.locked_days:
            length: aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgsDict = (
                {"mode": args.mode, "years": args.retention_years}
                if args.retention_years
                else {"mode": args.mode, "days": args.retention_days}
            )
            aws.s3.BucketObjectLockConfiguration(
                name,
                bucket=self._bucket.id,
                rule={"default_retention": length},
                opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
            )
        self._closed(child)
        self._encrypted(child)
        self._lifecycle(versioning)
        self.bucket_name, self.bucket_arn = self._bucket.id, self._bucket.arn
        self.register_outputs({"bucket_name": self.bucket_name, "bucket_arn": self.bucket_arn})

    def _closed(self, child: pulumi.ResourceOptions) -> None:
        """Close it to the public, to plain HTTP, and to access lists."""
        block = aws.s3.BucketPublicAccessBlock(
            self._name,
            bucket=self._bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketOwnershipControls(
            self._name,
            bucket=self._bucket.id,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=child,
        )
        arn = f"arn:aws:s3:::{self._args.bucket}"
        plain = Statement(
            sid="TlsOnly",
            effect="Deny",
            actions=["s3:*"],
            principals=["*"],
            resources=[arn, f"{arn}/*"],
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        )
        aws.s3.BucketPolicy(
            self._name,
            bucket=self._bucket.id,
            policy=document([plain, *self._args.writers]),
            # S3 refuses a policy while a block on policies is being put.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[block]),
        )

    def _encrypted(self, child: pulumi.ResourceOptions) -> None:
        aws.s3.BucketServerSideEncryptionConfiguration(
            self._name,
            bucket=self._bucket.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": self._args.key_arn,
                    },
                    # One call of KMS for many objects, so that a busy log costs little.
                    "bucket_key_enabled": True,
                }
            ],
            opts=child,
        )

    def _lifecycle(self, versioning: aws.s3.BucketVersioning) -> None:
        """Move what is rarely read to cheaper storage, and drop what was never finished."""
        days = self._args.locked_days or 90
        rule: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
            "id": "age",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
            "noncurrent_version_expiration": {"noncurrent_days": days},
        }
        if self._args.retention_years:
            rule["transitions"] = [{"days": 90, "storage_class": "GLACIER_IR"}]
            rule["expiration"] = {"days": days}
        aws.s3.BucketLifecycleConfiguration(
            self._name,
            bucket=self._bucket.id,
            rules=[rule],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )
