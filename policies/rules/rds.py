"""Rules for Amazon RDS and Aurora: who reaches a database, and what it keeps."""

from collections.abc import Iterator

from policies.rule import UNKNOWN, Example, NotApplicable, Resource, Severity, rule
from policies.rules.remedy import Code, hub
from policies.rules.shapes import (
    must_be_at_least,
    must_be_false,
    must_be_given,
    must_be_true,
    must_not_be,
)

INSTANCE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"
DEFAULT_NAMES = ("admin", "postgres", "root", "sa", "rdsadmin", "awsuser")

rds_instance_private = must_be_false(
    "publiclyAccessible",
    default=False,
    id="rds-instance-private",
    title="Database instances have no public address",
    on=(INSTANCE, MEMBER),
    pci=("1.4.4",),
    controls=("RDS.2",),
    severity=Severity.CRITICAL,
    says="It answers on a public address",
    why="Stored account data may not be reachable from an untrusted network.",
)

rds_cluster_private = must_be_false(
    "publiclyAccessible",
    default=False,
    id="rds-cluster-private",
    title="Multi-AZ database clusters have no public address",
    on=(CLUSTER,),
    pci=("1.4.4",),
    severity=Severity.CRITICAL,
    says="It answers on a public address",
    reference="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
    why="Stored account data may not be reachable from an untrusted network.",
)

rds_instance_encrypted = must_be_true(
    "storageEncrypted",
    id="rds-instance-encrypted",
    title="Database instances encrypt their storage",
    on=(INSTANCE,),
    pci=("3.5.1",),
    controls=("RDS.3",),
    severity=Severity.HIGH,
    says="Its storage, snapshots and logs lie in clear",
    why="A copied snapshot or a lost disk must not give away what the database holds.",
)

rds_cluster_encrypted = must_be_true(
    "storageEncrypted",
    id="rds-cluster-encrypted",
    title="Database clusters encrypt their storage",
    on=(CLUSTER, "aws:rds/globalCluster:GlobalCluster"),
    pci=("3.5.1",),
    controls=("RDS.27",),
    severity=Severity.HIGH,
    says="Its storage, snapshots and logs lie in clear",
    why="A copied snapshot or a lost disk must not give away what the database holds.",
)

rds_own_key = must_be_given(
    "kmsKeyId",
    good=Code("key.arn"),
    beside={"storageEncrypted": True},
    id="rds-own-key",
    title="Databases are encrypted with a key of our own",
    on=(INSTANCE, CLUSTER),
    pci=("3.6.1",),
    severity=Severity.MEDIUM,
    says="It uses the key that all of the account's databases share, whose policy is AWS's",
    reference="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html",
    why="Only a customer-managed key has a policy that names its custodians.",
)

rds_instance_signs_in_with_iam = must_be_true(
    "iamDatabaseAuthenticationEnabled",
    id="rds-instance-signs-in-with-iam",
    title="Database instances accept IAM sign-in",
    on=(INSTANCE,),
    only={"engine": ("postgres", "mysql", "mariadb")},
    pci=("8.2.1",),
    controls=("RDS.10",),
    severity=Severity.MEDIUM,
    says="People and services can only sign in with a password of the database's own",
    why="IAM sign-in ties each session to one identity and leaves no password to keep.",
)

rds_cluster_signs_in_with_iam = must_be_true(
    "iamDatabaseAuthenticationEnabled",
    id="rds-cluster-signs-in-with-iam",
    title="Database clusters accept IAM sign-in",
    on=(CLUSTER,),
    pci=("8.2.1",),
    controls=("RDS.12",),
    severity=Severity.MEDIUM,
    says="People and services can only sign in with a password of the database's own",
    why="IAM sign-in ties each session to one identity and leaves no password to keep.",
)

rds_cluster_administrator_named = must_not_be(
    "masterUsername",
    DEFAULT_NAMES,
    good="payments_owner",
    id="rds-cluster-administrator-named",
    title="A cluster's administrator does not have the vendor's default name",
    on=(CLUSTER,),
    pci=("2.2.2",),
    controls=("RDS.24",),
    severity=Severity.MEDIUM,
    says="Its administrator is called {value}",
    why="Default account names are the first that guessing tries.",
)

rds_instance_administrator_named = must_not_be(
    "username",
    DEFAULT_NAMES,
    good="payments_owner",
    id="rds-instance-administrator-named",
    title="An instance's administrator does not have the vendor's default name",
    on=(INSTANCE,),
    pci=("2.2.2",),
    controls=("RDS.25",),
    severity=Severity.MEDIUM,
    says="Its administrator is called {value}",
    why="Default account names are the first that guessing tries.",
)

rds_instance_upgrades_itself = must_be_true(
    "autoMinorVersionUpgrade",
    default=True,
    id="rds-instance-upgrades-itself",
    title="Database instances take minor versions by themselves",
    on=(INSTANCE, MEMBER),
    pci=("6.3.3",),
    controls=("RDS.13",),
    severity=Severity.HIGH,
    says="Security fixes wait for somebody to install them",
    why="Critical fixes have to be in within a month of their release.",
)

rds_cluster_upgrades_itself = must_be_true(
    "autoMinorVersionUpgrade",
    default=True,
    id="rds-cluster-upgrades-itself",
    title="Multi-AZ clusters take minor versions by themselves",
    on=(CLUSTER,),
    pci=("6.3.3",),
    controls=("RDS.35",),
    severity=Severity.HIGH,
    says="Security fixes wait for somebody to install them",
    why="Critical fixes have to be in within a month of their release.",
)

rds_proxy_demands_tls = must_be_true(
    "requireTls",
    id="rds-proxy-demands-tls",
    title="Database proxies demand TLS",
    on=("aws:rds/proxy:Proxy",),
    pci=("4.2.1",),
    controls=("RDS.43",),
    severity=Severity.HIGH,
    says="Clients may talk to it in clear",
    why="Queries and their results hold account data.",
)

rds_instance_keeps_backups = must_be_at_least(
    "backupRetentionPeriod",
    7,
    default=0,
    id="rds-instance-keeps-backups",
    title="Database instances keep a week of backups",
    on=(INSTANCE,),
    pci=("12.10.1",),
    controls=("RDS.11",),
    severity=Severity.MEDIUM,
    says="It keeps backups for {value} days",
    why="An incident found after some days is answered from backups that are older than it.",
)

rds_cluster_keeps_backups = must_be_at_least(
    "backupRetentionPeriod",
    7,
    default=1,
    id="rds-cluster-keeps-backups",
    title="Database clusters keep a week of backups",
    on=(CLUSTER,),
    pci=("12.10.1",),
    severity=Severity.MEDIUM,
    says="It keeps backups for {value} days",
    reference="https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Backups.html",
    why="An incident found after some days is answered from backups that are older than it.",
)


@rule(
    id="rds-password-not-in-program",
    title="RDS keeps the administrator's password, not the program",
    on=(CLUSTER, INSTANCE),
    pci=("8.3.2", "8.6.3"),
    severity=Severity.HIGH,
    fix="aws.rds.Cluster(..., manage_master_user_password=True)",
    reference="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html",
    passes=(
        {"manageMasterUserPassword": True},
        Example({"masterPasswordWo": "written only"}, type=CLUSTER),
    ),
    fails=(
        {"masterPassword": "generated"},
        Example({"password": "generated"}, type=INSTANCE),
    ),
    undecidable=({"manageMasterUserPassword": False, "masterPassword": UNKNOWN},),
)
def rds_password_not_in_program(database: Resource) -> Iterator[str]:
    """A password that a program gives stands in its state, and nothing rotates it."""
    name = "password" if database.type == INSTANCE else "masterPassword"
    if database.has(name):
        yield f"The program gives it {name}, which its state keeps and nothing rotates"


@rule(
    id="rds-network-of-its-own",
    title="Databases name the subnets that they stand in",
    on=(INSTANCE, CLUSTER),
    pci=("1.4.1",),
    controls=("RDS.46",),
    severity=Severity.HIGH,
    fix="aws.rds.Cluster(..., db_subnet_group_name=private_subnets.name)",
    reference=hub("RDS.46"),
    passes=({"dbSubnetGroupName": "private"},),
    fails=({}, {"dbSubnetGroupName": "default"}),
    undecidable=({"dbSubnetGroupName": UNKNOWN},),
    not_applicable=(Example({"replicateSourceDb": "first"}, type=INSTANCE),),
)
def rds_network_of_its_own(database: Resource) -> Iterator[str]:
    """Without a subnet group a database stands in the default network, which is public."""
    if database.type == INSTANCE and database.has("replicateSourceDb"):
        raise NotApplicable("a replica stands where its source does")
    if database.get("dbSubnetGroupName", "default") == "default":
        yield "It stands in the default network, whose subnets are public"
