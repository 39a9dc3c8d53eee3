"""Around every handler: the request's id, its trace, its metrics, and problems as answers."""

import logging
import re
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from app import metrics, traces
from app.database import AWAY
from app.problems import Problem

_LOG = logging.getLogger(__name__)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
BODY_BYTES_MAX = 16 * 1024

Handler = Callable[[Request], Awaitable[Response]]


def endpoint(route: str, handler: Handler) -> Handler:
    """Return the handler as it is served. `route` is its path with the parameters' names."""

    async def served(request: Request) -> Response:
        began = time.perf_counter()
        asked = request.headers.get("x-request-id", "")
        request_id = asked if _REQUEST_ID.fullmatch(asked) else str(uuid4())
        with traces.span(f"{request.method} {route}", request.headers) as span:
            try:
                response = await handler(request)
            except Problem as problem:
                response = problem.response(request_id)
            except AWAY as error:
                _LOG.warning("%s fails: %s", route, type(error).__name__)
                problem = Problem(503, "database_unavailable", "try again", 2)
                response = problem.response(request_id)
            except Exception:  # noqa: BLE001 - no client sees a traceback
                _LOG.exception("unexpected", extra={"request_id": request_id, "route": route})
                problem = Problem(500, "internal", "unexpected; our log has it by its request id")
                response = problem.response(request_id)
            span.set_attribute("http.response.status_code", response.status_code)
        response.headers["x-request-id"] = request_id
        response.headers.setdefault("cache-control", "no-store")
        metrics.REQUESTS.labels(route, request.method, response.status_code).inc()
        metrics.DURATION.labels(route, request.method).observe(time.perf_counter() - began)
        return response

    return served


async def body(request: Request, media_type: str = "application/json") -> bytes:
    """Return the request's body.

    Raises:
        Problem: 413 or 415.

    """
    given = request.headers.get("content-type", media_type).partition(";")[0].strip().lower()
    if given != media_type:
        raise Problem(415, "media_type", f"send {media_type}")
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > BODY_BYTES_MAX:
            raise Problem(413, "too_large", f"no request needs more than {BODY_BYTES_MAX} bytes")
    return bytes(received)
