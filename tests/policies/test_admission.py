"""Preview and admission agree: each example of a Kubernetes rule, on a real API server."""

import copy
import json

import pytest

from policies import rules
from policies.admission.absent import ABSENT
from policies.admission.policy import EXPRESSIONS, binding, objects, paired, plural, policy
from policies.rule import Example, ResourceRule
from tests.policies.apiserver import apiserver, definition, readable, wait, warned

NAMESPACES = (
    "payments",
    "database",
    "vault",
    "istio-ingress",
    "istio-system",
    "falco",
    "monitoring",
)
CLUSTER_SCOPED = {
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "StorageClass",
    "PersistentVolume",
    "ClusterIssuer",
    "EvenkeelImageDigest",
}
BUILT_IN = ("core", "apps", "batch", "networking.k8s.io", "rbac.authorization.k8s.io",
            "storage.k8s.io")  # fmt: skip
POLICIES = "validatingadmissionpolicies"
BINDINGS = "validatingadmissionpolicybindings"


def asked(rule, example):
    """An example as the object that is sent to the API, and its kind's plural."""
    token = (example.type if isinstance(example, Example) else "") or rule.on[0]
    props = copy.deepcopy(example.props if isinstance(example, Example) else example)
    _, group_version, kind = token.split(":")
    group, version = group_version.split("/")
    version = version if version != "*" else "v1"
    made = {
        "apiVersion": version if group == "core" else f"{group}/{version}",
        "kind": kind,
    } | props
    metadata = {"name": "example", **made.get("metadata", {})}
    if made["kind"] not in CLUSTER_SCOPED:
        metadata.setdefault("namespace", "payments")
    else:
        metadata.pop("namespace", None)
    made["metadata"] = metadata
    return made, plural(made["kind"])


EXAMPLES = [
    pytest.param(rule, refused, each, id=f"{rule.id}-{'fail' if refused else 'pass'}-{number}")
    for rule in paired()
    for refused, examples in ((False, rule.passes), (True, rule.fails))
    for number, each in enumerate(examples)
    if "04da6b54" not in json.dumps(asked(rule, each)[0])
]


def definitions():
    """A definition of each kind of the examples that Kubernetes does not come with."""
    wanted = {}
    for param in EXAMPLES:
        rule, _, example = param.values
        made, name = asked(rule, example)
        group, _, version = made["apiVersion"].rpartition("/")
        if group and group not in (*BUILT_IN, "admissionregistration.k8s.io"):
            kind = made["kind"]
            wanted[group, kind] = definition(
                group, version, kind, name, namespaced=kind not in CLUSTER_SCOPED
            )
    return wanted.values()


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with apiserver(tmp_path_factory.mktemp("apiserver")) as server:
        for name in NAMESPACES:
            made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            assert server.create(made, "namespaces").is_success
        for each in definitions():
            answer = server.create(each, "customresourcedefinitions")
            assert answer.is_success, readable(answer)
        for each in objects(action="Warn"):
            name = BINDINGS if each["kind"].endswith("Binding") else POLICIES
            answer = server.create(each, name)
            assert answer.is_success, readable(answer)
        wait(lambda: all(is_awake(server, each) for each in definitions()))
        wait(lambda: all_in_force(server))
        yield server


def is_awake(server, made):
    """Whether a custom kind is served."""
    spec = made["spec"]
    path = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
    return server.client.get(path).is_success


def all_in_force(server):
    """Whether the last policy that was made is at work."""
    rule = paired()[-1]
    made, name = asked(rule, rule.fails[0])
    return rule.id in warned(server.create(made, name, dry=True))


@pytest.mark.engine
@pytest.mark.parametrize(("rule", "refused", "example"), EXAMPLES)
def test_admission_gives_the_verdict_of_preview(api, rule, refused, example):
    made, name = asked(rule, example)

    answer = api.create(made, name, dry=True)

    # An object of that name may be there already: admission has been asked before that is seen.
    assert answer.is_success or answer.status_code == 409, readable(answer)
    assert (rule.id in warned(answer)) == refused


@pytest.mark.engine
def test_a_binding_as_it_is_shipped_refuses(api):
    rule = next(each for each in paired() if each.id == "pod-no-host-network")
    strict = binding(rule, exempt=("vault",)) | {"metadata": {"name": "strict"}}
    assert api.create(strict, BINDINGS).is_success
    made, name = asked(rule, rule.fails[0])

    wait(lambda: api.create(made, name, dry=True).status_code == 422)

    assert rule.title in api.create(made, name, dry=True).json()["message"]
    made["metadata"]["namespace"] = "vault"
    assert api.create(made, name, dry=True).is_success


def test_each_rule_about_one_kubernetes_object_is_at_admission_or_says_why_not():
    about = {
        each.id
        for each in rules.collect()
        if isinstance(each, ResourceRule)
        and each.pack == "pci"
        and all(token.startswith("kubernetes:") for token in each.on)
    }

    assert about == set(EXPRESSIONS) | set(ABSENT)
    assert not set(EXPRESSIONS) & set(ABSENT)


def test_a_policy_matches_what_its_rule_judges():
    rule = next(each for each in paired() if each.id == "network-policy-ports-named")

    assert policy(rule)["spec"]["matchConstraints"]["resourceRules"] == [
        {
            "apiGroups": ["networking.k8s.io"],
            "apiVersions": ["v1"],
            "resources": ["networkpolicies"],
            "operations": ["CREATE", "UPDATE"],
        }
    ]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Ingress", "ingresses"),
        ("NetworkPolicy", "networkpolicies"),
        ("Gateway", "gateways"),
        ("StorageClass", "storageclasses"),
        ("ServiceEntry", "serviceentries"),
        ("*", "*"),
    ],
)
def test_kinds_are_named_as_the_api_names_them(kind, name):
    assert plural(kind) == name
