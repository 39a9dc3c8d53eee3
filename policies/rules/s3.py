"""Rules for Amazon S3: what a bucket needs beside it."""

from typing import Any

from policies.rule import Severity
from policies.rules.neighbours import must_accompany_a_network, must_have
from policies.rules.shapes import must_be_one_of, must_not_be

BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNT_BLOCK = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
INLINE_ENCRYPTION = "serverSideEncryptionConfiguration.rule.applyServerSideEncryptionByDefault"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
FLAGS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
ALL_FLAGS: dict[str, Any] = dict.fromkeys(FLAGS, True)
PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read", "website")

s3_bucket_blocks_the_public = must_have(
    BUCKETS,
    {BLOCK: "bucket"},
    wants=ALL_FLAGS,
    id="s3-bucket-blocks-the-public",
    title="Every bucket refuses public access",
    pci=("1.4.4",),
    controls=("S3.8",),
    severity=Severity.CRITICAL,
    says="Nothing stops a policy or an ACL from opening it to the world",
    why="One mistaken policy makes a bucket public; the block makes the mistake harmless.",
)

s3_bucket_logs_access = must_have(
    BUCKETS,
    {LOGGING: "bucket", "aws:s3/bucketLoggingV2:BucketLoggingV2": "bucket"},
    inline={"logging.targetBucket": "logs"},
    id="s3-bucket-logs-access",
    title="Every bucket logs who reads and writes it",
    pci=("10.2.1",),
    controls=("S3.9",),
    severity=Severity.MEDIUM,
    says="Its requests are logged nowhere",
    why="Access to account data has to be traceable to whoever had it.",
)

s3_bucket_encrypted_with_kms = must_have(
    BUCKETS,
    {ENCRYPTION: "bucket"},
    wants={"rules[].applyServerSideEncryptionByDefault.sseAlgorithm": ("aws:kms", "aws:kms:dsse")},
    inline={f"{INLINE_ENCRYPTION}.kmsMasterKeyId": "key"},
    id="s3-bucket-encrypted-with-kms",
    title="Every bucket encrypts with a KMS key",
    pci=("3.5.1",),
    controls=("S3.17",),
    severity=Severity.HIGH,
    says="It encrypts with S3's own key, which whoever may read the bucket may use",
    why="With a KMS key, reading takes a second permission, and each use of it is logged.",
)

s3_bucket_keeps_versions = must_have(
    BUCKETS,
    {VERSIONING: "bucket"},
    wants={"versioningConfiguration.status": "Enabled"},
    inline={"versioning.enabled": True},
    id="s3-bucket-keeps-versions",
    title="Every bucket keeps former versions",
    pci=("10.3.2",),
    controls=("S3.14",),
    severity=Severity.MEDIUM,
    says="What is overwritten or deleted is gone",
    why="Logs and evidence may not be altered; a version that is kept shows what they were.",
)

s3_bucket_locks_objects = must_have(
    BUCKETS,
    {LOCK: "bucket"},
    inline={"objectLockEnabled": True},
    id="s3-bucket-locks-objects",
    title="Buckets lock what is written to them",
    pci=("10.5.1",),
    controls=("S3.15",),
    severity=Severity.LOW,
    says="What it holds can be deleted before its time",
    why="An audit trail that its subject can delete proves nothing.",
)

s3_bucket_forgets = must_have(
    BUCKETS,
    {LIFECYCLE: "bucket"},
    inline={"lifecycleRules": [{"enabled": True}]},
    id="s3-bucket-forgets",
    title="Every bucket has a rule on how long it keeps things",
    pci=("3.2.1",),
    controls=("S3.13",),
    severity=Severity.LOW,
    says="It keeps everything for ever",
    why="Stored data is kept to the time that law and business ask for.",
)

s3_bucket_owner_decides = must_have(
    BUCKETS,
    {OWNERSHIP: "bucket"},
    wants={"rule.objectOwnership": "BucketOwnerEnforced"},
    id="s3-bucket-owner-decides",
    title="No bucket has access control lists",
    pci=("7.2.2",),
    controls=("S3.12",),
    severity=Severity.MEDIUM,
    says="Nothing in the program says that its owner alone decides who may read it",
    why="ACLs on single objects are seen by no review of roles and policies.",
)

s3_bucket_copied_away = must_have(
    BUCKETS,
    {"aws:s3/bucketReplicationConfig:BucketReplicationConfig": "bucket"},
    inline={"replicationConfiguration": {"role": "role"}},
    id="s3-bucket-copied-away",
    title="Every bucket is copied to another region",
    pci=("12.10.1",),
    controls=("S3.7",),
    severity=Severity.LOW,
    says="A lost region takes what it holds along",
    why="Evidence and logs outlive the region, and the account, that they are about.",
)

s3_account_blocks_the_public = must_accompany_a_network(
    ACCOUNT_BLOCK,
    wants=ALL_FLAGS,
    id="s3-account-blocks-the-public",
    title="The account refuses public buckets",
    pci=("1.4.4",),
    controls=("S3.1",),
    severity=Severity.CRITICAL,
    says="Nothing stops a bucket made by hand from being public",
    why="A block on the account also covers the buckets that no program knows.",
)

s3_lock_has_a_rule = must_be_one_of(
    "rule.defaultRetention.mode",
    ("COMPLIANCE", "GOVERNANCE"),
    unlike="NONE",
    id="s3-lock-has-a-rule",
    title="Object locks lock by default",
    on=(LOCK,),
    pci=("10.5.1",),
    severity=Severity.LOW,
    says="Objects are locked only where their writer asks for it",
    reference="https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html",
    why="The writer of a log is who should not have to think of its safety.",
)

s3_versioning_not_suspended = must_be_one_of(
    "versioningConfiguration.status",
    ("Enabled",),
    unlike="Suspended",
    id="s3-versioning-not-suspended",
    title="Versioning is not suspended",
    on=(VERSIONING,),
    pci=("10.3.2",),
    controls=("S3.14",),
    severity=Severity.MEDIUM,
    says="Versioning is {value}",
    why="From the day it is suspended, what is overwritten is gone.",
)

s3_acl_not_public = must_not_be(
    "acl",
    PUBLIC_ACLS,
    good="private",
    id="s3-acl-not-public",
    title="No canned ACL opens a bucket",
    on=("aws:s3/bucketAcl:BucketAcl", *BUCKETS),
    pci=("1.4.4",),
    controls=("S3.2", "S3.3"),
    severity=Severity.CRITICAL,
    says="Its ACL is {value}: others than its owner may read it",
    why="Stored account data may not be reachable from an untrusted network.",
)
