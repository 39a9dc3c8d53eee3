"""AuditTrail, AuditCopy and the locked bucket."""

import json

import pytest

from infra.security.audit import AuditCopy, AuditCopyArgs, AuditTrail, AuditTrailArgs
from infra.security.bucket import LockedBucket, LockedBucketArgs
from infra.settings import AuditSettings


def trail():
    return AuditTrail(
        "audit",
        AuditTrailArgs(
            region="us-east-1",
            account_id="111122223333",
            key_arn="arn:key",
            log_key_arn="arn:logs",
            settings=AuditSettings(),
        ),
    )


@pytest.fixture(scope="module")
def whole(deploy):
    return deploy(trail)


def test_nobody_deletes_for_seven_years(whole):
    lock = whole.only("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")

    assert lock["rule"]["defaultRetention"] == {"mode": "COMPLIANCE", "years": 7}
    assert whole.only("aws:s3/bucket:Bucket")["objectLockEnabled"] is True


def test_the_bucket_is_closed_and_takes_tls_only(whole):
    block = whole.only("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
    policy = json.loads(whole.only("aws:s3/bucketPolicy:BucketPolicy")["policy"])

    kinds = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert all(block[each] for each in kinds)
    plain = policy["Statement"][0]
    assert plain["Effect"] == "Deny"
    assert plain["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_whoever_writes_does_so_for_this_account(whole):
    policy = json.loads(whole.only("aws:s3/bucketPolicy:BucketPolicy")["policy"])

    for each in policy["Statement"][1:]:
        condition = each["Condition"]["StringEquals"]
        assert {"aws:SourceAccount", "aws:SourceArn"} & set(condition)


def test_a_change_to_the_trail_shows(whole):
    made = whole.only("aws:cloudtrail/trail:Trail")

    assert made["enableLogFileValidation"] is True
    assert made["kmsKeyId"] == "arn:key"


def test_a_deletion_does_not_reach_the_copy(deploy):
    rule = deploy(
        lambda: AuditCopy(
            "copy",
            AuditCopyArgs(
                source_region="us-east-1",
                target_region="eu-west-1",
                account_id="111122223333",
                source_key_arn="arn:source",
                target_key_arn="arn:target",
            ),
        )
    ).only("aws:s3/bucketReplicationConfig:BucketReplicationConfig")["rules"][0]

    assert rule["deleteMarkerReplication"] == {"status": "Disabled"}
    encryption = rule["destination"]["encryptionConfiguration"]
    assert encryption == {"replicaKmsKeyId": "arn:target"}


def test_a_bucket_without_retention_has_no_lock(deploy):
    args = LockedBucketArgs(bucket="b", key_arn="arn:key")
    engine = deploy(lambda: LockedBucket("b", args))

    assert not engine.all("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    assert engine.only("aws:s3/bucket:Bucket")["objectLockEnabled"] is False


def test_two_retentions_are_refused():
    with pytest.raises(ValueError, match="not in both"):
        LockedBucketArgs(bucket="b", key_arn="k", retention_years=1, retention_days=1)
