"""Errors as RFC 9457 problems: what was wrong, in words and as a code."""

from dataclasses import dataclass, field

import msgspec
from starlette.responses import Response

from app import card


@dataclass
class Problem(Exception):  # noqa: N818 - the RFC's own word
    """An answer that is not the one hoped for."""

    status: int
    code: str
    detail: str
    retry_after_s: int | None = None
    more: dict[str, object] = field(default_factory=dict[str, object])

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.detail}"

    def response(self, request_id: str) -> Response:
        """Return the problem as application/problem+json."""
        body = {
            "type": f"urn:evenkeel:problem:{self.code}",
            "title": self.code.replace("_", " ").capitalize(),
            "status": self.status,
            # A wrong request may have a card number anywhere in it, even as a field's name.
            "detail": card.masked(self.detail),
            "code": self.code,
            "request_id": request_id,
            **self.more,
        }
        headers = {} if self.retry_after_s is None else {"retry-after": str(self.retry_after_s)}
        if self.status == 401:  # noqa: PLR2004 - Unauthorized
            headers["www-authenticate"] = f'Bearer error="{self.code}"'
        return Response(msgspec.json.encode(body), self.status, headers, "application/problem+json")
