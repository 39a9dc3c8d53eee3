"""Which region settles for whom, and whose tokens are believed: kept in step with the peer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import msgspec

from app.peer import PeerError
from app.service import Service
from app.vault import VaultError

_LOG = logging.getLogger(__name__)
_EVERY_S = 2


async def watch(pool: asyncpg.Pool, read: Callable[[str], Awaitable[Any]]) -> None:
    """Adopt each later epoch that the peer knows of, for ever.

    So a region that was away learns, before it settles anything, that it no longer may.
    """
    while True:
        await adopt(pool, read)
        await asyncio.sleep(_EVERY_S)


async def adopt(pool: asyncpg.Pool, read: Callable[[str], Awaitable[Any]]) -> bool:
    """Ask the peer once; return whether it answered."""
    try:
        answer = await read("/internal/v1/ownership")
        for row in answer["ownership"]:
            if await pool.fetchval(
                "SELECT adopt_ownership($1, $2, $3)", row["home"], row["owner"], row["epoch"]
            ):
                _LOG.warning("ownership has moved", extra={"ownership": row})
    except (PeerError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        _LOG.debug("the peer's ownership is not known: %s", error)
        return False
    return True


async def refresh_keys(service: Service, pool: asyncpg.Pool) -> None:
    """Read our own public keys and the peer's, and note what is missing for readiness.

    The peer's are kept in the database too, so that its tokens outlive it here.
    """
    health = service.health
    try:
        await service.tokens.refresh()
        health.has("vault")
        health.has("keys")
    except VaultError as error:
        health.lacks("vault", str(error))
    try:
        jwks = (await service.peer.read("/.well-known/jwks.json"))["keys"]
        for jwk in jwks:
            await pool.execute(
                "SELECT keep_signing_key($1, $2, $3)",
                jwk["kid"], service.peer.region, msgspec.json.encode(jwk).decode(),
            )  # fmt: skip
    except (PeerError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        _LOG.debug("the peer's keys are not known: %s", error)
    try:
        rows = await pool.fetch("SELECT jwk FROM signing_keys")
        service.tokens.learn([msgspec.json.decode(row["jwk"]) for row in rows])
        health.has("database")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        health.lacks("database", type(error).__name__)
