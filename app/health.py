"""What a part lacks before it is of use, and the routes that say so."""

from collections.abc import Sequence

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class Health:
    """What is missing now, by name. Empty means ready."""

    def __init__(self, needs: Sequence[str]) -> None:
        self._missing = dict.fromkeys(needs, "not reached yet")
        self.draining = False

    def has(self, need: str) -> None:
        """Note that a need is met."""
        self._missing.pop(need, None)

    def lacks(self, need: str, why: str) -> None:
        """Note that a need is not met, and why."""
        self._missing[need] = why

    @property
    def missing(self) -> dict[str, str]:
        """What is missing, with the reason."""
        return {**self._missing, **({"traffic": "draining"} if self.draining else {})}

    def routes(self) -> list[Route]:
        """Return /livez, /readyz and /metrics."""
        return [
            Route("/livez", _live),
            Route("/readyz", self._ready),
            Route("/metrics", _metrics),
        ]

    async def _ready(self, _: Request) -> Response:
        missing = self.missing
        return JSONResponse({"ready": not missing, "missing": missing}, 503 if missing else 200)


async def _live(_: Request) -> Response:
    return JSONResponse({"live": True})


async def _metrics(_: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
