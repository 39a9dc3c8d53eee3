"""EksCluster, without deploying one."""

import json

import pytest

from infra.regions.cluster import EksCluster, EksClusterArgs, kubeconfig
from infra.regions.settings import ClusterSettings

CLUSTER = "aws:eks/cluster:Cluster"


def cluster(**settings):
    return EksCluster(
        "eks",
        EksClusterArgs(
            region="us-east-1",
            account_id="111122223333",
            vpc_id="vpc",
            subnet_ids=["subnet-1"],
            key_arn="arn:key",
            log_key_arn="arn:logs",
            provisioner_arn="arn:aws:iam::111122223333:role/provisioner",
            settings=ClusterSettings(**settings),
        ),
    )


@pytest.fixture(scope="module")
def whole(deploy):
    return deploy(cluster)


def test_the_api_answers_inside_the_network_only(whole):
    config = whole.only(CLUSTER)["vpcConfig"]

    assert config["endpointPrivateAccess"] is True
    assert config["endpointPublicAccess"] is False


def test_the_api_opens_to_listed_networks_only(deploy):
    config = deploy(lambda: cluster(public_access_cidrs=("192.0.2.0/24",))).only(CLUSTER)

    assert config["vpcConfig"]["publicAccessCidrs"] == ["192.0.2.0/24"]


def test_secrets_are_under_our_key_and_every_log_is_kept(whole):
    made = whole.only(CLUSTER)

    assert made["encryptionConfig"]["provider"] == {"keyArn": "arn:key"}
    assert len(made["enabledClusterLogTypes"]) == 5
    assert whole.only("aws:cloudwatch/logGroup:LogGroup")["retentionInDays"] == 365


def test_who_administrates_is_an_entry_and_never_who_happened_to_be_first(whole):
    access = whole.only(CLUSTER)["accessConfig"]

    assert access["authenticationMode"] == "API"
    assert access["bootstrapClusterCreatorAdminPermissions"] is False
    entry = whole.only("aws:eks/accessEntry:AccessEntry")
    assert entry["principalArn"].endswith("role/provisioner")


def test_the_kubeconfig_holds_no_secret():
    written = json.loads(kubeconfig("c", "https://c.eks.amazonaws.com", "Y2E=", "us-east-1"))

    user = written["users"][0]["user"]
    assert set(user) == {"exec"}
    assert user["exec"]["args"][:2] == ["eks", "get-token"]
    assert written["clusters"][0]["cluster"]["server"] == "https://c.eks.amazonaws.com"
