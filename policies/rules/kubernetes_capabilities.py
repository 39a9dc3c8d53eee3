"""Rules for the capabilities of containers: the parts that root is made of."""

from collections.abc import Iterator

from policies.rule import UNKNOWN, Resource, ResourceRule, Severity, rule
from policies.rules.pod import WORKLOADS, called, containers, cron_job, deployment

_REFERENCE = "https://man7.org/linux/man-pages/man7/capabilities.7.html"


def _capabilities(*, add: object = None, drop: object = None) -> dict[str, object]:
    """A container that adds and drops these."""
    given = {"add": add, "drop": drop}
    return {"securityContext": {"capabilities": {k: v for k, v in given.items() if v is not None}}}


def _bare(name: str) -> str:
    """Without the prefix that some write."""
    return name.upper().removeprefix("CAP_")


@rule(
    id="pod-capabilities-dropped",
    title="Containers drop every capability",
    on=WORKLOADS,
    pci=("2.2.4",),
    severity=Severity.HIGH,
    fix='security_context={"capabilities": {"drop": ["ALL"]}}',
    reference=_REFERENCE,
    passes=(deployment(_capabilities(drop=["ALL"])), cron_job(_capabilities(drop=["ALL"]))),
    fails=(deployment(), deployment(_capabilities(drop=["NET_RAW"])), cron_job()),
    undecidable=(
        deployment(_capabilities(drop=UNKNOWN)),
        deployment(_capabilities(drop=[UNKNOWN])),
    ),
)
def pod_capabilities_dropped(workload: Resource) -> Iterator[str]:
    """A container starts with fourteen of them; a service that listens above 1024 needs none."""
    for container in containers(workload):
        if "ALL" not in map(_bare, container.get("securityContext.capabilities.drop", [])):
            yield f"{called(container)} keeps capabilities that it was not given on purpose"


def _lacks(
    names: frozenset[str], id_: str, title: str, why: str, pci: tuple[str, ...], severity: Severity
) -> ResourceRule:
    """The rule that no container adds one of some capabilities."""
    first = min(names)

    def judge(workload: Resource) -> Iterator[str]:
        for container in containers(workload):
            for name in container.get("securityContext.capabilities.add", []):
                if _bare(name) in names:
                    yield f"{called(container)} has {_bare(name)}"

    judge.__doc__ = why
    judge.__module__ = __name__
    return rule(
        id=id_,
        title=title,
        on=WORKLOADS,
        pci=pci,
        severity=severity,
        fix=f'security_context={{"capabilities": {{"drop": ["ALL"]}}}}  # without adding {first}',
        reference=_REFERENCE,
        passes=(
            deployment(),
            deployment(_capabilities(add=["NET_BIND_SERVICE"], drop=["ALL"])),
        ),
        fails=(
            deployment(_capabilities(add=[first])),
            cron_job(_capabilities(add=[max(names)], drop=["ALL"])),
        ),
        undecidable=(deployment(_capabilities(add=UNKNOWN)),),
    )(judge)


pod_cannot_forge_packets = _lacks(
    frozenset({"NET_RAW", "NET_ADMIN"}),
    "pod-cannot-forge-packets",
    "No container can send packets in another's name",
    "NET_RAW and NET_ADMIN let a process write any source address on the wire, and every policy "
    "that trusts addresses believes it.",
    ("1.4.3",),
    Severity.HIGH,
)

pod_cannot_set_clock = _lacks(
    frozenset({"SYS_TIME", "WAKE_ALARM"}),
    "pod-cannot-set-clock",
    "No container can set the node's clock",
    "The clock of a node is the clock of every log line and token on it.",
    ("10.6.3",),
    Severity.HIGH,
)

pod_cannot_read_other_processes = _lacks(
    frozenset({"SYS_PTRACE", "SYS_ADMIN", "SYS_RAWIO"}),
    "pod-cannot-read-other-processes",
    "No container can read the memory of other processes",
    "A card number is in clear in the memory of the process that handles it; these capabilities "
    "read that memory from next door.",
    ("3.5.1.3",),
    Severity.CRITICAL,
)

pod_cannot_load_modules = _lacks(
    frozenset({"SYS_MODULE", "BPF", "SYS_BOOT", "PERFMON"}),
    "pod-cannot-load-modules",
    "No container can load code into the kernel",
    "Code in the kernel sees and hides everything, the runtime sensor included.",
    ("5.3.5",),
    Severity.CRITICAL,
)

pod_cannot_alter_audit = _lacks(
    frozenset({"AUDIT_CONTROL", "AUDIT_WRITE", "SYSLOG"}),
    "pod-cannot-alter-audit",
    "No container can change the node's audit trail",
    "With these a process turns kernel auditing off or writes records of its own into it.",
    ("10.3.2",),
    Severity.HIGH,
)

pod_cannot_override_files = _lacks(
    frozenset({"DAC_OVERRIDE", "DAC_READ_SEARCH", "CHOWN", "FOWNER", "SETUID", "SETGID"}),
    "pod-cannot-override-files",
    "No container can pass over the permissions of files",
    "These make file permissions, and so the split between the users of a node, mean nothing.",
    ("7.3.1",),
    Severity.MEDIUM,
)


@rule(
    id="pod-capabilities-added-known",
    title="The only capability that a container may add is NET_BIND_SERVICE",
    on=WORKLOADS,
    pci=("2.2.4",),
    severity=Severity.MEDIUM,
    fix='security_context={"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}',
    reference="https://kubernetes.io/docs/concepts/security/pod-security-standards/",
    passes=(deployment(), deployment(_capabilities(add=["NET_BIND_SERVICE"]))),
    fails=(
        deployment(_capabilities(add=["KILL"])),
        deployment(_capabilities(add=["ALL"])),
        cron_job(_capabilities(add=["IPC_LOCK"])),
    ),
    undecidable=(deployment(_capabilities(add=[UNKNOWN])),),
)
def pod_capabilities_added_known(workload: Resource) -> Iterator[str]:
    """Each capability more is a function that the service does not need."""
    for container in containers(workload):
        for name in container.get("securityContext.capabilities.add", []):
            if _bare(name) != "NET_BIND_SERVICE":
                yield f"{called(container)} adds {_bare(name)}"
