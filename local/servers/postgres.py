"""PostgreSQL: one server a region in the place of Citus, with the same migrations and roles."""

import os
import pwd
import secrets
import shutil
from pathlib import Path

import psycopg

from local import process
from local.places import Place

USER = "postgres"
"""PostgreSQL refuses to run as root; Debian's package has made this user."""

SETTINGS = {
    "port": "5432",
    "ssl": "on",
    "ssl_cert_file": "server.pem",
    "ssl_key_file": "server.key",
    "ssl_min_protocol_version": "TLSv1.3",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "shared_buffers": "128MB",
    # An acknowledged payment is on the disk.
    "fsync": "on",
    "synchronous_commit": "on",
    "log_connections": "on",
    "log_min_duration_statement": "-1",
    # Statements and their parameters never reach the log: a parameter may be a card's token.
    "log_statement": "none",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "timezone": "UTC",
    "unix_socket_directories": "",
    "wal_level": "logical",
}

ACCESS = """\
hostssl all all 0.0.0.0/0 scram-sha-256
"""


def binaries() -> Path:
    """Return the folder of PostgreSQL's binaries, the newest version that the machine has.

    Raises:
        process.ServerError: there is none.

    """
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda each: int(each.parts[4])
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    if on_path:
        return Path(on_path).resolve().parent
    raise process.ServerError("this machine lacks PostgreSQL's server: apt-get install postgresql")


def server(place: Place) -> process.Process:
    """Return the region's PostgreSQL; its folder is made on the first start."""
    folder = place.folder("postgres")
    data = folder / "data"
    _initialise(folder, data)
    _install_certificate(place, data)
    settings = SETTINGS | {"listen_addresses": place.postgres_host}
    (data / "postgresql.auto.conf").write_text(
        "".join(f"{key} = '{value}'\n" for key, value in settings.items())
    )
    (data / "pg_hba.conf").write_text(ACCESS)
    return process.Process(
        name=f"{place.region}-postgres",
        command=[binaries() / "postgres", "-D", data],
        folder=data,
        user=USER,
        listens=[(place.postgres_host, 5432)],
        ready=lambda: _answers(place),
    )


def connection(place: Place, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
    """Return a connection as the provisioner, over TLS that is verified to the full."""
    return psycopg.connect(
        host=place.postgres_host,
        dbname=database,
        user="provisioner",
        password=place.postgres_password,
        sslmode="verify-full",
        sslrootcert=str(place.ca),
        connect_timeout=3,
        autocommit=True,
    )


def _answers(place: Place) -> bool:
    try:
        with connection(place) as each:
            return each.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def _initialise(folder: Path, data: Path) -> None:
    if (data / "PG_VERSION").exists():
        return
    password = folder / "provisioner.password"
    password.unlink(missing_ok=True)
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(32))
    data.mkdir(exist_ok=True, mode=0o700)
    _open_to_server(folder, data, password)
    result = process.run(
        [binaries() / "initdb", "-D", data, "-U", "provisioner", "--pwfile", password,
         "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"],
        user=_user(),
        folder=data,
    )  # fmt: skip
    if result.returncode:
        raise process.ServerError(f"PostgreSQL's folder could not be made:\n{result.stdout}")


def _user() -> str | None:
    """Return whom PostgreSQL runs as where we are root.

    Raises:
        process.ServerError: we are root and the user is not there.

    """
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(USER)
    except KeyError as error:
        raise process.ServerError(
            f"PostgreSQL does not run as root and this machine has no user {USER!r}:"
            " apt-get install postgresql makes one"
        ) from error
    return USER


def _open_to_server(folder: Path, *owned: Path) -> None:
    """Let the server's user into its folder, where we are root."""
    if _user() is None:
        return
    for parent in (folder, folder.parent, folder.parent.parent):
        parent.chmod(parent.stat().st_mode | 0o011)
    for each in owned:
        shutil.chown(each, USER, USER)


def _install_certificate(place: Place, data: Path) -> None:
    name = f"{place.region}-postgres"
    for source, target in (
        (place.certificate(name), "server.pem"),
        (place.key(name), "server.key"),
    ):
        path = data / target
        shutil.copyfile(source, path)
        path.chmod(0o600)
        if _user():
            shutil.chown(path, USER, USER)
