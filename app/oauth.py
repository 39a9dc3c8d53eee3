"""The token endpoint and who is calling: OAuth 2.0 client credentials over mutual TLS."""

import hmac
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app import endpoint
from app.certificate import client_hash, thumbprint
from app.merchants import Merchant
from app.problems import Problem
from app.service import Service
from app.tokens import LIFE_S, TokenError
from app.vault import VaultError


async def give_token(service: Service, request: Request) -> Response:
    """Answer POST /oauth/token (RFC 6749 4.4, RFC 8705 2.1).

    Raises:
        Problem: 503 while Vault does not sign.

    """
    form = parse_qs((await endpoint.body(request, "application/x-www-form-urlencoded")).decode(
        errors="replace"), max_num_fields=16)  # fmt: skip
    if form.get("grant_type") != ["client_credentials"]:
        return _refusal("unsupported_grant_type", "only client_credentials is granted")
    certificate = client_hash(request.headers, trusted_proxy=service.trusted_proxy)
    merchant = await service.merchants.find(form.get("client_id", [""])[0])
    if (
        certificate is None
        or merchant is None
        or not hmac.compare_digest(certificate, merchant.certificate)
    ):
        return _refusal("invalid_client", "no such client with this certificate", 401)
    asked = frozenset(form.get("scope", [""])[0].split()) or merchant.scopes
    if not asked <= merchant.scopes:
        return _refusal("invalid_scope", "the client has not all of these scopes")
    try:
        token = await service.tokens.issue(merchant.merchant, asked, thumbprint(certificate))
    except VaultError:
        raise Problem(503, "vault_unavailable", "tokens cannot be signed now", 2) from None
    return JSONResponse(
        {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": LIFE_S,
            "scope": " ".join(sorted(asked)),
        }
    )


async def caller(service: Service, request: Request, scope: str) -> Merchant:
    """Return who sends a request, if a token for the scope and its certificate say so.

    Raises:
        Problem: 401 or 403.

    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    certificate = client_hash(request.headers, trusted_proxy=service.trusted_proxy)
    if scheme.lower() != "bearer" or not token or certificate is None:
        raise Problem(401, "invalid_token", "a bearer token and a client certificate are needed")
    try:
        claims = service.tokens.check(token, thumbprint(certificate))
    except TokenError as error:
        raise Problem(401, "invalid_token", str(error)) from None
    if scope not in claims.scopes:
        raise Problem(403, "insufficient_scope", f"the token lacks the scope {scope}")
    merchant = await service.merchants.find(claims.subject)
    if merchant is None:
        raise Problem(401, "invalid_token", "the client is no longer known")
    return merchant


def _refusal(error: str, description: str, status: int = 400) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)
