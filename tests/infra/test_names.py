"""Names that regions call each other by."""

from infra import names


def test_names_follow_from_the_region_alone():
    assert names.vault_address("eu-west-1") == "https://vault.eu-west-1.evenkeel.internal:8200"
    assert names.intake_url("eu-west-1") == "https://intake.eu-west-1.evenkeel.internal:8443"
    assert names.database_host("eu-west-1") == "db.eu-west-1.evenkeel.internal"
    assert names.regional_host("eu-west-1", "example.com") == "eu-west-1.pay.example.com"


def test_buckets_fit_s3():
    longest = names.bucket("mirror-ap-southeast-1", "ap-northeast-2", "111122223333")

    assert len(longest) <= 63
    assert longest == longest.lower()


def test_a_parts_consumer_group_follows_from_its_account():
    assert names.consumer_group("payment-processor") == "payments-processor"
