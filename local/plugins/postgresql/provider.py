"""The postgresql provider's stand-in: which region's PostgreSQL, and the types it has."""

import os
import re

from local import addresses, names
from local.places import Place
from local.plugins.postgresql.grants import DefaultPrivilegesKind, GrantKind, GrantRoleKind
from local.plugins.postgresql.kind import SqlKind
from local.plugins.postgresql.objects import DatabaseKind, ExtensionKind, SchemaKind
from local.plugins.postgresql.role import RoleKind
from local.plugins.postgresql.server import Server
from local.plugins.standin import Kind, Properties, StandIn, StandInError

KINDS: dict[str, type[SqlKind]] = {
    "postgresql:index/database:Database": DatabaseKind,
    "postgresql:index/defaultPrivileges:DefaultPrivileges": DefaultPrivilegesKind,
    "postgresql:index/extension:Extension": ExtensionKind,
    "postgresql:index/grant:Grant": GrantKind,
    "postgresql:index/grantRole:GrantRole": GrantRoleKind,
    "postgresql:index/role:Role": RoleKind,
    "postgresql:index/schema:Schema": SchemaKind,
}
_HOST = re.compile(r"db\.(?P<region>[a-z0-9-]+)\.evenkeel\.internal")


class Postgresql(StandIn):
    """The types of the table, on one region's server."""

    def __init__(self) -> None:
        super().__init__()
        self._server: Server | None = None

    def configured(self, configuration: Properties) -> None:
        """Find the region by the host; unknown at preview, there is none yet."""
        if configuration.get("host"):
            self._server = _server(configuration)

    def kind(self, type_: str) -> Kind:
        """Return how a type is handled."""
        if type_ not in KINDS:
            raise StandInError(
                f"the stand-in for PostgreSQL has no {type_}, only {', '.join(KINDS)}"
            )
        return KINDS[type_](self._server)


def _server(configuration: Properties) -> Server:
    """Return the server at a host of the platform.

    Raises:
        StandInError: no region of the one-machine cloud has that host, or it is not up.

    """
    host = str(configuration["host"])
    found = _HOST.fullmatch(host)
    if found is None or found["region"] not in addresses.REGIONS:
        raise StandInError(
            f"{host} is no database of the one-machine cloud: expected"
            f" db.<region>.evenkeel.internal, a region of {addresses.REGIONS}"
        )
    if configuration.get("sslmode") != "verify-full":
        raise StandInError(
            f"sslmode is {configuration.get('sslmode')!r}: with anything but verify-full the"
            " server's name is not checked, and a password goes to whoever answers"
        )
    place = Place(found["region"])
    try:
        password = os.environ.get("PGPASSWORD") or place.postgres_password
    except FileNotFoundError as error:
        raise StandInError(f"{place.region} is not up on this machine: {error}") from error
    return Server(
        host=host,
        address=names.resolve(host, place.region),
        port=int(configuration.get("port", 5432)),
        user=str(configuration.get("username", "provisioner")),
        password=password,
        authority=str(place.ca),
        database=str(configuration.get("database", "postgres")),
        connect_seconds_max=int(configuration.get("connectTimeout", 30)),
    )
