"""A PostgreSQL server: connections to its databases, over TLS that is verified to the full."""

import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from local.plugins.standin import StandInError

Row = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Server:
    """One server, as one user of it."""

    host: str
    """The name that its certificate has."""
    address: str
    port: int
    user: str
    password: str
    authority: str
    """The path of the certificate authority's certificate, PEM."""
    database: str = "postgres"
    connect_seconds_max: int = 30
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def connected(self, database: str | None = None) -> Generator[psycopg.Connection[Row]]:
        """Give a connection, each statement its own transaction; one at a time.

        Two that grant on one object at once would fail with "tuple concurrently updated".

        Raises:
            StandInError: it can't be reached, or a statement was refused; with the server's word.

        """
        name = database or self.database
        with self._lock:
            try:
                with psycopg.connect(
                    host=self.host,
                    hostaddr=self.address,
                    port=self.port,
                    dbname=name,
                    user=self.user,
                    password=self.password,
                    sslmode="verify-full",
                    sslrootcert=self.authority,
                    connect_timeout=self.connect_seconds_max,
                    application_name="evenkeel-stand-in",
                    autocommit=True,
                ) as connection:
                    yield connection
            except psycopg.Error as error:
                raise StandInError(f"database {name} on {self.host}: {error}") from error


def names(values: Sequence[str]) -> sql.Composed:
    """Return identifiers, quoted, with commas between."""
    return sql.SQL(", ").join(sql.Identifier(each) for each in values)


def grantee(role: str) -> sql.Composable:
    """Return a role as GRANT takes it: `public` is a word of the language, not a role."""
    return sql.SQL("PUBLIC") if role == "public" else sql.Identifier(role)


def words(values: Sequence[str]) -> sql.SQL:
    """Return privileges, which are words of the language.

    Raises:
        StandInError: one is not made of letters.

    """
    for each in values:
        if not each.replace(" ", "").isalpha():
            raise StandInError(f"{each!r} is no privilege")
    return sql.SQL(", ".join(each.upper() for each in values))  # type: ignore[arg-type]  # letters
