"""Reliability: workloads that outlive a node, a zone, a rollout and their own bugs."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.rule import UNKNOWN, Node, Resource, ResourceRule, Severity, Stack, rule, stack_rule
from policies.rules.pod import LONG_RUNNING, called, deployment, spec, template

_DISRUPTIONS = "https://kubernetes.io/docs/concepts/workloads/pods/disruptions/"
_PROBES = "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"
_SPREAD = "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/"
_SCALING = "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/"
_LIFECYCLE = "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/"
_PDB = "kubernetes:policy/v1:PodDisruptionBudget"
_HPA = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
_TOPIC = "aws:msk/topic:Topic"
ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
_READY = {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 5}
_ALIVE = {"httpGet": {"path": "/livez", "port": "http"}, "periodSeconds": 10}
_GRACE_S = 30


def _spread(key: object = ZONE, unsatisfiable: object = "DoNotSchedule") -> dict[str, Any]:
    """A pod spec that spreads its pods."""
    constraint = {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": unsatisfiable,
        "labelSelector": {"matchLabels": {"app": "payments-api"}},
    }
    return {"topologySpreadConstraints": [constraint]}


def _keys(pod: Node, *, hard: bool) -> set[str]:
    """What a pod spec keeps its pods apart by."""
    strict = ("DoNotSchedule",) if hard else ("DoNotSchedule", "ScheduleAnyway")
    keys = {
        part.get("topologyKey")
        for part in pod.items("topologySpreadConstraints")
        if part.get("whenUnsatisfiable", "DoNotSchedule") in strict
    }
    apart = "affinity.podAntiAffinity"
    keys |= set(pod.get(f"{apart}.requiredDuringSchedulingIgnoredDuringExecution[].topologyKey"))
    if not hard:
        part = f"{apart}.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm"
        keys |= set(pod.get(f"{part}.topologyKey"))
    return keys


@rule(
    id="workload-spread-over-zones",
    title="Pods of a service are spread over zones",
    on=LONG_RUNNING,
    pack="reliability",
    severity=Severity.HIGH,
    fix='{"topology_spread_constraints": [{"topology_key": "topology.kubernetes.io/zone"}]}',
    reference=_SPREAD,
    passes=(deployment(pod=_spread()),),
    fails=(
        deployment(),
        deployment(pod=_spread(HOST)),
        deployment(pod=_spread(ZONE, "ScheduleAnyway")),
    ),
    undecidable=(deployment(pod=_spread(UNKNOWN)),),
)
def workload_spread_over_zones(workload: Resource) -> Iterator[str]:
    """A zone is lost as a whole; the scheduler, left alone, may have put all pods into it."""
    if ZONE not in _keys(spec(workload), hard=True):
        yield "All of its pods may run in one zone"


@rule(
    id="workload-spread-over-nodes",
    title="Pods of a service are spread over nodes",
    on=LONG_RUNNING,
    pack="reliability",
    severity=Severity.MEDIUM,
    fix='{"topology_spread_constraints": [{"topology_key": "kubernetes.io/hostname"}]}',
    reference=_SPREAD,
    passes=(deployment(pod=_spread(HOST)), deployment(pod=_spread(HOST, "ScheduleAnyway"))),
    fails=(deployment(), deployment(pod=_spread(ZONE))),
    undecidable=(deployment(pod={"topologySpreadConstraints": UNKNOWN}),),
)
def workload_spread_over_nodes(workload: Resource) -> Iterator[str]:
    """Nodes are replaced every week; two pods on one are lost together."""
    if HOST not in _keys(spec(workload), hard=False):
        yield "All of its pods of a zone may run on one node"


def _probed(
    probe: str, id_: str, title: str, why: str, good: Mapping[str, Any], severity: Severity
) -> ResourceRule:
    """The rule that each container that serves has a probe."""

    def judge(workload: Resource) -> Iterator[str]:
        for container in spec(workload).items("containers"):
            if not container.has(probe):
                yield f"{called(container)} has no {probe}"

    judge.__doc__ = why
    judge.__module__ = __name__
    path = good["httpGet"]["path"]
    return rule(
        id=id_,
        title=title,
        on=LONG_RUNNING,
        pack="reliability",
        severity=severity,
        fix=f'{{"{probe}": {{"http_get": {{"path": "{path}", "port": "http"}}}}}}',
        reference=_PROBES,
        passes=(deployment({probe: good}),),
        fails=(deployment(),),
        undecidable=(deployment({probe: UNKNOWN}),),
    )(judge)


workload_says_when_ready = _probed(
    "readinessProbe",
    "workload-says-when-ready",
    "Containers say when they can take calls",
    "Without it a call is sent to a pod that has just begun to start, or has lost its database.",
    _READY,
    Severity.HIGH,
)
workload_says_when_alive = _probed(
    "livenessProbe",
    "workload-says-when-alive",
    "Containers say that they are alive",
    "A process that hangs is restarted by nobody who does not ask it.",
    _ALIVE,
    Severity.MEDIUM,
)


@rule(
    id="workload-alive-is-not-ready",
    title="Being alive does not depend on what being ready depends on",
    on=LONG_RUNNING,
    pack="reliability",
    severity=Severity.MEDIUM,
    fix='{"liveness_probe": {"http_get": {"path": "/livez", "port": "http"}}}',
    reference=_PROBES,
    passes=(deployment({"livenessProbe": _ALIVE, "readinessProbe": _READY}), deployment()),
    fails=(deployment({"livenessProbe": _READY, "readinessProbe": _READY}),),
    undecidable=(deployment({"livenessProbe": {"httpGet": {"path": UNKNOWN}}}),),
)
def workload_alive_is_not_ready(workload: Resource) -> Iterator[str]:
    """Otherwise a database that is slow for a minute restarts every pod at once."""
    for container in spec(workload).items("containers"):
        paths = [container.get(f"{kind}Probe.httpGet.path") for kind in ("liveness", "readiness")]
        if paths[0] is not None and paths[0] == paths[1]:
            yield f"{called(container)} asks {paths[0]} for both"


@rule(
    id="workload-asks-for-what-it-needs",
    title="Containers ask for CPU and memory, and limit memory",
    on=LONG_RUNNING,
    pack="reliability",
    severity=Severity.HIGH,
    fix='{"resources": {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {...}}}',
    reference="https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
    passes=(
        deployment(
            {
                "resources": {
                    "requests": {"cpu": "1", "memory": "1Gi"},
                    "limits": {"memory": "1Gi"},
                }
            }
        ),
    ),
    fails=(deployment(), deployment({"resources": {"requests": {"cpu": "1", "memory": "1Gi"}}})),
    undecidable=(deployment({"resources": UNKNOWN}),),
)
def workload_asks_for_what_it_needs(workload: Resource) -> Iterator[str]:
    """Who asks for nothing is evicted first, and a leak without a limit takes the node along."""
    for container in spec(workload).items("containers"):
        for part in ("requests.cpu", "requests.memory", "limits.memory"):
            if not container.has(f"resources.{part}"):
                yield f"{called(container)} has no {part}"


@rule(
    id="workload-stops-gently",
    title="Pods have 30 seconds or more to finish what they do",
    on=LONG_RUNNING,
    pack="reliability",
    severity=Severity.MEDIUM,
    fix='{"termination_grace_period_seconds": 60}',
    reference=_LIFECYCLE + "#pod-termination",
    passes=(deployment(), deployment(pod={"terminationGracePeriodSeconds": 60})),
    fails=(deployment(pod={"terminationGracePeriodSeconds": 5}),),
    undecidable=(deployment(pod={"terminationGracePeriodSeconds": UNKNOWN}),),
)
def workload_stops_gently(workload: Resource) -> Iterator[str]:
    """A payment that was begun is finished, or the caller never knows."""
    seconds = int(spec(workload).get("terminationGracePeriodSeconds", _GRACE_S))
    if seconds < _GRACE_S:
        yield f"Is killed after {seconds} seconds"


@rule(
    id="workload-rolls-out-without-loss",
    title="A rollout never has fewer pods than wanted",
    on=("kubernetes:apps/v1:Deployment",),
    pack="reliability",
    severity=Severity.HIGH,
    fix='{"strategy": {"rolling_update": {"max_unavailable": 0, "max_surge": "25%"}}}',
    reference="https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy",
    passes=(
        deployment(strategy={"rollingUpdate": {"maxUnavailable": 0}}),
        deployment(strategy={"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "0%"}}),
    ),
    fails=(
        deployment(),
        deployment(strategy={"type": "Recreate"}),
        deployment(strategy={"rollingUpdate": {"maxUnavailable": "25%"}}),
    ),
    undecidable=(deployment(strategy=UNKNOWN),),
)
def workload_rolls_out_without_loss(workload: Resource) -> Iterator[str]:
    """A release at noon must not be a loss of a quarter of the pods at noon."""
    if workload.get("spec.strategy.type", "RollingUpdate") == "Recreate":
        yield "Stops every pod before it starts new ones"
    elif str(workload.get("spec.strategy.rollingUpdate.maxUnavailable", "25%")) not in ("0", "0%"):
        yield "A rollout takes pods away before new ones are ready"


@rule(
    id="workload-has-priority",
    title="Services have a priority",
    on=LONG_RUNNING,
    pack="reliability",
    severity=Severity.LOW,
    fix='{"priority_class_name": "payments-critical"}',
    reference="https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/",
    passes=(deployment(pod={"priorityClassName": "payments-critical"}),),
    fails=(deployment(),),
    undecidable=(deployment(pod={"priorityClassName": UNKNOWN}),),
)
def workload_has_priority(workload: Resource) -> Iterator[str]:
    """When a zone is lost the others are full: then it is decided who goes."""
    if not spec(workload).has("priorityClassName"):
        yield "Yields to nobody and is preferred to nobody"


def _object(type_: str, name: str, **props: object) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "payments"}
    return {"type": type_, "name": name, "props": {"metadata": metadata, **props}}


def _workload(replicas: object = None, **fields: object) -> dict[str, Any]:
    """A Deployment in an example of a stack."""
    given = {} if replicas is None else {"replicas": replicas}
    return {
        "type": LONG_RUNNING[0],
        "name": "payments-api",
        "props": deployment(**given, **fields),  # type: ignore[arg-type] - a Deployment's own
    }


def _budget(app: object = "payments-api", **budget: object) -> dict[str, Any]:
    """A disruption budget in an example of a stack."""
    return _object(_PDB, "budget", spec={"selector": {"matchLabels": {"app": app}}, **budget})


def _scaler(low: object = 3, high: object = 60, **fields: object) -> dict[str, Any]:
    """An autoscaler of payments-api in an example of a stack."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "payments-api"}
    return _object(
        _HPA,
        "scaler",
        spec={"scaleTargetRef": target, "minReplicas": low, "maxReplicas": high, **fields},
    )


def _scales(stack: Stack, workload: Resource) -> Resource | None:
    """The autoscaler of a workload."""
    kind = workload.type.rsplit(":", 1)[-1]
    for each in stack.of("kubernetes:autoscaling/*:HorizontalPodAutoscaler"):
        if (
            each.get("spec.scaleTargetRef.kind", kind) == kind
            and each.get("spec.scaleTargetRef.name") == workload.get("metadata.name", workload.name)
            and each.get("metadata.namespace") == workload.get("metadata.namespace")
        ):
            return each
    return None


@stack_rule(
    id="workload-has-three-pods",
    title="Each service has three pods or more",
    on=LONG_RUNNING,
    pack="reliability",
    severity=Severity.HIGH,
    fix='{"replicas": 3}',
    reference=_DISRUPTIONS,
    passes=([_workload(3)], [_workload(), _scaler(3)]),
    fails=([_workload()], [_workload(2)], [_workload(), _scaler(1)]),
    undecidable=([_workload(UNKNOWN)],),
)
def workload_has_three_pods(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """Two are one, once a zone is lost and a node is replaced in the same hour."""
    for each in stack.of(*LONG_RUNNING):
        scaler = _scales(stack, each)
        fewest = scaler.get("spec.minReplicas", 1) if scaler else each.get("spec.replicas", 1)
        if int(fewest) < 3:  # noqa: PLR2004 - one a zone
            yield each, f"Has {fewest} pods"


@stack_rule(
    id="workload-has-a-disruption-budget",
    title="Each service has a disruption budget",
    on=LONG_RUNNING,
    pack="reliability",
    severity=Severity.HIGH,
    fix='kubernetes.policy.v1.PodDisruptionBudget("api", spec={"max_unavailable": 1})',
    reference=_DISRUPTIONS,
    passes=([_workload(3), _budget(maxUnavailable=1)],),
    fails=([_workload(3)], [_workload(3), _budget("another", maxUnavailable=1)]),
    undecidable=([_workload(3), _budget(UNKNOWN, maxUnavailable=1)],),
)
def workload_has_a_disruption_budget(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """An upgrade of nodes drains as many of them at once as nothing tells it not to."""
    budgets = stack.of(_PDB)
    for each in stack.of(*LONG_RUNNING):
        labels = template(each).get("metadata.labels", {})
        if not any(
            budget.get("metadata.namespace") == each.get("metadata.namespace")
            and _selects(budget.get("spec.selector.matchLabels", {}), labels)
            for budget in budgets
        ):
            yield each, "An upgrade of nodes may stop all of its pods at once"


def _selects(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in selector.items())


@rule(
    id="disruption-budget-lets-nodes-drain",
    title="A disruption budget lets one pod go",
    on=(_PDB,),
    pack="reliability",
    severity=Severity.MEDIUM,
    fix='{"max_unavailable": 1}',
    reference=_DISRUPTIONS,
    passes=({"spec": {"maxUnavailable": 1}}, {"spec": {"minAvailable": "67%"}}),
    fails=(
        {"spec": {"maxUnavailable": 0}},
        {"spec": {"maxUnavailable": "0%"}},
        {"spec": {"minAvailable": "100%"}},
    ),
    undecidable=({"spec": {"maxUnavailable": UNKNOWN}},),
)
def disruption_budget_lets_nodes_drain(budget: Resource) -> Iterator[str]:
    """Otherwise no node can be patched, until somebody drains it by force."""
    if str(budget.get("spec.maxUnavailable", 1)) in ("0", "0%"):
        yield "Lets no pod go"
    if str(budget.get("spec.minAvailable", 0)) == "100%":
        yield "Lets no pod go"


@rule(
    id="autoscaler-has-room",
    title="An autoscaler can double its pods",
    on=(_HPA,),
    pack="reliability",
    severity=Severity.MEDIUM,
    fix='{"min_replicas": 4, "max_replicas": 60}',
    reference=_SCALING,
    passes=({"spec": {"minReplicas": 3, "maxReplicas": 60}},),
    fails=({"spec": {"minReplicas": 3, "maxReplicas": 4}}, {"spec": {"maxReplicas": 1}}),
    undecidable=({"spec": {"maxReplicas": UNKNOWN}},),
)
def autoscaler_has_room(scaler: Resource) -> Iterator[str]:
    """When a region is lost the other takes twice its load within a minute."""
    low, high = int(scaler.get("spec.minReplicas", 1)), int(scaler.get("spec.maxReplicas", 1))
    if high < 2 * low:
        yield f"Goes from {low} to {high} pods only"


@rule(
    id="autoscaler-shrinks-slowly",
    title="An autoscaler waits before it takes pods away",
    on=(_HPA,),
    pack="reliability",
    severity=Severity.LOW,
    fix='{"behavior": {"scale_down": {"stabilization_window_seconds": 300}}}',
    reference=_SCALING + "#stabilization-window",
    passes=(
        {"spec": {"maxReplicas": 60}},
        {"spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}}}},
    ),
    fails=({"spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}}}},),
    undecidable=({"spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": UNKNOWN}}}},),
)
def autoscaler_shrinks_slowly(scaler: Resource) -> Iterator[str]:
    """Load comes in waves: what was taken away in a trough is missing on the next crest."""
    seconds = scaler.get("spec.behavior.scaleDown.stabilizationWindowSeconds", 300)
    if int(seconds) < 60:  # noqa: PLR2004 - one minute
        yield f"Takes pods away after {seconds} seconds"


@stack_rule(
    id="autoscaler-within-partitions",
    title="An autoscaler on a topic makes no more pods than the topic has partitions",
    on=(_HPA,),
    pack="reliability",
    severity=Severity.HIGH,
    fix='{"max_replicas": min(200, topic_partitions)}',
    reference="https://kafka.apache.org/documentation/#intro_consumers",
    passes=(
        [
            _scaler(
                4,
                60,
                metrics=[
                    _lag := {
                        "external": {
                            "metric": {"selector": {"matchLabels": {"topic": "payments.incoming"}}}
                        }
                    }
                ],
            ),
            {
                "type": _TOPIC,
                "name": "t",
                "props": {"name": "payments.incoming", "partitionCount": 60},
            },
        ],
        [_scaler(4, 200)],
    ),
    fails=(
        [
            _scaler(4, 200, metrics=[_lag]),
            {
                "type": _TOPIC,
                "name": "t",
                "props": {"name": "payments.incoming", "partitionCount": 60},
            },
        ],
    ),
    undecidable=(
        [
            _scaler(4, 200, metrics=[_lag]),
            {
                "type": _TOPIC,
                "name": "t",
                "props": {"name": "payments.incoming", "partitionCount": UNKNOWN},
            },
        ],
    ),
)
def autoscaler_within_partitions(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """A consumer more than there are partitions is paid for and does nothing."""
    topics = {each.get("name", each.name): each for each in stack.of(_TOPIC)}
    for scaler in stack.of(_HPA):
        for part in scaler.items("spec.metrics[].external.metric.selector.matchLabels"):
            topic = topics.get(part.get("topic", ""))
            if topic is None:
                continue
            partitions, pods = (
                int(topic.get("partitionCount", 1)),
                scaler.get("spec.maxReplicas", 1),
            )
            if int(pods) > partitions:
                yield (
                    scaler,
                    f"Makes {pods} pods for {partitions} partitions of {part.get('topic')}",
                )


_QUORUMS = ("vault", "etcd", "zookeeper", "consul", "kafka")


def _quorum(replicas: object, image: str = "docker.io/hashicorp/vault:1.20") -> dict[str, Any]:
    """A StatefulSet of servers that vote."""
    pod = {"containers": [{"name": "server", "image": image}]}
    return {"spec": {"replicas": replicas, "template": {"spec": pod}}}


@rule(
    id="quorum-is-odd",
    title="Servers that vote are three or five",
    on=("kubernetes:apps/v1:StatefulSet",),
    pack="reliability",
    severity=Severity.HIGH,
    fix='{"replicas": 3}',
    reference="https://developer.hashicorp.com/vault/docs/internals/integrated-storage",
    passes=(_quorum(3), _quorum(5), _quorum(2, "docker.io/library/nginx")),
    fails=(_quorum(1), _quorum(2), _quorum(4)),
    undecidable=(_quorum(UNKNOWN),),
)
def quorum_is_odd(workload: Resource) -> Iterator[str]:
    """Four servers stand the loss of one, as three do, and are one more that can fail."""
    images = workload.get("spec.template.spec.containers[].image")
    if not any(name in image.rsplit("/", 1)[-1] for image in images for name in _QUORUMS):
        return
    votes = int(workload.get("spec.replicas", 1))
    if votes < 3 or votes % 2 == 0:  # noqa: PLR2004 - one a zone
        yield f"{votes} servers vote"


@rule(
    id="stateful-set-keeps-its-volumes",
    title="Volumes outlive the set that they were made for",
    on=("kubernetes:apps/v1:StatefulSet",),
    pack="reliability",
    severity=Severity.HIGH,
    fix='{"persistent_volume_claim_retention_policy": {"when_deleted": "Retain"}}',
    reference="https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/",
    passes=(
        {"spec": {}},
        {"spec": {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain"}}},
    ),
    fails=({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}},),
    undecidable=({"spec": {"persistentVolumeClaimRetentionPolicy": UNKNOWN}},),
)
def stateful_set_keeps_its_volumes(workload: Resource) -> Iterator[str]:
    """A set is deleted by a rename; a database is not."""
    for when in ("whenDeleted", "whenScaled"):
        place = f"spec.persistentVolumeClaimRetentionPolicy.{when}"
        if workload.get(place, "Retain") != "Retain":
            yield f"Its volumes are deleted {when}"


@rule(
    id="storage-class-retains",
    title="A volume is kept when its claim is deleted",
    on=("kubernetes:storage.k8s.io/v1:StorageClass",),
    pack="reliability",
    severity=Severity.HIGH,
    fix='reclaim_policy = "Retain"',
    reference="https://kubernetes.io/docs/concepts/storage/storage-classes/#reclaim-policy",
    passes=({"provisioner": "ebs.csi.aws.com", "reclaimPolicy": "Retain"},),
    fails=({"provisioner": "ebs.csi.aws.com"}, {"reclaimPolicy": "Delete"}),
    undecidable=({"reclaimPolicy": UNKNOWN},),
)
def storage_class_retains(resource: Resource) -> Iterator[str]:
    """Deleting a claim is a slip; deleting the disk under it is not undone."""
    if resource.get("reclaimPolicy", "Delete") != "Retain":
        yield "Its volumes go with their claims"


@rule(
    id="storage-class-waits-for-its-pod",
    title="A volume is made in the zone of its pod",
    on=("kubernetes:storage.k8s.io/v1:StorageClass",),
    pack="reliability",
    severity=Severity.MEDIUM,
    fix='volume_binding_mode = "WaitForFirstConsumer"',
    reference="https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode",
    passes=({"volumeBindingMode": "WaitForFirstConsumer"},),
    fails=({}, {"volumeBindingMode": "Immediate"}),
    undecidable=({"volumeBindingMode": UNKNOWN},),
)
def storage_class_waits_for_its_pod(resource: Resource) -> Iterator[str]:
    """A disk is of one zone: made before its pod is placed, it places the pod."""
    if resource.get("volumeBindingMode", "Immediate") != "WaitForFirstConsumer":
        yield "Its volumes are made in any zone"


@rule(
    id="cron-job-not-twice",
    title="A CronJob does not overtake itself",
    on=("kubernetes:batch/v1:CronJob",),
    pack="reliability",
    severity=Severity.MEDIUM,
    fix='{"concurrency_policy": "Forbid"}',
    reference="https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/",
    passes=({"spec": {"concurrencyPolicy": "Forbid"}}, {"spec": {"concurrencyPolicy": "Replace"}}),
    fails=({"spec": {}}, {"spec": {"concurrencyPolicy": "Allow"}}),
    undecidable=({"spec": {"concurrencyPolicy": UNKNOWN}},),
)
def cron_job_not_twice(resource: Resource) -> Iterator[str]:
    """A backup that takes longer than a day is then taken twice, and takes longer still."""
    if resource.get("spec.concurrencyPolicy", "Allow") == "Allow":
        yield "May run twice at once"
