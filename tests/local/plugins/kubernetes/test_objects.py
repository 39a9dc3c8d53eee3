"""The stand-in acts on a real API server, which has the last word on every object."""

import dataclasses
import json

import pytest

from local.plugins.kubernetes import rollout
from local.plugins.standin import StandInError

pytestmark = pytest.mark.engine

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
JOB = "kubernetes:batch/v1:Job"
SERVICE = "kubernetes:core/v1:Service"


def config_map(namespace, **data):
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": namespace},
        "data": data,
    }


def job(namespace, **spec):
    container = {"name": "app", "image": "example.com/app", "command": ["true"]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "once", "namespace": namespace},
        "spec": {
            "template": {"spec": {"containers": [container], "restartPolicy": "Never"}},
            "backoffLimit": 0,
            **spec,
        },
    }


def with_inputs(resource, inputs):
    return dataclasses.replace(resource, inputs=inputs, old_inputs=resource.inputs)


def test_what_is_applied_is_there_and_what_is_deleted_is_gone(create, provider, server, namespace):
    made = create(CONFIG_MAP, config_map(namespace, a="1"))

    assert made.id == f"{namespace}/settings"
    assert server.read(made.inputs)["data"] == {"a": "1"}
    assert "managedFields" not in made.state["metadata"]
    provider.kind(CONFIG_MAP).delete(made)
    assert server.read(made.inputs) is None
    assert provider.kind(CONFIG_MAP).read(made) is None


def test_a_field_that_is_no_longer_wanted_goes(create, provider, server, namespace):
    made = create(CONFIG_MAP, config_map(namespace, a="1", b="2"))

    provider.kind(CONFIG_MAP).update(with_inputs(made, config_map(namespace, a="3")))

    assert server.read(made.inputs)["data"] == {"a": "3"}


def test_a_misspelt_field_is_refused_with_the_objects_name(create, namespace):
    wrong = config_map(namespace) | {"dataa": {"a": "1"}}

    with pytest.raises(StandInError, match=rf"ConfigMap {namespace}/settings.*dataa"):
        create(CONFIG_MAP, wrong)


def test_istios_own_schema_is_held(create, namespace):
    wrong = {
        "apiVersion": "security.istio.io/v1",
        "kind": "PeerAuthentication",
        "metadata": {"name": "default", "namespace": namespace},
        "spec": {"mtls": {"mode": "STRICTLY"}},
    }

    with pytest.raises(StandInError, match="STRICTLY"):
        create("kubernetes:security.istio.io/v1:PeerAuthentication", wrong)


def test_a_kind_that_nobody_defined_is_refused_by_name(create, namespace):
    wrong = {"apiVersion": "example.com/v1", "kind": "Nothing", "metadata": {"name": "x"}}

    with pytest.raises(StandInError, match=r"serves no Nothing of example\.com/v1"):
        create("kubernetes:example.com/v1:Nothing", wrong)


def test_a_gatekeeper_template_brings_the_kind_of_its_constraints(create, provider):
    names = {"kind": "EvenkeelTested"}
    template = {
        "apiVersion": "templates.gatekeeper.sh/v1",
        "kind": "ConstraintTemplate",
        "metadata": {"name": "evenkeeltested"},
        "spec": {
            "crd": {"spec": {"names": names}},
            "targets": [
                {"target": "admission.k8s.gatekeeper.sh", "rego": "package evenkeeltested"}
            ],
        },
    }
    constraint = {
        "apiVersion": "constraints.gatekeeper.sh/v1beta1",
        "kind": "EvenkeelTested",
        "metadata": {"name": "tested"},
        "spec": {"enforcementAction": "deny"},
    }
    made = create("kubernetes:templates.gatekeeper.sh/v1:ConstraintTemplate", template)
    held = create("kubernetes:constraints.gatekeeper.sh/v1beta1:EvenkeelTested", constraint)

    assert held.state["spec"] == {"enforcementAction": "deny"}
    provider.kind(held.type).delete(held)
    provider.kind(made.type).delete(made)


def test_a_failed_job_says_why(create, server, namespace, monkeypatch):
    def fail(server, job):
        """Fail it as its controller would, whose pods nobody runs here."""
        failed = [
            {
                "type": "Failed",
                "status": "True",
                "reason": "BackoffLimitExceeded",
                "message": "it failed too often",
            }
        ]
        return real(server, job | {"status": {"conditions": failed}})

    real = rollout._job_done
    monkeypatch.setattr(rollout, "_job_done", fail)

    with pytest.raises(StandInError, match=r"Job .*/once was applied, but it failed"):
        create(JOB, job(namespace))


def test_a_job_that_is_not_waited_for_returns_at_once(create, namespace):
    wanted = job(namespace)
    wanted["metadata"]["annotations"] = {"pulumi.com/skipAwait": "true"}

    assert create(JOB, wanted).state["metadata"]["name"] == "once"


def test_a_secrets_content_stays_out_of_what_is_kept_unless_it_was_given(create, namespace):
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "key", "namespace": namespace},
        "stringData": {"password": "not for the state"},
    }

    made = create("kubernetes:core/v1:Secret", secret)

    assert "data" not in made.state


def test_a_release_is_recorded_with_its_version(create, provider, server, namespace):
    type_ = "kubernetes:helm.sh/v3:Release"
    inputs = {
        "name": "istiod", "chart": "istiod", "version": "1.27.1", "namespace": namespace,
        "values": {"pilot": {"replicas": 2}},
    }  # fmt: skip
    made = create(type_, inputs)
    assert made.state["status"]["revision"] == 1

    again = provider.kind(type_).update(dataclasses.replace(made, inputs=inputs))

    assert again["status"]["revision"] == 2
    record = server.get(f"/api/v1/namespaces/{namespace}/configmaps/release-istiod")
    assert json.loads(record["data"]["values"]) == {"pilot": {"replicas": 2}}
    provider.kind(type_).delete(made)
    assert provider.kind(type_).read(made) is None


@pytest.mark.parametrize(
    ("type_", "path"),
    [
        (JOB, "spec.template"),
        (SERVICE, "spec.clusterIP"),
        (CONFIG_MAP, "metadata.name"),
        ("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", "roleRef"),
    ],
)
def test_what_the_api_server_never_changes_replaces_the_object(provider, type_, path):
    assert path in provider.kind(type_).replaces


def test_an_object_without_metadata_is_refused_before_any_server_is_asked(provider):
    kind = provider.kind(CONFIG_MAP)

    assert kind.check({"apiVersion": "v1", "kind": "ConfigMap"})[0][0] == "metadata"
    labelled = {"name": "x", "labels": {"count": 1}}
    assert kind.check({"apiVersion": "v1", "kind": "ConfigMap", "metadata": labelled}) == [
        ("metadata.labels.count", "1 is no text; put it in quotes")
    ]
