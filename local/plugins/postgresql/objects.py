"""Databases, schemas and extensions."""

from psycopg import sql

from local.plugins.postgresql.kind import SqlKind, left_over
from local.plugins.standin import Properties


class DatabaseKind(SqlKind):
    """`postgresql:index/database:Database`."""

    fixed = frozenset({"encoding", "lcCollate", "lcCtype", "template"})

    def make(self, inputs: Properties, urn: str) -> None:
        """Create it, with a comment that says whose it is."""
        name = sql.Identifier(inputs["name"])
        with self.server.connected() as connection:
            row = connection.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
                (inputs["name"],),
            ).fetchone()
            if row is None:
                connection.execute(sql.SQL("CREATE DATABASE {} {}").format(name, _options(inputs)))
            elif row[0] != urn:
                raise left_over("database", inputs["name"])
            text = sql.SQL("COMMENT ON DATABASE {} IS {}")
            connection.execute(text.format(name, sql.Literal(urn)))
        self.change(inputs, {})

    def change(self, inputs: Properties, old: Properties) -> None:
        """Give it another owner or another limit."""
        del old
        name = sql.Identifier(inputs["name"])
        limit = sql.Literal(inputs.get("connectionLimit", -1))
        allowed = sql.Literal(inputs.get("allowConnections", True))
        with self.server.connected() as connection:
            text = sql.SQL("ALTER DATABASE {} WITH CONNECTION LIMIT {} ALLOW_CONNECTIONS {}")
            connection.execute(text.format(name, limit, allowed))
            if inputs.get("owner"):
                owner = sql.Identifier(inputs["owner"])
                connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, owner))

    def find(self, state: Properties) -> Properties | None:
        """Return its owner and encoding."""
        with self.server.connected() as connection:
            row = connection.execute(
                "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datconnlimit"
                " FROM pg_database WHERE datname = %s",
                (state["name"],),
            ).fetchone()
        if row is None:
            return None
        return dict(zip(("owner", "encoding", "connectionLimit"), row, strict=True))

    def remove(self, state: Properties) -> None:
        """Drop it, whoever is connected."""
        text = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        with self.server.connected() as connection:
            connection.execute(text.format(sql.Identifier(state["name"])))


def _options(inputs: Properties) -> sql.Composed:
    words = {"encoding": "ENCODING", "lcCollate": "LC_COLLATE", "lcCtype": "LC_CTYPE"}
    found: list[sql.Composable] = [
        sql.SQL(word + " {}").format(sql.Literal(inputs[key]))  # type: ignore[arg-type]  # our word
        for key, word in words.items()
        if inputs.get(key)
    ]
    if inputs.get("template"):
        found.append(sql.SQL("TEMPLATE {}").format(sql.Identifier(inputs["template"])))
    return sql.SQL(" ").join(found)


class SchemaKind(SqlKind):
    """`postgresql:index/schema:Schema`."""

    named_by = ("database", "name")

    def make(self, inputs: Properties, urn: str) -> None:
        """Create it; one that is there already is taken over where `ifNotExists` is not false."""
        del urn
        text = (
            sql.SQL("CREATE SCHEMA IF NOT EXISTS {}")
            if inputs.get("ifNotExists", True)
            else sql.SQL("CREATE SCHEMA {}")
        )
        with self.server.connected(inputs.get("database")) as connection:
            connection.execute(text.format(sql.Identifier(inputs["name"])))
        self.change(inputs, {})

    def change(self, inputs: Properties, old: Properties) -> None:
        """Give it another owner."""
        del old
        if inputs.get("owner"):
            text = sql.SQL("ALTER SCHEMA {} OWNER TO {}")
            with self.server.connected(inputs.get("database")) as connection:
                connection.execute(
                    text.format(sql.Identifier(inputs["name"]), sql.Identifier(inputs["owner"]))
                )

    def find(self, state: Properties) -> Properties | None:
        """Return its owner."""
        with self.server.connected(state.get("database")) as connection:
            row = connection.execute(
                "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = %s",
                (state["name"],),
            ).fetchone()
        return None if row is None else {"owner": row[0]}

    def remove(self, state: Properties) -> None:
        """Drop it, with what is in it only where that is asked for."""
        text = (
            sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE")
            if state.get("dropCascade")
            else sql.SQL("DROP SCHEMA IF EXISTS {} RESTRICT")
        )
        with self.server.connected(state.get("database")) as connection:
            connection.execute(text.format(sql.Identifier(state["name"])))


class ExtensionKind(SqlKind):
    """`postgresql:index/extension:Extension`."""

    named_by = ("database", "name")
    fixed = frozenset({"schema"})

    def make(self, inputs: Properties, urn: str) -> None:
        """Create it, in the version that is wanted."""
        del urn
        parts: list[sql.Composable] = [
            sql.SQL("CREATE EXTENSION IF NOT EXISTS"),
            sql.Identifier(inputs["name"]),
        ]
        for key, word in (("schema", "SCHEMA {}"), ("version", "VERSION {}")):
            if inputs.get(key):
                parts.append(sql.SQL(word).format(sql.Identifier(inputs[key])))  # type: ignore[arg-type]  # our word
        if inputs.get("createCascade"):
            parts.append(sql.SQL("CASCADE"))
        with self.server.connected(inputs.get("database")) as connection:
            connection.execute(sql.SQL(" ").join(parts))

    def change(self, inputs: Properties, old: Properties) -> None:
        """Bring it to another version."""
        if inputs.get("version") and inputs["version"] != old.get("version"):
            text = sql.SQL("ALTER EXTENSION {} UPDATE TO {}")
            with self.server.connected(inputs.get("database")) as connection:
                connection.execute(
                    text.format(sql.Identifier(inputs["name"]), sql.Identifier(inputs["version"]))
                )

    def find(self, state: Properties) -> Properties | None:
        """Return its version."""
        with self.server.connected(state.get("database")) as connection:
            row = connection.execute(
                "SELECT extversion FROM pg_extension WHERE extname = %s", (state["name"],)
            ).fetchone()
        return None if row is None else {"version": row[0]}

    def remove(self, state: Properties) -> None:
        """Drop it."""
        with self.server.connected(state.get("database")) as connection:
            name = sql.Identifier(state["name"])
            connection.execute(sql.SQL("DROP EXTENSION IF EXISTS {}").format(name))
