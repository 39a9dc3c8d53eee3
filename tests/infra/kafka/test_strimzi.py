"""StrimziMirror: one direction in the cluster."""

import pulumi_kubernetes as k8s
import pytest

from infra.kafka.ends import KafkaEnd
from infra.kafka.settings import ReplicationSettings
from infra.kafka.strimzi import StrimziMirror, StrimziMirrorArgs, own_settings

IMAGE = "quay.io/strimzi/kafka@sha256:" + "a" * 64


def end(region):
    arn = f"arn:aws:kafka:{region}:111122223333:cluster/payments/uuid-1"
    return KafkaEnd(region=region, cluster_arn=arn, brokers=f"{region}:9098")


def args(kubernetes=None, **settings):
    return StrimziMirrorArgs(
        account_id="111122223333",
        source=end("us-east-1"),
        target=end("eu-west-1"),
        cluster_name="evenkeel",
        kubernetes=kubernetes,
        settings=ReplicationSettings(**settings),
    )


def mirror():
    return StrimziMirror("mirror", args(k8s.Provider("k8s"), engine="strimzi", strimzi_image=IMAGE))


def test_it_runs_on_the_target_with_the_settings_of_msk_connect(deploy):
    made = deploy(mirror).only("kubernetes:kafka.strimzi.io/v1:KafkaMirrorMaker2")

    spec = made["spec"]
    assert spec["target"]["bootstrapServers"] == "eu-west-1:9098"
    only = spec["mirrors"][0]
    assert only["source"]["bootstrapServers"] == "us-east-1:9098"
    assert only["sourceConnector"]["config"]["offset-syncs.topic.location"] == "target"
    assert only["topicsPattern"] == r"payments\..*"


def test_it_signs_in_under_one_session_name(deploy):
    spec = deploy(mirror).only("kubernetes:kafka.strimzi.io/v1:KafkaMirrorMaker2")["spec"]

    login = spec["target"]["authentication"]["config"]["sasl.jaas.config"]
    assert 'awsRoleSessionName="mirror-us-east-1-mirrormaker2"' in login


def test_what_strimzi_writes_itself_is_left_to_it():
    kept = own_settings({"source.cluster.alias": "a", "topics": "b", "replication.factor": "3"})

    assert kept == {"replication.factor": "3"}


def test_without_an_image_that_can_sign_in_it_is_refused():
    with pytest.raises(ValueError, match="aws-msk-iam-auth"):
        args()


def test_the_same_names_in_both_directions_are_refused():
    with pytest.raises(ValueError, match="go round for ever"):
        args(strimzi_image=IMAGE, identity_names=True)
