import json

import pytest

from infra.database import roles
from infra.security import transit, vault_policies
from infra.security.secrets import VaultContents, VaultContentsArgs
from infra.security.settings import VaultSettings
from infra.services import BY_NAME, SERVICES


def contents(deploy, **settings):
    args = VaultContentsArgs(
        region="us-east-1",
        settings=VaultSettings(**settings),
        kubernetes_host="https://cluster.example.com",
        kubernetes_ca="pem",
        manager_password="first",
        rotation_hours=24,
    )
    return deploy(lambda: VaultContents("contents", args))


@pytest.fixture
def made(deploy):
    return contents(deploy)


def test_no_key_can_leave_vault_or_be_deleted(made):
    keys = made.all("vault:transit/secretBackendKey:SecretBackendKey")

    assert {each["name"] for each in keys} == {"cards", "fingerprints", "tokens", "webhooks"}
    for each in keys:
        assert (
            each["exportable"] is each["allowPlaintextBackup"] is each["deletionAllowed"] is False
        )


def test_the_card_key_is_aes_256_gcm_and_is_rotated_by_the_clock(deploy):
    engine = contents(deploy, card_key_rotation_hours=48, min_decryption_version=3)
    cards = engine.named("vault:transit/secretBackendKey:SecretBackendKey", "cards")

    assert cards["type"] == "aes256-gcm96"
    assert cards["autoRotatePeriod"] == 48 * 3600
    assert cards["minDecryptionVersion"] == 3


def test_a_card_key_that_is_imported_is_not_made_here():
    made = {each.name for each in transit.keys(VaultSettings(card_key_sharing="byok"))}

    assert made == {"fingerprints", "tokens", "webhooks"}


def test_fingerprints_never_change_their_key():
    key = next(each for each in transit.keys(VaultSettings()) if each.name == "fingerprints")

    assert (key.type, key.rotation_hours) == ("hmac", 0)


def test_each_service_account_signs_in_as_itself_and_gets_its_own_policy_alone(made):
    for service in SERVICES:
        role = made.named("vault:kubernetes/authBackendRole:AuthBackendRole", service.name)
        assert role["boundServiceAccountNames"] == [service.name]
        assert role["boundServiceAccountNamespaces"] == ["payments"]
        assert role["audience"] == "vault"
        assert role["tokenPolicies"] == [service.name]
        assert role["tokenNoDefaultPolicy"] is True


def test_a_part_reads_its_own_password_and_no_other():
    for service in SERVICES:
        paths = [each.path for each in service.capabilities if each.path.startswith("database/")]
        assert paths == [f"database/static-creds/{service.database_role}"]


def test_a_policy_says_why_before_each_path():
    text = vault_policies.policy(BY_NAME["payment-processor"])

    assert text.count("# ") == text.count("path ")
    assert 'path "transit/decrypt/cards" {\n  capabilities = ["update"]\n}' in text


def test_no_policy_has_a_wildcard_that_takes_in_a_whole_engine():
    for service in SERVICES:
        for each in service.capabilities:
            assert each.path.split("*")[0].count("/") >= 2, each.path
            assert "sudo" not in each.capabilities


def test_passwords_of_all_roles_that_sign_in_are_rotated_and_only_after_the_root_is(made):
    static = made.all("vault:database/secretBackendStaticRole:SecretBackendStaticRole")

    assert {each["username"] for each in static} == {each.name for each in roles.ROTATED}
    assert {each["rotationPeriod"] for each in static} == {24 * 3600}
    for each in static:
        asked = made.options[f"{each.name} {each.type}"]
        assert any("rotate-database-root" in urn for urn in asked.dependencies)


def test_the_database_is_reached_over_verified_tls_and_the_password_is_a_secret(made):
    connection = made.only("vault:database/secretBackendConnection:SecretBackendConnection")
    options = made.options[f"{connection.name} {connection.type}"]

    assert connection["postgresql"]["connectionUrl"].endswith("/payments?sslmode=verify-full")
    assert "first" not in json.dumps({**connection, "postgresql": None})
    assert list(options.ignoreChanges) == ["postgresql.password"]
