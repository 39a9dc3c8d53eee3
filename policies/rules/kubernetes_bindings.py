"""Rules for whom the roles of a cluster are given to."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.rule import (
    UNKNOWN,
    Example,
    Resource,
    ResourceRule,
    Severity,
    Stack,
    rule,
    stack_rule,
)

_GOOD_PRACTICES = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/"
_SUBJECTS = "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects"
_GROUP = "rbac.authorization.k8s.io"
BINDINGS = (
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
)
_POWERFUL = ("cluster-admin", "admin", "edit", "system:masters")


def group(name: object) -> dict[str, object]:
    """A group as a subject."""
    return {"kind": "Group", "name": name, "apiGroup": _GROUP}


def account(name: object, namespace: str = "payments") -> dict[str, object]:
    """A service account as a subject."""
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def binding(
    *subjects: Mapping[str, Any], role: object = "payments-viewer", kind: str = "RoleBinding"
) -> Example:
    """A binding of a role (a ClusterRole's name) to subjects."""
    metadata = {"name": "viewers"} | ({"namespace": "payments"} if kind == "RoleBinding" else {})
    return Example(
        {
            "apiVersion": f"{_GROUP}/v1",
            "kind": kind,
            "metadata": metadata,
            "roleRef": {"apiGroup": _GROUP, "kind": "ClusterRole", "name": role},
            "subjects": list(subjects),
        },
        type=f"kubernetes:{_GROUP}/v1:{kind}",
    )


_OPERATORS = group("payments-operators")


@rule(
    id="rbac-no-cluster-admin",
    title="Nobody is bound to a role that allows everything",
    on=BINDINGS,
    pci=("7.2.2",),
    severity=Severity.CRITICAL,
    fix='role_ref={"kind": "ClusterRole", "name": "payments-viewer", "api_group": "..."}',
    reference=_GOOD_PRACTICES,
    passes=(binding(_OPERATORS), binding(_OPERATORS, kind="ClusterRoleBinding")),
    fails=(
        binding(_OPERATORS, role="cluster-admin", kind="ClusterRoleBinding"),
        binding(account("payments-api"), role="edit"),
    ),
    undecidable=(binding(_OPERATORS, role=UNKNOWN),),
)
def rbac_no_cluster_admin(given: Resource) -> Iterator[str]:
    """The roles that Kubernetes comes with are for its owner on a bad day, not for a job."""
    if (name := given.get("roleRef.name")) in _POWERFUL:
        yield f"Gives {name}"


def _never(
    names: tuple[str, ...], id_: str, title: str, why: str, pci: str, severity: Severity
) -> ResourceRule:
    """The rule that some groups, and users, are never a subject."""

    def judge(given: Resource) -> Iterator[str]:
        for name in given.get("subjects[].name"):
            if any(
                name == each or (each.endswith(":") and name.startswith(each)) for each in names
            ):
                yield f"Is given to {name}"

    judge.__doc__ = why
    judge.__module__ = __name__
    example = names[-1].rstrip(":")
    return rule(
        id=id_,
        title=title,
        on=BINDINGS,
        pci=(pci,),
        severity=severity,
        fix='subjects=[{"kind": "Group", "name": "payments-operators", "api_group": "..."}]',
        reference=_SUBJECTS,
        passes=(binding(_OPERATORS), binding(account("payments-api"))),
        fails=(
            binding(_OPERATORS, group(names[0])),
            binding(group(example), kind="ClusterRoleBinding"),
        ),
        undecidable=(binding(group(UNKNOWN)),),
    )(judge)


rbac_nobody_anonymous = _never(
    ("system:unauthenticated", "system:anonymous"),
    "rbac-nobody-anonymous",
    "Nothing is given to callers who have not signed in",
    "A permission of `system:unauthenticated` needs no key at all.",
    "8.3.1",
    Severity.CRITICAL,
)
rbac_not_everybody = _never(
    ("system:authenticated", "system:serviceaccounts"),
    "rbac-not-everybody",
    "Nothing is given to everybody who has signed in",
    "These groups hold every person and every pod, those of add-ons not installed yet included.",
    "7.3.3",
    Severity.HIGH,
)
rbac_no_masters = _never(
    ("system:masters",),
    "rbac-no-masters",
    "Nobody is put into system:masters",
    "Authorisation is not asked for this group, so nothing can be taken from it again.",
    "8.2.2",
    Severity.CRITICAL,
)


@rule(
    id="rbac-groups-not-users",
    title="Roles are given to groups and service accounts, not to single users",
    on=BINDINGS,
    pci=("7.3.2",),
    severity=Severity.MEDIUM,
    fix='subjects=[{"kind": "Group", "name": "payments-operators", "api_group": "..."}]',
    reference=_SUBJECTS,
    passes=(binding(_OPERATORS), binding(account("payments-api"))),
    fails=(binding({"kind": "User", "name": "ana@example.com", "apiGroup": _GROUP}),),
    undecidable=(binding({"kind": UNKNOWN, "name": "ana@example.com", "apiGroup": _GROUP}),),
)
def rbac_groups_not_users(given: Resource) -> Iterator[str]:
    """Who leaves a team leaves its group; a name in a binding stays until somebody remembers it."""
    for subject in given.items("subjects"):
        if subject.get("kind") == "User":
            yield f"Is given to the user {subject.get('name')}"


@rule(
    id="rbac-default-account-powerless",
    title="No role is given to a namespace's default service account",
    on=BINDINGS,
    pci=("2.2.2",),
    severity=Severity.HIGH,
    fix='subjects=[{"kind": "ServiceAccount", "name": "payments-api", "namespace": "payments"}]',
    reference=_GOOD_PRACTICES,
    passes=(binding(account("payments-api")),),
    fails=(binding(account("default")),),
    undecidable=(binding(account(UNKNOWN)),),
)
def rbac_default_account_powerless(given: Resource) -> Iterator[str]:
    """Every pod that names no account has this one."""
    for subject in given.items("subjects"):
        if subject.get("kind") == "ServiceAccount" and subject.get("name") == "default":
            yield "Is given to a default service account"


@rule(
    id="rbac-account-of-its-namespace",
    title="A namespace's roles are given to its own service accounts",
    on=("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",),
    pci=("2.2.3",),
    severity=Severity.MEDIUM,
    fix='subjects=[{"kind": "ServiceAccount", "name": "payments-api", "namespace": "payments"}]',
    reference=_SUBJECTS,
    passes=(binding(account("payments-api")), binding(_OPERATORS)),
    fails=(binding(account("grafana", "tools")),),
    undecidable=(binding({**account("payments-api"), "namespace": UNKNOWN}),),
)
def rbac_account_of_its_namespace(given: Resource) -> Iterator[str]:
    """A pod elsewhere that acts in here joins two functions that the namespaces keep apart."""
    home = given.get("metadata.namespace", "default")
    for subject in given.items("subjects"):
        if subject.get("kind") == "ServiceAccount" and subject.get("namespace", home) != home:
            yield f"Is given to {subject.get('name')} of {subject.get('namespace')}"


def service_account(**fields: object) -> dict[str, Any]:
    """A service account with these fields."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "payments-api", "namespace": "payments"},
        **fields,
    }


@rule(
    id="service-account-keeps-its-token",
    title="Service accounts give no token to pods that do not ask for one",
    on=("kubernetes:core/v1:ServiceAccount",),
    pci=("7.2.5",),
    severity=Severity.MEDIUM,
    fix="automount_service_account_token=False",
    reference="https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/",
    passes=(service_account(automountServiceAccountToken=False),),
    fails=(service_account(), service_account(automountServiceAccountToken=True)),
    undecidable=(service_account(automountServiceAccountToken=UNKNOWN),),
)
def service_account_keeps_its_token(account_: Resource) -> Iterator[str]:
    """The account is where it can be switched off for the pods that somebody else will write."""
    if account_.get("automountServiceAccountToken", True):
        yield "Its token is mounted into every pod that runs under it"


@rule(
    id="service-account-has-no-stored-token",
    title="Service accounts have no token that is kept in a Secret",
    on=("kubernetes:core/v1:ServiceAccount",),
    pci=("8.6.3",),
    severity=Severity.HIGH,
    fix="# leave `secrets` out; pods ask for a token with a projected volume",
    reference="https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets",
    passes=(service_account(),),
    fails=(service_account(secrets=[{"name": "payments-api-token"}]),),
    undecidable=(service_account(secrets=UNKNOWN),),
)
def service_account_has_no_stored_token(account_: Resource) -> Iterator[str]:
    """A token in a Secret never ends and is never changed."""
    if account_.has("secrets"):
        yield "Keeps a token in a Secret"


def _namespace(name: str, environment: str) -> dict[str, Any]:
    return {
        "type": "kubernetes:core/v1:Namespace",
        "name": name,
        "props": {"metadata": {"name": name, "labels": {"environment": environment}}},
    }


def _given(name: str, namespace: str, to: object) -> dict[str, Any]:
    return {
        "type": BINDINGS[0],
        "name": name,
        "props": {"metadata": {"name": name, "namespace": namespace}, "subjects": [group(to)]},
    }


_TWO = (_namespace("payments", "production"), _namespace("payments-test", "test"))


@stack_rule(
    id="rbac-duties-separate",
    title="No group works in production and in another environment",
    on=BINDINGS,
    pci=("6.5.4",),
    severity=Severity.MEDIUM,
    fix="# give the roles of each environment to a group of its own",
    reference=_SUBJECTS,
    passes=(
        [*_TWO, _given("a", "payments", "operators"), _given("b", "payments-test", "developers")],
        [_TWO[0], _given("a", "payments", "operators"), _given("b", "payments", "operators")],
    ),
    fails=(
        [*_TWO, _given("a", "payments", "developers"), _given("b", "payments-test", "developers")],
    ),
    undecidable=(
        [*_TWO, _given("a", "payments", UNKNOWN), _given("b", "payments-test", "developers")],
    ),
)
def rbac_duties_separate(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """Who writes a change does not also put it into production."""
    environments = {
        each.get("metadata.name"): each.get("metadata.labels.environment")
        for each in stack.of("kubernetes:core/v1:Namespace")
        if each.has("metadata.labels.environment")
    }
    if len(set(environments.values())) < 2:  # noqa: PLR2004 - one environment has no other
        return
    seen: dict[str, str] = {}
    for each in stack.of(BINDINGS[0]):
        where = environments.get(each.get("metadata.namespace"), "")
        for name in each.get("subjects[].name") if where else ():
            if seen.setdefault(name, where) != where:
                yield each, f"{name} works in {seen[name]} and in {where}"
