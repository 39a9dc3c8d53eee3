"""Rules for Amazon DocumentDB."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.parameters import parameter, with_parameter
from policies.rules.remedy import Code, hub
from policies.rules.shapes import (
    must_be_at_least,
    must_be_given,
    must_be_true,
    must_contain,
)

CLUSTER: Final = ("aws:docdb/cluster:Cluster",)
GROUP: Final = "aws:docdb/clusterParameterGroup:ClusterParameterGroup"

docdb_encrypted = must_be_true(
    "storageEncrypted",
    id="docdb-encrypted",
    title="DocumentDB clusters encrypt their storage",
    on=(*CLUSTER, "aws:docdb/globalCluster:GlobalCluster"),
    pci=("3.5.1",),
    controls=("DocumentDB.1",),
    severity=Severity.HIGH,
    says="Its storage and snapshots lie in clear",
    why="A copied snapshot or a lost disk must not give away what the database holds.",
)

docdb_own_key = must_be_given(
    "kmsKeyId",
    good=Code("key.arn"),
    beside={"storageEncrypted": True},
    id="docdb-own-key",
    title="DocumentDB is encrypted with a key of our own",
    on=CLUSTER,
    pci=("3.6.1",),
    severity=Severity.LOW,
    says="It uses the key that all of the account's databases share",
    reference="https://docs.aws.amazon.com/documentdb/latest/developerguide/encryption-at-rest.html",
    why="Only a customer-managed key has a policy that names its custodians.",
)

docdb_backed_up = must_be_at_least(
    "backupRetentionPeriod",
    7,
    default=1,
    id="docdb-backed-up",
    title="DocumentDB keeps a week of backups",
    on=CLUSTER,
    pci=("3.2.1",),
    controls=("DocumentDB.2",),
    severity=Severity.MEDIUM,
    says="It keeps backups for {value} days",
    why="How long data is kept, backups included, is decided and not left to a default.",
)

docdb_audited = must_contain(
    "enabledCloudwatchLogsExports",
    ("audit",),
    id="docdb-audited",
    title="DocumentDB sends its audit log away",
    on=CLUSTER,
    pci=("10.3.3",),
    controls=("DocumentDB.4",),
    severity=Severity.MEDIUM,
    says="Who read what in it is kept nowhere else",
    why="Logs reach a store that those who are logged cannot change.",
)


@rule(
    id="docdb-speaks-tls",
    title="DocumentDB's parameters ask for TLS",
    on=(GROUP,),
    pci=("4.2.1",),
    controls=("DocumentDB.6",),
    severity=Severity.HIGH,
    fix='aws.docdb.ClusterParameterGroup(..., parameters=[{"name": "tls", "value": "tls1.2+"}])',
    reference=hub("DocumentDB.6"),
    passes=(with_parameter("tls", "tls1.2+"), with_parameter("audit_logs", "enabled")),
    fails=(with_parameter("tls", "disabled"),),
    undecidable=(with_parameter("tls", UNKNOWN),),
)
def docdb_speaks_tls(group: Resource) -> Iterator[str]:
    """Queries and their results hold account data."""
    if parameter(group, "tls", "enabled").lower() == "disabled":
        yield "Clients are served in clear"


@rule(
    id="docdb-audit-on",
    title="DocumentDB's parameters switch the audit log on",
    on=(GROUP,),
    pci=("10.2.1",),
    controls=("DocumentDB.4",),
    severity=Severity.MEDIUM,
    fix='aws.docdb.ClusterParameterGroup(..., parameters=[{"name": "audit_logs", "value": "all"}])',
    reference=hub("DocumentDB.4"),
    passes=(with_parameter("audit_logs", "all"), with_parameter("audit_logs", "enabled")),
    fails=(with_parameter("tls", "enabled"), with_parameter("audit_logs", "none")),
    undecidable=(with_parameter("audit_logs", UNKNOWN),),
)
def docdb_audit_on(group: Resource) -> Iterator[str]:
    """The audit log is off unless asked for, and then there is nothing to send away."""
    if parameter(group, "audit_logs", "disabled").lower() in ("disabled", "none", ""):
        yield "The audit log is off"
