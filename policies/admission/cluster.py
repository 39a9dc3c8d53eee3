"""Rules about roles, networks, Services and storage in CEL."""

from collections.abc import Mapping, Sequence
from typing import Final

from policies.admission.pods import regex
from policies.rules.kubernetes_storage import PASSWORD, PRIVATE_KEY, SECRET_KEY

_WRITE = ("create", "update", "patch", "delete", "deletecollection")
_READ = ("get", "list", "watch")
_RBAC = "rbac.authorization.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"


def _listed(texts: Sequence[str]) -> str:
    return "[" + ", ".join(f"'{each}'" for each in texts) + "]"


def _rules(part: str) -> str:
    """What holds for each rule `r` of a role."""
    return f"object.?rules.orValue([]).all(r, {part})"


def _withheld(
    group: str, resources: Sequence[str], verbs: Sequence[str], *, cluster_wide: bool = False
) -> str:
    """No rule allows a verb on a resource of a group."""
    gives = (
        f"'{group}' in r.?apiGroups.orValue([])"
        f" && r.?resources.orValue([]).exists(e, e in {_listed(resources)})"
        f" && r.?verbs.orValue([]).exists(e, e in {_listed(verbs)})"
    )
    if not cluster_wide:
        return _rules(f"!({gives})")
    named = "size(r.?resourceNames.orValue([])) > 0"
    return f"object.kind != 'ClusterRole' || {_rules(f'{named} || !({gives})')}"


def _subjects(subject: str) -> str:
    """What holds for each subject `s` of a binding."""
    return f"object.?subjects.orValue([]).all(s, {subject})"


def _peers(ingress: str, egress: str) -> str:
    """What holds for each ingress rule `r`, and for each egress rule `r`."""
    return (
        f"object.spec.?ingress.orValue([]).all(r, {ingress})"
        f" && object.spec.?egress.orValue([]).all(r, {egress})"
    )


def _open(peers: str) -> str:
    return (
        f"size(r.?{peers}.orValue([])) > 0 && "
        f"r.{peers}.all(p, !(p.?ipBlock.?cidr.orValue('') in ['0.0.0.0/0', '::/0']))"
    )


def _label(key: str) -> str:
    return f"object.metadata.?labels[?'{key}'].orValue('')"


def _annotation(key: str) -> str:
    return f"object.metadata.?annotations[?'{key}'].orValue('')"


_PORTS_NAMED = "size(r.?ports.orValue([])) > 0 && r.ports.all(p, has(p.port))"
_NARROW = "r.?ports.orValue([]).all(p, !has(p.endPort) || int(p.endPort) - int(p.port) < 100)"
_METADATA = "containsIP('169.254.169.254')"
_BALANCER = "service.beta.kubernetes.io/aws-load-balancer-"
_ALB = "alb.ingress.kubernetes.io/"
_DISKS = "['ebs.csi.aws.com', 'kubernetes.io/aws-ebs', 'ebs.csi.eks.amazonaws.com']"
_DATA = "object.?data.orValue({})"
_STORES = "[1433, 2379, 3306, 5432, 6379, 8200, 9092, 9094, 9098, 9200, 27017]"
_INSECURE = "[20, 21, 23, 69, 80, 110, 143, 161, 389, 512, 513, 514]"

ROLES: Final[Mapping[str, str]] = {
    "rbac-verbs-listed": _rules("!('*' in r.?verbs.orValue([]))"),
    "rbac-resources-listed": _rules("!('*' in r.?resources.orValue([]))"),
    "rbac-groups-listed": _rules("!('*' in r.?apiGroups.orValue([]))"),
    "rbac-paths-listed": _rules("!('*' in r.?nonResourceURLs.orValue([]))"),
    "rbac-no-exec": _withheld(
        "",
        ("pods/exec", "pods/attach", "pods/ephemeralcontainers"),
        ("create", "get", "update", "patch"),
    ),
    "rbac-no-port-forward": _withheld(
        "", ("pods/portforward", "services/proxy", "pods/proxy"), ("create", "get")
    ),
    "rbac-no-escalation": _withheld(_RBAC, ("clusterroles", "roles"), ("escalate", "bind")),
    "rbac-no-impersonation": _withheld(
        "", ("users", "groups", "serviceaccounts"), ("impersonate",)
    ),
    "rbac-no-node-proxy": _withheld("", ("nodes/proxy",), ("get", "create")),
    "rbac-no-certificate-approval": _withheld(
        "certificates.k8s.io",
        ("certificatesigningrequests/approval", "signers"),
        ("update", "patch", "approve", "sign"),
    ),
    "rbac-no-token-minting": _withheld("", ("serviceaccounts/token",), ("create",)),
    "rbac-network-rules-guarded": _withheld("networking.k8s.io", ("networkpolicies",), _WRITE)
    + " && "
    + _withheld("security.istio.io", ("authorizationpolicies", "peerauthentications"), _WRITE),
    "rbac-admission-guarded": _withheld(
        _ADMISSION,
        (
            "validatingwebhookconfigurations",
            "mutatingwebhookconfigurations",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
        ),
        _WRITE,
    ),
    "rbac-no-secret-listing": _withheld("", ("secrets",), _READ, cluster_wide=True),
    "rbac-no-log-reading": _withheld("", ("pods/log",), _READ, cluster_wide=True),
    "rbac-no-volume-making": _withheld(
        "", ("persistentvolumes",), ("create", "update", "patch"), cluster_wide=True
    ),
    "rbac-role-not-gathered": "!has(object.aggregationRule)",
    "rbac-no-cluster-admin": (
        "!(object.roleRef.name in ['cluster-admin', 'admin', 'edit', 'system:masters'])"
    ),
    "rbac-nobody-anonymous": _subjects(
        "!(s.name in ['system:unauthenticated', 'system:anonymous'])"
    ),
    "rbac-not-everybody": _subjects(
        "!(s.name in ['system:authenticated', 'system:serviceaccounts'])"
    ),
    "rbac-no-masters": _subjects("s.name != 'system:masters'"),
    "rbac-groups-not-users": _subjects("s.kind != 'User'"),
    "rbac-default-account-powerless": _subjects(
        "s.kind != 'ServiceAccount' || s.name != 'default'"
    ),
    "rbac-account-of-its-namespace": _subjects(
        "s.kind != 'ServiceAccount'"
        " || s.?namespace.orValue(object.metadata.namespace) == object.metadata.namespace"
    ),
    "service-account-keeps-its-token": "!object.?automountServiceAccountToken.orValue(true)",
    "service-account-has-no-stored-token": "size(object.?secrets.orValue([])) == 0",
}

NETWORK: Final[Mapping[str, str]] = {
    "network-policy-sources-named": (f"object.spec.?ingress.orValue([]).all(r, {_open('from')})"),
    "network-policy-destinations-named": (f"object.spec.?egress.orValue([]).all(r, {_open('to')})"),
    "network-policy-ports-named": _peers(_PORTS_NAMED, _PORTS_NAMED),
    "network-policy-port-ranges-narrow": _peers(_NARROW, _NARROW),
    "network-policy-namespaces-named": _peers(
        *(
            f"r.?{key}.orValue([])"
            ".all(p, !has(p.namespaceSelector) || size(p.namespaceSelector) > 0)"
            for key in ("from", "to")
        )
    ),
    "network-policy-keeps-node-metadata-out": (
        "object.spec.?egress.orValue([]).all(r, r.?to.orValue([]).all(p, !has(p.ipBlock)"
        f" || !cidr(p.ipBlock.cidr).{_METADATA}"
        f" || p.ipBlock.?except.orValue([]).exists(e, cidr(e).{_METADATA})))"
    ),
    "service-no-node-port": (
        "object.spec.?type.orValue('ClusterIP') in ['ClusterIP', 'ExternalName']"
        " || (object.spec.type == 'LoadBalancer'"
        " && !object.spec.?allocateLoadBalancerNodePorts.orValue(true))"
    ),
    "service-load-balancer-internal": (
        "object.spec.?type.orValue('ClusterIP') != 'LoadBalancer'"
        " || object.metadata.namespace.contains('ingress')"
        f" || {_annotation(_BALANCER + 'scheme')} == 'internal'"
        f" || {_annotation(_BALANCER + 'internal')} == 'true'"
    ),
    "service-stores-stay-inside": (
        "!(object.spec.?type.orValue('ClusterIP') in ['LoadBalancer', 'NodePort'])"
        f" || object.spec.?ports.orValue([]).all(p, !(p.port in {_STORES})"
        f" && !(dyn(p.?targetPort.orValue(0)) in {_STORES}))"
    ),
    "service-protocols-secure": (
        f"object.spec.?ports.orValue([]).all(p, !(p.port in {_INSECURE}))"
    ),
    "service-no-external-address": "size(object.spec.?externalIPs.orValue([])) == 0",
    "service-no-outside-alias": (
        "object.spec.?type.orValue('ClusterIP') != 'ExternalName'"
        " || object.spec.externalName.endsWith('.svc.cluster.local')"
    ),
    "ingress-has-tls": (
        f"{_annotation(_ALB + 'certificate-arn')} != ''"
        " || object.spec.?rules.orValue([]).all(r, !has(r.host)"
        " || object.spec.?tls.orValue([]).exists(t, r.host in t.?hosts.orValue([])))"
    ),
    "ingress-hosts-named": (
        "!has(object.spec.defaultBackend) && object.spec.?rules.orValue([])"
        ".all(r, r.?host.orValue('') != '' && !r.host.contains('*'))"
    ),
    "ingress-behind-waf": (
        f"{_annotation(_ALB + 'scheme')} != 'internet-facing'"
        f" || {_annotation(_ALB + 'wafv2-acl-arn')} != ''"
    ),
    "ingress-no-snippets": (
        "object.metadata.?annotations.orValue({}).all(k, !k.endsWith('-snippet')"
        " || object.metadata.annotations[k] == '')"
    ),
    "ingress-tls-policy-named": (
        f"{_annotation(_ALB + 'certificate-arn')} == '' || {_annotation(_ALB + 'ssl-policy')}"
        ".matches('^ELBSecurityPolicy-TLS13-1-(2-Res|3)')"
    ),
    "namespace-pod-security-enforced": (
        f"{_label('pod-security.kubernetes.io/enforce')} == 'restricted'"
    ),
    "namespace-in-mesh": (
        "object.metadata.name.matches('^(istio-|kube-)')"
        f" || ({_label('istio-injection')} != 'disabled'"
        f" && ({_label('istio-injection')} == 'enabled' || {_label('istio.io/rev')} != ''"
        f" || {_label('istio.io/dataplane-mode')} == 'ambient'))"
    ),
    "namespace-says-its-scope": f"{_label('pci-scope')} in ['cde', 'connected', 'out']",
    "namespace-not-for-trials": (
        "!object.metadata.name.matches('(^|-)(test|tests|testing|demo|sandbox|tmp|temp|"
        "playground|scratch|poc)(-|$)')"
    ),
    "namespace-not-exempt-from-admission": (
        "object.metadata.name == 'gatekeeper-system'"
        " || !('admission.gatekeeper.sh/ignore' in object.metadata.?labels.orValue({}))"
    ),
}

STORAGE: Final[Mapping[str, str]] = {
    "storage-class-encrypted": (
        f"!(object.provisioner in {_DISKS})"
        " || object.?parameters[?'encrypted'].orValue('').lowerAscii() == 'true'"
    ),
    "storage-class-key-of-its-own": (
        f"!(object.provisioner in {_DISKS}) || (object.?parameters[?'kmsKeyId'].orValue('') != ''"
        " && !object.parameters.kmsKeyId.endsWith('alias/aws/ebs'))"
    ),
    "volume-claim-names-its-class": (
        "object.kind == 'PersistentVolumeClaim'"
        " ? object.spec.?storageClassName.orValue('') != ''"
        " : object.spec.?volumeClaimTemplates.orValue([])"
        ".all(t, t.spec.?storageClassName.orValue('') != '')"
    ),
    "volume-card-data-encrypted-twice": (
        f"{_label('pci-data')} != 'card' || {_annotation('pci-field-encryption')} != ''"
    ),
    "volume-not-of-a-node": "!has(object.spec.hostPath) && !has(object.spec.local)",
    "config-map-no-private-key": (
        f"{_DATA}.all(k, !{_DATA}[k].matches({regex(PRIVATE_KEY.pattern)}))"
    ),
    "config-map-no-password": (
        f"{_DATA}.all(k, !k.matches({regex('(?i)' + SECRET_KEY.pattern)})"
        f" && !{_DATA}[k].matches({regex('(?im)' + PASSWORD.pattern)}))"
    ),
    "secret-no-stored-token": (
        "object.?type.orValue('Opaque') != 'kubernetes.io/service-account-token'"
    ),
}
