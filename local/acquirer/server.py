"""The acquirer's HTTP interface."""

import asyncio
import math
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.acquirer.book import MODES, Book

Body = dict[str, Any]


class Server:
    """The routes around one book."""

    def __init__(self, book: Book) -> None:
        self._book = book

    async def charge(self, request: Request) -> Response:
        """Charge a card."""

        def act(key: str, body: Body) -> Body:
            return self._book.charge(key, body["id"], body["card"]["number"])

        return await self._behave(request, act)

    async def operate(self, request: Request) -> Response:
        """Capture, void or refund."""

        def act(key: str, _: Body) -> Body:
            return self._book.operate(key)

        return await self._behave(request, act)

    async def inquire(self, request: Request) -> Response:
        """Tell what became of a charge or an operation."""
        if self._book.mode == "down":
            return JSONResponse({"error": "down"}, 503)
        found = self._book.seen.get(request.path_params["id"])
        return JSONResponse(found or {"error": "not found"}, 200 if found else 404)

    async def control(self, request: Request) -> Response:
        """Tell or set how the acquirer behaves."""
        if request.method == "PUT":
            wanted = await request.json()
            mode, delay_s = wanted.get("mode", "normal"), float(wanted.get("delay_s", 0))
            if mode not in MODES or not math.isfinite(delay_s) or delay_s < 0:
                return JSONResponse({"error": f"mode is one of {', '.join(MODES)}"}, 422)
            self._book.mode, self._book.delay_s = mode, delay_s
        return JSONResponse({"mode": self._book.mode, "delay_s": self._book.delay_s})

    async def counts(self, _: Request) -> Response:
        """Tell how often each payment was charged."""
        return JSONResponse({"charges": self._book.charges, "requests": self._book.requests})

    async def _behave(self, request: Request, act: Callable[[str, Body], Body]) -> Response:
        book = self._book
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


async def _live(_: Request) -> Response:
    return JSONResponse({"live": True})


def application(book: Book) -> Starlette:
    """Return an acquirer that keeps its book in memory."""
    server = Server(book)
    return Starlette(
        routes=[
            Route("/livez", _live),
            Route("/control", server.control, methods=["GET", "PUT"]),
            Route("/counts", server.counts),
            Route("/charges", server.charge, methods=["POST"]),
            Route("/charges/{id}", server.inquire),
            Route("/operations", server.operate, methods=["POST"]),
            Route("/operations/{id}", server.inquire),
        ]
    )
