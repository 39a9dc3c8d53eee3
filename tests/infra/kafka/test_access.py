"""Who may do what on which topic."""

import json

import pytest

from infra.kafka.access import Access, access_of, statements
from infra.security.iam import document

CLUSTER = "arn:aws:kafka:us-east-1:111122223333:cluster/payments/uuid-1"
TOPIC = CLUSTER.replace(":cluster/", ":topic/")
GROUP = CLUSTER.replace(":cluster/", ":group/")


@pytest.fixture
def policy(deploy):
    """Give a function from an access to its policy's statements."""

    def written(access):
        found = []
        deploy(lambda: document(statements(CLUSTER, access)).apply(found.append))
        return json.loads(found[0])["Statement"]

    return written


def test_a_reader_may_read_its_topics_in_its_group_and_write_none(policy):
    said = policy(Access(reads=["payments.incoming"], groups=["payments-fraud"]))

    allowed = {resource: set(each["Action"]) for each in said for resource in each["Resource"]}
    assert allowed == {
        CLUSTER: {"kafka-cluster:Connect", "kafka-cluster:DescribeCluster"},
        f"{TOPIC}/payments.incoming": {"kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"},
        f"{GROUP}/payments-fraud": {"kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"},
    }


def test_a_writer_writes_idempotently_and_reads_nothing(policy):
    actions = {a for each in policy(Access(writes=["payments.settled"])) for a in each["Action"]}

    assert "kafka-cluster:WriteDataIdempotently" in actions
    assert "kafka-cluster:ReadData" not in actions


def test_who_watches_neither_reads_nor_joins(policy):
    said = policy(Access(watches=["payments.*"], watched_groups=["payment*"]))

    actions = {a for each in said for a in each["Action"]}
    assert not actions & {"kafka-cluster:ReadData", "kafka-cluster:AlterGroup"}


def test_a_reader_also_reads_the_copies_of_other_regions():
    access = access_of("payment-projection", ["eu-west-1"])

    assert "eu-west-1.payments.settled" in access.reads
    assert access.groups == ["payments-projection"]


def test_the_api_touches_no_topic():
    access = access_of("payments-api", ["eu-west-1"])

    assert not [*access.reads, *access.writes, *access.groups]


def test_access_to_everything_is_refused():
    with pytest.raises(ValueError, match="all topics"):
        Access(reads=["*"])
