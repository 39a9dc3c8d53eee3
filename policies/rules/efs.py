"""Rules for Amazon EFS and FSx."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.documents import document, open_to_anybody, whose
from policies.rules.neighbours import must_have
from policies.rules.remedy import Code, hub
from policies.rules.shapes import must_be_given, must_be_true, must_not_be

SYSTEM: Final = "aws:efs/fileSystem:FileSystem"
POINT: Final = ("aws:efs/accessPoint:AccessPoint",)
POLICY: Final = "aws:efs/fileSystemPolicy:FileSystemPolicy"

efs_encrypted = must_be_true(
    "encrypted",
    id="efs-encrypted",
    title="File systems are encrypted",
    on=(SYSTEM,),
    pci=("3.5.1",),
    controls=("EFS.1",),
    severity=Severity.HIGH,
    says="Its files lie in clear",
    why="A lost disk must not give away what was on it.",
)

efs_own_key = must_be_given(
    "kmsKeyId",
    good=Code("key.arn"),
    beside={"encrypted": True},
    id="efs-own-key",
    title="File systems are encrypted with a key of our own",
    on=(SYSTEM,),
    pci=("3.6.1",),
    severity=Severity.LOW,
    says="It uses the key that all of the account's file systems share",
    reference="https://docs.aws.amazon.com/efs/latest/ug/encryption-at-rest.html",
    why="Only a customer-managed key has a policy that names its custodians.",
)

efs_point_has_user = must_be_given(
    "posixUser.uid",
    good=1000,
    id="efs-point-has-user",
    title="Access points say who their client is",
    on=POINT,
    pci=("7.3.1",),
    controls=("EFS.4",),
    severity=Severity.MEDIUM,
    says="A client is whichever user it says it is, root included",
    why="A file's owner means something only where nobody can claim to be the owner.",
)

efs_point_has_root = must_not_be(
    "rootDirectory.path",
    ("/",),
    good="/payments",
    default="/",
    id="efs-point-has-root",
    title="Access points lead to a folder of their own",
    on=POINT,
    pci=("7.3.1",),
    controls=("EFS.3",),
    severity=Severity.MEDIUM,
    says="It leads to everybody's files",
    why="A component sees the files that it needs.",
)

efs_policy_set = must_have(
    (SYSTEM,),
    {POLICY: "fileSystemId"},
    id="efs-has-policy",
    title="File systems have a policy",
    pci=("7.3.1",),
    severity=Severity.MEDIUM,
    says="Whatever reaches its port may mount it",
    reference="https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html",
    why="Without a policy, reaching the port is the only right that is asked for.",
)


@rule(
    id="efs-demands-tls",
    title="A file system's policy demands TLS",
    on=(POLICY,),
    pci=("4.2.1",),
    severity=Severity.HIGH,
    fix='aws.efs.FileSystemPolicy(..., policy=json.dumps({"Statement": [{"Effect": "Deny",'
    ' "Principal": {"AWS": "*"}, "Action": "*", "Resource": arn,'
    ' "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}))',
    reference="https://docs.aws.amazon.com/efs/latest/ug/encryption-in-transit.html",
    passes=(
        {
            "policy": document(
                {
                    "Effect": "Deny",
                    "Principal": {"AWS": "*"},
                    "Action": "*",
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            )
        },
    ),
    fails=({"policy": whose("arn:aws:iam::111122223333:root", "elasticfilesystem:ClientMount")},),
    undecidable=({"policy": UNKNOWN},),
)
def efs_demands_tls(policy: Resource) -> Iterator[str]:
    """NFS itself is plain text."""
    demanded = any(
        statement.effect == "Deny"
        and "false" in statement.conditions.get("Bool", {}).get("aws:SecureTransport", ())
        for statement in policy.document("policy")
    )
    if not demanded:
        yield "Files may travel in clear"


@rule(
    id="efs-policy-not-public",
    title="A file system's policy names who may mount it",
    on=(POLICY,),
    pci=("7.2.1", "1.4.4"),
    controls=("EFS.6",),
    severity=Severity.HIGH,
    fix='aws.efs.FileSystemPolicy(..., policy=...)  # "Principal": {"AWS": role.arn}',
    reference=hub("EFS.6"),
    passes=({"policy": whose("arn:aws:iam::111122223333:role/api", "elasticfilesystem:*")},),
    fails=({"policy": whose("*", "elasticfilesystem:ClientMount")},),
    undecidable=({"policy": UNKNOWN},),
)
def efs_policy_not_public(policy: Resource) -> Iterator[str]:
    """Whoever may mount a file system reads all of it."""
    for statement in policy.document("policy"):
        through = {key.lower() for pairs in statement.conditions.values() for key in pairs}
        known = "elasticfilesystem:accessedviamounttarget" in through
        if open_to_anybody(statement) and not known:
            yield f"Anybody may {', '.join(statement.actions)}"
