"""A PostgreSQL server of the tests' own, on loopback, with the roles that the platform makes."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

LOGINS = ("payments_migrator", "payments_api", "payments_relay", "payments_fraud",
          "payments_risk", "payments_processor", "payments_projection")  # fmt: skip
GROUPS = ("payments_owner", "payments_readonly", "payments_breakglass")


@dataclass(frozen=True)
class Postgres:
    """Where the server listens, and its superuser's password."""

    port: int
    password: str

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement as superuser."""
        with self.connect(database) as connection:
            connection.execute(statement)

    def connect(self, database: str) -> psycopg.Connection:
        """Connect as superuser."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", password=self.password,
            dbname=database, autocommit=True,
        )  # fmt: skip


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def binaries() -> Path:
    """Return the folder of the newest PostgreSQL of the machine."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: float(each.parent.name)
    )
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise RuntimeError("PostgreSQL is missing: apt-get install postgresql")
    return found[-1] if found else Path(on_path or "").parent


def _as_nobody_special() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("postgres")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@contextmanager
def postgres(password: str) -> Iterator[Postgres]:
    """Run a server with an empty cluster; stop it and delete all of it at the end."""
    account = _as_nobody_special()
    with tempfile.TemporaryDirectory(prefix="evenkeel-postgres-", dir="/tmp") as folder:
        secret = Path(folder, "password")
        secret.write_text(password)
        for each in (Path(folder), secret) if account else ():
            os.chown(each, account["user"], account["group"])

        def run(program: str, *args: str) -> None:
            with Path(folder, f"{program}.log").open("ab") as log:
                subprocess.run(
                    [binaries() / program, "-D", f"{folder}/data", *args],
                    check=True, cwd=folder, stdout=log, stderr=log, **account,
                )  # fmt: skip

        run("initdb", "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}",
            "-E", "UTF8", "--no-sync")  # fmt: skip
        port = free_port()
        options = (
            f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
            " -c max_connections=200 -c deadlock_timeout=200ms"
        )
        run("pg_ctl", "-o", options, "-l", f"{folder}/server.log", "-w", "-t", "60", "start")
        try:
            yield Postgres(port, password)
        finally:
            run("pg_ctl", "-m", "immediate", "-w", "stop")


def make_roles(server: Postgres) -> None:
    """Make the roles that the platform makes outside of the migrations."""
    for group in GROUPS:
        server.execute(f"CREATE ROLE {group} NOLOGIN")
    for login in LOGINS:
        server.execute(f"CREATE ROLE {login} LOGIN PASSWORD '{server.password}'")
    server.execute("GRANT payments_owner TO payments_migrator")
    server.execute(
        f"CREATE ROLE vault_manager LOGIN CREATEROLE SUPERUSER PASSWORD '{server.password}'"
    )
