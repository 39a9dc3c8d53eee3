"""Replicator: one direction by MSK Replicator."""

import json

import pulumi_aws as aws
import pytest

from infra.kafka.ends import KafkaEnd
from infra.kafka.replicator import Replicator, ReplicatorArgs
from infra.kafka.settings import ReplicationSettings


def end(region):
    arn = f"arn:aws:kafka:{region}:111122223333:cluster/payments/uuid-1"
    return KafkaEnd(region=region, cluster_arn=arn, brokers="b-1:9098")


def args(**settings):
    return ReplicatorArgs(
        account_id="111122223333",
        source=end("us-east-1"),
        target=end("eu-west-1"),
        source_subnet_ids=["subnet-1"],
        source_security_group_id="sg-1",
        target_subnet_ids=["subnet-2"],
        target_security_group_id="sg-2",
        source_provider=None if settings else aws.Provider("source", region="us-east-1"),
        settings=ReplicationSettings(**settings),
    )


def replicator():
    return Replicator("copy", args())


def test_it_copies_each_topic_by_its_whole_name_under_a_prefix(deploy):
    what = deploy(replicator).only("aws:msk/replicator:Replicator")["replicationInfoList"]

    topics = what["topicReplications"][0]
    assert "^payments.incoming$" in topics["topicsToReplicates"]
    prefixed = {"type": "PREFIXED_WITH_SOURCE_CLUSTER_ALIAS"}
    assert topics["topicNameConfiguration"] == prefixed


def test_the_source_lets_msk_in_from_its_own_region(deploy):
    leave = deploy(replicator).only("aws:msk/clusterPolicy:ClusterPolicy")

    assert "source" in leave.provider
    statement = json.loads(leave["policy"])["Statement"][0]
    assert statement["Principal"] == {"Service": ["kafka.amazonaws.com"]}


def test_the_same_names_are_refused():
    with pytest.raises(ValueError, match="keeps the prefix"):
        args(identity_names=True)
