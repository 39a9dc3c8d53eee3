"""Rules for snapshots of databases, which are the whole database again."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.remedy import hub

SHARED: Final = (
    "aws:rds/snapshot:Snapshot",
    "aws:rds/clusterSnapshot:ClusterSnapshot",
    "aws:rds/snapshotCopy:SnapshotCopy",
)


@rule(
    id="rds-snapshot-private",
    title="Database snapshots are shared with named accounts only",
    on=SHARED,
    pci=("1.4.4",),
    controls=("RDS.1",),
    severity=Severity.CRITICAL,
    fix='aws.rds.ClusterSnapshot(..., shared_accounts=["111122223333"])',
    reference=hub("RDS.1"),
    passes=({}, {"sharedAccounts": ["111122223333"]}),
    fails=({"sharedAccounts": ["all"]},),
    undecidable=({"sharedAccounts": UNKNOWN},),
)
def rds_snapshot_private(snapshot: Resource) -> Iterator[str]:
    """A public snapshot is the whole database, for anybody to copy."""
    if "all" in snapshot.get("sharedAccounts", default=[]):
        yield "Anybody may make a database of it"
