import pytest

from infra.database import roles
from infra.database.access import DatabaseAccess, DatabaseAccessArgs

ROLE = "postgresql:index/role:Role"


@pytest.fixture
def made(deploy):
    return deploy(lambda: DatabaseAccess("access", DatabaseAccessArgs()))


def test_nobody_signs_in_as_the_owner(made):
    owner = made.named(ROLE, "payments_owner")

    assert owner["login"] is False
    assert made.only("postgresql:index/database:Database")["owner"] == "payments_owner"


def test_no_role_is_more_than_it_needs(made):
    for each in made.all(ROLE):
        assert not each.get("superuser")
        assert bool(each.get("createRole")) == (each["name"] == "vault_manager")
        assert "password" not in each or each["name"] == "vault_manager"


def test_every_role_that_signs_in_has_limits(made):
    for role in roles.ROTATED:
        each = made.named(ROLE, role.name)
        assert 0 < each["connectionLimit"] <= 120
        assert each["statementTimeout"] > 0
        assert each["idleInTransactionSessionTimeout"] > 0


def test_the_first_password_of_vaults_own_role_is_made_once_and_kept_secret(made):
    manager = made.options[f"vault_manager {ROLE}"]

    assert list(manager.ignoreChanges) == ["password"]
    assert "password" in manager.additionalSecretOutputs


def test_vault_may_change_the_password_of_each_rotated_role(made):
    grants = made.all("postgresql:index/grantRole:GrantRole")

    assert {each["grantRole"] for each in grants} == {each.name for each in roles.ROTATED}
    assert all(each["withAdminOption"] for each in grants)


def test_nobody_connects_without_being_named(made):
    public = made.named("postgresql:index/grant:Grant", "connect-public")

    assert public["privileges"] == []
    for role in roles.ROTATED:
        grant = made.named("postgresql:index/grant:Grant", f"connect-{role.name}")
        assert grant["privileges"] == ["CONNECT"]


def test_the_database_outlives_its_removal_from_the_program(deploy, made):
    kept = made.options["payments postgresql:index/database:Database"]
    loose = deploy(lambda: DatabaseAccess("access", DatabaseAccessArgs(retained=False)))

    assert kept.protect is kept.retainOnDelete is True
    assert not loose.options["payments postgresql:index/database:Database"].protect
