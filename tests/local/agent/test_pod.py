"""The node agent runs real pods of a real API server."""

import base64
import json

import httpx
import pytest

from local.plugins.kubernetes.api import wait

pytestmark = pytest.mark.engine

SECONDS_MAX = 60


def template(mode, name="web", **spec):
    container = {
        "name": "app",
        "image": "registry.example.com/evenkeel@sha256:" + "0" * 64,
        "command": ["python", "-m", "tests.local.agent.program", mode],
        "ports": [{"name": "http", "containerPort": 8080}],
        "env": [
            {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "VAULT_ADDR", "value": "https://vault.us-east-1.evenkeel.internal:8200"},
            {"name": "PEER", "value": "https://intake.eu-west-1.evenkeel.internal:8443"},
            {"name": "VAULT_TOKEN_FILE", "value": "/var/run/secrets/vault/token"},
            {"name": "TRUST_BUNDLE", "value": "/etc/evenkeel/trust/ca.pem"},
            {"name": "READY_FILE", "value": "/tmp/ready"},  # noqa: S108 - the pod's own
            {"name": "KAFKA_SIGN_IN", "value": "iam"},
        ],
        "volumeMounts": [
            {"name": "vault-token", "mountPath": "/var/run/secrets/vault"},
            {"name": "trust", "mountPath": "/etc/evenkeel/trust"},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - the pod's own
        ],
    }
    if mode in {"serve", "stubborn"}:
        container |= {
            "startupProbe": probe("/livez", failures=60),
            "livenessProbe": probe("/livez", failures=3),
            "readinessProbe": probe("/readyz", failures=1),
        }
    token = {"audience": "vault", "expirationSeconds": 600, "path": "token"}
    return {
        "metadata": {"labels": {"app": name}},
        "spec": {
            "serviceAccountName": "payments-api",
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 2,
            "containers": [container],
            "volumes": [
                {
                    "name": "vault-token",
                    "projected": {"sources": [{"serviceAccountToken": token}]},
                },
                {"name": "trust", "configMap": {"name": "trust-bundle"}},
                {"name": "tmp", "emptyDir": {"medium": "Memory"}},
            ],
            **spec,
        },
    }


def probe(path, failures):
    return {
        "httpGet": {"path": path, "port": "http"},
        "periodSeconds": 1,
        "failureThreshold": failures,
    }


@pytest.fixture
def run(server, namespace):
    """Apply a Deployment or Job, and give what finds its pods."""
    metadata = {"name": "payments-api", "namespace": namespace}
    server.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})

    def deployment(mode, replicas=1):
        server.apply(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "web", "namespace": namespace},
                "spec": {
                    "replicas": replicas,
                    "selector": {"matchLabels": {"app": "web"}},
                    "template": template(mode),
                },
            }
        )
        return Pods(server, namespace)

    return deployment


class Pods:
    def __init__(self, server, namespace):
        self.server, self.namespace = server, namespace

    def all(self):
        return self.server.get(f"/api/v1/namespaces/{self.namespace}/pods")["items"]

    def ready(self):
        return [pod for pod in self.all() if is_ready(pod)]

    def wait_ready(self, count):
        wait(lambda: len(self.ready()) == count, SECONDS_MAX, lambda: json.dumps(self.all()))
        return self.ready()


def is_ready(pod):
    conditions = pod.get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def ask(pod, path="/"):
    return httpx.get(f"http://{pod['status']['podIP']}:8080{path}", timeout=5)


def environment(pod):
    return ask(pod).json()["environment"]


def test_each_pod_of_a_deployment_answers_on_an_address_of_its_own(run):
    pods = run("serve", replicas=2).wait_ready(2)

    assert {environment(pod)["POD_NAME"] for pod in pods} == {
        pod["metadata"]["name"] for pod in pods
    }
    assert len({pod["status"]["podIP"] for pod in pods}) == 2


def test_a_pod_is_told_this_machines_paths_addresses_and_identity(run, place):
    (pod,) = run("serve").wait_ready(1)

    told = environment(pod)
    assert told["VAULT_ADDR"] == "https://127.84.1.40:8200"
    assert told["PEER"] == "https://127.84.202.50:8443"
    assert told["KAFKA_SIGN_IN"] == "certificate"
    assert told["KAFKA_CERTIFICATE"] == str(place.certificate("payments-api"))
    with open(told["TRUST_BUNDLE"]) as bundle:  # noqa: PTH123 - the pod's own way
        assert bundle.read() == place.ca.read_text()


def test_a_pods_token_is_its_accounts_and_for_vault_alone(run, namespace):
    (pod,) = run("serve").wait_ready(1)

    with open(environment(pod)["VAULT_TOKEN_FILE"]) as file:  # noqa: PTH123 - the pod's own way
        payload = file.read().split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["aud"] == ["vault"]
    assert claims["sub"] == f"system:serviceaccount:{namespace}:payments-api"


def test_a_process_that_ends_is_started_again(run):
    pods = run("serve")
    (pod,) = pods.wait_ready(1)

    with pytest.raises(httpx.HTTPError):
        ask(pod, "/exit")

    def restarted():
        (now,) = pods.all()
        (container,) = now["status"]["containerStatuses"]
        return container["restartCount"] == 1 and is_ready(now)

    wait(restarted, SECONDS_MAX, lambda: json.dumps(pods.all()))


def test_a_pod_that_is_not_well_is_not_ready_until_it_is(run):
    pods = run("serve")
    (pod,) = pods.wait_ready(1)
    ready_file = environment(pod)["READY_FILE"]

    from pathlib import Path

    Path(ready_file).unlink()
    pods.wait_ready(0)
    Path(ready_file).touch()
    pods.wait_ready(1)
