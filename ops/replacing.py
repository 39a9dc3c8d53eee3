"""Which changes replace a thing that keeps something, when no provider is asked.

A preview without the real state cannot ask the provider. For the types of `ops.stateful` this says
what AWS's and Kubernetes' own rules say; whoever deploys sees the provider's own answer.
"""

from fnmatch import fnmatchcase
from typing import Final

REPLACING: Final = {
    "aws:backup/vault:Vault": ("name", "kmsKeyArn"),
    "aws:cloudwatch/logGroup:LogGroup": ("name", "namePrefix", "logGroupClass"),
    "aws:dynamodb/table:Table": ("name", "hashKey", "rangeKey"),
    "aws:ebs/volume:Volume": ("availabilityZone", "encrypted", "kmsKeyId", "snapshotId"),
    "aws:ecr/repository:Repository": ("name", "encryptionConfigurations"),
    "aws:efs/fileSystem:FileSystem": ("encrypted", "kmsKeyId", "performanceMode"),
    "aws:eks/cluster:Cluster": ("name", "roleArn", "kubernetesNetworkConfig.ipFamily"),
    "aws:kms/key:Key": ("customerMasterKeySpec", "keyUsage", "multiRegion", "customKeyStoreId"),
    "aws:kms/replicaKey:ReplicaKey": ("primaryKeyArn",),
    "aws:msk/cluster:Cluster": (
        "clusterName",
        "brokerNodeGroupInfo.azDistribution",
        "brokerNodeGroupInfo.clientSubnets",
        "encryptionInfo.encryptionAtRestKmsKeyArn",
        "encryptionInfo.encryptionInTransit.inCluster",
    ),
    "aws:msk/topic:Topic": ("name", "clusterArn"),
    "aws:mskconnect/connector:Connector": ("name", "kafkaCluster", "plugins"),
    "aws:rds/*": ("engine", "kmsKeyId", "storageEncrypted", "masterUsername", "username"),
    "aws:route53/zone:Zone": ("name", "delegationSetId"),
    "aws:s3/bucket*": ("bucket", "bucketPrefix", "objectLockEnabled"),
    "aws:secretsmanager/secret:Secret": ("name", "namePrefix"),
    "kubernetes:apps/*:StatefulSet": (
        "metadata.name",
        "metadata.namespace",
        "spec.serviceName",
        "spec.selector",
        "spec.volumeClaimTemplates",
    ),
    "kubernetes:core/v1:PersistentVolumeClaim": (
        "metadata.name",
        "metadata.namespace",
        "spec.accessModes",
        "spec.storageClassName",
        "spec.volumeMode",
    ),
    "kubernetes:*": ("metadata.name", "metadata.namespace"),
    "postgresql:index/database:Database": ("name", "lcCollate", "lcCtype", "encoding", "template"),
    "vault:*:SecretBackendKey": ("name", "backend", "type", "derived"),
    "vault:index/mount:Mount": ("type",),
}
"""By type, the first that matches; a path covers all that is below it."""


def reasons(type_: str, changed: list[str]) -> tuple[str, ...]:
    """Those of the changed paths that replace a resource of this type."""
    paths = next((paths for key, paths in REPLACING.items() if fnmatchcase(type_, key)), ())
    return tuple(each for each in changed if any(_below(each, path) for path in paths))


def _below(path: str, replacing: str) -> bool:
    return path == replacing or path.startswith((f"{replacing}.", f"{replacing}["))
