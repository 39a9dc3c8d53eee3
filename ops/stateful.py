"""What is lost when a resource is replaced or deleted: only of those that keep something."""

from fnmatch import fnmatchcase
from typing import Final

LOST: Final = {
    "aws:backup/vault:Vault": "every backup in it",
    "aws:cloudwatch/logGroup:LogGroup": "every log line in it",
    "aws:dynamodb/table:Table": "every row in it",
    "aws:ebs/volume:Volume": "everything on the disk",
    "aws:ecr/repository:Repository": "every image in it, so no pod can start from them",
    "aws:efs/fileSystem:FileSystem": "every file in it",
    "aws:eks/cluster:Cluster": "the cluster with all that runs in it and every volume's binding",
    "aws:kms/key:Key": "the key, and with it the reading of all that it encrypted",
    "aws:kms/replicaKey:ReplicaKey": "this region's copy of the key, until it is made again",
    "aws:msk/cluster:Cluster": "every topic with its messages and its consumers' offsets",
    "aws:msk/serverlessCluster:ServerlessCluster": "every topic with its messages",
    "aws:msk/topic:Topic": "every message in the topic",
    "aws:mskconnect/connector:Connector": "the connector's place, where its offsets topic is new",
    "aws:rds/cluster:Cluster": "the database",
    "aws:rds/instance:Instance": "the database",
    "aws:route53/zone:Zone": "every name in the zone, and its name servers",
    "aws:s3/bucket*:Bucket*": "every object in it",
    "aws:secretsmanager/secret:Secret": "the secret, under this ARN for a while",
    "kubernetes:apiextensions.k8s.io/*:CustomResourceDefinition": "every object of its kind",
    "kubernetes:apps/*:StatefulSet": "nothing of its volumes, but all its pods at once",
    "kubernetes:core/v1:Namespace": "everything that is in the namespace",
    "kubernetes:core/v1:PersistentVolumeClaim": "everything on the volume",
    "kubernetes:*:*ShardedCluster": "the database with all its shards",
    "kubernetes:*:SGCluster": "the database",
    "postgresql:index/database:Database": "the database",
    "postgresql:index/schema:Schema": "every table in the schema",
    "vault:*:SecretBackendKey": "the key, and with it the reading of all that it encrypted",
    "vault:index/mount:Mount": "every key and secret below the mount",
    "vault:database/secretsMount:SecretsMount": "every credential that it rotates",
}
"""By type; `*` stands for any text. The sentence is ended by these words: "this loses ..."."""


def loss(type_: str) -> str:
    """What a resource of this type keeps, or nothing if it keeps nothing."""
    found = LOST.get(type_)
    if found is not None:
        return found
    return next(
        (lost for pattern, lost in LOST.items() if "*" in pattern and fnmatchcase(type_, pattern)),
        "",
    )
