"""Identities: a role for each ServiceAccount."""

import json

import pytest

from infra import names
from infra.regions.identities import Identities, IdentitiesArgs
from infra.regions.rights import RightsArgs, identities

ARGS = RightsArgs(
    region="us-east-1",
    account_id="111122223333",
    provisioner_arn="arn:aws:iam::111122223333:role/provisioner",
    other_regions=("eu-west-1",),
    kafka_cluster_arn="arn:aws:kafka:us-east-1:111122223333:cluster/payments/uuid-1",
    key_arns={each: f"arn:key-{each}" for each in ("audit", "backup", "vault")},
    audit_bucket_arn="arn:aws:s3:::audit",
    backup_bucket_arn="arn:aws:s3:::backups",
    internal_zone_id="Z1",
)


@pytest.fixture(scope="module")
def whole(deploy):
    return deploy(
        lambda: Identities(
            "pods",
            IdentitiesArgs(
                region="us-east-1",
                account_id="111122223333",
                cluster_name="evenkeel",
                identities=identities(ARGS),
            ),
        )
    )


def policy(engine, account):
    return json.loads(engine.named("aws:iam/rolePolicy:RolePolicy", f"pods-{account}")["policy"])


def test_every_service_account_has_one_role_of_its_own(whole):
    associations = whole.all("aws:eks/podIdentityAssociation:PodIdentityAssociation")

    assert len({each["roleArn"] for each in associations}) == len(associations)
    assert len(associations) == len(identities(ARGS))


def test_the_processor_touches_no_aws_but_its_topics(whole):
    actions = {
        action.split(":")[0]
        for each in policy(whole, "payment-processor")["Statement"]
        for action in each["Action"]
    }

    assert actions == {"kafka-cluster", "sts"}


def test_a_kafka_client_takes_its_role_anew_under_one_session_name(whole):
    made = whole.named("aws:iam/role:Role", "pods-payment-relay")
    own = names.role_arn("payment-relay", "us-east-1", "111122223333")

    again = json.loads(made["assumeRolePolicy"])["Statement"][1]
    assert again["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": own},
        "StringEquals": {"sts:RoleSessionName": "payment-relay"},
    }


def test_vault_may_open_its_seal_and_its_initialiser_may_only_close_it(whole):
    def key_actions(account):
        return {
            action
            for each in policy(whole, account)["Statement"]
            for action in each["Action"]
            if action.startswith("kms:")
        }

    assert "kms:Decrypt" in key_actions("vault")
    assert key_actions("vault-init") == {"kms:Encrypt"}


def test_the_collector_adds_logs_and_takes_none_away(whole):
    actions = {
        action
        for each in policy(whole, "collector")["Statement"]
        for action in each["Action"]
        if action.startswith("s3:")
    }

    assert actions == {"s3:PutObject"}


def test_role_names_fit_iam(whole):
    assert all(len(each["name"]) <= 64 for each in whole.all("aws:iam/role:Role"))
