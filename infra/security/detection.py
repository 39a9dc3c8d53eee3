"""What watches a region: GuardDuty, Security Hub, Config, Access Analyzer, Inspector, Macie."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import names
from infra.security.iam import role, trust

GUARDDUTY = (
    "EBS_MALWARE_PROTECTION",
    "EKS_AUDIT_LOGS",
    "LAMBDA_NETWORK_LOGS",
    "S3_DATA_EVENTS",
)
"""Beside runtime monitoring, which has settings of its own."""

STANDARDS = ("pci-dss/v/4.0.1", "aws-foundational-security-best-practices/v/1.0.0")

CONFIG_RULES: Mapping[str, str] = {
    "access-keys-rotated": "ACCESS_KEYS_ROTATED",
    "cloud-trail-encryption-enabled": "CLOUD_TRAIL_ENCRYPTION_ENABLED",
    "cloud-trail-log-file-validation-enabled": "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",
    "cloudwatch-log-group-encrypted": "CLOUDWATCH_LOG_GROUP_ENCRYPTED",
    "cmk-backing-key-rotation-enabled": "CMK_BACKING_KEY_ROTATION_ENABLED",
    "ec2-imdsv2-check": "EC2_IMDSV2_CHECK",
    "eks-cluster-logging-enabled": "EKS_CLUSTER_LOGGING_ENABLED",
    "eks-endpoint-no-public-access": "EKS_ENDPOINT_NO_PUBLIC_ACCESS",
    "eks-secrets-encrypted": "EKS_SECRETS_ENCRYPTED",
    "encrypted-volumes": "ENCRYPTED_VOLUMES",
    "guardduty-enabled-centralized": "GUARDDUTY_ENABLED_CENTRALIZED",
    "iam-policy-no-statements-with-admin-access": "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS",
    "iam-root-access-key-check": "IAM_ROOT_ACCESS_KEY_CHECK",
    "kms-cmk-not-scheduled-for-deletion": "KMS_CMK_NOT_SCHEDULED_FOR_DELETION",
    "mfa-enabled-for-iam-console-access": "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
    "msk-in-cluster-node-require-tls": "MSK_IN_CLUSTER_NODE_REQUIRE_TLS",
    "multi-region-cloud-trail-enabled": "CLOUD_TRAIL_ENABLED",
    "restricted-ssh": "INCOMING_SSH_DISABLED",
    "root-account-mfa-enabled": "ROOT_ACCOUNT_MFA_ENABLED",
    "s3-bucket-level-public-access-prohibited": "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED",
    "s3-bucket-ssl-requests-only": "S3_BUCKET_SSL_REQUESTS_ONLY",
    "s3-bucket-versioning-enabled": "S3_BUCKET_VERSIONING_ENABLED",
    "vpc-default-security-group-closed": "VPC_DEFAULT_SECURITY_GROUP_CLOSED",
    "vpc-flow-logs-enabled": "VPC_FLOW_LOGS_ENABLED",
}
"""Config's own rules that judge what is deployed, long after a preview did."""


@dataclass(frozen=True, kw_only=True)
class DetectionArgs:
    """What is watched, and where the record of it goes."""

    region: str
    account_id: str
    audit_bucket: pulumi.Input[str]
    audit_key_arn: pulumi.Input[str]
    card_data_buckets: tuple[str, ...] = ()
    """Which Macie searches for card numbers."""
    records_global: bool = True
    """Whether this region records what belongs to none, such as IAM. One does."""


class Detection(pulumi.ComponentResource):
    """The account's detectors in one region."""

    detector_id: pulumi.Output[str]
    """GuardDuty's."""

    def __init__(
        self, name: str, args: DetectionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:security:Detection", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self.detector_id = self._guardduty()
        self._security_hub()
        self._config()
        aws.accessanalyzer.Analyzer(
            name, analyzer_name=names.PROJECT, type="ACCOUNT", opts=self._child
        )
        aws.inspector2.Enabler(
            name,
            account_ids=[args.account_id],
            resource_types=["EC2", "ECR"],
            opts=self._child,
        )
        self._macie()
        self.register_outputs({"detector_id": self.detector_id})

    def _guardduty(self) -> pulumi.Output[str]:
        detector = aws.guardduty.Detector(
            self._name,
            enable=True,
            finding_publishing_frequency="FIFTEEN_MINUTES",
            opts=self._child,
        )
        for feature in GUARDDUTY:
            aws.guardduty.DetectorFeature(
                f"{self._name}-{feature.lower()}",
                detector_id=detector.id,
                name=feature,
                status="ENABLED",
                opts=self._child,
            )
        aws.guardduty.DetectorFeature(
            f"{self._name}-runtime",
            detector_id=detector.id,
            name="RUNTIME_MONITORING",
            status="ENABLED",
            # GuardDuty puts its agent on the nodes, and keeps it there.
            additional_configurations=[{"name": "EKS_ADDON_MANAGEMENT", "status": "ENABLED"}],
            opts=self._child,
        )
        aws.guardduty.PublishingDestination(
            self._name,
            detector_id=detector.id,
            destination_arn=pulumi.Output.concat("arn:aws:s3:::", self._args.audit_bucket),
            kms_key_arn=self._args.audit_key_arn,
            opts=self._child,
        )
        return detector.id

    def _security_hub(self) -> None:
        hub = aws.securityhub.Account(
            self._name,
            enable_default_standards=False,
            control_finding_generator="SECURITY_CONTROL",
            auto_enable_controls=True,
            opts=self._child,
        )
        for standard in STANDARDS:
            aws.securityhub.StandardsSubscription(
                f"{self._name}-{standard.split('/')[0]}",
                standards_arn=f"arn:aws:securityhub:{self._args.region}::standards/{standard}",
                opts=pulumi.ResourceOptions(parent=self, depends_on=[hub]),
            )

    def _config(self) -> None:
        """Record every resource's every change, and judge it by the rules for PCI DSS."""
        args = self._args
        recorder_role = role(
            f"{self._name}-config",
            trusts=[trust("config.amazonaws.com", account_id=args.account_id)],
            may=[],
            managed=["arn:aws:iam::aws:policy/service-role/AWS_ConfigRole"],
            opts=self._child,
        )
        recorder = aws.cfg.Recorder(
            self._name,
            role_arn=recorder_role.arn,
            recording_group={
                "all_supported": True,
                "include_global_resource_types": args.records_global,
            },
            opts=self._child,
        )
        channel = aws.cfg.DeliveryChannel(
            self._name,
            s3_bucket_name=args.audit_bucket,
            s3_kms_key_arn=args.audit_key_arn,
            snapshot_delivery_properties={"delivery_frequency": "TwentyFour_Hours"},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[recorder]),
        )
        running = aws.cfg.RecorderStatus(
            self._name,
            name=recorder.name,
            is_enabled=True,
            # It cannot record before there is somewhere to deliver to.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[channel]),
        )
        aws.cfg.ConformancePack(
            self._name,
            name=f"{names.PROJECT}-pci-dss",
            template_body=conformance_pack(CONFIG_RULES),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[running]),
        )

    def _macie(self) -> None:
        """Search weekly for card numbers where none may be."""
        args = self._args
        session = aws.macie2.Account(
            self._name,
            status="ENABLED",
            finding_publishing_frequency="FIFTEEN_MINUTES",
            opts=self._child,
        )
        if args.card_data_buckets:
            aws.macie2.ClassificationJob(
                self._name,
                name=f"{names.PROJECT}-card-numbers",
                job_type="SCHEDULED",
                schedule_frequency={"weekly_schedule": "SUNDAY"},
                s3_job_definition={
                    "bucket_definitions": [
                        {"account_id": args.account_id, "buckets": list(args.card_data_buckets)}
                    ]
                },
                opts=pulumi.ResourceOptions(parent=self, depends_on=[session]),
            )


def conformance_pack(rules: Mapping[str, str]) -> str:
    """Write the pack's template; JSON, which is YAML too."""
    return json.dumps(
        {
            "Resources": {
                "".join(word.capitalize() for word in name.split("-")): {
                    "Type": "AWS::Config::ConfigRule",
                    "Properties": {
                        "ConfigRuleName": name,
                        "Source": {"Owner": "AWS", "SourceIdentifier": identifier},
                    },
                }
                for name, identifier in sorted(rules.items())
            }
        }
    )
