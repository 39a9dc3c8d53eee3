import pytest

from infra.security.egress import Egress, EgressArgs
from infra.services import SERVICES


@pytest.fixture
def made(deploy):
    args = EgressArgs(
        region="us-east-1",
        peers=("eu-west-1",),
        acquirer_host="acquirer.example.com",
        webhook_hosts=("hooks.example.org",),
        kafka_brokers="b-2.kafka.example.com:9098,b-1.kafka.example.com:9098",
    )
    return deploy(lambda: Egress("egress", args))


def sidecar(made, name):
    return made.named("kubernetes:networking.istio.io/v1:Sidecar", f"sidecar-{name}")["spec"]


def test_each_part_calls_registered_hosts_only(made):
    for service in SERVICES:
        spec = sidecar(made, service.name)
        assert spec["outboundTrafficPolicy"] == {"mode": "REGISTRY_ONLY"}
        assert spec["workloadSelector"]["labels"] == {"app.kubernetes.io/name": service.name}


def test_a_part_sees_the_hosts_of_its_row(made):
    hosts = sidecar(made, "payment-fraud")["egress"][0]["hosts"]

    assert "./b-1.kafka.example.com" in hosts
    assert "./vault.us-east-1.evenkeel.internal" in hosts
    assert "./acquirer.example.com" not in hosts
    assert "./hooks.example.org" in sidecar(made, "payment-relay")["egress"][0]["hosts"]


def test_what_lies_outside_the_mesh_is_called_over_tls_by_name(made):
    for each in made.all("kubernetes:networking.istio.io/v1:ServiceEntry"):
        spec = each["spec"]
        assert not [host for host in spec["hosts"] if "*" in host]
        if spec["location"] == "MESH_EXTERNAL":
            assert {port["protocol"] for port in spec["ports"]} == {"TLS"}
