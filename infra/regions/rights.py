"""The rights of the pods that call AWS: a table, from which their roles follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from infra import names
from infra.kafka import access
from infra.regions.identities import Identity
from infra.security.iam import Statement

LOAD_BALANCER_MANAGED = "arn:aws:iam::aws:policy/AmazonEKSLoadBalancingPolicy"
VOLUMES_MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"
NETWORK_MANAGED = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"


@dataclass(frozen=True, kw_only=True)
class RightsArgs:
    """What the rights are rights to."""

    region: str
    account_id: str
    provisioner_arn: str
    other_regions: Sequence[str]
    kafka_cluster_arn: pulumi.Input[str]
    key_arns: Mapping[str, pulumi.Input[str]]
    """By purpose."""
    audit_bucket_arn: pulumi.Input[str]
    backup_bucket_arn: pulumi.Input[str]
    internal_zone_id: pulumi.Input[str]


def identities(args: RightsArgs) -> list[Identity]:
    """List every ServiceAccount that calls AWS, with all that it may do there."""
    return [
        *_payments(args),
        *_vault(args),
        *_data(args),
        *_cluster(args),
    ]


def _payments(args: RightsArgs) -> list[Identity]:
    """Give the payment service its topics, and nothing else of AWS."""
    accounts = [each for each in names.DATABASE_ROLES if access.uses_kafka(each)]
    rights = {each: access.access_of(each, args.other_regions) for each in accounts}
    return [
        Identity(
            namespace="payments",
            service_account=each,
            may=access.statements(args.kafka_cluster_arn, rights[each]),
            fixed_session=True,
        )
        for each in accounts
    ]


def _vault(args: RightsArgs) -> list[Identity]:
    """Let Vault open its seal, and the one that initialises it seal the recovery keys."""
    key = args.key_arns["vault"]
    seal = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"]
    who = Statement(
        # Vault's AWS sign-in looks up who a role is, so that a role made anew is another one.
        actions=["iam:GetRole"],
        resources=[args.provisioner_arn],
    )
    recovery = pulumi.Output.concat(args.backup_bucket_arn, "/vault/*")
    return [
        Identity(
            namespace="vault",
            service_account="vault",
            may=[
                Statement(actions=seal, resources=[key]),
                *([who] if ":role/" in args.provisioner_arn else []),
            ],
        ),
        Identity(
            namespace="vault",
            service_account="vault-init",
            may=[
                Statement(actions=["kms:Encrypt"], resources=[key]),
                Statement(actions=["s3:PutObject"], resources=[recovery]),
            ],
        ),
    ]


def _data(args: RightsArgs) -> list[Identity]:
    """Let backups out of the database, and logs out of the cluster, into their buckets."""
    backups, audit = args.backup_bucket_arn, args.audit_bucket_arn
    bucket_key = ["kms:Decrypt", "kms:GenerateDataKey"]
    return [
        Identity(
            namespace="database",
            service_account="payments",
            may=[
                Statement(actions=["s3:GetBucketLocation", "s3:ListBucket"], resources=[backups]),
                Statement(
                    actions=["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
                    resources=[pulumi.Output.concat(backups, "/database/*")],
                ),
                Statement(actions=bucket_key, resources=[args.key_arns["backup"]]),
            ],
        ),
        Identity(
            namespace="logging",
            service_account="collector",
            may=[
                Statement(
                    actions=["s3:PutObject"],
                    resources=[pulumi.Output.concat(audit, "/kubernetes/*")],
                ),
                Statement(actions=bucket_key, resources=[args.key_arns["audit"]]),
            ],
        ),
        Identity(
            namespace="monitoring",
            service_account="kafka-lag-exporter",
            may=access.statements(
                args.kafka_cluster_arn,
                access.Access(watches=["payments.*", "*.payments.*"], watched_groups=["payment*"]),
            ),
            fixed_session=True,
        ),
    ]


def _cluster(args: RightsArgs) -> list[Identity]:
    """Give the add-ons what they do in AWS for the cluster."""
    zone = pulumi.Output.concat("arn:aws:route53:::hostedzone/", args.internal_zone_id)
    return [
        Identity(namespace="kube-system", service_account="aws-node", managed=[NETWORK_MANAGED]),
        Identity(
            namespace="kube-system",
            service_account="ebs-csi-controller-sa",
            managed=[VOLUMES_MANAGED],
        ),
        Identity(
            namespace="kube-system",
            service_account="aws-load-balancer-controller",
            managed=[LOAD_BALANCER_MANAGED],
        ),
        Identity(
            namespace="kube-system",
            service_account="cluster-autoscaler",
            may=[
                Statement(
                    actions=[
                        "autoscaling:DescribeAutoScalingGroups",
                        "autoscaling:DescribeAutoScalingInstances",
                        "autoscaling:DescribeLaunchConfigurations",
                        "autoscaling:DescribeScalingActivities",
                        "ec2:DescribeImages",
                        "ec2:DescribeInstanceTypes",
                        "ec2:DescribeLaunchTemplateVersions",
                        "eks:DescribeNodegroup",
                    ],
                    everywhere="AWS lists these for all or for none",
                ),
                Statement(
                    actions=[
                        "autoscaling:SetDesiredCapacity",
                        "autoscaling:TerminateInstanceInAutoScalingGroup",
                    ],
                    everywhere="the groups are named by EKS; the tag says which are ours",
                    conditions={
                        "StringEquals": {"aws:ResourceTag/eks:cluster-name": names.PROJECT}
                    },
                ),
            ],
        ),
        Identity(
            namespace="external-dns",
            service_account="external-dns",
            may=[
                Statement(
                    actions=["route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"],
                    resources=[zone],
                ),
                Statement(
                    actions=["route53:ListHostedZones", "route53:ListTagsForResources"],
                    everywhere="zones can be listed only all at once",
                ),
            ],
        ),
    ]
