"""Rules for namespaces, the rooms of a cluster."""

import re
from collections.abc import Iterator
from typing import Any

from policies.rule import (
    UNKNOWN,
    Resource,
    Severity,
    Stack,
    StackRule,
    Undecidable,
    rule,
    stack_rule,
)
from policies.rules.namespace import NAMESPACE, inhabited, namespace, namespace_props
from policies.rules.pod import WORKLOADS, bare_pod, cron_job, deployment

_POD_SECURITY = "https://kubernetes.io/docs/concepts/security/pod-security-admission/"
_ENFORCE = "pod-security.kubernetes.io/enforce"
_SCOPES = ("cde", "connected", "out")
_TRIAL = re.compile(r"(^|-)(test|tests|testing|demo|sandbox|tmp|temp|playground|scratch|poc)(-|$)")
_SYSTEM = re.compile(r"^(kube-|default$)")


@rule(
    id="namespace-pod-security-enforced",
    title="Namespaces enforce the restricted pod security standard",
    on=(NAMESPACE,),
    pci=("2.2.1",),
    severity=Severity.HIGH,
    fix='metadata={"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}',
    reference=_POD_SECURITY,
    passes=(namespace_props(labels={_ENFORCE: "restricted"}),),
    fails=(
        namespace_props(),
        namespace_props(labels={_ENFORCE: "privileged"}),
        namespace_props(labels={_ENFORCE: "baseline"}),
    ),
    undecidable=(namespace_props(labels={_ENFORCE: UNKNOWN}),),
)
def namespace_pod_security_enforced(resource: Resource) -> Iterator[str]:
    """The API server itself then refuses a pod that is not hardened, whoever brings it."""
    level = resource.get(("metadata", "labels", _ENFORCE))
    if level != "restricted":
        yield f"Pod security is {level or 'not enforced'}"


@rule(
    id="namespace-in-mesh",
    title="Namespaces bring their pods into the mesh",
    on=(NAMESPACE,),
    pci=("4.2.1",),
    severity=Severity.MEDIUM,
    fix='metadata={"labels": {"istio-injection": "enabled"}}',
    reference="https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/",
    passes=(
        namespace_props(labels={"istio-injection": "enabled"}),
        namespace_props(labels={"istio.io/rev": "stable"}),
        namespace_props(labels={"istio.io/dataplane-mode": "ambient"}),
        namespace_props("istio-system"),
    ),
    fails=(namespace_props(), namespace_props(labels={"istio-injection": "disabled"})),
    undecidable=(namespace_props(labels={"istio-injection": UNKNOWN}),),
)
def namespace_in_mesh(resource: Resource) -> Iterator[str]:
    """A pod without a proxy speaks in clear to every pod that has none either."""
    if resource.get("metadata.name", resource.name).startswith(("istio-", "kube-")):
        return
    labels = {
        key: resource.get(("metadata", "labels", key))
        for key in ("istio-injection", "istio.io/rev", "istio.io/dataplane-mode")
    }
    in_mesh = (
        labels["istio-injection"] == "enabled"
        or labels["istio.io/rev"]
        or labels["istio.io/dataplane-mode"] == "ambient"
    )
    if not in_mesh or labels["istio-injection"] == "disabled":
        yield "Its pods are outside of the mesh"


@rule(
    id="namespace-says-its-scope",
    title="Namespaces say whether they are in PCI scope",
    on=(NAMESPACE,),
    pci=("12.5.1",),
    severity=Severity.LOW,
    fix='metadata={"labels": {"pci-scope": "cde"}}  # or connected, or out',
    reference="https://docs-prv.pcisecuritystandards.org/PCI%20DSS/Standard/PCI-DSS-v4_0_1.pdf",
    passes=(
        namespace_props(labels={"pci-scope": "cde"}),
        namespace_props(labels={"pci-scope": "connected"}),
    ),
    fails=(namespace_props(), namespace_props(labels={"pci-scope": "maybe"})),
    undecidable=(namespace_props(labels={"pci-scope": UNKNOWN}),),
)
def namespace_says_its_scope(resource: Resource) -> Iterator[str]:
    """The list of what is in scope is asked for every year; labels are that list, always true."""
    if resource.get(("metadata", "labels", "pci-scope")) not in _SCOPES:
        yield f"Label pci-scope is none of {', '.join(_SCOPES)}"


@rule(
    id="namespace-not-for-trials",
    title="No namespace for tests or demonstrations",
    on=(NAMESPACE,),
    pci=("6.5.6",),
    severity=Severity.LOW,
    fix="# take the namespace out, or give it a cluster outside of the CDE",
    reference="https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
    passes=(namespace_props(), namespace_props("attestation")),
    fails=(namespace_props("payments-test"), namespace_props("sandbox")),
    undecidable=(namespace_props(UNKNOWN),),
)
def namespace_not_for_trials(resource: Resource) -> Iterator[str]:
    """Test data and test accounts leave before a system goes into production."""
    name = resource.get("metadata.name", resource.name)
    if _TRIAL.search(name):
        yield f"{name} is a place for trials"


@rule(
    id="namespace-not-exempt-from-admission",
    title="No namespace is exempt from admission control",
    on=(NAMESPACE,),
    pci=("6.5.1",),
    severity=Severity.HIGH,
    fix="# take the label `admission.gatekeeper.sh/ignore` out",
    reference="https://open-policy-agent.github.io/gatekeeper/website/docs/exempt-namespaces/",
    passes=(
        namespace_props(),
        namespace_props(
            "gatekeeper-system", {"admission.gatekeeper.sh/ignore": "no-self-managing"}
        ),
    ),
    fails=(namespace_props(labels={"admission.gatekeeper.sh/ignore": "yes"}),),
    undecidable=(namespace_props(labels={"admission.gatekeeper.sh/ignore": UNKNOWN}),),
)
def namespace_not_exempt_from_admission(resource: Resource) -> Iterator[str]:
    """What is exempt is where the next pod that breaks a rule will be put."""
    ignored = resource.get(("metadata", "labels", "admission.gatekeeper.sh/ignore"))
    if ignored is not None and resource.get("metadata.name") != "gatekeeper-system":
        yield "Gatekeeper looks away from it"


@rule(
    id="workload-not-in-default-namespace",
    title="No workload stands in the default namespace",
    on=WORKLOADS,
    pci=("2.2.3",),
    severity=Severity.MEDIUM,
    fix='metadata={"namespace": namespace.metadata["name"]}',
    reference="https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
    passes=(deployment(), cron_job(), bare_pod()),
    fails=(
        deployment(metadata={"namespace": "default"}),
        deployment(metadata={"namespace": "kube-system"}),
    ),
    undecidable=(deployment(metadata={"namespace": UNKNOWN}),),
)
def workload_not_in_default_namespace(workload: Resource) -> Iterator[str]:
    """Policies hang on namespaces; the default one is where things land that nobody placed."""
    home = workload.get("metadata.namespace", "default")
    if _SYSTEM.search(home):
        yield f"Stands in {home}"


@rule(
    id="workload-says-its-data",
    title="Workloads say which class of data passes through them",
    on=("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet"),
    pci=("1.2.4",),
    severity=Severity.LOW,
    fix='metadata={"labels": {"pci-data": "card"}}  # or token, or none',
    reference="https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/",
    passes=(
        deployment(metadata={"labels": {"pci-data": "card"}}),
        deployment(metadata={"labels": {"pci-data": "none"}}),
    ),
    fails=(deployment(), deployment(metadata={"labels": {"pci-data": "some"}})),
    undecidable=(deployment(metadata={"labels": {"pci-data": UNKNOWN}}),),
)
def workload_says_its_data(workload: Resource) -> Iterator[str]:
    """The data-flow diagram is drawn from these labels, so it is never older than the program."""
    if workload.get(("metadata", "labels", "pci-data")) not in ("card", "token", "none"):
        yield "Label pci-data is none of card, token, none"


def _in(kind: str, name: object = "payments") -> dict[str, Any]:
    """An object of a kind in a namespace, in an example of a stack."""
    return {
        "type": f"kubernetes:core/v1:{kind}",
        "name": "limits",
        "props": {"metadata": {"name": "limits", "namespace": name}},
    }


def _limited(kind: str, id_: str, title: str, why: str, fix: str) -> StackRule:
    """The rule that each namespace has an object of a kind that limits it."""

    def judge(stack: Stack) -> Iterator[tuple[Resource, str]]:
        objects = stack.of(f"kubernetes:core/v1:{kind}")
        for each in stack.of(NAMESPACE):
            if not inhabited(each, objects):
                yield each, f"Has no {kind}"

    judge.__doc__ = why
    judge.__module__ = __name__
    return stack_rule(
        id=id_,
        title=title,
        on=(NAMESPACE,),
        pci=("A1.1.3",),
        severity=Severity.LOW,
        fix=fix,
        reference="https://kubernetes.io/docs/concepts/policy/resource-quotas/",
        passes=([namespace(), _in(kind)],),
        fails=([namespace()], [namespace(), _in(kind, "another")]),
        undecidable=([namespace(), _in(kind, UNKNOWN)],),
    )(judge)


namespace_has_quota = _limited(
    "ResourceQuota",
    "namespace-has-quota",
    "Each namespace has a quota",
    "What one tenant or service takes, the others no longer have.",
    'kubernetes.core.v1.ResourceQuota("quota", metadata=..., spec={"hard": {"pods": "220"}})',
)
namespace_has_limit_range = _limited(
    "LimitRange",
    "namespace-has-limit-range",
    "Each namespace limits a container that names no limit",
    "A container without limits takes the memory of its neighbours.",
    'kubernetes.core.v1.LimitRange("limits", metadata=..., spec={"limits": [...]})',
)


@stack_rule(
    id="namespace-one-environment",
    title="All namespaces of a cluster are of one environment",
    on=(NAMESPACE,),
    pci=("6.5.3",),
    severity=Severity.HIGH,
    fix='# metadata={"labels": {"environment": "production"}}, and another cluster for the others',
    reference="https://kubernetes.io/docs/concepts/security/multi-tenancy/",
    passes=(
        [namespace(environment="production"), namespace(environment="production")],
        [namespace()],
    ),
    fails=(
        [
            namespace(environment="production"),
            {**namespace("other", environment="staging"), "name": "other"},
        ],
    ),
    undecidable=([namespace(environment="production"), namespace(environment=UNKNOWN)],),
)
def namespace_one_environment(stack: Stack) -> Iterator[tuple[Resource, str | Undecidable]]:
    """Pre-production is where people try things out; one kernel away from card data is too near."""
    first = ""
    for each in stack.of(NAMESPACE):
        try:
            environment = each.get("metadata.labels.environment", "")
        except Undecidable as doubt:
            yield each, doubt
            continue
        first = first or environment
        if environment and environment != first:
            yield each, f"Is of {environment}, beside namespaces of {first}"
