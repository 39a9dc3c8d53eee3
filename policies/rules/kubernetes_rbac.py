"""Rules for what roles of a cluster allow."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policies.rule import (
    UNKNOWN,
    Example,
    Node,
    NotApplicable,
    Resource,
    ResourceRule,
    Severity,
    rule,
)

_GOOD_PRACTICES = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/"
ROLES = (
    "kubernetes:rbac.authorization.k8s.io/v1:Role",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
)
_WRITE = ("create", "update", "patch", "delete", "deletecollection")


def role(*rules: Mapping[str, Any], kind: str = "Role") -> Example:
    """A Role, or ClusterRole, with these rules."""
    metadata = {"name": "payments-api"} | ({"namespace": "payments"} if kind == "Role" else {})
    return Example(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": kind,
            "metadata": metadata,
            "rules": list(rules),
        },
        type=f"kubernetes:rbac.authorization.k8s.io/v1:{kind}",
    )


def allow(resources: Sequence[str], verbs: Sequence[str], group: str = "") -> dict[str, Any]:
    """One rule of a role."""
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}


_HARMLESS = allow(["configmaps"], ["get"])


def _gives(part: Node, group: str, resource: str, verbs: Sequence[str]) -> bool:
    """Whether a rule allows one of some verbs on a resource; `*` in it is not our question here."""
    return (
        group in part.get("apiGroups", [])
        and resource in part.get("resources", [])
        and any(verb in verbs for verb in part.get("verbs", []))
    )


def _wildcard(
    field: str, id_: str, title: str, why: str, pci: str, severity: Severity
) -> ResourceRule:
    """The rule that a field of a role's rules has no `*`."""

    def judge(role_: Resource) -> Iterator[str]:
        for part in role_.items("rules"):
            if "*" in part.get(field, []):
                yield f"{part.path} allows all {field}"

    judge.__doc__ = why
    judge.__module__ = __name__
    url = {"nonResourceURLs": ["*"], "verbs": ["get"]}
    bad = url if field == "nonResourceURLs" else {**_HARMLESS, field: ["*"]}
    kind = "ClusterRole"
    return rule(
        id=id_,
        title=title,
        on=ROLES,
        pci=(pci,),
        severity=severity,
        fix='rules=[{"api_groups": [""], "resources": ["configmaps"], "verbs": ["get"]}]',
        reference=_GOOD_PRACTICES,
        passes=(role(_HARMLESS), role(_HARMLESS, kind=kind)),
        fails=(role(_HARMLESS, bad, kind=kind),),
        undecidable=(role({**_HARMLESS, field: UNKNOWN}, kind=kind),),
    )(judge)


rbac_verbs_listed = _wildcard(
    "verbs",
    "rbac-verbs-listed",
    "Roles list the verbs that they allow",
    "`*` holds verbs that give more than they seem to: escalate, bind, impersonate.",
    "7.2.2",
    Severity.HIGH,
)
rbac_resources_listed = _wildcard(
    "resources",
    "rbac-resources-listed",
    "Roles list the resources that they are about",
    "`*` holds Secrets, and whatever kind of object the next add-on brings.",
    "7.2.1",
    Severity.HIGH,
)
rbac_groups_listed = _wildcard(
    "apiGroups",
    "rbac-groups-listed",
    "Roles list the API groups that they are about",
    "`*` holds groups that are not installed yet.",
    "7.2.1",
    Severity.MEDIUM,
)
rbac_paths_listed = _wildcard(
    "nonResourceURLs",
    "rbac-paths-listed",
    "Roles list the paths that they open",
    "`*` holds the debug and log endpoints of the API server.",
    "7.2.2",
    Severity.MEDIUM,
)


def _withheld(
    targets: Sequence[tuple[str, str]],
    verbs: Sequence[str],
    id_: str,
    title: str,
    why: str,
    pci: tuple[str, ...],
    severity: Severity = Severity.HIGH,
    *,
    cluster_wide: bool = False,
) -> ResourceRule:
    """The rule that no role allows some verbs on some (group, resource)."""

    def judge(role_: Resource) -> Iterator[str]:
        if cluster_wide and not role_.type.endswith(":ClusterRole"):
            raise NotApplicable("a Role reaches its own namespace only")
        for part in role_.items("rules"):
            for group, resource in targets:
                if _gives(part, group, resource, verbs) and not (
                    cluster_wide and part.get("resourceNames", [])
                ):
                    given = ", ".join(verb for verb in part.get("verbs", []) if verb in verbs)
                    yield f"{part.path} allows {given} on {resource}"

    judge.__doc__ = why
    judge.__module__ = __name__
    kind = "ClusterRole" if cluster_wide else "Role"
    (group, first), (last_group, last) = targets[0], targets[-1]
    return rule(
        id=id_,
        title=title,
        on=ROLES,
        pci=pci,
        severity=severity,
        fix=f"# take `{first}` out of the role, or its verbs {', '.join(verbs)}",
        reference=_GOOD_PRACTICES,
        passes=(role(_HARMLESS, kind=kind), role(allow([first], ["watching"], group), kind=kind)),
        fails=(
            role(_HARMLESS, allow([first], [verbs[0]], group), kind=kind),
            role(allow([last], list(verbs), last_group), kind="ClusterRole"),
        ),
        undecidable=(role(allow([first], [UNKNOWN], group), kind=kind),),
        not_applicable=(role(allow([first], [verbs[0]], group)),) if cluster_wide else (),
    )(judge)


rbac_no_exec = _withheld(
    [("", "pods/exec"), ("", "pods/attach"), ("", "pods/ephemeralcontainers")],
    ("create", "get", "update", "patch"),
    "rbac-no-exec",
    "No role lets anybody step into a running container",
    "Inside a container a person acts under the service's name, and the audit trail ends at the "
    "door.",
    ("8.6.1",),
)
rbac_no_port_forward = _withheld(
    [("", "pods/portforward"), ("", "services/proxy"), ("", "pods/proxy")],
    ("create", "get"),
    "rbac-no-port-forward",
    "No role opens a tunnel to a pod",
    "A tunnel brings card data to a laptop, past the network policies and past the mesh.",
    ("3.4.2",),
)
rbac_no_escalation = _withheld(
    [
        ("rbac.authorization.k8s.io", "clusterroles"),
        ("rbac.authorization.k8s.io", "roles"),
    ],
    ("escalate", "bind"),
    "rbac-no-escalation",
    "No role can give more than its holder has",
    "Who may bind or escalate has every permission one step later.",
    ("7.2.3",),
    Severity.CRITICAL,
)
rbac_no_impersonation = _withheld(
    [("", "users"), ("", "groups"), ("", "serviceaccounts")],
    ("impersonate",),
    "rbac-no-impersonation",
    "No role lets anybody act under another name",
    "The audit trail is about who did what: impersonation makes the who a matter of choice.",
    ("8.2.1",),
    Severity.CRITICAL,
)
rbac_no_node_proxy = _withheld(
    [("", "nodes/proxy")],
    ("get", "create"),
    "rbac-no-node-proxy",
    "No role reaches the kubelet through the API server",
    "The kubelet runs commands in any pod, and neither admission nor the audit log sees it.",
    ("7.2.2",),
    Severity.CRITICAL,
)
rbac_no_certificate_approval = _withheld(
    [
        ("certificates.k8s.io", "certificatesigningrequests/approval"),
        ("certificates.k8s.io", "signers"),
    ],
    ("update", "patch", "approve", "sign"),
    "rbac-no-certificate-approval",
    "No role approves certificates of the cluster",
    "A certificate that one approves oneself replaces another's key, for any name.",
    ("3.7.7",),
)
rbac_no_token_minting = _withheld(
    [("", "serviceaccounts/token")],
    ("create",),
    "rbac-no-token-minting",
    "No role makes tokens of service accounts",
    "A made token is a service account's password without an owner or a reason.",
    ("8.6.3",),
)
rbac_network_rules_guarded = _withheld(
    [
        ("networking.k8s.io", "networkpolicies"),
        ("security.istio.io", "authorizationpolicies"),
        ("security.istio.io", "peerauthentications"),
    ],
    _WRITE,
    "rbac-network-rules-guarded",
    "No role changes network rules beside the program",
    "Network rules are reviewed in the program; one changed by hand is reviewed by nobody.",
    ("1.2.8",),
)
rbac_admission_guarded = _withheld(
    [
        ("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
        ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
        ("admissionregistration.k8s.io", "validatingadmissionpolicies"),
        ("admissionregistration.k8s.io", "validatingadmissionpolicybindings"),
    ],
    _WRITE,
    "rbac-admission-guarded",
    "No role switches admission control off",
    "Who changes an admission webhook sees every object, and lets any through.",
    ("6.5.1",),
    Severity.CRITICAL,
)
rbac_no_secret_listing = _withheld(
    [("", "secrets")],
    ("get", "list", "watch"),
    "rbac-no-secret-listing",
    "No role reads the Secrets of every namespace",
    "Listing returns the contents, keys and passwords of all services included.",
    ("3.6.1.3",),
    cluster_wide=True,
)
rbac_no_log_reading = _withheld(
    [("", "pods/log")],
    ("get", "list", "watch"),
    "rbac-no-log-reading",
    "No role reads the logs of every namespace",
    "Logs are for those whose work is to read them, and the log store knows who did.",
    ("10.3.1",),
    Severity.MEDIUM,
    cluster_wide=True,
)
rbac_no_volume_making = _withheld(
    [("", "persistentvolumes")],
    ("create", "update", "patch"),
    "rbac-no-volume-making",
    "No role makes volumes by hand",
    "A volume can be a path of the node, or the disk of another service.",
    ("3.5.1.3",),
    Severity.MEDIUM,
    cluster_wide=True,
)


@rule(
    id="rbac-role-not-gathered",
    title="Cluster roles say what they allow, and do not gather it by label",
    on=("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",),
    pci=("7.2.3",),
    severity=Severity.LOW,
    fix="# list the rules, and leave `aggregation_rule` out",
    reference="https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles",
    passes=(role(_HARMLESS, kind="ClusterRole"),),
    fails=(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "everything"},
            "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"into": "everything"}}]},
        },
    ),
    undecidable=(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "everything"},
            "aggregationRule": UNKNOWN,
        },
    ),
)
def rbac_role_not_gathered(role_: Resource) -> Iterator[str]:
    """What is gathered changes with any role that carries the label, and nobody approved that."""
    if role_.has("aggregationRule"):
        yield "Gathers its rules from other roles"
