"""The acquirer: the bank that charges the card. Each call carries the id of what it does."""

from dataclasses import dataclass
from typing import Any, Literal

import httpx

from app.breaker import Breaker, BreakerOpenError
from app.card import Card
from app.trust import client_context

_TIMEOUT = httpx.Timeout(3, connect=1)
_NOT_FOUND = 404
Outcome = Literal["approved", "declined", "unknown", "retry"]


@dataclass(frozen=True)
class Reply:
    """What the acquirer did.

    `unknown`: it was asked and may have acted. `retry`: it was not asked, or says it did not act.
    """

    outcome: Outcome
    reference: str | None = None
    code: str | None = None


class Acquirer:
    """The acquirer's HTTP interface, behind one breaker."""

    def __init__(self, url: str, *, trust_bundle: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=url, verify=client_context(trust_bundle), timeout=_TIMEOUT
        )
        self.breaker = Breaker("acquirer", failures_max=5, pause_s=5)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def charge(
        self, payment: str, amount: int, currency: str, *, capture: bool, card: Card
    ) -> Reply:
        """Authorise, and capture if asked, at most once for a payment's id."""
        return await self._write(
            "/charges",
            payment,
            {
                "id": payment,
                "amount": amount,
                "currency": currency,
                "capture": capture,
                "card": {
                    "number": card.number,
                    "expiry_month": card.expiry_month,
                    "expiry_year": card.expiry_year,
                },
            },
        )

    async def operate(
        self, operation: str, payment: str, kind: str, amount: int, currency: str
    ) -> Reply:
        """Capture, void or refund, at most once for an operation's id."""
        return await self._write(
            "/operations",
            operation,
            {
                "id": operation,
                "payment": payment,
                "kind": kind,
                "amount": amount,
                "currency": currency,
            },
        )

    async def inquire(self, path: Literal["/charges", "/operations"], what: str) -> Reply | None:
        """Return what became of a call that timed out, or None if it never arrived."""
        try:
            async with self.breaker.call(httpx.HTTPError):
                answer = await self._http.get(f"{path}/{what}")
                if answer.is_server_error:
                    answer.raise_for_status()
        except (httpx.HTTPError, BreakerOpenError):
            return Reply("unknown")
        return None if answer.status_code == _NOT_FOUND else _reply(answer)

    async def _write(self, path: str, what: str, body: dict[str, Any]) -> Reply:
        try:
            async with self.breaker.call(httpx.HTTPError):
                answer = await self._http.post(path, json=body, headers={"idempotency-key": what})
                if answer.is_server_error:
                    answer.raise_for_status()
        except (BreakerOpenError, httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return Reply("retry")
        except httpx.HTTPError:
            # Timed out, broken off, or failed within: it may have acted.
            return Reply("unknown")
        return _reply(answer)


def _reply(answer: httpx.Response) -> Reply:
    try:
        body = answer.json()
        outcome = body["outcome"]
    except (ValueError, KeyError, TypeError):
        return Reply("unknown")
    if outcome not in ("approved", "declined"):
        return Reply("unknown")
    return Reply(outcome, body.get("reference"), body.get("code"))
