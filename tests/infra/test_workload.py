import pytest

from infra import pod
from infra.workload import Cpu, Lag, Workload, WorkloadArgs

IMAGE = "registry.example.com/evenkeel@sha256:" + "0" * 64


def args(**more):
    of_pod = {"service_account": "payment-processor", "part": "processor", "image": IMAGE}
    return WorkloadArgs(namespace="payments", data="card", pod=pod.PodArgs(**of_pod), **more)


@pytest.fixture
def scaled(deploy):
    lag = Lag(topic="payments.incoming", partitions=60)
    return deploy(lambda: Workload("payment-processor", args(scaling=lag)))


def test_the_processor_scales_as_the_article_has_it_and_no_further_than_partitions(scaled):
    spec = scaled.only("kubernetes:autoscaling/v2:HorizontalPodAutoscaler")["spec"]

    assert (spec["minReplicas"], spec["maxReplicas"]) == (4, 60)
    assert spec["metrics"] == [
        {
            "type": "External",
            "external": {
                "metric": {
                    "name": "kafka_consumer_lag",
                    "selector": {"matchLabels": {"topic": "payments.incoming"}},
                },
                "target": {"type": "AverageValue", "averageValue": "5000"},
            },
        }
    ]


def test_two_hundred_is_the_ceiling_of_a_wide_topic():
    assert Lag(topic="t", partitions=900).maximum == 200


def test_a_topic_narrower_than_the_minimum_is_refused():
    with pytest.raises(ValueError, match="t has 3 partitions, fewer than the minimum of 4"):
        Lag(topic="t", partitions=3)


def test_what_is_scaled_declares_no_number_that_an_update_would_put_back(deploy, scaled):
    fixed = deploy(lambda: Workload("payment-processor", args()))
    spec = "kubernetes:apps/v1:Deployment"

    assert "replicas" not in scaled.only(spec)["spec"]
    assert fixed.only(spec)["spec"]["replicas"] == 2
    assert not fixed.all("kubernetes:autoscaling/v2:HorizontalPodAutoscaler")


def test_one_replica_is_refused():
    with pytest.raises(ValueError, match="1 replica cannot outlive its node"):
        args(replicas=1)


def test_an_image_by_tag_is_refused():
    with pytest.raises(ValueError, match="names no digest"):
        pod.PodArgs(service_account="a", part="api", image="registry.example.com/evenkeel:latest")


def test_the_pod_is_nobody_on_a_read_only_root_with_no_token_of_the_api_server(scaled):
    of_pod = scaled.only("kubernetes:apps/v1:Deployment")["spec"]["template"]["spec"]
    (container,) = of_pod["containers"]

    assert of_pod["automountServiceAccountToken"] is False
    assert of_pod["securityContext"]["runAsNonRoot"] is True
    assert of_pod["securityContext"]["runAsUser"] > 10000
    assert of_pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert (
        container["resources"]["limits"]["memory"] == container["resources"]["requests"]["memory"]
    )


def test_the_only_token_in_the_pod_is_for_vault(scaled):
    volumes = scaled.only("kubernetes:apps/v1:Deployment")["spec"]["template"]["spec"]["volumes"]
    tokens = [
        source["serviceAccountToken"]
        for each in volumes
        for source in each.get("projected", {}).get("sources", [])
    ]

    assert tokens == [{"audience": "vault", "expirationSeconds": 600, "path": "token"}]


def test_pods_spread_over_zones_and_one_at_a_time_is_taken_away(scaled):
    of_pod = scaled.only("kubernetes:apps/v1:Deployment")["spec"]["template"]["spec"]
    keys = [each["topologyKey"] for each in of_pod["topologySpreadConstraints"]]

    assert keys == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
    assert scaled.only("kubernetes:policy/v1:PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_cpu_scales_by_the_share_of_what_was_asked_for():
    assert Cpu(percent=70).metric()["resource"]["target"] == {
        "type": "Utilization",
        "average_utilization": 70,
    }
