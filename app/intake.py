"""What the peer region asks of this one: /internal routes, for its tokens only."""

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app import endpoint
from app.acceptance import accept_here, keep_intent
from app.merchants import Merchant
from app.operating import KINDS, operate_here
from app.orders import read
from app.peer import THUMBPRINT
from app.problems import Problem
from app.service import Service
from app.tokens import TokenError
from app.uuids import uuid_of


class Relayed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A merchant's request as the peer passes it on."""

    merchant: str
    key: str
    body: str
    path: str = "/v1/payments"


async def intents(service: Service, request: Request) -> Response:
    """Answer POST /internal/v1/intents with 204 once the payment is durable here.

    Raises:
        Problem: it is not.

    """
    merchant, relayed = await _relayed(service, request)
    await keep_intent(service, merchant, relayed.key, relayed.body.encode(), service.peer.region)
    return Response(status_code=204)


async def forwarded(service: Service, request: Request) -> Response:
    """Answer POST /internal/v1/forward as the request within it would be answered here.

    Raises:
        Problem: as that request would; 421 where this region does not settle for its merchant.

    """
    merchant, relayed = await _relayed(service, request)
    if merchant.owner != service.region:
        raise Problem(503, "not_owner", f"{merchant.owner} settles for this merchant", 2)
    body = relayed.body.encode()
    if relayed.path == "/v1/payments":
        return await accept_here(service, merchant, relayed.key, body)
    start, _, kind = relayed.path.rpartition("/")
    payment = uuid_of(start.removeprefix("/v1/payments/"))
    for known in KINDS:
        if payment and kind == known:
            return await operate_here(
                service, merchant, relayed.path, payment, known, relayed.key, body
            )
    raise Problem(404, "not_found", "no such route")


async def ownership(service: Service, _: Request) -> Response:
    """Answer GET /internal/v1/ownership: who settles for whom, and since which epoch."""
    return JSONResponse({"ownership": await service.merchants.ownership()})


async def _relayed(service: Service, request: Request) -> tuple[Merchant, Relayed]:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer":
        raise Problem(401, "invalid_token", "a region's token is needed")
    try:
        claims = service.tokens.check(token, THUMBPRINT, f"intake.{service.region}")
    except TokenError as error:
        raise Problem(401, "invalid_token", str(error)) from None
    if claims.subject != service.peer.region or "internal" not in claims.scopes:
        raise Problem(403, "insufficient_scope", "only the peer region may")
    relayed = read(await endpoint.body(request), Relayed)
    merchant = await service.merchants.find(relayed.merchant)
    if merchant is None:
        raise Problem(404, "not_found", "no such merchant here")
    return merchant, relayed
