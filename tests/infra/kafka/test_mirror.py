"""TopicMirror: one direction on MSK Connect."""

import json

import pytest

from infra.kafka.ends import KafkaEnd
from infra.kafka.mirror import TopicMirror, TopicMirrorArgs
from infra.kafka.settings import ReplicationSettings

CONNECTOR = "aws:mskconnect/connector:Connector"


def end(region):
    return KafkaEnd(
        region=region,
        cluster_arn=f"arn:aws:kafka:{region}:111122223333:cluster/payments/uuid-1",
        brokers=f"b-1.payments.kafka.{region}.amazonaws.com:9098",
    )


def args(**changes):
    return TopicMirrorArgs(
        **{
            "account_id": "111122223333",
            "source": end("us-east-1"),
            "target": end("eu-west-1"),
            "worker_region": "eu-west-1",
            "subnet_ids": ["subnet-1"],
            "security_group_id": "sg-1",
            "log_key_arn": "arn:logs",
            **changes,
        }
    )


def mirror():
    return TopicMirror("mirror", args())


def test_every_connector_stands_on_the_target(deploy):
    for each in deploy(mirror).all(CONNECTOR):
        cluster = each["kafkaCluster"]["apacheKafkaCluster"]
        assert cluster["bootstrapServers"] == end("eu-west-1").brokers
        assert each["connectorConfiguration"]["target.cluster.alias"] == "eu-west-1"


def test_capacity_is_fixed_so_that_tasks_max_holds(deploy):
    for each in deploy(mirror).all(CONNECTOR):
        assert "autoscaling" not in each["capacity"]
        assert each["capacity"]["provisionedCapacity"]["workerCount"] >= 1


def test_connectors_sign_in_encrypt_and_log(deploy):
    for each in deploy(mirror).all(CONNECTOR):
        assert each["kafkaClusterClientAuthentication"] == {"authenticationType": "IAM"}
        assert each["kafkaClusterEncryptionInTransit"] == {"encryptionType": "TLS"}
        assert each["logDelivery"]["workerLogDelivery"]["cloudwatchLogs"]["enabled"]


def test_its_role_reads_there_and_writes_here_only(deploy):
    policy = json.loads(deploy(mirror).only("aws:iam/rolePolicy:RolePolicy")["policy"])

    writes = {"kafka-cluster:WriteData", "kafka-cluster:CreateTopic", "kafka-cluster:AlterTopic"}
    for statement in policy["Statement"]:
        if writes & set(statement["Action"]):
            assert all(":eu-west-1:" in resource for resource in statement["Resource"])
    sources = [
        resource
        for statement in policy["Statement"]
        for resource in statement["Resource"]
        if ":topic/" in resource and ":us-east-1:" in resource
    ]
    assert {each.rsplit("/", 1)[1] for each in sources} == {"heartbeats", "payments.*"}


def test_only_msk_connect_takes_the_role_and_only_for_this_account(deploy):
    trust = json.loads(deploy(mirror).only("aws:iam/role:Role")["assumeRolePolicy"])["Statement"][0]

    assert trust["Principal"] == {"Service": ["kafkaconnect.amazonaws.com"]}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}


def test_a_worker_on_the_source_is_refused():
    with pytest.raises(ValueError, match="stands on us-east-1"):
        args(worker_region="us-east-1")


def test_the_same_names_in_both_directions_are_refused():
    with pytest.raises(ValueError, match="go round for ever"):
        args(settings=ReplicationSettings(identity_names=True))


def test_the_same_names_in_one_direction_are_fine():
    assert args(settings=ReplicationSettings(identity_names=True), both_ways=False)
