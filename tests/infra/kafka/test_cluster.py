"""KafkaCluster, as far as it can be known without deploying one."""

import pulumi
import pytest

from infra.kafka.cluster import KafkaCluster, KafkaClusterArgs, keep_partitions
from infra.kafka.settings import KafkaSettings, ReplicationSettings

ZONES = ["subnet-a", "subnet-b", "subnet-c"]
CLUSTER = "aws:msk/cluster:Cluster"


def kafka(subnet_ids=ZONES, **settings):
    return KafkaCluster(
        "payments",
        KafkaClusterArgs(
            vpc_id="vpc",
            subnet_ids=subnet_ids,
            key_arn="arn:key",
            log_key_arn="arn:logs",
            settings=KafkaSettings(**settings),
        ),
    )


def test_each_zone_has_as_many_brokers(deploy):
    cluster = deploy(lambda: kafka(brokers_per_zone=2)).only(CLUSTER)

    assert cluster["numberOfBrokerNodes"] == 6
    assert cluster["brokerNodeGroupInfo"]["clientSubnets"] == ZONES


def test_an_acknowledged_write_is_on_two_brokers(deploy):
    configuration = deploy(kafka).only("aws:msk/configuration:Configuration")

    assert "min.insync.replicas=2\n" in configuration["serverProperties"]
    assert "unclean.leader.election.enable=false\n" in configuration["serverProperties"]
    assert "auto.create.topics.enable=false\n" in configuration["serverProperties"]


def test_the_configuration_is_bound_to_no_version_so_that_kafka_can_be_upgraded(deploy):
    assert "kafkaVersions" not in deploy(kafka).only("aws:msk/configuration:Configuration")


def test_only_tls_and_only_who_signs_in_comes_in(deploy):
    cluster = deploy(kafka).only(CLUSTER)

    transit = cluster["encryptionInfo"]["encryptionInTransit"]
    assert transit == {"clientBroker": "TLS", "inCluster": True}
    assert cluster["clientAuthentication"] == {
        "sasl": {"iam": True, "scram": False},
        "unauthenticated": False,
    }
    public = cluster["brokerNodeGroupInfo"]["connectivityInfo"]["publicAccess"]
    assert public == {"type": "DISABLED"}


def test_certificates_sign_in_where_an_authority_is_given(deploy):
    cluster = deploy(lambda: kafka(certificate_authority_arns=("arn:ca",))).only(CLUSTER)

    assert cluster["clientAuthentication"]["tls"] == {"certificateAuthorityArns": ["arn:ca"]}


def test_nobody_but_brokers_is_let_in_until_a_caller_says_so(deploy):
    engine = deploy(kafka)

    rule = engine.only("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert rule["referencedSecurityGroupId"] == rule["securityGroupId"]


def test_every_topic_is_declared_with_three_replicas_and_two_in_sync(deploy):
    made = deploy(kafka).all("aws:msk/topic:Topic")

    assert {each["name"]: each["partitionCount"] for each in made} == {
        "payments.incoming": 60,
        "payments.verdicts": 60,
        "payments.settled": 60,
        "payments.deadletter": 3,
    }
    assert {each["replicationFactor"] for each in made} == {3}
    assert all('"min.insync.replicas": "2"' in each["configs"] for each in made)


def test_express_brokers_are_told_nothing_that_they_settle_themselves(deploy):
    engine = deploy(lambda: kafka(brokers="express", instance_type="express.m7g.large"))

    cluster = engine.only(CLUSTER)
    assert "storageInfo" not in cluster["brokerNodeGroupInfo"]
    assert "openMonitoring" not in cluster
    properties = engine.only("aws:msk/configuration:Configuration")["serverProperties"]
    assert "min.insync.replicas" not in properties
    assert not engine.all("aws:appautoscaling/policy:Policy")


def test_storage_grows_and_never_shrinks(deploy):
    policy = deploy(kafka).only("aws:appautoscaling/policy:Policy")

    assert policy["targetTrackingScalingPolicyConfiguration"]["disableScaleIn"] is True


def test_the_replicator_is_let_in_only_where_it_is_chosen(deploy):
    chosen = ReplicationSettings(engine="replicator")
    with_it = deploy(lambda: kafka(replication=chosen)).only(CLUSTER)
    without = deploy(kafka).only(CLUSTER)

    assert "vpcConnectivity" in with_it["brokerNodeGroupInfo"]["connectivityInfo"]
    assert "vpcConnectivity" not in without["brokerNodeGroupInfo"]["connectivityInfo"]


def test_too_few_zones_for_the_replicas_is_refused():
    with pytest.raises(ValueError, match="3 replicas cannot fit 2 zones"):
        kafka(subnet_ids=ZONES[:2])


def change(before, after):
    return pulumi.ResourceHookArgs(
        urn="urn",
        id="id",
        name="payments.incoming",
        type="aws:msk/topic:Topic",
        old_inputs={"partitionCount": before},
        new_inputs={"partitionCount": after},
    )


def test_fewer_partitions_are_refused_before_kafka_is_asked():
    with pytest.raises(ValueError, match=r"payments\.incoming has 60 partitions"):
        keep_partitions(change(60.0, 30.0))


@pytest.mark.parametrize("after", [60.0, 90.0])
def test_as_many_or_more_partitions_are_fine(after):
    keep_partitions(change(60.0, after))
