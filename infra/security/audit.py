"""The audit trail: written by AWS, kept in a bucket from which nobody deletes for years."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import names
from infra.security.bucket import LockedBucket, LockedBucketArgs
from infra.security.iam import Statement, role, trust
from infra.settings import AuditSettings

PURPOSE = "audit"
TRAIL = f"{names.PROJECT}-trail"


@dataclass(frozen=True, kw_only=True)
class AuditTrailArgs:
    """Where the trail is kept, and for how long."""

    region: str
    account_id: str
    key_arn: pulumi.Input[str]
    log_key_arn: pulumi.Input[str]
    settings: AuditSettings
    records_global: bool = True
    """Whether this region's trail has what belongs to no region, such as IAM. One does."""


class AuditTrail(pulumi.ComponentResource):
    """The locked bucket, and the CloudTrail that fills it."""

    bucket_name: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]
    trail_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: AuditTrailArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:security:AuditTrail", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        bucket = LockedBucket(
            f"{name}-audit",
            LockedBucketArgs(
                bucket=names.bucket(PURPOSE, args.region, args.account_id),
                key_arn=args.key_arn,
                retention_years=args.settings.retention_years,
                mode=args.settings.mode,
                writers=self._writers(),
            ),
            self._child,
        )
        self.bucket_name, self.bucket_arn = bucket.bucket_name, bucket.bucket_arn
        self.trail_arn = self._trail(bucket).arn
        self.register_outputs({"bucket_name": self.bucket_name, "bucket_arn": self.bucket_arn})

    def _writers(self) -> list[Statement]:
        """Let AWS's own writers in, each for this account's records only."""
        args = self._args
        arn = names.bucket_arn(PURPOSE, args.region, args.account_id)
        trail = f"arn:aws:cloudtrail:{args.region}:{args.account_id}:trail/{TRAIL}"
        own = {"StringEquals": {"aws:SourceAccount": args.account_id}}
        services = [
            "delivery.logs.amazonaws.com",
            "config.amazonaws.com",
            "guardduty.amazonaws.com",
        ]
        return [
            Statement(
                sid="TrailLooks",
                actions=["s3:GetBucketAcl"],
                services=["cloudtrail.amazonaws.com"],
                resources=[arn],
                conditions={"StringEquals": {"aws:SourceArn": trail}},
            ),
            Statement(
                sid="TrailWrites",
                actions=["s3:PutObject"],
                services=["cloudtrail.amazonaws.com"],
                resources=[f"{arn}/AWSLogs/*"],
                conditions={
                    "StringEquals": {
                        "aws:SourceArn": trail,
                        "s3:x-amz-acl": "bucket-owner-full-control",
                    }
                },
            ),
            Statement(
                sid="ServicesLook",
                actions=["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:ListBucket"],
                services=services,
                resources=[arn],
                conditions=own,
            ),
            Statement(
                sid="ServicesWrite",
                actions=["s3:PutObject"],
                services=services,
                resources=[f"{arn}/*"],
                conditions=own,
            ),
        ]

    def _trail(self, bucket: LockedBucket) -> aws.cloudtrail.Trail:
        args = self._args
        log = aws.cloudwatch.LogGroup(
            f"{self._name}-trail",
            name=names.log_group("cloudtrail"),
            retention_in_days=365,
            kms_key_id=args.log_key_arn,
            opts=self._child,
        )
        streams = log.arn.apply(lambda arn: f"{arn}:*")
        writer = role(
            f"{self._name}-trail",
            trusts=[trust("cloudtrail.amazonaws.com", account_id=args.account_id)],
            may=[
                Statement(
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[streams]
                )
            ],
            opts=self._child,
        )
        return aws.cloudtrail.Trail(
            self._name,
            name=TRAIL,
            s3_bucket_name=bucket.bucket_name,
            kms_key_id=args.key_arn,
            # A digest every hour: what was changed or taken away later shows (PCI DSS 10.3.4).
            enable_log_file_validation=True,
            # Each region has its own trail, in its own bucket, whatever becomes of the others.
            is_multi_region_trail=False,
            include_global_service_events=args.records_global,
            is_organization_trail=args.settings.organization,
            cloud_watch_logs_group_arn=streams,
            cloud_watch_logs_role_arn=writer.arn,
            event_selectors=[
                {
                    "read_write_type": "All",
                    "include_management_events": True,
                    "data_resources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}],
                }
            ],
            insight_selectors=[
                {"insight_type": "ApiCallRateInsight"},
                {"insight_type": "ApiErrorRateInsight"},
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[bucket]),
        )


@dataclass(frozen=True, kw_only=True)
class AuditCopyArgs:
    """From which region's bucket to which."""

    source_region: str
    target_region: str
    account_id: str
    source_key_arn: pulumi.Input[str]
    target_key_arn: pulumi.Input[str]


class AuditCopy(pulumi.ComponentResource):
    """Copies one region's trail into another's bucket, where the same lock holds it."""

    def __init__(
        self, name: str, args: AuditCopyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:security:AuditCopy", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        source = names.bucket_arn(PURPOSE, args.source_region, args.account_id)
        target = names.bucket_arn(PURPOSE, args.target_region, args.account_id)
        copier = role(
            name,
            trusts=[trust("s3.amazonaws.com", account_id=args.account_id, source_arn=source)],
            may=_copying(args, source, target),
            opts=child,
        )
        aws.s3.BucketReplicationConfig(
            name,
            bucket=names.bucket(PURPOSE, args.source_region, args.account_id),
            role=copier.arn,
            rules=[
                {
                    "id": "all",
                    "status": "Enabled",
                    "priority": 1,
                    "filter": {"prefix": ""},
                    # A deletion here must not reach there.
                    "delete_marker_replication": {"status": "Disabled"},
                    "source_selection_criteria": {
                        "sse_kms_encrypted_objects": {"status": "Enabled"}
                    },
                    "destination": {
                        "bucket": target,
                        "storage_class": "STANDARD_IA",
                        "encryption_configuration": {"replica_kms_key_id": args.target_key_arn},
                        "replication_time": {"status": "Enabled", "time": {"minutes": 15}},
                        "metrics": {"status": "Enabled", "event_threshold": {"minutes": 15}},
                    },
                }
            ],
            opts=child,
        )
        self.register_outputs({})


def _copying(args: AuditCopyArgs, source: str, target: str) -> list[Statement]:
    """Allow reading versions and their locks here, and writing replicas there."""
    return [
        Statement(actions=["s3:GetReplicationConfiguration", "s3:ListBucket"], resources=[source]),
        Statement(
            actions=[
                "s3:GetObjectLegalHold",
                "s3:GetObjectRetention",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTagging",
            ],
            resources=[f"{source}/*"],
        ),
        Statement(actions=["s3:ReplicateObject", "s3:ReplicateTags"], resources=[f"{target}/*"]),
        Statement(actions=["kms:Decrypt"], resources=[args.source_key_arn]),
        Statement(actions=["kms:Encrypt"], resources=[args.target_key_arn]),
    ]
