"""Roles: who may sign in, as what, within which limits."""

from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
from psycopg import sql

from local.plugins.postgresql.kind import SqlKind, left_over
from local.plugins.postgresql.server import Row, names
from local.plugins.standin import Properties

FLAGS: Mapping[str, tuple[str, str, bool]] = {
    "login": ("LOGIN", "rolcanlogin", False),
    "inherit": ("INHERIT", "rolinherit", True),
    "superuser": ("SUPERUSER", "rolsuper", False),
    "createDatabase": ("CREATEDB", "rolcreatedb", False),
    "createRole": ("CREATEROLE", "rolcreaterole", False),
    "replication": ("REPLICATION", "rolreplication", False),
    "bypassRowLevelSecurity": ("BYPASSRLS", "rolbypassrls", False),
}
"""Input: its word, its column, what it is where nobody says."""

TIMEOUTS = {
    "statementTimeout": "statement_timeout",
    "idleInTransactionSessionTimeout": "idle_in_transaction_session_timeout",
}

Connection = psycopg.Connection[Row]


class RoleKind(SqlKind):
    """`postgresql:index/role:Role`."""

    def make(self, inputs: Properties, urn: str) -> None:
        """Create it, with a comment that says whose it is."""
        name = inputs["name"]
        with self.server.connected() as connection, connection.transaction():
            comment = _comment(connection, name)
            if comment is None:
                connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
            elif comment != urn:
                raise left_over("role", name)
            text = sql.SQL("COMMENT ON ROLE {} IS {}")
            connection.execute(text.format(sql.Identifier(name), sql.Literal(urn)))
            _settle(connection, inputs, {})

    def change(self, inputs: Properties, old: Properties) -> None:
        """Alter it; what is no longer said goes back to what it is where nobody says."""
        with self.server.connected() as connection, connection.transaction():
            _settle(connection, inputs, old)

    def find(self, state: Properties) -> Properties | None:
        """Return its flags, limit and memberships."""
        columns = sql.SQL(", ").join(sql.Identifier(each[1]) for each in FLAGS.values())
        query = sql.SQL("SELECT rolconnlimit, {} FROM pg_roles WHERE rolname = {}")
        with self.server.connected() as connection:
            row = connection.execute(query.format(columns, sql.Literal(state["name"]))).fetchone()
            if row is None:
                return None
            members = connection.execute(
                "SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
                " JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = %s ORDER BY 1",
                (state["name"],),
            ).fetchall()
        return {
            "connectionLimit": row[0],
            **dict(zip(FLAGS, row[1:], strict=True)),
            "roles": [each for (each,) in members],
        }

    def remove(self, state: Properties) -> None:
        """Give what it owns to the provisioner, take back what it was granted, drop it."""
        if state.get("skipDropRole"):
            return
        name = sql.Identifier(state["name"])
        with self.server.connected() as connection:
            if _comment(connection, state["name"]) is None:
                return
            databases = connection.execute(
                "SELECT datname FROM pg_database WHERE datallowconn"
            ).fetchall()
        for (database,) in databases:
            with self.server.connected(database) as connection:
                if not state.get("skipReassignOwned"):
                    reassign = sql.SQL("REASSIGN OWNED BY {} TO CURRENT_USER")
                    connection.execute(reassign.format(name))
                connection.execute(sql.SQL("DROP OWNED BY {}").format(name))
        with self.server.connected() as connection:
            connection.execute(sql.SQL("DROP ROLE {}").format(name))


def _comment(connection: Connection, name: str) -> str | None:
    """Return a role's comment, empty where it has none; None where there is no such role."""
    row = connection.execute(
        "SELECT coalesce(shobj_description(oid, 'pg_authid'), '') FROM pg_roles WHERE rolname = %s",
        (name,),
    ).fetchone()
    return None if row is None else row[0]


def _settle(connection: Connection, inputs: Properties, old: Properties) -> None:
    for statement in statements(inputs, old):
        connection.execute(statement)


def statements(inputs: Properties, old: Properties) -> Iterator[sql.Composed]:
    """Yield what makes a role as its inputs have it, from what they were before."""
    name = sql.Identifier(inputs["name"])
    yield sql.SQL("ALTER ROLE {} WITH {}").format(name, sql.SQL(" ").join(_options(inputs, old)))
    for key, setting in TIMEOUTS.items():
        yield _set(name, setting, inputs.get(key))
    paths = inputs.get("searchPaths")
    yield (
        sql.SQL("ALTER ROLE {} SET search_path = {}").format(name, names(paths))
        if paths
        else sql.SQL("ALTER ROLE {} RESET search_path").format(name)
    )
    wanted, had = inputs.get("roles", []), old.get("roles", [])
    for each in sorted(set(had) - set(wanted)):
        yield sql.SQL("REVOKE {} FROM {}").format(sql.Identifier(each), name)
    for each in wanted:
        yield sql.SQL("GRANT {} TO {}").format(sql.Identifier(each), name)


def _options(inputs: Properties, old: Properties) -> Iterator[sql.Composable]:
    for key, (word, _, otherwise) in FLAGS.items():
        yield sql.SQL("" if inputs.get(key, otherwise) else "NO") + sql.SQL(word)  # type: ignore[arg-type]  # the table's own words
    yield sql.SQL("CONNECTION LIMIT {}").format(sql.Literal(inputs.get("connectionLimit", -1)))
    until = inputs.get("validUntil")
    yield sql.SQL("VALID UNTIL {}").format(sql.Literal(until or "infinity"))
    password = inputs.get("password")
    # What somebody else, such as Vault, has changed since is not put back.
    if password is not None and password != old.get("password"):
        yield sql.SQL("PASSWORD {}").format(sql.Literal(password))


def _set(name: sql.Identifier, setting: str, value: Any) -> sql.Composed:
    if value is None:
        return sql.SQL("ALTER ROLE {} RESET {}").format(name, sql.Identifier(setting))
    text = sql.SQL("ALTER ROLE {} SET {} = {}")
    return text.format(name, sql.Identifier(setting), sql.Literal(value))
