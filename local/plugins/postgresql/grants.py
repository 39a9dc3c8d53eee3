"""What roles may do: on objects, on objects to come, and as other roles."""

from collections.abc import Iterator

from psycopg import sql

from local.plugins.postgresql.kind import SqlKind
from local.plugins.postgresql.server import grantee, names, words
from local.plugins.standin import Properties

_IN_SCHEMA = {"table": "TABLES", "sequence": "SEQUENCES", "function": "FUNCTIONS"}
_TO_COME = {**_IN_SCHEMA, "type": "TYPES", "schema": "SCHEMAS"}
_SINGLE = {"table": "TABLE", "sequence": "SEQUENCE", "function": "FUNCTION"}


class GrantKind(SqlKind):
    """`postgresql:index/grant:Grant`: exactly these privileges, none besides."""

    named_by = ("role", "database", "schema", "objectType")
    required = ("role", "database", "objectType", "privileges")
    fixed = frozenset({"objects"})

    def check(self, inputs: Properties) -> list[tuple[str, str]]:
        """Refuse an object type that can't be granted on here, or one without its schema."""
        type_ = inputs.get("objectType")
        found = super().check(inputs)
        if type_ not in {"database", "schema", *_IN_SCHEMA}:
            found.append(("objectType", f"{type_!r} is none of database, schema, table, ..."))
        elif type_ != "database" and not inputs.get("schema"):
            found.append(("schema", f"a grant on a {type_} names its schema"))
        return found

    def make(self, inputs: Properties, urn: str) -> None:
        """Take all back and grant what is wanted, in one go."""
        del urn
        with (
            self.server.connected(inputs["database"]) as connection,
            connection.transaction(),
        ):
            for statement in statements(inputs):
                connection.execute(statement)

    def change(self, inputs: Properties, old: Properties) -> None:
        """Do it again."""
        del old
        self.make(inputs, "")

    def find(self, state: Properties) -> Properties | None:
        """Return nothing new; it is gone where its role or database is."""
        with self.server.connected() as connection:
            row = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s AND"
                " (%s = 'public' OR EXISTS (SELECT FROM pg_roles WHERE rolname = %s))",
                (state["database"], state["role"], state["role"]),
            ).fetchone()
        return None if row is None else {}

    def remove(self, state: Properties) -> None:
        """Take all back."""
        if self.find(state) is not None:
            self.make({**state, "privileges": []}, "")


def statements(inputs: Properties) -> Iterator[sql.Composed]:
    """Yield what leaves a role with exactly the privileges of a grant."""
    target, role = _target(inputs), grantee(inputs["role"])
    yield sql.SQL("REVOKE ALL PRIVILEGES ON {} FROM {}").format(target, role)
    if inputs["privileges"]:
        option = sql.SQL(" WITH GRANT OPTION" if inputs.get("withGrantOption") else "")
        text = sql.SQL("GRANT {} ON {} TO {}")
        yield text.format(words(inputs["privileges"]), target, role) + option


def _target(inputs: Properties) -> sql.Composable:
    type_ = inputs["objectType"]
    if type_ == "database":
        return sql.SQL("DATABASE {}").format(sql.Identifier(inputs["database"]))
    schema = sql.Identifier(inputs["schema"])
    if type_ == "schema":
        return sql.SQL("SCHEMA {}").format(schema)
    if not inputs.get("objects"):
        return sql.SQL("ALL " + _IN_SCHEMA[type_] + " IN SCHEMA {}").format(schema)  # type: ignore[arg-type]  # the table's own word
    objects = sql.SQL(", ").join(
        sql.Identifier(inputs["schema"], each) for each in inputs["objects"]
    )
    return sql.SQL(_SINGLE[type_] + " {}").format(objects)  # type: ignore[arg-type]  # the same


class GrantRoleKind(SqlKind):
    """`postgresql:index/grantRole:GrantRole`: one role is a member of another."""

    named_by = ("role", "grantRole")
    required = ("role", "grantRole")
    fixed = frozenset({"withAdminOption"})

    def make(self, inputs: Properties, urn: str) -> None:
        """Make it a member."""
        del urn
        option = sql.SQL(" WITH ADMIN OPTION" if inputs.get("withAdminOption") else "")
        text = sql.SQL("GRANT {} TO {}").format(
            sql.Identifier(inputs["grantRole"]), sql.Identifier(inputs["role"])
        )
        with self.server.connected() as connection:
            connection.execute(text + option)

    def change(self, inputs: Properties, old: Properties) -> None:
        """Do nothing: a change of any input makes another membership."""

    def find(self, state: Properties) -> Properties | None:
        """Tell whether it is a member still."""
        with self.server.connected() as connection:
            row = connection.execute(
                "SELECT m.admin_option FROM pg_auth_members m"
                " JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles u ON u.oid = m.member"
                " WHERE r.rolname = %s AND u.rolname = %s",
                (state["grantRole"], state["role"]),
            ).fetchone()
        return None if row is None else {"withAdminOption": row[0]}

    def remove(self, state: Properties) -> None:
        """Make it no member."""
        if self.find(state) is not None:
            with self.server.connected() as connection:
                connection.execute(
                    sql.SQL("REVOKE {} FROM {}").format(
                        names([state["grantRole"]]), names([state["role"]])
                    )
                )


class DefaultPrivilegesKind(SqlKind):
    """`postgresql:index/defaultPrivileges:DefaultPrivileges`: on what an owner makes later."""

    named_by = ("role", "database", "schema", "owner", "objectType")
    required = ("role", "database", "owner", "objectType", "privileges")

    def check(self, inputs: Properties) -> list[tuple[str, str]]:
        """Refuse an object type that has no default privileges."""
        found = super().check(inputs)
        if inputs.get("objectType") not in _TO_COME:
            found.append(("objectType", f"expected one of {', '.join(_TO_COME)}"))
        return found

    def make(self, inputs: Properties, urn: str) -> None:
        """Take all back and grant what is wanted, in one go."""
        del urn
        with (
            self.server.connected(inputs["database"]) as connection,
            connection.transaction(),
        ):
            for statement in _to_come(inputs):
                connection.execute(statement)

    def change(self, inputs: Properties, old: Properties) -> None:
        """Do it again."""
        del old
        self.make(inputs, "")

    def find(self, state: Properties) -> Properties | None:
        """Return nothing new; it is gone where its owner is."""
        with self.server.connected() as connection:
            row = connection.execute(
                "SELECT 1 FROM pg_roles, pg_database WHERE rolname = %s AND datname = %s",
                (state["owner"], state["database"]),
            ).fetchone()
        return None if row is None else {}

    def remove(self, state: Properties) -> None:
        """Take all back."""
        if self.find(state) is not None:
            self.make({**state, "privileges": []}, "")


def _to_come(inputs: Properties) -> Iterator[sql.Composed]:
    schema = inputs.get("schema")
    within = sql.SQL(" IN SCHEMA {}").format(sql.Identifier(schema)) if schema else sql.SQL("")
    start = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {}{} ").format(
        sql.Identifier(inputs["owner"]), within
    )
    kind = sql.SQL(_TO_COME[inputs["objectType"]])  # type: ignore[arg-type]  # the table's own word
    role = grantee(inputs["role"])
    yield start + sql.SQL("REVOKE ALL ON {} FROM {}").format(kind, role)
    if inputs["privileges"]:
        granted = words(inputs["privileges"])
        yield start + sql.SQL("GRANT {} ON {} TO {}").format(granted, kind, role)
