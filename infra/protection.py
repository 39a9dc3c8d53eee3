"""What keeps data cannot be deleted, until the settings say so.

One table for all components, so that a new one cannot forget it.
"""

import pulumi

STATEFUL = frozenset(
    {
        "aws:backup/vault:Vault",
        "aws:eks/cluster:Cluster",
        "aws:kms/key:Key",
        "aws:kms/replicaKey:ReplicaKey",
        "aws:msk/cluster:Cluster",
        "aws:msk/topic:Topic",
        "aws:s3/bucket:Bucket",
        "aws:cloudwatch/logGroup:LogGroup",
        "kubernetes:apps/v1:StatefulSet",
        "kubernetes:core/v1:PersistentVolumeClaim",
        "kubernetes:stackgres.io/v1alpha1:SGShardedCluster",
        "kubernetes:stackgres.io/v1:SGCluster",
        "postgresql:index/database:Database",
        "vault:index/mount:Mount",
    }
)


def protection(*, protected: bool) -> pulumi.ResourceTransformation:
    """Make the transformation that protects what is in the table, or takes protection off."""

    def transformation(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        if args.type_ not in STATEFUL:
            return None
        opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=protected))
        return pulumi.ResourceTransformationResult(props=args.props, opts=opts)

    return transformation
