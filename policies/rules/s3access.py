"""Rules for Amazon S3: who may reach a bucket, and how."""

from collections.abc import Iterator
from typing import Any

from policies.rule import (
    UNKNOWN,
    Example,
    Resource,
    Severity,
    Stack,
    Statement,
    Undecidable,
    rule,
    stack_rule,
)
from policies.rules.documents import document, open_to_anybody, whose
from policies.rules.remedy import hub
from policies.rules.s3 import BLOCK, BUCKETS, FLAGS, LOGGING
from policies.rules.shapes import at, is_true, must_be_given

POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TRAIL = "aws:cloudtrail/trail:Trail"
WORLD = ("AllUsers", "AuthenticatedUsers")
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
ON: dict[str, Any] = dict.fromkeys(FLAGS, True)
DENY_PLAIN = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
CHANGES_OF_POLICY = (
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:PutEncryptionConfiguration",
    "s3:PutObjectAcl",
)


@rule(
    id="s3-public-access-block-whole",
    title="A public access block has all of its four parts on",
    on=(BLOCK, "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"),
    pci=("1.4.4",),
    controls=("S3.8", "S3.1"),
    severity=Severity.HIGH,
    fix="aws.s3.BucketPublicAccessBlock(..., block_public_acls=True, block_public_policy=True,"
    " ignore_public_acls=True, restrict_public_buckets=True)",
    reference=hub("S3.8"),
    passes=(ON,),
    fails=({}, *({**ON, flag: False} for flag in FLAGS)),
    undecidable=({**ON, "blockPublicAcls": UNKNOWN},),
)
def s3_public_access_block_whole(block: Resource) -> Iterator[str]:
    """Each part stops another way to the world; AWS's default for each is off."""
    for flag in FLAGS:
        if not is_true(block.get(flag, default=False)):
            yield f"{flag} is off"


@rule(
    id="s3-access-point-blocks-the-public",
    title="Access points refuse public access",
    on=("aws:s3/accessPoint:AccessPoint",),
    pci=("1.4.4",),
    controls=("S3.19",),
    severity=Severity.CRITICAL,
    fix="aws.s3.AccessPoint(...)  # leave public_access_block_configuration out: all four are on",
    reference=hub("S3.19"),
    passes=({}, {"publicAccessBlockConfiguration": ON}),
    fails=tuple({"publicAccessBlockConfiguration": {flag: False}} for flag in FLAGS),
    undecidable=({"publicAccessBlockConfiguration": {"blockPublicAcls": UNKNOWN}},),
)
def s3_access_point_blocks_the_public(point: Resource) -> Iterator[str]:
    """What an access point lets through is decided when it is made, and never again."""
    for flag in FLAGS:
        if not is_true(point.get(f"publicAccessBlockConfiguration.{flag}", default=True)):
            yield f"{flag} is off"


@rule(
    id="s3-multi-region-access-point-blocks-the-public",
    title="Multi-region access points refuse public access",
    on=("aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint",),
    pci=("1.4.4",),
    controls=("S3.24",),
    severity=Severity.HIGH,
    fix="aws.s3control.MultiRegionAccessPoint(..., details={...})"
    "  # leave public_access_block out: all four are on",
    reference=hub("S3.24"),
    passes=({"details": {"name": "global"}}, {"details": {"publicAccessBlock": ON}}),
    fails=tuple({"details": {"publicAccessBlock": {flag: False}}} for flag in FLAGS),
    undecidable=({"details": {"publicAccessBlock": {"blockPublicAcls": UNKNOWN}}},),
)
def s3_multi_region_access_point_blocks_the_public(point: Resource) -> Iterator[str]:
    """It opens buckets in several regions at once, and cannot be changed afterwards."""
    for flag in FLAGS:
        if not is_true(point.get(f"details.publicAccessBlock.{flag}", default=True)):
            yield f"{flag} is off"


@rule(
    id="s3-policy-not-public",
    title="Bucket policies name who may read and write",
    on=(POLICY, *BUCKETS, "aws:s3control/accessPointPolicy:AccessPointPolicy"),
    pci=("1.4.4", "7.2.1"),
    controls=("S3.2", "S3.3"),
    severity=Severity.CRITICAL,
    fix="aws.s3.BucketPolicy(..., policy=json.dumps("
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": role_arn},'
    ' "Action": "s3:GetObject", "Resource": f"{bucket_arn}/*"}]}))',
    reference=hub("S3.2"),
    passes=(
        {"policy": whose("arn:aws:iam::111122223333:role/api", "s3:GetObject")},
        {"policy": document(DENY_PLAIN)},
    ),
    fails=(
        {"policy": whose("*", "s3:GetObject")},
        Example({"policy": whose("*", "s3:PutObject")}, type=BUCKETS[0]),
    ),
    undecidable=({"policy": UNKNOWN},),
)
def s3_policy_not_public(policy: Resource) -> Iterator[str]:
    """A bucket that anybody may read is how most stolen files were lost."""
    for statement in policy.document("policy"):
        if open_to_anybody(statement):
            yield f"Anybody may {', '.join(statement.actions)}"


@rule(
    id="s3-policy-keeps-control",
    title="Bucket policies let no other account change them",
    on=(POLICY,),
    pci=("7.2.1",),
    controls=("S3.6",),
    severity=Severity.HIGH,
    fix='aws.s3.BucketPolicy(..., policy=...)  # "Action": ["s3:GetObject"], not "s3:*"',
    reference=hub("S3.6"),
    passes=({"policy": whose("arn:aws:iam::111122223333:role/api", "s3:GetObject")},),
    fails=({"policy": whose("arn:aws:iam::111122223333:role/api", "s3:PutBucketPolicy")},),
    undecidable=({"policy": UNKNOWN},),
)
def s3_policy_keeps_control(policy: Resource) -> Iterator[str]:
    """Who may write the policy may give everything else, to anybody."""
    for statement in policy.document("policy"):
        given = [
            each for each in CHANGES_OF_POLICY if statement.allows and each in statement.actions
        ]
        if given:
            yield f"{', '.join(statement.principals)} may {', '.join(given)}"


@rule(
    id="s3-acl-grants-nobody-unknown",
    title="No grant of an ACL is to everybody",
    on=("aws:s3/bucketAcl:BucketAcl",),
    pci=("1.4.4",),
    controls=("S3.2", "S3.3"),
    severity=Severity.CRITICAL,
    fix='aws.s3.BucketAcl(..., acl="private")',
    reference=hub("S3.2"),
    passes=({"acl": "private"}, at("accessControlPolicy.grants[].grantee.id", "owner")),
    fails=(at("accessControlPolicy.grants[].grantee.uri", ALL_USERS),),
    undecidable=(at("accessControlPolicy.grants[].grantee.uri", UNKNOWN),),
)
def s3_acl_grants_nobody_unknown(acl: Resource) -> Iterator[str]:
    """A grant to a group that anybody is in opens the bucket as a public policy does."""
    for uri in acl.get("accessControlPolicy.grants[].grantee.uri"):
        if str(uri).endswith(WORLD):
            yield f"It grants {uri}"


s3_access_point_in_network = must_be_given(
    "vpcConfiguration.vpcId",
    good="vpc",
    id="s3-access-point-in-network",
    title="Access points take requests from a VPC only",
    on=("aws:s3/accessPoint:AccessPoint",),
    pci=("1.4.2",),
    severity=Severity.MEDIUM,
    says="It takes requests from the internet",
    reference="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-vpc.html",
    why="What nobody outside the network can call, no stolen key can read from outside.",
)


def refuses_plain_http(statement: Statement) -> bool:
    """Whether a statement denies everybody what does not come over TLS."""
    everybody = "*" in statement.principals
    secure = statement.conditions.get("Bool", {}).get("aws:SecureTransport", ())
    return statement.effect == "Deny" and everybody and "false" in [x.lower() for x in secure]


@stack_rule(
    id="s3-bucket-demands-tls",
    title="Every bucket's policy denies requests without TLS",
    on=BUCKETS,
    pci=("4.2.1", "2.2.7"),
    controls=("S3.5",),
    severity=Severity.HIGH,
    fix="aws.s3.BucketPolicy(..., policy=json.dumps({"
    '"Version": "2012-10-17", "Statement": [{'
    '"Effect": "Deny", "Principal": "*", "Action": "s3:*", '
    '"Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}))',
    reference=hub("S3.5"),
    passes=(
        (
            {"type": BUCKETS[0], "name": "data", "props": {}},
            {
                "type": POLICY,
                "name": "data",
                "props": {"bucket": UNKNOWN, "policy": document(DENY_PLAIN)},
                "refs": {"bucket": "data"},
            },
        ),
        ({"type": BUCKETS[0], "name": "data", "props": {"policy": document(DENY_PLAIN)}},),
    ),
    fails=(
        ({"type": BUCKETS[0], "name": "data", "props": {}},),
        (
            {"type": BUCKETS[0], "name": "data", "props": {}},
            {
                "type": POLICY,
                "name": "data",
                "props": {
                    "bucket": UNKNOWN,
                    "policy": whose("arn:aws:iam::111122223333:root", "s3:*"),
                },
                "refs": {"bucket": "data"},
            },
        ),
    ),
    undecidable=(
        (
            {"type": BUCKETS[0], "name": "data", "props": {}},
            {
                "type": POLICY,
                "name": "data",
                "props": {"bucket": UNKNOWN, "policy": UNKNOWN},
                "refs": {"bucket": "data"},
            },
        ),
    ),
)
def s3_bucket_demands_tls(stack: Stack) -> Iterator[tuple[Resource, str | Undecidable]]:
    """S3 answers over plain HTTP too, unless a policy forbids it."""
    for bucket in stack.of(*BUCKETS):
        try:
            policies = [bucket, *stack.referring(bucket, POLICY, path="bucket")]
            statements = [each for policy in policies for each in policy.document("policy")]
        except Undecidable as unknown:
            yield bucket, unknown
            continue
        if not any(refuses_plain_http(each) for each in statements):
            yield bucket, "It answers over plain HTTP"


@stack_rule(
    id="cloudtrail-bucket-logs-access",
    title="The bucket of a trail logs who reads it",
    on=(TRAIL,),
    pci=("10.2.1.3",),
    controls=("CloudTrail.7",),
    severity=Severity.MEDIUM,
    fix="aws.s3.BucketLogging(..., bucket=trail_bucket.id, target_bucket=logs.id)",
    reference=hub("CloudTrail.7"),
    passes=(
        (
            {"type": TRAIL, "name": "trail", "refs": {"s3BucketName": "bucket"}},
            {"type": BUCKETS[0], "name": "bucket"},
            {"type": LOGGING, "name": "logging", "refs": {"bucket": "bucket"}},
        ),
        ({"type": TRAIL, "name": "trail", "props": {"s3BucketName": "of-another-account"}},),
    ),
    fails=(
        (
            {"type": TRAIL, "name": "trail", "refs": {"s3BucketName": "bucket"}},
            {"type": BUCKETS[0], "name": "bucket"},
        ),
    ),
    undecidable=(
        (
            {"type": TRAIL, "name": "trail", "props": {"s3BucketName": UNKNOWN}},
            {"type": BUCKETS[0], "name": "bucket"},
        ),
    ),
)
def cloudtrail_bucket_logs_access(stack: Stack) -> Iterator[tuple[Resource, str | Undecidable]]:
    """Whoever reads or alters the audit trail has to leave a trace too."""
    for trail in stack.of(TRAIL):
        try:
            for bucket in stack.of(*BUCKETS):
                if not stack.refers(trail, bucket, "s3BucketName"):
                    continue
                logged = bucket.has("logging") or any(
                    stack.referring(bucket, LOGGING, path="bucket")
                )
                if not logged:
                    yield trail, f"Nothing logs who reads its bucket, {bucket.name}"
        except Undecidable as unknown:
            yield trail, unknown
