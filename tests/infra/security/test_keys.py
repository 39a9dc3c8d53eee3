"""Keys: one for each purpose."""

import json

import pytest

from infra.security.keys import PURPOSES, Keys, KeysArgs

KEY = "aws:kms/key:Key"
VAULT = "arn:aws:iam::111122223333:role/evenkeel-us-east-1-vault"


def keys(primaries=None):
    return Keys(
        "keys",
        KeysArgs(
            region="us-east-1",
            account_id="111122223333",
            provisioner_arn="arn:aws:iam::111122223333:role/provisioner",
            users={"vault": [VAULT]},
            primaries=primaries or {},
        ),
    )


@pytest.fixture(scope="module")
def whole(deploy):
    return deploy(keys)


def statements(engine, purpose):
    return json.loads(engine.named(KEY, f"keys-{purpose}")["policy"])["Statement"]


def test_each_purpose_has_a_key_that_is_changed_every_year(whole):
    made = whole.all(KEY)

    assert {each.name for each in made} == {f"keys-{purpose}" for purpose in PURPOSES}
    assert all(each["enableKeyRotation"] for each in made)
    assert {each["deletionWindowInDays"] for each in made} == {30}


def test_who_administers_a_key_cannot_use_it(whole):
    for purpose in PURPOSES:
        administer = statements(whole, purpose)[0]
        assert not {"kms:Decrypt", "kms:Encrypt", "kms:*"} & set(administer["Action"])


def test_only_vault_opens_vaults_seal(whole):
    administer, use = statements(whole, "vault")

    assert administer["Sid"] == "Administer"
    assert use["Condition"] == {"ArnEquals": {"aws:PrincipalArn": [VAULT]}}


def test_nobody_uses_a_key_without_a_condition(whole):
    for purpose in PURPOSES:
        for each in statements(whole, purpose)[1:]:
            assert each["Condition"]


def test_both_regions_read_the_audit_trail_with_one_key(deploy, whole):
    later = deploy(lambda: keys({"audit": "arn:primary"}))

    assert whole.named(KEY, "keys-audit")["multiRegion"] is True
    assert later.only("aws:kms/replicaKey:ReplicaKey")["primaryKeyArn"] == "arn:primary"
    assert "keys-audit" not in {each.name for each in later.all(KEY)}
