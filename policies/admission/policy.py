"""A rule and its expression as the two objects that an API server takes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies import rules
from policies.admission.cluster import NETWORK, ROLES, STORAGE
from policies.admission.custom import CERTIFICATES, GUARDS, MESH
from policies.admission.pods import PODS
from policies.rule import ResourceRule

EXPRESSIONS: Final[Mapping[str, str]] = {
    **PODS,
    **ROLES,
    **NETWORK,
    **STORAGE,
    **MESH,
    **CERTIFICATES,
    **GUARDS,
}
"""Rule id -> what must hold of an object, in CEL."""

_API_VERSION: Final = "admissionregistration.k8s.io/v1"
_MESSAGE_MAX: Final = 1000

_POD = (
    "object.kind == 'Pod' ? object.spec : object.kind == 'CronJob'"
    " ? object.spec.jobTemplate.spec.template.spec : object.spec.template.spec"
)
_MADE = (
    "object.kind == 'Pod' ? object : object.kind == 'CronJob'"
    " ? object.spec.jobTemplate.spec.template : object.spec.template"
)
VARIABLES: Final[Mapping[str, str]] = {
    "made": _MADE,
    "pod": _POD,
    "containers": "variables.pod.containers + variables.pod.?initContainers.orValue([])",
    "guards": (
        "variables.containers.exists(c, c.image"
        ".matches('(^|/)(falco|tetragon|kubearmor|fluent-?bit|vector|node-exporter)'))"
    ),
}
"""What expressions have in common; in an order in which each needs only those before it."""


def plural(kind: str) -> str:
    """The name of a kind in the API's paths: `NetworkPolicy` is `networkpolicies`."""
    name = kind.lower()
    if name == "*":
        return name
    if re.search(r"[^aeiou]y$", name):
        return name[:-1] + "ies"
    return name + ("es" if name.endswith(("s", "x", "ch", "sh")) else "s")


def matched(rule: ResourceRule) -> Iterator[dict[str, Any]]:
    """The resources that a rule judges, as the API names them."""
    for token in rule.on:
        _, group_version, kind = token.split(":")
        group, version = group_version.split("/")
        yield {
            "apiGroups": ["" if group == "core" else group],
            "apiVersions": [version],
            "resources": [plural(kind)],
            "operations": ["CREATE", "UPDATE"],
        }


def _variables(expression: str) -> list[dict[str, str]]:
    """The variables that an expression names, and those that they name."""
    needed: list[str] = []
    text = expression
    for name in reversed(VARIABLES):
        if f"variables.{name}" in text:
            needed.insert(0, name)
            text += VARIABLES[name]
    return [{"name": name, "expression": VARIABLES[name]} for name in needed]


def policy(rule: ResourceRule) -> dict[str, Any]:
    """The ValidatingAdmissionPolicy of a rule.

    Raises:
        KeyError: The rule has no expression.

    """
    expression = EXPRESSIONS[rule.id]
    spec: dict[str, Any] = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": list(matched(rule))},
        "validations": [{"expression": expression, "message": f"{rule.title}."[:_MESSAGE_MAX]}],
    }
    if variables := _variables(expression):
        spec["variables"] = variables
    return {
        "apiVersion": _API_VERSION,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {
            "name": rule.id,
            "annotations": {"pci-dss-4.0.1": ", ".join(rule.pci), "why": rule.why},
        },
        "spec": spec,
    }


def binding(
    rule: ResourceRule, action: str = "Deny", exempt: tuple[str, ...] = ()
) -> dict[str, Any]:
    """What puts a rule's policy to work, in every namespace but the exempt ones.

    `action` is Deny, Warn or Audit.
    """
    spec: dict[str, Any] = {"policyName": rule.id, "validationActions": [action]}
    if exempt:
        wanted = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": list(exempt)}
        spec["matchResources"] = {"namespaceSelector": {"matchExpressions": [wanted]}}
    return {
        "apiVersion": _API_VERSION,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": rule.id},
        "spec": spec,
    }


def paired() -> list[ResourceRule]:
    """The rules that have an expression, in the order of their modules."""
    return [
        each
        for each in rules.collect()
        if isinstance(each, ResourceRule) and each.id in EXPRESSIONS
    ]


def objects(action: str = "Deny", exempt: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """A policy and its binding for each rule that has an expression."""
    for rule in paired():
        yield policy(rule)
        yield binding(rule, action, exempt)
