"""The other region's API, as this region's calls it."""

import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec

from app.breaker import Breaker, BreakerOpenError
from app.tokens import Tokens
from app.trust import client_context

_TIMEOUT = httpx.Timeout(1.5, connect=0.8)
THUMBPRINT = "region"
"""Regions' tokens to one another are bound to no client certificate: the mesh holds that link."""
_TOKEN_LIFE_S = 300


class PeerError(Exception):
    """The peer cannot be reached, or would not; whether it acted is not known."""


class Peer:
    """Calls to the peer's /internal routes, behind one breaker."""

    def __init__(
        self, url: str, *, region: str, peer_region: str, tokens: Tokens, trust_bundle: str
    ) -> None:
        self.region = peer_region
        self._own = region
        self._tokens = tokens
        self._http = httpx.AsyncClient(
            base_url=url, verify=client_context(trust_bundle), timeout=_TIMEOUT
        )
        self.breaker = Breaker("peer", failures_max=3, pause_s=3)
        self._token = ""
        self._token_until = 0.0

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def keep_intent(self, merchant: str, key: str, body: bytes) -> None:
        """Have a payment made durable there; return once it is.

        Raises:
            PeerError: it is not known to be.

        """
        answer = await self._post(
            "/internal/v1/intents", {"merchant": merchant, "key": key, "body": body.decode()}
        )
        if answer.status_code != 204:  # noqa: PLR2004 - No Content
            raise PeerError(f"the intent was answered with {answer.status_code}")

    async def forward(self, merchant: str, path: str, key: str, body: bytes) -> httpx.Response:
        """Have a request answered where its merchant is settled for.

        Raises:
            PeerError: it did not answer; whether it acted is not known.

        """
        answer = await self._post(
            "/internal/v1/forward",
            {"merchant": merchant, "path": path, "key": key, "body": body.decode()},
        )
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise PeerError(f"the forwarded request was answered with {answer.status_code}")
        return answer

    async def read(self, path: str) -> Any:
        """Return what the peer shows to anyone: its keys, its ownership."""
        try:
            async with self.breaker.call(httpx.HTTPError):
                answer = await self._http.get(path)
                answer.raise_for_status()
                return answer.json()
        except (httpx.HTTPError, BreakerOpenError) as error:
            raise PeerError(f"{path}: {type(error).__name__}") from None

    async def _post(self, path: str, body: object) -> httpx.Response:
        if time.monotonic() >= self._token_until:
            self._token = await self._tokens.issue(
                self._own, ["internal"], THUMBPRINT, f"intake.{self.region}"
            )
            self._token_until = time.monotonic() + _TOKEN_LIFE_S
        try:
            async with self.breaker.call(httpx.HTTPError):
                return await self._http.post(
                    path,
                    content=msgspec.json.encode(body),
                    headers={
                        "authorization": f"Bearer {self._token}",
                        "content-type": "application/json",
                    },
                )
        except BreakerOpenError as error:
            raise PeerError(str(error)) from None
        except httpx.HTTPError as error:
            raise PeerError(f"{path}: {type(error).__name__}") from None


def reader(
    url: str, trust_bundle: str, stack: contextlib.AsyncExitStack
) -> Callable[[str], Awaitable[Any]]:
    """Return a function like `Peer.read`, for parts that have no token of their own."""
    http = httpx.AsyncClient(base_url=url, verify=client_context(trust_bundle), timeout=_TIMEOUT)
    stack.push_async_callback(http.aclose)

    async def read(path: str) -> Any:
        try:
            answer = await http.get(path)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise PeerError(f"{path}: {type(error).__name__}") from None

    return read
