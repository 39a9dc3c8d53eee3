"""The node agent runs real pods of a real API server."""

import base64
import json
from pathlib import Path

import httpx
import pytest

from local import process
from local.plugins.kubernetes import rollout
from local.plugins.kubernetes.api import wait
from local.servers import agent

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


@pytest.fixture
def run_job(server, namespace):
    metadata = {"name": "payments-api", "namespace": namespace}
    server.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})

    def job(mode):
        return server.apply(
            {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "metadata": {"name": "once", "namespace": namespace},
                "spec": {
                    "backoffLimit": 0,
                    "template": template(mode, restartPolicy="Never"),
                },
            }
        )

    return job


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

    Path(ready_file).unlink()
    pods.wait_ready(0)
    Path(ready_file).touch()
    pods.wait_ready(1)


def test_a_job_that_succeeds_is_complete(run_job, server):
    settled = rollout.settle(server, run_job("succeed"))

    assert settled["status"]["succeeded"] == 1


def test_a_job_that_fails_says_with_its_last_words_why(run_job, server):
    with pytest.raises(rollout.RolloutError, match="the reason why it failed"):
        rollout.settle(server, run_job("fail"))


def test_a_pod_that_is_deleted_leaves_no_process_even_if_it_will_not_end(run, server):
    pods = run("stubborn")
    (pod,) = pods.wait_ready(1)
    address = pod["status"]["podIP"]
    assert process.answers(address, 8080)

    server.delete(server.read(deployment(pods.namespace)), "Foreground", SECONDS_MAX)

    assert pods.all() == []
    assert not process.answers(address, 8080)


def test_a_pod_of_somebody_elses_is_left_alone(server, namespace):
    foreign = template("serve")
    foreign["spec"]["containers"][0]["command"] = ["nginx"]
    foreign["spec"] = {"containers": foreign["spec"]["containers"]}
    for mounted in foreign["spec"]["containers"]:
        mounted.pop("volumeMounts")
    metadata = {"name": "theirs", "namespace": namespace}
    made = {"apiVersion": "v1", "kind": "Pod", **foreign, "metadata": metadata}
    account = {"name": "default", "namespace": namespace}
    server.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    server.apply(made)
    ours = {**made, "metadata": {**metadata, "name": "ours"}}
    ours = json.loads(json.dumps(ours).replace("nginx", "python"))
    ours["spec"]["containers"][0]["command"] = ["python", "-m", "tests.local.agent.program", "fail"]
    server.apply(ours)

    wait(lambda: "nodeName" in server.read(ours)["spec"], SECONDS_MAX, lambda: "not bound")

    assert "nodeName" not in server.read(made)["spec"]


def test_an_agent_that_was_killed_is_followed_by_one_that_runs_each_pod_once(run, place):
    pods = run("serve")
    (pod,) = pods.wait_ready(1)
    before = running_pods(place)

    process.stop(f"{place.region}-agent", kill=True)
    wait(
        lambda: not any(process.born(int(pid)) == born for pid, born in before.items()),
        SECONDS_MAX,
        lambda: "a pod outlived its agent",
    )
    again = agent.server(place)
    again.start()
    again.wait()

    def taken_up():
        (now,) = pods.all()
        (container,) = now["status"]["containerStatuses"]
        return container["restartCount"] == 1 and is_ready(now)

    wait(taken_up, SECONDS_MAX, lambda: json.dumps(pods.all()))
    assert pods.all()[0]["metadata"]["uid"] == pod["metadata"]["uid"]


def running_pods(place):
    return json.loads((place.folder("pods") / "running.json").read_text())


def deployment(namespace):
    metadata = {"name": "web", "namespace": namespace}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata}
