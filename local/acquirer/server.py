"""The acquirer's HTTP interface."""

import asyncio
import math
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.acquirer.book import MODES, Book


def application(book: Book) -> Starlette:
    """Return an acquirer that keeps its book in memory."""

    async def behave(request: Request, act: Any) -> Response:  # noqa: ANN401 - what is done with the body
        book.requests += 1
        mode, delay_s = book.mode, book.delay_s
        if mode == "down":
            return JSONResponse({"error": "down"}, 503)
        if mode == "wrong":
            return PlainTextResponse("<html>It works!</html>")
        if mode == "slow":
            await asyncio.sleep(delay_s)
        reply = act(request.headers.get("idempotency-key", ""), await request.json())
        if mode == "late":
            await asyncio.sleep(delay_s)
        return JSONResponse(reply)

    async def charge(request: Request) -> Response:
        return await behave(
            request, lambda key, body: book.charge(key, body["id"], body["card"]["number"])
        )

    async def operate(request: Request) -> Response:
        return await behave(request, lambda key, _: book.operate(key))

    async def inquire(request: Request) -> Response:
        if book.mode == "down":
            return JSONResponse({"error": "down"}, 503)
        found = book.seen.get(request.path_params["id"])
        return JSONResponse(found or {"error": "not found"}, 200 if found else 404)

    async def control(request: Request) -> Response:
        if request.method == "PUT":
            wanted = await request.json()
            mode, delay_s = wanted.get("mode", "normal"), float(wanted.get("delay_s", 0))
            if mode not in MODES or not math.isfinite(delay_s) or delay_s < 0:
                return JSONResponse({"error": f"mode is one of {', '.join(MODES)}"}, 422)
            book.mode, book.delay_s = mode, delay_s
        return JSONResponse({"mode": book.mode, "delay_s": book.delay_s})

    async def counts(_: Request) -> Response:
        return JSONResponse({"charges": book.charges, "requests": book.requests})

    async def live(_: Request) -> Response:
        return JSONResponse({"live": True})

    return Starlette(
        routes=[
            Route("/livez", live),
            Route("/control", control, methods=["GET", "PUT"]),
            Route("/counts", counts),
            Route("/charges", charge, methods=["POST"]),
            Route("/charges/{id}", inquire),
            Route("/operations", operate, methods=["POST"]),
            Route("/operations/{id}", inquire),
        ]
    )
