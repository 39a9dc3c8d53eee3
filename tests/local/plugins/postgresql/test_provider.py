"""The stand-in acts on a real PostgreSQL, and the catalogs are asked what came of it."""

import psycopg
import pytest

from local.plugins.postgresql.provider import Postgresql
from local.plugins.standin import StandInError
from local.servers import postgres

pytestmark = pytest.mark.engine


def role(database, name):
    columns = "rolcanlogin, rolcreaterole, rolconnlimit, rolconfig"
    return database.execute(
        f"SELECT {columns} FROM pg_roles WHERE rolname = %s",  # noqa: S608 - our own columns
        (name,),
    ).fetchone()


def test_a_role_is_made_as_it_is_said_and_changed_in_place(stack, database):
    made = stack.create(
        "Role",
        name="payments_api",
        login=True,
        connectionLimit=20,
        statementTimeout=5000,
        searchPaths=["public", 'odd"path'],
    )
    assert role(database, "payments_api") == (
        True,
        False,
        20,
        ["statement_timeout=5000", 'search_path=public, "odd""path"'],
    )

    stack.update(made, login=False, connectionLimit=None, statementTimeout=None, searchPaths=None)
    assert role(database, "payments_api") == (False, False, -1, None)


def test_a_name_with_quotes_is_a_name_and_no_statement(stack, database):
    name = 'x"; DROP ROLE provisioner; --'
    stack.create("Role", name=name, login=False)

    assert role(database, name) is not None
    assert role(database, "provisioner") is not None


def test_a_role_of_somebody_elses_is_not_taken_over(stack, database):
    database.execute("CREATE ROLE theirs")
    try:
        with pytest.raises(StandInError, match="role theirs is there already"):
            stack.create("Role", name="theirs")
    finally:
        database.execute("DROP ROLE theirs")


def test_an_interrupted_creation_is_taken_up_again(stack):
    first = stack.create("Role", name="half", login=True)
    stack.made.remove(first)

    again = stack.create("Role", name="half", login=True)

    assert stack.read(again)["login"] is True


def test_a_password_that_vault_changed_stays_changed(stack, place):
    made = stack.create("Role", name="rotated", login=True, password="first")
    with postgres.connection(place) as connection:
        connection.execute("ALTER ROLE rotated PASSWORD 'second'")

    stack.update(made, connectionLimit=3)

    with psycopg.connect(
        host=place.postgres_host, user="rotated", password="second", dbname="postgres",
        sslmode="verify-full", sslrootcert=str(place.ca),
    ) as connection:  # fmt: skip
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_memberships_follow_the_list(stack):
    for name in ("owner_a", "owner_b"):
        stack.create("Role", name=name)
    member = stack.create("Role", name="member", roles=["owner_a"])
    assert stack.read(member)["roles"] == ["owner_a"]

    stack.update(member, roles=["owner_b"])

    assert stack.read(member)["roles"] == ["owner_b"]


def test_a_grant_leaves_exactly_its_privileges(stack, database):
    stack.create("Role", name="reader")
    stack.create("Database", name="payments", template="template0", encoding="UTF8")
    grant = stack.create(
        "Grant", database="payments", role="reader", objectType="database",
        privileges=["CONNECT", "TEMPORARY"],
    )  # fmt: skip
    nobody = stack.create(
        "Grant", database="payments", role="public", objectType="database", privileges=[]
    )

    def may(privilege):
        query = "SELECT has_database_privilege('reader', 'payments', %s)"
        return database.execute(query, (privilege,)).fetchone()[0]

    assert (may("CONNECT"), may("TEMPORARY"), may("CREATE")) == (True, True, False)
    stack.update(grant, privileges=["CONNECT"])
    assert (may("CONNECT"), may("TEMPORARY")) == (True, False)
    stack.delete(grant)
    assert not may("CONNECT")
    assert stack.read(nobody) is not None


def test_default_privileges_hold_for_what_is_made_later(stack, place):
    stack.create("Role", name="payments_owner")
    stack.create("Role", name="reader")
    stack.create("Database", name="payments", owner="payments_owner")
    stack.create(
        "DefaultPrivileges", database="payments", role="reader", owner="payments_owner",
        objectType="table", privileges=["SELECT"],
    )  # fmt: skip

    with postgres.connection(place, "payments") as connection:
        connection.execute("SET ROLE payments_owner")
        connection.execute("CREATE SCHEMA ours")
        connection.execute("CREATE TABLE ours.cards (id int)")
        query = "SELECT has_table_privilege('reader', 'ours.cards', %s)"
        found = [connection.execute(query, (each,)).fetchone()[0] for each in ("SELECT", "INSERT")]
    assert found == [True, False]


def test_a_role_that_owns_something_can_be_removed(stack, place):
    owner = stack.create("Role", name="owner")
    stack.create("Database", name="payments", owner="owner")
    with postgres.connection(place, "payments") as connection:
        connection.execute("SET ROLE owner")
        connection.execute("CREATE SCHEMA ours")

    stack.delete(owner)

    assert stack.read(owner) is None


def test_what_is_gone_reads_as_gone(stack, database):
    made = stack.create("Role", name="fleeting")
    member = stack.create("GrantRole", role="fleeting", grantRole="pg_monitor")
    database.execute("DROP ROLE fleeting")

    assert stack.read(made) is None
    assert stack.read(member) is None


def test_schemas_and_extensions_live_in_their_database(stack, place):
    stack.create("Database", name="payments")
    schema = stack.create("Schema", database="payments", name="ours")
    extension = stack.create("Extension", database="payments", name="pg_trgm", schema="ours")

    assert stack.read(schema)["owner"] == "provisioner"
    assert stack.read(extension)["version"]
    stack.delete(extension)
    assert stack.read(extension) is None


def test_a_provider_that_checks_no_name_is_refused():
    with pytest.raises(StandInError, match="sslmode is 'require'"):
        Postgresql().configured({"host": "db.us-east-1.evenkeel.internal", "sslmode": "require"})
