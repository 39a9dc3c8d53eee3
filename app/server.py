"""Serving HTTP beside a part's own work, and ending both in order."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

import uvicorn
from starlette.applications import Starlette

from app.health import Health
from app.settings import Settings

DRAIN_S = 2.0
"""How long readiness says no before connections are refused: the gateway looks every second."""


class _Server(uvicorn.Server):
    """uvicorn, without its own signal handlers: this process has one place for them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


async def serve(
    app: Starlette,
    settings: Settings,
    health: Health,
    stop: asyncio.Event,
    *work: Coroutine[Any, Any, None],
    drain_s: float = DRAIN_S,
) -> None:
    """Serve `app` and run `work` until `stop`, then drain; a failure of either ends both."""
    server = _Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            loop="none",
            http="httptools",
            access_log=False,
            log_config=None,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=10,
        )
    )
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in work]
        serving = group.create_task(server.serve())
        stopping = group.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not serving.done():
            health.draining = True
            await asyncio.sleep(drain_s)
            server.should_exit = True
            await serving
        for task in tasks:
            task.cancel()
