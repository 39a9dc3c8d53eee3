"""Rules for what the processes of a pod may do."""

from collections.abc import Iterator

from policies.rule import UNKNOWN, Node, Resource, Severity, rule
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

_SAFE_SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    }
)
"""Kernel settings that are a pod's own; all others are its neighbours' too."""


def _security(**context: object) -> dict[str, object]:
    """A container, or a pod spec, with this security context."""
    return {"securityContext": context}


def effective(container: Node, pod: Node, setting: str) -> object:
    """A setting of the security context: the container's own, or else its pod's."""
    own = container.get(f"securityContext.{setting}")
    return pod.get(f"securityContext.{setting}") if own is None else own


@rule(
    id="pod-not-privileged",
    title="No container is privileged",
    on=WORKLOADS,
    pci=("2.2.6",),
    severity=Severity.CRITICAL,
    fix='security_context={"privileged": False}',
    reference=STANDARDS,
    passes=(deployment(), deployment(_security(privileged=False)), cron_job()),
    fails=(
        deployment(_security(privileged=True)),
        cron_job(_security(privileged=True)),
        bare_pod(_security(privileged=True)),
    ),
    undecidable=(
        deployment(_security(privileged=UNKNOWN)),
        deployment(pod={"containers": UNKNOWN}),
    ),
)
def pod_not_privileged(workload: Resource) -> Iterator[str]:
    """A privileged container is root on its node, and so on every pod and key there."""
    for container in containers(workload):
        if container.get("securityContext.privileged", False):
            yield f"{called(container)} is privileged"


@rule(
    id="pod-no-privilege-escalation",
    title="No process gains more privileges than its parent",
    on=WORKLOADS,
    pci=("2.2.6",),
    severity=Severity.HIGH,
    fix='security_context={"allow_privilege_escalation": False}',
    reference=STANDARDS,
    passes=(deployment(_security(allowPrivilegeEscalation=False)),),
    fails=(
        deployment(),
        deployment(_security(allowPrivilegeEscalation=True)),
        cron_job(),
        bare_pod(),
    ),
    undecidable=(deployment(_security(allowPrivilegeEscalation=UNKNOWN)),),
)
def pod_no_privilege_escalation(workload: Resource) -> Iterator[str]:
    """Kubernetes allows it unless told otherwise, and one setuid file is then enough to be root."""
    for container in containers(workload):
        if container.get("securityContext.allowPrivilegeEscalation", True):
            yield f"{called(container)} may gain privileges"


@rule(
    id="pod-runs-as-non-root",
    title="Containers must run as a user other than root",
    on=WORKLOADS,
    pci=("2.2.6",),
    severity=Severity.HIGH,
    fix='{"security_context": {"run_as_non_root": True}}  # of the pod',
    reference=STANDARDS,
    passes=(
        deployment(pod=_security(runAsNonRoot=True)),
        deployment(_security(runAsNonRoot=True)),
        cron_job(pod=_security(runAsNonRoot=True)),
    ),
    fails=(
        deployment(),
        deployment(_security(runAsNonRoot=False), _security(runAsNonRoot=True)),
        bare_pod(),
    ),
    undecidable=(deployment(pod=_security(runAsNonRoot=UNKNOWN)),),
)
def pod_runs_as_non_root(workload: Resource) -> Iterator[str]:
    """Without it the image decides, and a rebuilt image can bring root back unseen."""
    pod = spec(workload)
    for container in containers(workload):
        if not effective(container, pod, "runAsNonRoot"):
            yield f"{called(container)} may run as root"


@rule(
    id="pod-user-not-zero",
    title="No container asks for user or group 0",
    on=WORKLOADS,
    pci=("7.2.5",),
    severity=Severity.HIGH,
    fix='{"security_context": {"run_as_user": 10001, "run_as_group": 10001}}',
    reference=STANDARDS,
    passes=(deployment(), deployment(pod=_security(runAsUser=10001, runAsGroup=10001))),
    fails=(
        deployment(pod=_security(runAsUser=0)),
        deployment(_security(runAsUser=0), _security(runAsUser=10001)),
        deployment(_security(runAsGroup=0)),
    ),
    undecidable=(deployment(pod=_security(runAsUser=UNKNOWN)),),
)
def pod_user_not_zero(workload: Resource) -> Iterator[str]:
    """Group root owns files of most images, so it is a privilege like user root."""
    pod = spec(workload)
    for container in containers(workload):
        for setting, word in (("runAsUser", "user"), ("runAsGroup", "group")):
            if effective(container, pod, setting) == 0:
                yield f"{called(container)} runs as {word} 0"


@rule(
    id="pod-root-filesystem-read-only",
    title="The root filesystem of each container is read-only",
    on=WORKLOADS,
    pci=("11.5.2",),
    severity=Severity.MEDIUM,
    fix='security_context={"read_only_root_filesystem": True}',
    reference="https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
    passes=(deployment(_security(readOnlyRootFilesystem=True)),),
    fails=(deployment(), deployment(_security(readOnlyRootFilesystem=False)), cron_job()),
    undecidable=(deployment(_security(readOnlyRootFilesystem=UNKNOWN)),),
)
def pod_root_filesystem_read_only(workload: Resource) -> Iterator[str]:
    """What cannot be written cannot be changed unseen: the image's digest vouches for it."""
    for container in containers(workload):
        if not container.get("securityContext.readOnlyRootFilesystem", False):
            yield f"{called(container)} can change its own files"


@rule(
    id="pod-seccomp-filtered",
    title="System calls are filtered by seccomp",
    on=WORKLOADS,
    pci=("2.2.6",),
    severity=Severity.MEDIUM,
    fix='{"security_context": {"seccomp_profile": {"type": "RuntimeDefault"}}}  # of the pod',
    reference="https://kubernetes.io/docs/tutorials/security/seccomp/",
    passes=(
        deployment(pod=_security(seccompProfile={"type": "RuntimeDefault"})),
        deployment(_security(seccompProfile={"type": "Localhost", "localhostProfile": "a.json"})),
    ),
    fails=(
        deployment(),
        deployment(pod=_security(seccompProfile={"type": "Unconfined"})),
        cron_job(),
    ),
    undecidable=(deployment(pod=_security(seccompProfile={"type": UNKNOWN})),),
)
def pod_seccomp_filtered(workload: Resource) -> Iterator[str]:
    """Without a profile every system call is open, and most break-outs need a rare one."""
    pod = spec(workload)
    for container in containers(workload):
        kind = effective(container, pod, "seccompProfile.type")
        if kind not in ("RuntimeDefault", "Localhost"):
            yield f"{called(container)} runs without a seccomp filter"


@rule(
    id="pod-apparmor-confined",
    title="No container opts out of AppArmor",
    on=WORKLOADS,
    pci=("2.2.6",),
    severity=Severity.MEDIUM,
    fix='{"security_context": {"app_armor_profile": {"type": "RuntimeDefault"}}}',
    reference="https://kubernetes.io/docs/tutorials/security/apparmor/",
    passes=(deployment(), deployment(pod=_security(appArmorProfile={"type": "RuntimeDefault"}))),
    fails=(
        deployment(_security(appArmorProfile={"type": "Unconfined"})),
        deployment(pod=_security(appArmorProfile={"type": "Unconfined"})),
    ),
    undecidable=(deployment(_security(appArmorProfile={"type": UNKNOWN})),),
)
def pod_apparmor_confined(workload: Resource) -> Iterator[str]:
    """Nodes confine containers by default; opting out takes a layer away that costs nothing."""
    pod = spec(workload)
    for container in containers(workload):
        if effective(container, pod, "appArmorProfile.type") == "Unconfined":
            yield f"{called(container)} is not confined by AppArmor"


@rule(
    id="pod-proc-masked",
    title="The kernel's own files in /proc stay masked",
    on=WORKLOADS,
    pci=("2.2.6",),
    severity=Severity.HIGH,
    fix='# leave "proc_mount" out',
    reference=STANDARDS,
    passes=(deployment(), deployment(_security(procMount="Default"))),
    fails=(deployment(_security(procMount="Unmasked"), {"hostUsers": False}),),
    undecidable=(deployment(_security(procMount=UNKNOWN)),),
)
def pod_proc_masked(workload: Resource) -> Iterator[str]:
    """Unmasked, /proc shows and sets what belongs to the node."""
    for container in containers(workload):
        if container.get("securityContext.procMount", "Default") != "Default":
            yield f"{called(container)} sees an unmasked /proc"


@rule(
    id="pod-sysctls-safe",
    title="Pods set only kernel settings that are their own",
    on=WORKLOADS,
    pci=("2.2.6",),
    severity=Severity.MEDIUM,
    fix='{"security_context": {"sysctls": []}}  # node-wide ones: the node group\'s user data',
    reference="https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/",
    passes=(
        deployment(),
        deployment(pod=_security(sysctls=[{"name": "net.ipv4.tcp_syncookies", "value": "1"}])),
    ),
    fails=(deployment(pod=_security(sysctls=[{"name": "kernel.msgmax", "value": "65536"}])),),
    undecidable=(deployment(pod=_security(sysctls=[{"name": UNKNOWN, "value": "1"}])),),
)
def pod_sysctls_safe(workload: Resource) -> Iterator[str]:
    """Any other setting changes the node under its neighbours."""
    for name in spec(workload).get("securityContext.sysctls[].name"):
        if name not in _SAFE_SYSCTLS:
            yield f"Sets {name}, which is not the pod's own"


@rule(
    id="pod-selinux-type-allowed",
    title="No container chooses an SELinux type or user of its own",
    on=WORKLOADS,
    pci=("2.2.6",),
    severity=Severity.MEDIUM,
    fix='# leave "se_linux_options" out, or give "level" only',
    reference=STANDARDS,
    passes=(deployment(), deployment(pod=_security(seLinuxOptions={"level": "s0:c123,c456"}))),
    fails=(
        deployment(pod=_security(seLinuxOptions={"type": "spc_t"})),
        deployment(_security(seLinuxOptions={"user": "sysadm_u"})),
    ),
    undecidable=(deployment(_security(seLinuxOptions={"type": UNKNOWN})),),
)
def pod_selinux_type_allowed(workload: Resource) -> Iterator[str]:
    """`spc_t` is the type of a process that SELinux does not hold back."""
    allowed = {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
    pod = spec(workload)
    for part in (pod, *containers(workload)):
        options = next(part.items("securityContext.seLinuxOptions"), Node({}))
        kind = options.get("type", "")
        if kind not in allowed or options.get("user") or options.get("role"):
            yield f"{part.path or 'The pod'} chooses its own SELinux label"
