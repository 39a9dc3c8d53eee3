"""Rules for Amazon Neptune."""

from typing import Final

from policies.rule import Severity
from policies.rules.shapes import (
    must_be_at_least,
    must_be_false,
    must_be_true,
    must_contain,
)

CLUSTER: Final = ("aws:neptune/cluster:Cluster",)
MEMBER: Final = ("aws:neptune/clusterInstance:ClusterInstance",)

neptune_encrypted = must_be_true(
    "storageEncrypted",
    id="neptune-encrypted",
    title="Neptune clusters encrypt their storage",
    on=CLUSTER,
    pci=("3.5.1",),
    controls=("Neptune.1",),
    severity=Severity.HIGH,
    says="Its storage and snapshots lie in clear",
    why="A copied snapshot or a lost disk must not give away what the database holds.",
)

neptune_audited = must_contain(
    "enableCloudwatchLogsExports",
    ("audit",),
    id="neptune-audited",
    title="Neptune sends its audit log away",
    on=CLUSTER,
    pci=("10.3.3",),
    controls=("Neptune.2",),
    severity=Severity.MEDIUM,
    says="Who read what in it is kept nowhere else",
    why="Logs reach a store that those who are logged cannot change.",
)

neptune_signs_in_with_iam = must_be_true(
    "iamDatabaseAuthenticationEnabled",
    id="neptune-signs-in-with-iam",
    title="Neptune asks who is calling",
    on=CLUSTER,
    pci=("8.2.1", "8.3.1"),
    controls=("Neptune.7",),
    severity=Severity.HIGH,
    says="Whoever reaches it may read and change all of it",
    why="Neptune has no passwords: without IAM, everybody is nobody.",
)

neptune_private = must_be_false(
    "publiclyAccessible",
    default=False,
    id="neptune-private",
    title="Neptune instances have no public address",
    on=MEMBER,
    pci=("1.4.4",),
    severity=Severity.CRITICAL,
    says="It answers on a public address",
    reference="https://docs.aws.amazon.com/neptune/latest/userguide/neptune-public-endpoints.html",
    why="Stored account data may not be reachable from an untrusted network.",
)

neptune_upgrades_itself = must_be_true(
    "autoMinorVersionUpgrade",
    default=True,
    id="neptune-upgrades-itself",
    title="Neptune instances take minor versions by themselves",
    on=MEMBER,
    pci=("6.3.3",),
    severity=Severity.MEDIUM,
    says="Security fixes wait for somebody to install them",
    reference="https://docs.aws.amazon.com/neptune/latest/userguide/engine-updates.html",
    why="Critical fixes have to be in within a month of their release.",
)

neptune_keeps_backups = must_be_at_least(
    "backupRetentionPeriod",
    7,
    default=1,
    id="neptune-keeps-backups",
    title="Neptune keeps a week of backups",
    on=CLUSTER,
    pci=("12.10.1",),
    controls=("Neptune.5",),
    severity=Severity.MEDIUM,
    says="It keeps backups for {value} days",
    why="An incident found after some days is answered from backups that are older than it.",
)
