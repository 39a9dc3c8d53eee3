"""Detection, without deploying it."""

import json

import pytest

from infra.security.detection import CONFIG_RULES, Detection, DetectionArgs


@pytest.fixture(scope="module")
def whole(deploy):
    return deploy(
        lambda: Detection(
            "watch",
            DetectionArgs(
                region="us-east-1",
                account_id="111122223333",
                audit_bucket="audit",
                audit_key_arn="arn:key",
                card_data_buckets=("backups",),
            ),
        )
    )


def test_guardduty_watches_what_runs_the_audit_log_and_the_buckets(whole):
    features = {
        each["name"]: each["status"]
        for each in whole.all("aws:guardduty/detectorFeature:DetectorFeature")
    }

    needed = {"RUNTIME_MONITORING", "EKS_AUDIT_LOGS", "S3_DATA_EVENTS", "EBS_MALWARE_PROTECTION"}
    assert needed <= set(features)
    assert set(features.values()) == {"ENABLED"}


def test_security_hub_judges_by_pci_dss_4_0_1(whole):
    standards = {
        each["standardsArn"]
        for each in whole.all("aws:securityhub/standardsSubscription:StandardsSubscription")
    }

    assert "arn:aws:securityhub:us-east-1::standards/pci-dss/v/4.0.1" in standards


def test_config_records_everything_and_judges_it(whole):
    assert whole.only("aws:cfg/recorder:Recorder")["recordingGroup"]["allSupported"] is True
    pack = json.loads(whole.only("aws:cfg/conformancePack:ConformancePack")["templateBody"])
    assert len(pack["Resources"]) == len(CONFIG_RULES)


def test_macie_searches_the_buckets_for_card_numbers(whole):
    job = whole.only("aws:macie2/classificationJob:ClassificationJob")

    assert job["s3JobDefinition"]["bucketDefinitions"][0]["buckets"] == ["backups"]
