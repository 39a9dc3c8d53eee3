from infra import names
from infra.security.namespaces import ROOMS, Namespaces


def test_every_namespace_of_the_platform_is_there():
    assert set(names.NAMESPACES) <= {each.name for each in ROOMS}


def test_card_data_is_kept_in_restricted_namespaces_only():
    assert {each.level for each in ROOMS if each.scope == "cde"} == {"restricted"}
    assert all(each.why for each in ROOMS if each.level != "restricted")


def test_each_namespace_has_labels_a_quota_and_limits(deploy):
    engine = deploy(lambda: Namespaces("namespaces"))

    for room in ROOMS:
        labels = engine.named("kubernetes:core/v1:Namespace", room.name)["metadata"]["labels"]
        assert labels["pci/scope"] == room.scope
        assert labels["pod-security.kubernetes.io/enforce"] == room.level
        hard = engine.named("kubernetes:core/v1:ResourceQuota", room.name)["spec"]["hard"]
        assert hard["services.loadbalancers"] == hard["services.nodeports"] == "0"
        assert engine.named("kubernetes:core/v1:LimitRange", room.name)


def test_the_payment_service_is_in_the_mesh(deploy):
    engine = deploy(lambda: Namespaces("namespaces"))
    payments = engine.named("kubernetes:core/v1:Namespace", "payments")

    assert payments["metadata"]["labels"]["istio-injection"] == "enabled"
