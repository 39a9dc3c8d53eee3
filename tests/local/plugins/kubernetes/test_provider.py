"""Which cluster the plugin acts on, and the names it gives."""

import asyncio
import json

import pytest
from pulumi.provider.experimental import provider as protocol
from pulumi.provider.experimental.property_value import PropertyValue

from local.plugins.kubernetes.provider import Kubernetes
from local.plugins.standin import UNKNOWN, StandInError, plain, wire

TYPE = "kubernetes:core/v1:ConfigMap"
URN = f"urn:pulumi:test::evenkeel::{TYPE}::Settings"


def check(inputs, old=None, seed=b"seed"):
    request = protocol.CheckRequest(
        urn=URN,
        old_inputs={key: wire(value) for key, value in (old or {}).items()},
        new_inputs={
            key: value if isinstance(value, PropertyValue) else wire(value)
            for key, value in inputs.items()
        },
        random_seed=seed,
    )
    response = asyncio.run(Kubernetes().check(request))
    assert not response.failures
    return plain(response.inputs["metadata"])


def config_map(**metadata):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def test_what_has_no_name_gets_one_that_stays():
    first = check(config_map(namespace="payments"))

    assert first["name"].startswith("settings-")
    assert len(first["name"]) == len("settings-") + 7
    assert check(config_map(), old={"metadata": first}, seed=b"other")["name"] == first["name"]
    assert check(config_map(), seed=b"other")["name"] != first["name"]


def test_a_name_that_is_given_or_not_known_yet_is_left_alone():
    assert check(config_map(name="mine")) == {"name": "mine"}
    unknown = {**config_map(), "metadata": wire({"name": UNKNOWN})}
    assert check(unknown)["name"] is UNKNOWN


@pytest.mark.parametrize("host", ["example.com", "ap-south-1.eks.evenkeel.internal"])
def test_a_cluster_that_is_none_of_ours_is_refused(host):
    kubeconfig = json.dumps({"clusters": [{"cluster": {"server": f"https://{host}"}}]})

    with pytest.raises(StandInError, match=f"leads to '{host}'"):
        Kubernetes().configured({"kubeconfig": kubeconfig})


def test_without_a_kubeconfig_nothing_can_be_made_and_all_can_be_checked():
    kind = Kubernetes().kind(TYPE)

    assert kind.check(config_map(name="x")) == []
    with pytest.raises(StandInError, match="no kubeconfig"):
        kind._server  # noqa: B018 - asked for, to be refused


def test_a_type_that_is_no_kind_is_refused():
    with pytest.raises(StandInError, match="kubernetes:yaml:ConfigFile"):
        Kubernetes().kind("kubernetes:yaml:ConfigFile")
