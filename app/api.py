"""The API: HTTP in, domain call, HTTP out; no SQL, no Kafka."""

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from uuid import UUID

import asyncpg
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app import endpoint, intake, listing, oauth, ownership
from app.acceptance import accept
from app.database import open_pool
from app.health import Health
from app.merchants import Merchants
from app.operating import KINDS, Kind, operate
from app.peer import Peer
from app.problems import Problem
from app.server import serve
from app.service import Service, step
from app.settings import Settings
from app.store import Store
from app.tokens import Tokens
from app.uuids import uuid_of
from app.vault import Vault

_LOG = logging.getLogger(__name__)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_OPENAPI = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"


def application(service: Service) -> Starlette:
    """Return the ASGI application."""

    def route(
        path: str, method: str, handler: Callable[[Service, Request], Awaitable[Response]]
    ) -> Route:
        async def bound(request: Request) -> Response:
            return await handler(service, request)

        return Route(path, endpoint.endpoint(path, bound), methods=[method])

    return Starlette(
        routes=[
            *service.health.routes(),
            route("/oauth/token", "POST", oauth.give_token),
            route("/.well-known/jwks.json", "GET", _jwks),
            route("/openapi.json", "GET", _openapi),
            route("/v1/payments", "POST", _create),
            route("/v1/payments", "GET", _list),
            route("/v1/payments/{payment}", "GET", _find),
            route("/v1/payments/{payment}/operations", "GET", _operations),
            *(
                route(f"/v1/payments/{{payment}}/{kind}", "POST", _operation(kind))
                for kind in KINDS
            ),
            route("/internal/v1/intents", "POST", intake.intents),
            route("/internal/v1/forward", "POST", intake.forwarded),
            route("/internal/v1/ownership", "GET", intake.ownership),
        ],
        exception_handlers={HTTPException: _not_routed},
    )


async def _create(service: Service, request: Request) -> Response:
    with step("sign_in"):
        merchant = await oauth.caller(service, request, "payments:write")
    key = _key(request)
    return await accept(service, merchant, key, await endpoint.body(request))


async def _find(service: Service, request: Request) -> Response:
    merchant = await oauth.caller(service, request, "payments:read")
    found = await service.store.find(merchant.merchant, _payment(request))
    if found is None:
        raise Problem(404, "not_found", "no such payment")
    return Response(found, media_type="application/json")


async def _list(service: Service, request: Request) -> Response:
    merchant = await oauth.caller(service, request, "payments:read")
    return await listing.page(service, merchant, request.query_params)


async def _operations(service: Service, request: Request) -> Response:
    merchant = await oauth.caller(service, request, "payments:read")
    payment = _payment(request)
    if await service.store.find(merchant.merchant, payment) is None:
        raise Problem(404, "not_found", "no such payment")
    rows = await service.store.operations(merchant.merchant, payment)
    return Response(f'{{"data": [{", ".join(rows)}]}}', media_type="application/json")


def _operation(kind: Kind) -> Callable[[Service, Request], Awaitable[Response]]:
    async def handler(service: Service, request: Request) -> Response:
        merchant = await oauth.caller(service, request, "payments:write")
        key = _key(request)
        payment = _payment(request)
        path = f"/v1/payments/{payment}/{kind}"
        body = await endpoint.body(request)
        return await operate(service, merchant, path, payment, kind, key, body)

    return handler


async def _jwks(service: Service, _: Request) -> Response:
    return JSONResponse({"keys": service.tokens.jwks()}, headers={"cache-control": "max-age=300"})


async def _openapi(_: Service, __: Request) -> Response:
    return Response(_OPENAPI.read_bytes(), media_type="application/json")


def _key(request: Request) -> str:
    key = request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        raise Problem(
            400, "idempotency_key", "send Idempotency-Key: 1 to 255 printable ASCII characters"
        )
    return key


def _payment(request: Request) -> UUID:
    payment = uuid_of(request.path_params["payment"])
    if payment is None:
        raise Problem(404, "not_found", "no such payment")
    return payment


async def _not_routed(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = "method_not_allowed" if status == 405 else "not_found"  # noqa: PLR2004 - HTTP

    async def answer(_: Request) -> Response:
        raise Problem(status, code, "no such route")

    response = await endpoint.endpoint("other", answer)(request)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until told to stop."""
    health = Health(["vault", "database", "keys"])
    vault = Vault(
        addr=settings.vault_addr,
        role=settings.vault_role,
        token_file=settings.vault_token_file,
        trust_bundle=settings.trust_bundle,
    )
    tokens = Tokens(vault, region=settings.region, issuer=settings.token_issuer)
    peer = Peer(
        settings.peer_intake_url,
        region=settings.region,
        peer_region=settings.peer_region,
        tokens=tokens,
        trust_bundle=settings.trust_bundle,
    )
    pool = await open_pool(settings, vault, size_max=12)
    async with _closing(pool, vault, peer):
        service = Service(
            region=settings.region,
            issuer=settings.token_issuer,
            trusted_proxy=settings.trusted_proxy,
            vault=vault,
            store=Store(pool),
            merchants=Merchants(pool),
            tokens=tokens,
            peer=peer,
            health=health,
        )
        await serve(
            application(service),
            settings,
            health,
            stop,
            vault.keep_signed_in(),
            ownership.watch(pool, peer.read),
            _watch(service, pool),
        )


@contextlib.asynccontextmanager
async def _closing(pool: asyncpg.Pool, vault: Vault, peer: Peer) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(pool.close(), 5)
        await vault.close()
        await peer.close()


async def _watch(service: Service, pool: asyncpg.Pool) -> None:
    """Keep readiness and both regions' public keys up to date, for ever."""
    while True:
        await ownership.refresh_keys(service, pool)
        await asyncio.sleep(2)
