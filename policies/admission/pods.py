"""Rules about pods in CEL: each expression holds where the rule of its id passes."""

from collections.abc import Mapping
from typing import Final

from policies.rules.kubernetes_credentials import SECRET_ARGUMENT, SECRET_NAME


def regex(pattern: str) -> str:
    """A regular expression as a CEL text that needs no escapes."""
    return f"r'''{pattern}'''"


def _each(container: str) -> str:
    """What holds for each container `c`."""
    return f"variables.containers.all(c, {container})"


def _effective(setting: str, default: str) -> str:
    """A setting of the security context: the container's own, or else its pod's."""
    of_pod = f"variables.pod.?securityContext.{setting}.orValue({default})"
    return f"c.?securityContext.{setting}.orValue({of_pod})"


def _volumes(volume: str) -> str:
    """What holds for each volume `v`."""
    return f"variables.pod.?volumes.orValue([]).all(v, {volume})"


def _lacks(*capabilities: str) -> str:
    """Each container adds none of some capabilities."""
    names = ", ".join(f"'{each}'" for each in capabilities)
    return _each(f"{_ADDED}.all(a, !({_BARE} in [{names}]))")


def _tokens(token: str) -> str:
    """What holds for each projected source `s`."""
    return _volumes(f"v.?projected.?sources.orValue([]).all(s, {token})")


_ADDED = "c.?securityContext.?capabilities.?add.orValue([])"
_BARE = "a.upperAscii().replace('CAP_', '')"
_SELINUX = "['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']"
_SYSCTLS = (
    "['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', "
    "'net.ipv4.ip_local_reserved_ports', 'net.ipv4.ip_unprivileged_port_start', "
    "'net.ipv4.ping_group_range', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', "
    "'net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_rmem', "
    "'net.ipv4.tcp_syncookies', 'net.ipv4.tcp_wmem']"
)
_SHELLS = "['sh', 'bash', 'ash', '/bin/sh', '/bin/bash', '/bin/ash', 'sleep', '/bin/sleep']"
_ANNOTATION = "variables.made.?metadata.?annotations[?'traffic.sidecar.istio.io/' + k]"
_SOCKETS = (
    "v.hostPath.path.matches('^(/run/containerd|/var/run/docker|/run/crio|/var/run/crio|"
    "/run/docker)|^/$|^/(run|var|var/run)/?$')"
)

PODS: Final[Mapping[str, str]] = {
    "pod-not-privileged": _each("!c.?securityContext.?privileged.orValue(false)"),
    "pod-no-privilege-escalation": _each(
        "!c.?securityContext.?allowPrivilegeEscalation.orValue(true)"
    ),
    "pod-runs-as-non-root": _each(_effective("?runAsNonRoot", "false")),
    "pod-user-not-zero": _each(
        f"{_effective('?runAsUser', '1')} != 0 && {_effective('?runAsGroup', '1')} != 0"
    ),
    "pod-root-filesystem-read-only": _each(
        "c.?securityContext.?readOnlyRootFilesystem.orValue(false)"
    ),
    "pod-seccomp-filtered": _each(
        f"{_effective('?seccompProfile.?type', chr(39) * 2)} in ['RuntimeDefault', 'Localhost']"
    ),
    "pod-apparmor-confined": _each(
        f"{_effective('?appArmorProfile.?type', chr(39) * 2)} != 'Unconfined'"
    ),
    "pod-proc-masked": _each("c.?securityContext.?procMount.orValue('Default') == 'Default'"),
    "pod-sysctls-safe": (
        f"variables.pod.?securityContext.?sysctls.orValue([]).all(s, s.name in {_SYSCTLS})"
    ),
    "pod-selinux-type-allowed": (
        "([variables.pod] + variables.containers).all(c, "
        f"c.?securityContext.?seLinuxOptions.?type.orValue('') in {_SELINUX}"
        " && c.?securityContext.?seLinuxOptions.?user.orValue('') == ''"
        " && c.?securityContext.?seLinuxOptions.?role.orValue('') == '')"
    ),
    "pod-capabilities-dropped": _each(
        f"c.?securityContext.?capabilities.?drop.orValue([]).exists(a, {_BARE} == 'ALL')"
    ),
    "pod-cannot-forge-packets": _lacks("NET_RAW", "NET_ADMIN"),
    "pod-cannot-set-clock": _lacks("SYS_TIME", "WAKE_ALARM"),
    "pod-cannot-read-other-processes": _lacks("SYS_PTRACE", "SYS_ADMIN", "SYS_RAWIO"),
    "pod-cannot-load-modules": _lacks("SYS_MODULE", "BPF", "SYS_BOOT", "PERFMON"),
    "pod-cannot-alter-audit": _lacks("AUDIT_CONTROL", "AUDIT_WRITE", "SYSLOG"),
    "pod-cannot-override-files": _lacks(
        "DAC_OVERRIDE", "DAC_READ_SEARCH", "CHOWN", "FOWNER", "SETUID", "SETGID"
    ),
    "pod-capabilities-added-known": _each(f"{_ADDED}.all(a, {_BARE} == 'NET_BIND_SERVICE')"),
    "pod-no-host-network": "!variables.pod.?hostNetwork.orValue(false)",
    "pod-no-host-pid": "!variables.pod.?hostPID.orValue(false)",
    "pod-no-host-ipc": "!variables.pod.?hostIPC.orValue(false)",
    "pod-processes-apart": "!variables.pod.?shareProcessNamespace.orValue(false)",
    "pod-no-host-path": _volumes("!has(v.hostPath)"),
    "pod-no-runtime-socket": _volumes(f"!has(v.hostPath) || !{_SOCKETS}"),
    "pod-host-logs-read-only": _volumes(
        "!v.?hostPath.?path.orValue('').matches('^(/var/log|/var/lib/docker/containers)') || "
        + _each(
            "c.?volumeMounts.orValue([]).all(m, m.name != v.name || m.?readOnly.orValue(false))"
        )
    ),
    "pod-no-host-port": _each("c.?ports.orValue([]).all(p, p.?hostPort.orValue(0) == 0)"),
    "pod-asks-cluster-dns": (
        "variables.pod.?dnsPolicy.orValue('ClusterFirst')"
        " in ['ClusterFirst', 'ClusterFirstWithHostNet']"
        " && size(variables.pod.?dnsConfig.?nameservers.orValue([])) == 0"
    ),
    "pod-keeps-utc": _each(
        "c.?env.orValue([]).all(e, e.name != 'TZ' || e.?value.orValue('UTC') in ['UTC', 'Etc/UTC'])"
    )
    + " && "
    + _volumes("v.?hostPath.?path.orValue('') != '/etc/localtime'"),
    "pod-image-by-digest": _each("c.?image.orValue('').matches('@sha256:[0-9a-f]{64}$')"),
    "pod-image-registry-named": _each(
        f"c.?image.orValue('').matches({regex(r'^([a-z0-9-]+([.][a-z0-9-]+)+|localhost)(:[0-9]+)?/')})"
    ),
    "pod-no-terminal": _each("!c.?tty.orValue(false) && !c.?stdin.orValue(false)"),
    "pod-runs-no-shell": _each(
        f"size(c.?command.orValue([])) == 0 || !(c.command[0] in {_SHELLS})"
    ),
    "pod-in-mesh": (
        "['annotations', 'labels'].all(k, variables.made.?metadata[?k]"
        "[?'sidecar.istio.io/inject'].orValue('') != 'false')"
    ),
    "pod-mesh-not-bypassed": (
        "['excludeOutboundPorts', 'excludeInboundPorts', 'excludeOutboundIPRanges']"
        f".all(k, {_ANNOTATION}.orValue('') == '')"
    ),
    "pod-no-secret-in-environment-text": _each(
        f"c.?env.orValue([]).all(e, !e.name.matches({regex('(?i)' + SECRET_NAME.pattern)})"
        " || e.?value.orValue('') == '')"
    ),
    "pod-no-secret-in-arguments": _each(
        "(c.?command.orValue([]) + c.?args.orValue([]))"
        f".all(a, !a.matches({regex('(?i)' + SECRET_ARGUMENT.pattern)}))"
    ),
    "pod-secrets-not-in-environment": _each(
        "c.?env.orValue([]).all(e, !has(e.valueFrom) || !has(e.valueFrom.secretKeyRef))"
        " && c.?envFrom.orValue([]).all(e, !has(e.secretRef))"
    ),
    "pod-secret-files-private": _volumes(
        "!has(v.secret) || int(v.secret.?defaultMode.orValue(420)) % 8 == 0"
    ),
    "pod-service-account-of-its-own": (
        "!(variables.pod.?serviceAccountName.orValue('default') in ['', 'default'])"
    ),
    "pod-no-ambient-token": "!variables.pod.?automountServiceAccountToken.orValue(true)",
    "pod-token-short-lived": _tokens(
        "s.?serviceAccountToken.?expirationSeconds.orValue(0) <= 3600"
    ),
    "pod-token-for-one-audience": _tokens(
        "!has(s.serviceAccountToken) || s.serviceAccountToken.?audience.orValue('') != ''"
    ),
    "workload-not-in-default-namespace": (
        "!object.metadata.?namespace.orValue('default').matches('^(kube-|default$)')"
    ),
    "workload-says-its-data": (
        "object.metadata.?labels[?'pci-data'].orValue('') in ['card', 'token', 'none']"
    ),
    "runtime-sensor-on-every-node": (
        "!variables.guards || (variables.pod.?tolerations.orValue([]).exists(t,"
        " t.?operator.orValue('Equal') == 'Exists' && t.?key.orValue('') == ''"
        " && t.?effect.orValue('') == '')"
        " && variables.pod.?nodeSelector.orValue({}).all(k, k == 'kubernetes.io/os'))"
    ),
    "runtime-sensor-not-evicted": (
        "!variables.guards || variables.pod.?priorityClassName.orValue('')"
        ".matches('^system-|critical')"
    ),
}
