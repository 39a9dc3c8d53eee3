"""Pages of payments: filters, and cursors that stay right while payments come in."""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from starlette.responses import Response

from app.merchants import Merchant
from app.money import EXPONENTS
from app.payments import State
from app.problems import Problem
from app.service import Service

LIMIT_DEFAULT = 20
LIMIT_MAX = 100
_KNOWN = frozenset({"limit", "cursor", "state", "currency", "since"})


async def page(service: Service, merchant: Merchant, query: Mapping[str, str]) -> Response:
    """Return a page, newest first; `next` is the cursor of the page after it.

    Raises:
        Problem: 422, for a filter that is not one.

    """
    unknown = sorted(set(query) - _KNOWN)
    if unknown:
        raise Problem(422, "filter_unknown", f"there is no filter {', '.join(unknown)}")
    limit = _limit(query.get("limit", str(LIMIT_DEFAULT)))
    before, before_id = _position(query.get("cursor"))
    state, currency = query.get("state"), query.get("currency")
    if state is not None and state not in set(State):
        raise Problem(422, "state_unknown", f"a state is one of {', '.join(State)}")
    if currency is not None and currency not in EXPONENTS:
        raise Problem(422, "currency_not_taken", "currency is not an ISO 4217 code taken here")
    rows = await service.store.page(
        merchant.merchant, limit + 1, before, before_id, state, currency,
        _time(query["since"]) if "since" in query else None,
    )  # fmt: skip
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = _cursor(msgspec.json.decode(rows[-1]))
    body = f'{{"data": [{", ".join(rows)}], "next": {msgspec.json.encode(following).decode()}}}'
    return Response(body, media_type="application/json")


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= LIMIT_MAX):  # noqa: PLR2004 - digits of LIMIT_MAX
        raise Problem(422, "limit_invalid", f"limit must be between 1 and {LIMIT_MAX}")
    return int(text)


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(422, "since_invalid", "since must be an RFC 3339 time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _cursor(payment: Mapping[str, str]) -> str:
    return base64.urlsafe_b64encode(f"{payment['created_at']} {payment['id']}".encode()).decode()


def _position(cursor: str | None) -> tuple[datetime | None, UUID | None]:
    if cursor is None:
        return None, None
    try:
        moment, _, payment = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        return datetime.fromisoformat(moment).astimezone(UTC), UUID(payment)
    except (ValueError, binascii.Error, OverflowError):
        raise Problem(422, "cursor_invalid", "the cursor is none of ours") from None
