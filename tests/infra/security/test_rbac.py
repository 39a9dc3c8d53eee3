from infra.security.rbac import DUTIES, Rbac


def test_no_right_of_a_person_has_a_wildcard_or_reads_a_secret():
    for right in (each for duty in DUTIES for each in duty.rights):
        assert "*" not in (*right.verbs, *right.resources, right.group)
        assert "secrets" not in right.resources
        assert not {"escalate", "bind", "impersonate", "create"} & set(right.verbs)
        assert not {"pods/exec", "pods/attach", "pods/portforward"} & set(right.resources)


def test_every_binding_is_for_a_group(deploy):
    engine = deploy(lambda: Rbac("rbac"))
    bindings = [
        *engine.all("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"),
        *engine.all("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"),
    ]

    assert {subject["kind"] for each in bindings for subject in each["subjects"]} == {"Group"}


def test_who_may_change_something_may_do_so_in_named_namespaces_only(deploy):
    engine = deploy(lambda: Rbac("rbac"))
    reading = {"get", "list", "watch"}

    for each in engine.all("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"):
        assert {verb for rule in each["rules"] for verb in rule["verbs"]} <= reading
