"""What the acquirer has done, and how it behaves; pure."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

Mode = Literal["normal", "slow", "wrong", "down", "late"]
"""slow: answers after the delay. wrong: answers nonsense. down: answers 503 and does nothing.
late: acts at once and answers after the delay, so that the caller has given up."""
MODES: tuple[Mode, ...] = ("normal", "slow", "wrong", "down", "late")

DECLINES = {
    "4000000000000002": "do_not_honour",
    "4000000000009995": "insufficient_funds",
    "4000000000000069": "expired_card",
}
"""Published test numbers that stand for cards which their bank refuses."""


@dataclass
class Book:
    """Charges and operations by the idempotency key they came under."""

    mode: Mode = "normal"
    delay_s: float = 0.0
    seen: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    charges: Counter[str] = field(default_factory=Counter[str])
    """Approved charges by payment: above 1 means that someone paid twice."""
    requests: int = 0

    def charge(self, key: str, payment: str, number: str) -> dict[str, Any]:
        """Charge once for a key. The card's number is looked at and not kept."""
        if key not in self.seen:
            code = DECLINES.get(number)
            self.charges[payment] += code is None
            self.seen[key] = self._reply(key, code)
        return self.seen[key]

    def operate(self, key: str) -> dict[str, Any]:
        """Capture, void or refund once for a key."""
        return self.seen.setdefault(key, self._reply(key, None))

    @staticmethod
    def _reply(key: str, code: str | None) -> dict[str, Any]:
        outcome = "approved" if code is None else "declined"
        return {"id": key, "outcome": outcome, "reference": f"acq-{key[:8]}", "code": code}
