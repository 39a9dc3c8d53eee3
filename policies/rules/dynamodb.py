"""Rules for Amazon DynamoDB and its cache, DAX."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.documents import open_to_anybody, whose
from policies.rules.remedy import Code
from policies.rules.shapes import must_be_given, must_be_one_of, must_be_true

TABLE: Final = ("aws:dynamodb/table:Table",)
DAX: Final = ("aws:dax/cluster:Cluster",)

dynamodb_own_key = must_be_given(
    "serverSideEncryption.kmsKeyArn",
    good=Code("key.arn"),
    beside={"serverSideEncryption": {"enabled": True}},
    id="dynamodb-own-key",
    title="Tables are encrypted with a key of our own",
    on=TABLE,
    pci=("3.5.1", "3.6.1"),
    severity=Severity.MEDIUM,
    says="It uses AWS's key, which whoever may read the table may use",
    reference="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html",
    why="With a key of ours, reading takes a second permission, and each use of it is logged.",
)

dynamodb_can_go_back = must_be_true(
    "pointInTimeRecovery.enabled",
    id="dynamodb-can-go-back",
    title="Tables can be put back to any moment",
    on=TABLE,
    pci=("12.10.1",),
    controls=("DynamoDB.2",),
    severity=Severity.MEDIUM,
    says="What is overwritten or deleted is gone",
    why="An incident is answered from a copy that is older than it.",
)

dynamodb_stays = must_be_true(
    "deletionProtectionEnabled",
    id="dynamodb-not-deleted-by-mistake",
    title="Tables are protected from deletion",
    on=TABLE,
    pci=("12.10.1",),
    controls=("DynamoDB.6",),
    severity=Severity.LOW,
    says="One call deletes it",
    why="A slip must not need an incident response.",
)

dynamodb_forgets = must_be_true(
    "ttl.enabled",
    id="dynamodb-forgets",
    title="Tables have a time after which items go",
    on=TABLE,
    pci=("3.2.1",),
    severity=Severity.LOW,
    says="It keeps everything for ever",
    reference="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html",
    why="Stored data is kept to the time that law and business ask for.",
)

dynamodb_cache_speaks_tls = must_be_one_of(
    "clusterEndpointEncryptionType",
    ("TLS",),
    unlike="NONE",
    default="NONE",
    id="dynamodb-cache-speaks-tls",
    title="DAX clusters speak TLS",
    on=DAX,
    pci=("4.2.1",),
    controls=("DynamoDB.7",),
    severity=Severity.HIGH,
    says="What it caches travels in clear",
    why="A cache holds what its application last handled.",
)

dynamodb_cache_encrypted = must_be_true(
    "serverSideEncryption.enabled",
    id="dynamodb-cache-encrypted",
    title="DAX clusters encrypt what they write to disk",
    on=DAX,
    pci=("3.5.1",),
    controls=("DynamoDB.3",),
    severity=Severity.MEDIUM,
    says="What it writes to disk lies in clear",
    why="A cache holds what its application last handled.",
)


@rule(
    id="dynamodb-policy-not-public",
    title="A table's policy names who may use it",
    on=("aws:dynamodb/resourcePolicy:ResourcePolicy",),
    pci=("7.2.1",),
    severity=Severity.CRITICAL,
    fix='aws.dynamodb.ResourcePolicy(..., policy=...)  # "Principal": {"AWS": role.arn}',
    reference="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-bpa-rbp.html",
    passes=({"policy": whose("arn:aws:iam::111122223333:role/api", "dynamodb:GetItem")},),
    fails=({"policy": whose("*", "dynamodb:GetItem")},),
    undecidable=({"policy": UNKNOWN},),
)
def dynamodb_policy_not_public(policy: Resource) -> Iterator[str]:
    """A table that anybody may read is public, wherever it stands."""
    for statement in policy.document("policy"):
        if open_to_anybody(statement):
            yield f"Anybody may {', '.join(statement.actions)}"
