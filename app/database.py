"""Connections to PostgreSQL, whose password Vault keeps and changes."""

import asyncio
import logging
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from app.settings import Settings
from app.trust import client_context
from app.vault import Vault, VaultError

_LOG = logging.getLogger(__name__)
_REFUSED = (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)
_SIGN_INS_MAX = 3


@contextmanager
def replicated(connection: PoolConnectionProxy) -> Generator[None]:
    """Refuse commits that may be on no standby, which PostgreSQL calls a success.

    A wait for the standby that is cancelled ends in a warning, and in a commit that is durable on
    this server only. Such an answer is unknown, never yes.

    Raises:
        CommitUnknownError: that has happened.

    """
    warned: list[bool] = []

    def listen(_: object, message: asyncpg.PostgresLogMessage) -> None:
        if "might not have been replicated" in (getattr(message, "detail", None) or ""):
            warned.append(True)

    connection.add_log_listener(listen)
    try:
        yield
    finally:
        connection.remove_log_listener(listen)
    if warned:
        raise CommitUnknownError("the standby was not waited for")


class CommitUnknownError(Exception):
    """A commit is durable on one server, and maybe on no other."""


AWAY = (
    OSError,
    TimeoutError,
    VaultError,
    CommitUnknownError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.DiskFullError,
)
"""What a query raises when it is the database, or the way to it, that fails."""


class SignIn:
    """The user and password of a static role, read again before they are rotated."""

    def __init__(self, vault: Vault, role: str) -> None:
        self._vault = vault
        self._role = role
        self._known: tuple[str, str] | None = None
        self._until = 0.0
        self._lock = asyncio.Lock()

    async def read(self) -> tuple[str, str]:
        """Return user and password.

        Raises:
            VaultError: they are not known and Vault does not give them.

        """
        async with self._lock:
            if self._known is None or time.monotonic() >= self._until:
                user, password, ttl_s = await self._vault.database_sign_in(self._role)
                self._known = (user, password)
                self._until = time.monotonic() + max(ttl_s, 1)
            return self._known

    def forget(self) -> None:
        """Ask Vault the next time: the database has refused what is known."""
        self._known = None


async def open_pool(
    settings: Settings, vault: Vault, *, size_max: int, size_min: int = 1
) -> asyncpg.Pool:
    """Open connections that sign in with what Vault says at the time of each.

    Raises:
        OSError, asyncpg.PostgresError, VaultError: not even one could be opened.

    """
    sign_in = SignIn(vault, settings.database_role)
    tls = client_context(settings.trust_bundle) if settings.trust_bundle else False

    async def connect(*_: object, **options: Any) -> asyncpg.Connection:
        for attempt in range(_SIGN_INS_MAX):
            user, password = await sign_in.read()
            options |= {"user": user, "password": password}
            try:
                return cast("asyncpg.Connection", await asyncpg.connect(**options))
            except _REFUSED:
                sign_in.forget()
                if attempt == _SIGN_INS_MAX - 1:
                    raise
                _LOG.info("sign-in refused; asking Vault for the password again")
        raise AssertionError  # the loop returns or raises

    return await asyncpg.create_pool(
        host=settings.database_host,
        port=settings.database_port,
        database=settings.database_name,
        ssl=tls,
        connect=connect,
        min_size=size_min,
        max_size=size_max,
        timeout=5,
        command_timeout=10,
        max_inactive_connection_lifetime=300,
    )
