"""The stand-in acts on a real Vault, signed in by its IAM identity, and Vault is asked about it."""

import pytest

from local.plugins.standin import StandInError
from local.plugins.vault.provider import Vault
from local.servers import postgres

pytestmark = pytest.mark.engine

MOUNT = "vault:index/mount:Mount"
KEY = "vault:transit/secretBackendKey:SecretBackendKey"
POLICY = "vault:index/policy:Policy"


def test_an_engine_is_mounted_tuned_found_and_removed(stack):
    made = stack.create(MOUNT, path="transit", type="transit", description="first")
    assert made.state["accessor"].startswith("transit_")

    stack.update(made, description="second", maxLeaseTtlSeconds=3600)

    assert stack.read(made)["accessor"] == made.state["accessor"]
    stack.delete(made)
    assert stack.read(made) is None
    stack.made.clear()


def test_a_transit_key_is_what_was_asked_for(stack, vault_api):
    stack.create(MOUNT, path="transit", type="transit")
    key = stack.create(
        KEY, backend="transit", name="cards", type="aes256-gcm96", exportable=False,
        allowPlaintextBackup=False, deletionAllowed=True, minDecryptionVersion=1,
        autoRotatePeriod=2592000,
    )  # fmt: skip

    found = vault_api.read("transit/keys/cards")["data"]
    assert found["type"] == "aes256-gcm96"
    assert found["auto_rotate_period"] == 2592000
    assert not found["exportable"]
    assert key.state["latestVersion"] == 1


def test_a_key_that_may_not_be_deleted_is_kept(stack, vault_api):
    stack.create(MOUNT, path="transit", type="transit")
    key = stack.create(
        KEY, backend="transit", name="kept", type="hmac", keySize=32, deletionAllowed=False
    )

    with pytest.raises(StandInError, match="deletion is not allowed"):
        stack.delete(key)
    stack.update(key, deletionAllowed=True)


def test_pods_sign_in_by_policies_and_roles_that_are_told_this_machines_addresses(
    stack, vault_api, place, monkeypatch
):
    monkeypatch.setattr("local.plugins.vault.surroundings._reviewer", lambda _: "")
    policy = stack.create(
        POLICY, name="payments-api", policy='path "transit/*" { capabilities = ["update"] }'
    )
    stack.create("vault:index/authBackend:AuthBackend", type="kubernetes", path="kubernetes")
    stack.create(
        "vault:kubernetes/authBackendConfig:AuthBackendConfig",
        backend="kubernetes",
        kubernetesHost="https://us-east-1.eks.evenkeel.internal",
        kubernetesCaCert="of the cluster in AWS",
    )
    role = stack.create(
        "vault:kubernetes/authBackendRole:AuthBackendRole",
        backend="kubernetes", roleName="payments-api", boundServiceAccountNames=["payments-api"],
        boundServiceAccountNamespaces=["payments"], audience="vault",
        tokenPolicies=["payments-api"], tokenNoDefaultPolicy=True, tokenTtl=900, tokenPeriod=900,
    )  # fmt: skip

    config = vault_api.read("auth/kubernetes/config")["data"]
    assert config["kubernetes_host"] == place.kubernetes_url
    assert config["kubernetes_ca_cert"] == place.ca.read_text()
    found = vault_api.read("auth/kubernetes/role/payments-api")["data"]
    assert found["bound_service_account_names"] == ["payments-api"]
    assert found["token_period"] == 900
    stack.update(policy, policy='path "transit/encrypt/cards" { capabilities = ["update"] }')
    assert "cards" in vault_api.read("sys/policies/acl/payments-api")["data"]["policy"]
    stack.delete(role)
    assert stack.read(role) is None


def test_vault_takes_over_the_databases_passwords(stack, vault_api, place):
    with postgres.connection(place) as connection:
        connection.execute("CREATE ROLE vault_manager LOGIN SUPERUSER PASSWORD 'first'")
        connection.execute("CREATE ROLE payments_api LOGIN")
    stack.create(MOUNT, path="database", type="database")
    url = "postgresql://{{username}}:{{password}}@db.us-east-1.evenkeel.internal:5432/postgres"
    stack.create(
        "vault:database/secretBackendConnection:SecretBackendConnection",
        backend="database", name="payments", allowedRoles=["payments_api"], verifyConnection=True,
        postgresql={
            "connectionUrl": f"{url}?sslmode=verify-full", "username": "vault_manager",
            "password": "first", "passwordAuthentication": "scram-sha-256",
            "maxOpenConnections": 5,
        },
    )  # fmt: skip
    rotated = stack.create(
        "vault:generic/endpoint:Endpoint", path="database/rotate-root/payments", dataJson="{}",
        disableRead=True, disableDelete=True, ignoreAbsentFields=True,
    )  # fmt: skip
    role = stack.create(
        "vault:database/secretBackendStaticRole:SecretBackendStaticRole",
        backend="database", dbName="payments", name="payments_api", username="payments_api",
        rotationPeriod=86400,
    )  # fmt: skip

    assert stack.read(rotated) is not None
    assert stack.read(role)["rotationPeriod"] == 86400
    with postgres.connection(place) as connection:
        query = "SELECT rolpassword FROM pg_authid WHERE rolname = 'payments_api'"
        assert connection.execute(query).fetchone()[0].startswith("SCRAM-SHA-256$")


def test_vaults_own_word_is_passed_on_with_the_resource(stack):
    stack.create(MOUNT, path="transit", type="transit")

    with pytest.raises(StandInError, match=r"SecretBackendKey at transit/keys/x: .*rot13"):
        stack.create(KEY, backend="transit", name="x", type="rot13")


def test_the_provisioner_cannot_use_what_it_configures(stack, vault_api):
    stack.create(MOUNT, path="transit", type="transit")
    stack.create(KEY, backend="transit", name="cards", type="aes256-gcm96", deletionAllowed=True)

    with pytest.raises(Exception, match="permission denied"):
        vault_api.call("POST", "transit/encrypt/cards", {"plaintext": "NDI="})


@pytest.mark.parametrize(
    ("configuration", "why"),
    [
        ({"address": "https://vault.example.com:8200", "token": "t"}, "no Vault of the"),
        ({"address": "https://vault.us-east-1.evenkeel.internal:8200"}, "to sign in with"),
    ],
)
def test_a_provider_that_leads_nowhere_is_refused(place, configuration, why):
    with pytest.raises(StandInError, match=why):
        Vault().configured(configuration)


def test_a_type_without_a_row_is_refused_by_name():
    with pytest.raises(StandInError, match="has no vault:ssh/secretBackendCa:SecretBackendCa"):
        Vault().kind("vault:ssh/secretBackendCa:SecretBackendCa")
