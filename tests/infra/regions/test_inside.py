import base64

import pytest

from infra import names
from infra.database.settings import DatabaseSettings
from infra.regions.inside import Inside, InsideArgs
from infra.security.settings import AdmissionSettings, MeshSettings, VaultSettings
from infra.services import DEPLOYED, SERVICES
from infra.settings import parse

IMAGE = "registry.example.com/evenkeel@sha256:" + "0" * 64
REGIONS = {
    "us-east-1": {"cidr": "10.16.0.0/16", "zoneIds": ["use1-az1", "use1-az2", "use1-az4"]},
    "eu-west-1": {"cidr": "10.17.0.0/16", "zoneIds": ["euw1-az1", "euw1-az2", "euw1-az3"]},
}


def inside():
    settings = parse(
        {
            "region": "us-east-1",
            "regions": REGIONS,
            "accountId": "111122223333",
            "domain": "example.com",
            "owner": "payments",
            "costCentre": "1",
            "provisionerArn": "arn:aws:iam::111122223333:role/provisioner",
            "image": IMAGE,
            "acquirerUrl": "https://acquirer.example.com",
            "edge": {"hostedZoneId": "Z0123456789ABC"},
        }
    )
    return Inside(
        "inside",
        InsideArgs(
            settings=settings,
            database=DatabaseSettings(),
            vault=VaultSettings(),
            mesh=MeshSettings(),
            admission=AdmissionSettings(),
            cluster_name="evenkeel",
            vpc_id="vpc-1",
            kubeconfig="{}",
            kubernetes_endpoint="https://cluster.example.com",
            kubernetes_ca=base64.b64encode(b"PEM of the cluster").decode(),
            kafka_brokers="b-1.kafka.example.com:9098",
            key_arns={each: f"arn:{each}" for each in ("vault", "database", "logs")},
            log_bucket="logs",
            backup_bucket="backups",
            target_group_arn="arn:targets",
        ),
    )


@pytest.fixture
def made(deploy):
    return deploy(inside)


def tail(urn):
    """Give a URN's own type and its name."""
    return "::".join(urn.split("::")[2:4]).split("$")[-1]


def dependencies(engine, name, type_):
    """Follow what a resource waits for, to the end: a parent is there only after what it needs."""
    requests = {f"{each.type}::{each.name}": each for each in engine.options.values()}
    seen, unread = set(), [f"{type_}::{name}"]
    while unread:
        request = requests.get(unread.pop())
        urns = [*request.dependencies, request.provider, request.parent] if request else []
        found = {tail(each) for each in urns if each} - seen
        seen |= found
        unread += found
    return seen


def test_one_up_goes_through_because_each_part_waits_for_what_it_needs(made):
    migrate = dependencies(made, "payments-migrate", "kubernetes:batch/v1:Job")
    assert {
        "vault:database/secretBackendStaticRole:SecretBackendStaticRole::payments_migrator",
        "vault:kubernetes/authBackendRole:AuthBackendRole::payments-migrate",
        "vault:generic/endpoint:Endpoint::rotate-database-root",
        "postgresql:index/role:Role::payments_migrator",
        "postgresql:index/database:Database::payments",
        "kubernetes:batch/v1:Job::vault-init",
        "kubernetes:apps/v1:StatefulSet::vault",
        "kubernetes:core/v1:Namespace::payments",
    } <= migrate
    for service in DEPLOYED:
        waits = dependencies(made, service.name, "kubernetes:apps/v1:Deployment")
        assert "kubernetes:batch/v1:Job::payments-migrate" in waits


def test_all_that_is_in_vault_waits_until_vault_was_initialised(made):
    for each in made.registered:
        if each.type.startswith("vault:"):
            waits = dependencies(made, each.name, each.type)
            assert "kubernetes:batch/v1:Job::vault-init" in waits, each.name


def test_no_token_and_no_password_is_given_to_a_provider(made):
    vault = made.only("pulumi:providers:vault")
    postgresql = made.only("pulumi:providers:postgresql")

    assert vault["address"] == "https://vault.us-east-1.evenkeel.internal:8200"
    assert "token" not in vault
    assert vault["skipChildToken"] == "true"
    assert "password" not in postgresql
    assert postgresql["sslmode"] == "verify-full"


def test_objects_of_an_operators_kinds_wait_for_the_operator(made):
    for type_, name, release in (
        ("kubernetes:networking.istio.io/v1:Gateway", "gateway-payments", "gateway"),
        ("kubernetes:stackgres.io/v1alpha1:SGShardedCluster", "sgshardedcluster", "stackgres"),
        (
            "kubernetes:templates.gatekeeper.sh/v1:ConstraintTemplate",
            "template-no_token",
            "gatekeeper",
        ),
        ("kubernetes:cert-manager.io/v1:Certificate", "certificate-vault-tls", "cert-manager"),
    ):
        waits = dependencies(made, name, type_)
        assert f"kubernetes:helm.sh/v3:Release::{release}" in waits


def test_the_pods_are_told_what_the_contract_says(made):
    api = made.named("kubernetes:apps/v1:Deployment", "payments-api")
    (container,) = api["spec"]["template"]["spec"]["containers"]
    told = {each["name"]: each.get("value") for each in container["env"]}

    assert container["command"] == ["python", "-m", "app", "api"]
    assert container["image"] == IMAGE
    assert told["PEER_REGION"] == "eu-west-1"
    assert told["PEER_INTAKE_URL"] == "https://intake.eu-west-1.evenkeel.internal:8443"
    assert told["VAULT_ROLE"] == "payments-api"
    assert told["DATABASE_ROLE"] == "payments_api"
    assert told["KAFKA_BROKERS"] == "b-1.kafka.example.com:9098"
    assert told["TOKEN_ISSUER"] == "https://pay.example.com"
    assert {"POD_IP", "POD_NAME", "TRUST_BUNDLE", "ACQUIRER_URL", "VAULT_TOKEN_FILE"} <= set(told)


def test_vault_asks_the_cluster_that_signed_the_token(made):
    config = made.only("vault:kubernetes/authBackendConfig:AuthBackendConfig")

    assert config["kubernetesHost"] == "https://cluster.example.com"
    assert config["kubernetesCaCert"] == "PEM of the cluster"


def test_every_part_is_there_with_its_own_identity(made):
    accounts = {
        each["metadata"]["name"]
        for each in made.all("kubernetes:core/v1:ServiceAccount")
        if each["metadata"]["namespace"] == "payments"
    }

    assert accounts == {each.name for each in SERVICES} == set(names.DATABASE_ROLES)


def test_a_preview_before_anything_exists_goes_to_the_end(deploy):
    engine = deploy(inside, preview=True)

    assert len(engine.all("kubernetes:apps/v1:Deployment")) == len(DEPLOYED)
