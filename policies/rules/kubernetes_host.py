"""Rules that keep a pod off the node it runs on."""

from collections.abc import Iterator

from policies.rule import UNKNOWN, Resource, ResourceRule, Severity, rule
from policies.rules.pod import (
    STANDARDS,
    WORKLOADS,
    bare_pod,
    called,
    containers,
    cron_job,
    deployment,
    spec,
)

_RUNTIME_SOCKETS = (
    "/run/containerd",
    "/var/run/docker",
    "/run/crio",
    "/var/run/crio",
    "/run/docker",
)
_HOST_LOGS = ("/var/log", "/var/lib/docker/containers")


def _unset(field: str, id_: str, title: str, why: str, pci: tuple[str, ...]) -> ResourceRule:
    """The rule that a pod does not switch a field of its spec on."""

    def judge(workload: Resource) -> Iterator[str]:
        if spec(workload).get(field, False):
            yield f"{field} is on"

    judge.__doc__ = why
    judge.__module__ = __name__
    return rule(
        id=id_,
        title=title,
        on=WORKLOADS,
        pci=pci,
        severity=Severity.HIGH,
        fix=f"# leave `{field}` out of the pod spec",
        reference=STANDARDS,
        passes=(deployment(), deployment(pod={field: False})),
        fails=(
            deployment(pod={field: True}),
            cron_job(pod={field: True}),
            bare_pod(pod={field: True}),
        ),
        undecidable=(deployment(pod={field: UNKNOWN}),),
    )(judge)


pod_no_host_network = _unset(
    "hostNetwork",
    "pod-no-host-network",
    "Pods have a network of their own",
    "A pod on the node's network is outside of every NetworkPolicy and of the mesh.",
    ("1.4.1",),
)
pod_no_host_pid = _unset(
    "hostPID",
    "pod-no-host-pid",
    "Pods see only their own processes",
    "The environment and arguments of every process of the node are to be read in /proc.",
    ("2.2.4",),
)
pod_no_host_ipc = _unset(
    "hostIPC",
    "pod-no-host-ipc",
    "Pods share no memory with the node",
    "Shared memory of other pods can be read and written.",
    ("2.2.4",),
)
pod_processes_apart = _unset(
    "shareProcessNamespace",
    "pod-processes-apart",
    "Containers of a pod do not see each other's processes",
    "A sidecar is of another trust than the service: it must not read the memory that card numbers "
    "pass through.",
    ("2.2.3",),
)


def _host_path(path: object, **mount: object) -> dict[str, object]:
    """A pod with a path of the node mounted at /node."""
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/collector@sha256:" + "0" * 64
    return {
        "volumes": [{"name": "node", "hostPath": {"path": path}}],
        "containers": [
            {
                "name": "app",
                "image": image,
                "volumeMounts": [{"name": "node", "mountPath": "/node", **mount}],
            }
        ],
    }


@rule(
    id="pod-no-host-path",
    title="Pods mount nothing of the node",
    on=WORKLOADS,
    pci=("2.2.4",),
    severity=Severity.HIGH,
    fix='{"volumes": [{"name": "scratch", "empty_dir": {"medium": "Memory"}}]}',
    reference=STANDARDS,
    passes=(deployment(), deployment(pod={"volumes": [{"name": "tmp", "emptyDir": {}}]})),
    fails=(deployment(pod=_host_path("/etc")), cron_job(pod=_host_path("/data"))),
    undecidable=(deployment(pod={"volumes": UNKNOWN}),),
)
def pod_no_host_path(workload: Resource) -> Iterator[str]:
    """Files of the node belong to all pods on it, the kubelet's credentials among them."""
    for volume in spec(workload).items("volumes"):
        if volume.has("hostPath"):
            yield f"Volume {volume.get('name', '')!r} is a path of the node"


@rule(
    id="pod-no-runtime-socket",
    title="Pods do not reach the container runtime",
    on=WORKLOADS,
    pci=("7.2.5",),
    severity=Severity.CRITICAL,
    fix="# take the volume out; read what runs from the Kubernetes API",
    reference="https://kubernetes.io/docs/concepts/storage/volumes/#hostpath",
    passes=(deployment(), deployment(pod=_host_path("/var/log", readOnly=True))),
    fails=(
        deployment(pod=_host_path("/run/containerd/containerd.sock")),
        deployment(pod=_host_path("/var/run/docker.sock")),
        deployment(pod=_host_path("/")),
        deployment(pod=_host_path("/run")),
    ),
    undecidable=(deployment(pod=_host_path(UNKNOWN)),),
)
def pod_no_runtime_socket(workload: Resource) -> Iterator[str]:
    """Who speaks to the runtime starts a privileged container, whatever admission says."""
    for path in spec(workload).get("volumes[].hostPath.path"):
        given = path.rstrip("/") + "/"
        if path.startswith(_RUNTIME_SOCKETS) or given in ("/", "/run/", "/var/", "/var/run/"):
            yield f"{path} holds the container runtime's socket"


@rule(
    id="pod-host-logs-read-only",
    title="Logs of the node are mounted read-only",
    on=WORKLOADS,
    pci=("10.3.2",),
    severity=Severity.HIGH,
    fix='{"volume_mounts": [{"name": "logs", "mount_path": "/var/log", "read_only": True}]}',
    reference="https://kubernetes.io/docs/concepts/storage/volumes/#hostpath",
    passes=(deployment(), deployment(pod=_host_path("/var/log/pods", readOnly=True))),
    fails=(
        deployment(pod=_host_path("/var/log")),
        deployment(pod=_host_path("/var/log/pods", readOnly=False)),
    ),
    undecidable=(deployment(pod=_host_path("/var/log", readOnly=UNKNOWN)),),
)
def pod_host_logs_read_only(workload: Resource) -> Iterator[str]:
    """The logs of every pod pass through this folder: who can write there can rewrite the trail."""
    logs = {
        volume.get("name")
        for volume in spec(workload).items("volumes")
        if str(volume.get("hostPath.path", "")).startswith(_HOST_LOGS)
    }
    for container in containers(workload):
        for mount in container.items("volumeMounts"):
            if mount.get("name") in logs and not mount.get("readOnly", False):
                yield f"{called(container)} can write the node's logs"


@rule(
    id="pod-no-host-port",
    title="Containers listen on no port of the node",
    on=WORKLOADS,
    pci=("1.2.5",),
    severity=Severity.MEDIUM,
    fix='{"ports": [{"name": "http", "container_port": 8080}]}  # reached through a Service',
    reference=STANDARDS,
    passes=(deployment(), deployment({"ports": [{"containerPort": 8080}]})),
    fails=(
        deployment({"ports": [{"containerPort": 8080, "hostPort": 80}]}),
        cron_job({"ports": [{"containerPort": 8080, "hostPort": 8080}]}),
    ),
    undecidable=(deployment({"ports": [{"containerPort": 8080, "hostPort": UNKNOWN}]}),),
)
def pod_no_host_port(workload: Resource) -> Iterator[str]:
    """A port of the node is open to whatever reaches the node, which no NetworkPolicy sees."""
    for container in containers(workload):
        for port in container.get("ports[].hostPort"):
            if port:
                yield f"{called(container)} listens on the node's port {port}"


@rule(
    id="pod-asks-cluster-dns",
    title="Pods look names up at the cluster's DNS",
    on=WORKLOADS,
    pci=("11.5.1.1",),
    severity=Severity.MEDIUM,
    fix='# leave "dns_policy" and "dns_config" out',
    reference="https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/",
    passes=(
        deployment(),
        deployment(
            pod={"dnsPolicy": "ClusterFirst", "dnsConfig": {"options": [{"name": "ndots"}]}}
        ),
    ),
    fails=(
        deployment(pod={"dnsPolicy": "Default"}),
        deployment(pod={"dnsPolicy": "None", "dnsConfig": {"nameservers": ["9.9.9.9"]}}),
        deployment(pod={"dnsConfig": {"nameservers": ["9.9.9.9"]}}),
    ),
    undecidable=(deployment(pod={"dnsConfig": {"nameservers": UNKNOWN}}),),
)
def pod_asks_cluster_dns(workload: Resource) -> Iterator[str]:
    """Malware hides its channel in DNS; it is seen where all names are looked up in one place."""
    pod = spec(workload)
    if pod.get("dnsPolicy", "ClusterFirst") not in ("ClusterFirst", "ClusterFirstWithHostNet"):
        yield f"dnsPolicy {pod.get('dnsPolicy')} goes past the cluster's DNS"
    if pod.get("dnsConfig.nameservers", []):
        yield "Names are looked up at servers of the pod's own"


@rule(
    id="pod-keeps-utc",
    title="No container has a time zone of its own",
    on=WORKLOADS,
    pci=("10.6.2",),
    severity=Severity.LOW,
    fix="# take TZ out of the environment, and /etc/localtime out of the volumes",
    reference="https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/",
    passes=(deployment(), deployment({"env": [{"name": "TZ", "value": "UTC"}]})),
    fails=(
        deployment({"env": [{"name": "TZ", "value": "Europe/Dublin"}]}),
        deployment(pod=_host_path("/etc/localtime", readOnly=True)),
    ),
    undecidable=(deployment({"env": [{"name": "TZ", "value": UNKNOWN}]}),),
)
def pod_keeps_utc(workload: Resource) -> Iterator[str]:
    """Log lines of two regions can be put in one order only when all of them mean the same hour."""
    for container in containers(workload):
        for variable in container.items("env"):
            if variable.get("name") == "TZ" and variable.get("value", "UTC") not in (
                "UTC",
                "Etc/UTC",
            ):
                yield f"{called(container)} lives in {variable.get('value')}"
    if "/etc/localtime" in spec(workload).get("volumes[].hostPath.path"):
        yield "Takes the node's time zone"
