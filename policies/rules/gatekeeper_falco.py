"""Rules for what guards a cluster while it runs: admission, the runtime sensor, logs and alerts."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.rule import (
    ROOT,
    UNKNOWN,
    NotApplicable,
    Resource,
    Severity,
    Stack,
    StackRule,
    rule,
    stack_rule,
)

_CHARTS = ("kubernetes:helm.sh/v3:Release", "kubernetes:helm.sh/v4:Chart")
_DAEMON_SET = "kubernetes:apps/v1:DaemonSet"
_DEPLOYMENT = "kubernetes:apps/v1:Deployment"
_NAMESPACE = "kubernetes:core/v1:Namespace"
_CONSTRAINTS = ("kubernetes:constraints.gatekeeper.sh/*:*",)
_WEBHOOK = "kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration"
_POLICY = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
_BINDING = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding"
_ALERTS = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"
_GATEKEEPER = "https://open-policy-agent.github.io/gatekeeper/website/docs/"
_FALCO = "https://falco.org/docs/"
_ADMISSION = "https://kubernetes.io/docs/reference/access-authn-authz/"
_ALERTING = "https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/"


def _named(resource: Resource, pattern: str) -> bool:
    """Whether a chart, or an image of a workload, is called so.

    Raises:
        UndecidableError: Its name is unknown.

    """
    texts = [resource.get("chart", "")] if resource.type in _CHARTS else []
    texts += resource.get("spec.template.spec.containers[].image")
    return any(re.search(pattern, text) for text in texts)


def _release(chart: object, **values: object) -> dict[str, Any]:
    """A chart in an example of a stack."""
    return {"type": _CHARTS[0], "name": "chart", "props": {"chart": chart, "values": values}}


def _daemon(image: object) -> dict[str, Any]:
    """A DaemonSet in an example of a stack."""
    pod = {"containers": [{"name": "app", "image": image}]}
    return {"type": _DAEMON_SET, "name": "daemon", "props": {"spec": {"template": {"spec": pod}}}}


_CLUSTER = [
    {"type": ROOT, "name": "stack"},
    {"type": _NAMESPACE, "name": "payments", "props": {"metadata": {"name": "payments"}}},
]


def _present(  # one call a rule, with names
    pattern: str, chart: str, id_: str, title: str, why: str, pci: str, sentence: str, url: str
) -> StackRule:
    """The rule that a program with workloads also brings a chart, or a workload, of some name."""

    def judge(stack: Stack) -> Iterator[tuple[Resource, str]]:
        if not stack.of(_NAMESPACE):
            return
        candidates = stack.of(*_CHARTS, _DAEMON_SET, _DEPLOYMENT)
        if not any(_named(each, pattern) for each in candidates):
            yield stack.root, sentence

    judge.__doc__ = why
    judge.__module__ = __name__
    return stack_rule(
        id=id_,
        title=title,
        on=(ROOT,),
        pci=(pci,),
        severity=Severity.HIGH,
        fix=f'kubernetes.helm.v3.Release("{chart}", chart="{chart}", namespace=..., values=...)',
        reference=url,
        passes=(
            [*_CLUSTER, _release(chart)],
            [*_CLUSTER, _daemon(f"docker.io/{chart}/{chart}:1")],
            [{"type": ROOT, "name": "stack"}],
        ),
        fails=([*_CLUSTER], [*_CLUSTER, _release("another")]),
        undecidable=([*_CLUSTER, _release(UNKNOWN)],),
    )(judge)


admission_control_present = _present(
    r"(^|/)(gatekeeper|kyverno)",
    "gatekeeper",
    "admission-control-present",
    "Each cluster has admission control",
    "After a change a cluster must still meet the standard; this asks at each change.",
    "6.5.2",
    "Nothing controls what is admitted to the cluster",
    _GATEKEEPER,
)
runtime_sensor_present = _present(
    r"(^|/)(falco|tetragon|kubearmor)(:|@|/|$)",
    "falco",
    "runtime-sensor-present",
    "Each cluster has a runtime sensor on its nodes",
    "Who got in is seen by what they do: a shell, a new binary, a connection out.",
    "11.5.1",
    "Nothing watches what the pods do",
    _FALCO,
)
log_collector_present = _present(
    r"(^|/)(fluent-?bit|fluentd|vector|opentelemetry-collector\w*|filebeat)",
    "fluent-bit",
    "log-collector-present",
    "Each cluster sends its logs away as they are written",
    "A log on the node that was broken into is the log of who broke in.",
    "10.3.3",
    "Nothing takes the logs off the nodes",
    "https://docs.fluentbit.io/manual/installation/kubernetes",
)


def _constraint(action: object = "deny", **match: object) -> dict[str, Any]:
    """A constraint of Gatekeeper."""
    return {
        "apiVersion": "constraints.gatekeeper.sh/v1beta1",
        "kind": "EvenkeelImageDigest",
        "metadata": {"name": "image-digest"},
        "spec": {"enforcementAction": action, "match": match},
    }


@rule(
    id="gatekeeper-denies",
    title="Constraints deny, and do not only warn",
    on=_CONSTRAINTS,
    pci=("2.2.1",),
    severity=Severity.HIGH,
    fix='spec={"enforcementAction": "deny"}',
    reference=_GATEKEEPER + "violations",
    passes=(_constraint(), {**_constraint(), "spec": {"match": {}}}),
    fails=(_constraint("dryrun"), _constraint("warn")),
    undecidable=(_constraint(UNKNOWN),),
)
def gatekeeper_denies(resource: Resource) -> Iterator[str]:
    """A warning is read by nobody at three in the morning."""
    action = resource.get("spec.enforcementAction", "deny")
    if action not in ("deny", "scoped"):
        yield f"Only does {action}"


@rule(
    id="gatekeeper-exempts-no-cde",
    title="Constraints hold in every namespace of ours",
    on=_CONSTRAINTS,
    pci=("6.5.1",),
    severity=Severity.MEDIUM,
    fix='# leave only kube-system and gatekeeper-system in "excludedNamespaces"',
    reference=_GATEKEEPER + "exempt-namespaces",
    passes=(_constraint(), _constraint(excludedNamespaces=["kube-system", "gatekeeper-system"])),
    fails=(_constraint(excludedNamespaces=["payments"]), _constraint(excludedNamespaces=["*"])),
    undecidable=(_constraint(excludedNamespaces=UNKNOWN),),
)
def gatekeeper_exempts_no_cde(resource: Resource) -> Iterator[str]:
    """What is left out here is where the procedure for changes does not hold."""
    for name in resource.get("spec.match.excludedNamespaces", []):
        if not name.startswith("kube-") and name not in ("gatekeeper-system", "falco", "logging"):
            yield f"Does not hold in {name}"


def _webhook(policy: object = "Fail") -> dict[str, Any]:
    """A validating webhook."""
    client = {"service": {"name": "gatekeeper", "namespace": "gatekeeper-system"}}
    hook = {
        "name": "validation.gatekeeper.sh",
        "clientConfig": client,
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "failurePolicy": policy,
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "gatekeeper"},
        "webhooks": [hook],
    }


@rule(
    id="admission-webhook-fails-closed",
    title="What admission cannot judge is refused",
    on=(_WEBHOOK,),
    pci=("7.3.3",),
    severity=Severity.HIGH,
    fix='webhooks=[{"failure_policy": "Fail", "name": ...}]',
    reference=_ADMISSION + "extensible-admission-controllers/#failure-policy",
    passes=(_webhook(),),
    fails=(_webhook("Ignore"),),
    undecidable=(_webhook(UNKNOWN),),
)
def admission_webhook_fails_closed(resource: Resource) -> Iterator[str]:
    """With Ignore it is enough to stop the webhook to be let in."""
    for hook in resource.items("webhooks"):
        if hook.get("failurePolicy", "Fail") != "Fail":
            yield f"{hook.path} lets in what it cannot judge"


@rule(
    id="admission-policy-denies",
    title="Admission policies deny, and fail closed",
    on=(_POLICY, _BINDING),
    pci=("2.2.1",),
    severity=Severity.HIGH,
    fix='spec={"validation_actions": ["Deny"], "policy_name": ...}',
    reference=_ADMISSION + "validating-admission-policy/",
    passes=(
        {"spec": {"failurePolicy": "Fail", "validations": [{"expression": "true"}]}},
        {"spec": {"policyName": "a", "validationActions": ["Deny", "Audit"]}},
    ),
    fails=(
        {"spec": {"failurePolicy": "Ignore", "validations": [{"expression": "true"}]}},
        {"spec": {"policyName": "a", "validationActions": ["Warn"]}},
    ),
    undecidable=({"spec": {"failurePolicy": UNKNOWN}},),
)
def admission_policy_denies(resource: Resource) -> Iterator[str]:
    """A policy that does not refuse is a note."""
    if resource.get("spec.failurePolicy", "Fail") != "Fail":
        yield "Lets in what it cannot judge"
    if resource.has("spec.policyName") and "Deny" not in resource.get("spec.validationActions", []):
        yield "Refuses nothing"


def _sensor(image: str = "docker.io/falcosecurity/falco", **pod: object) -> dict[str, Any]:
    """A DaemonSet with this pod spec."""
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "falco", "namespace": "falco"},
        "spec": {
            "selector": {"matchLabels": {"app": "falco"}},
            "template": {
                "metadata": {"labels": {"app": "falco"}},
                "spec": {"containers": [{"name": "falco", "image": image}], **pod},
            },
        },
    }


_EVERYWHERE = [{"operator": "Exists"}]
_GUARDS = r"(^|/)(falco|tetragon|kubearmor|fluent-?bit|vector|node-exporter)"


def _guard(resource: Resource) -> None:
    """Leave workloads that guard nothing out.

    Raises:
        NotApplicableError: The DaemonSet is neither a sensor nor a collector.

    """
    if not _named(resource, _GUARDS):
        raise NotApplicable("it guards nothing")


@rule(
    id="runtime-sensor-on-every-node",
    title="Sensors and log collectors run on every node",
    on=(_DAEMON_SET,),
    pci=("5.3.2",),
    severity=Severity.HIGH,
    fix='{"tolerations": [{"operator": "Exists"}]}',
    reference="https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/",
    passes=(_sensor(tolerations=_EVERYWHERE),),
    fails=(
        _sensor(),
        _sensor(tolerations=[{"key": "cde", "operator": "Exists"}]),
        _sensor(tolerations=_EVERYWHERE, nodeSelector={"disk": "ssd"}),
    ),
    undecidable=(_sensor(tolerations=UNKNOWN),),
    not_applicable=(_sensor("docker.io/library/proxy"),),
)
def runtime_sensor_on_every_node(resource: Resource) -> Iterator[str]:
    """A tainted node is where the guarded workloads are."""
    _guard(resource)
    pod = "spec.template.spec"
    tolerated = [
        each
        for each in resource.items(f"{pod}.tolerations")
        if each.get("operator", "Equal") == "Exists"
        and not each.get("key")
        and not each.get("effect")
    ]
    if not tolerated:
        yield "Is kept off nodes with a taint"
    selector = set(resource.get(f"{pod}.nodeSelector", {})) - {"kubernetes.io/os"}
    if selector:
        yield f"Runs only on nodes with {', '.join(sorted(selector))}"


@rule(
    id="runtime-sensor-not-evicted",
    title="Sensors and log collectors are the last to be evicted",
    on=(_DAEMON_SET,),
    pci=("5.3.5",),
    severity=Severity.MEDIUM,
    fix='{"priority_class_name": "system-node-critical"}',
    reference="https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/",
    passes=(_sensor(priorityClassName="system-node-critical"),),
    fails=(_sensor(), _sensor(priorityClassName="low")),
    undecidable=(_sensor(priorityClassName=UNKNOWN),),
    not_applicable=(_sensor("docker.io/library/proxy"),),
)
def runtime_sensor_not_evicted(resource: Resource) -> Iterator[str]:
    """A node that runs short of memory must not lose its sensor first: that is a way to stop it."""
    _guard(resource)
    name = resource.get("spec.template.spec.priorityClassName", "")
    if not name.startswith("system-") and "critical" not in name:
        yield f"Its priority is {name or 'that of any pod'}"


def _collector(text: object) -> dict[str, Any]:
    """A log collector's configuration in a ConfigMap."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "fluent-bit", "namespace": "logging"},
        "data": {"fluent-bit.conf": text},
    }


_OUTPUT = "[OUTPUT]\n    Name s3\n    tls On\n"
_MASK = "[FILTER]\n    Name lua\n    Match *\n    call mask_pan\n"


def _pipelines(resource: Resource) -> Iterator[str]:
    """Each text of a ConfigMap that configures a Fluent Bit.

    Raises:
        NotApplicableError: There is none.
        UndecidableError: A text is unknown.

    """
    texts = [
        str(text)
        for text in resource.get("data", {}).values()
        if re.search(r"(?mi)^\s*\[OUTPUT\]|^\s*pipeline:", str(text))
    ]
    if not texts:
        raise NotApplicable("it configures no log collector")
    yield from texts


@rule(
    id="logs-masked",
    title="Log collectors mask card numbers before they send anything",
    on=("kubernetes:core/v1:ConfigMap",),
    pci=("3.3.1", "3.4.1"),
    severity=Severity.HIGH,
    fix='{"fluent-bit.conf": "[FILTER]\\n    Name lua\\n    Match *\\n    call mask_pan\\n"}',
    reference="https://docs.fluentbit.io/manual/pipeline/filters/lua",
    passes=(_collector(_MASK + _OUTPUT),),
    fails=(_collector(_OUTPUT), _collector("[FILTER]\n    Name kubernetes\n" + _OUTPUT)),
    undecidable=(_collector(UNKNOWN),),
    not_applicable=({"metadata": {"name": "a"}, "data": {"port": "8080"}},),
)
def logs_masked(resource: Resource) -> Iterator[str]:
    """One careless line of a library writes a card number to a store that keeps it for a year."""
    for text in _pipelines(resource):
        if not re.search(r"(?i)mask|redact|scrub", text):
            yield "Sends lines as they are"


@rule(
    id="logs-sent-encrypted",
    title="Log collectors send over TLS",
    on=("kubernetes:core/v1:ConfigMap",),
    pci=("4.2.1",),
    severity=Severity.MEDIUM,
    fix='{"fluent-bit.conf": "[OUTPUT]\\n    Name es\\n    tls On\\n    tls.verify On\\n"}',
    reference="https://docs.fluentbit.io/manual/administration/transport-security",
    passes=(_collector(_MASK + _OUTPUT), _collector("[OUTPUT]\n    Name s3\n")),
    fails=(
        _collector("[OUTPUT]\n    Name es\n    Host es\n"),
        _collector("[OUTPUT]\n    Name es\n    tls On\n    tls.verify Off\n"),
    ),
    undecidable=(_collector(UNKNOWN),),
    not_applicable=({"metadata": {"name": "a"}, "data": {"port": "8080"}},),
)
def logs_sent_encrypted(resource: Resource) -> Iterator[str]:
    """Logs name accounts, hosts and errors; that is a map of the house."""
    for text in _pipelines(resource):
        for output in re.split(r"(?mi)^\s*\[OUTPUT\]", text)[1:]:
            name = re.search(r"(?mi)^\s*name\s+(\S+)", output)
            plain = name and name.group(1).lower() in (
                "es", "opensearch", "http", "forward", "splunk", "loki", "tcp", "syslog", "kafka"
            )  # fmt: skip
            if name and plain and not re.search(r"(?mi)^\s*tls\s+on", output):
                yield f"Output {name.group(1)} is in clear"
            if re.search(r"(?mi)^\s*tls\.verify\s+off", output):
                yield "An output verifies nobody"


def _alert(**fields: object) -> Mapping[str, Any]:
    """Alerting rules with one alert."""
    alert = {
        "alert": "VaultSealed",
        "expr": "vault_core_unsealed == 0",
        "labels": {"severity": "page"},
        "annotations": {"runbook_url": "https://docs.example.com/vault-sealed"},
    } | fields
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "vault", "namespace": "monitoring"},
        "spec": {"groups": [{"name": "vault", "rules": [alert]}]},
    }


@rule(
    id="alert-has-runbook",
    title="Each alert says what to do",
    on=(_ALERTS,),
    pci=("10.7.3",),
    severity=Severity.MEDIUM,
    fix='{"annotations": {"runbook_url": "https://..."}}',
    reference=_ALERTING,
    passes=(_alert(), {"spec": {"groups": [{"rules": [{"record": "a", "expr": "b"}]}]}}),
    fails=(_alert(annotations={}), _alert(annotations={"summary": "sealed"})),
    undecidable=(_alert(annotations=UNKNOWN),),
)
def alert_has_runbook(resource: Resource) -> Iterator[str]:
    """A failure of a control is answered at once, and by whoever is on duty."""
    for part in resource.items("spec.groups[].rules"):
        if part.has("alert") and not (
            part.has("annotations.runbook_url") or part.has("annotations.runbook")
        ):
            yield f"{part.get('alert')} does not say what to do"


@rule(
    id="alert-reaches-somebody",
    title="Each alert has a severity that it is routed by",
    on=(_ALERTS,),
    pci=("12.10.5",),
    severity=Severity.LOW,
    fix='{"labels": {"severity": "page"}}',
    reference=_ALERTING,
    passes=(_alert(),),
    fails=(_alert(labels={}), _alert(labels={"team": "payments"})),
    undecidable=(_alert(labels=UNKNOWN),),
)
def alert_reaches_somebody(resource: Resource) -> Iterator[str]:
    """Routes match labels; an alert without one goes to the mailbox that nobody opens."""
    for part in resource.items("spec.groups[].rules"):
        if part.has("alert") and not part.has("labels.severity"):
            yield f"{part.get('alert')} has no severity"


_WATCHED = {
    "Vault": r"vault",
    "the runtime sensor": r"falco|tetragon|kubearmor",
    "admission control": r"gatekeeper|kyverno|admission",
    "the log collector": r"fluent|vector|collector|logs?",
}


@stack_rule(
    id="guards-watched",
    title="Somebody is told when a security control fails",
    on=(_ALERTS,),
    pci=("10.7.2",),
    severity=Severity.MEDIUM,
    fix="# an alert for each of: Vault, the runtime sensor, admission control, the log collector",
    reference=_ALERTING,
    passes=(
        [
            {"type": _ALERTS, "name": "a", "props": _alert()},
            {"type": _ALERTS, "name": "b", "props": _alert(expr="up{job='falco'} == 0")},
            {"type": _ALERTS, "name": "c", "props": _alert(expr="up{job='gatekeeper'} == 0")},
            {"type": _ALERTS, "name": "d", "props": _alert(expr="up{job='fluent-bit'} == 0")},
        ],
    ),
    fails=([{"type": _ALERTS, "name": "a", "props": _alert()}],),
    undecidable=([{"type": _ALERTS, "name": "a", "props": _alert(expr=UNKNOWN)}],),
)
def guards_watched(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """A control that failed last month protected nothing since."""
    rules = stack.of(_ALERTS)
    texts = [
        f"{part.get('alert', '')} {part.get('expr', '')}".lower()
        for each in rules
        for part in each.items("spec.groups[].rules")
    ]
    for what, pattern in _WATCHED.items():
        if not any(re.search(pattern, text) for text in texts):
            yield rules[0], f"Nobody is told when {what} fails"


@rule(
    id="alerts-go-out",
    title="Alerts are sent to somebody who is awake",
    on=("kubernetes:monitoring.coreos.com/*:AlertmanagerConfig",),
    pci=("12.10.3",),
    severity=Severity.MEDIUM,
    fix='{"receivers": [{"name": "on-call", "pagerdutyConfigs": [{"routingKey": {...}}]}]}',
    reference="https://prometheus.io/docs/alerting/latest/configuration/",
    passes=(
        {"spec": {"receivers": [{"name": "on-call", "pagerdutyConfigs": [{"severity": "error"}]}]}},
    ),
    fails=({"spec": {"receivers": [{"name": "null"}]}}, {"spec": {}}),
    undecidable=({"spec": {"receivers": UNKNOWN}},),
)
def alerts_go_out(resource: Resource) -> Iterator[str]:
    """People who answer are there day and night, and are called rather than mailed."""
    calling = (
        "pagerdutyConfigs",
        "opsgenieConfigs",
        "webhookConfigs",
        "victoropsConfigs",
        "snsConfigs",
    )
    if not any(each.has(kind) for each in resource.items("spec.receivers") for kind in calling):
        yield "Calls nobody"
