"""The life of a payment: its states, and the moves between them. Pure."""

from enum import StrEnum
from uuid import UUID, uuid5

_NAMESPACE = UUID("6d0f9a3e-6f0c-5d4e-9b0a-1f2d3c4b5a69")
"""Of our ids. Chosen once: another value would make a repeat of an old key a new payment."""


class State(StrEnum):
    """Where a payment stands."""

    ACCEPTED = "accepted"
    """Durable; neither judged nor charged yet."""
    UNKNOWN = "unknown"
    """The acquirer was asked and did not answer in time; the janitor asks again."""
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    """Captured in part or whole, maybe refunded in part; the amounts say how much."""
    DECLINED = "declined"
    VOIDED = "voided"
    REFUNDED = "refunded"
    """All of the payment was captured and given back."""


MOVES: dict[State, frozenset[State]] = {
    State.ACCEPTED: frozenset({State.UNKNOWN, State.AUTHORISED, State.CAPTURED, State.DECLINED}),
    State.UNKNOWN: frozenset({State.AUTHORISED, State.CAPTURED, State.DECLINED}),
    State.AUTHORISED: frozenset({State.CAPTURED, State.VOIDED}),
    State.CAPTURED: frozenset({State.REFUNDED}),
    State.DECLINED: frozenset(),
    State.VOIDED: frozenset(),
    State.REFUNDED: frozenset(),
}
"""The table `moves` of the database holds the same; a trigger refuses everything else."""

TERMINAL = frozenset(state for state, targets in MOVES.items() if not targets)


def derived_id(merchant: str, route: str, key: str) -> UUID:
    """Return the id of what a request makes, the same in every region.

    Derived from the merchant, the route (method and path) and its idempotency key.
    """
    return uuid5(_NAMESPACE, f"{merchant}\n{route}\n{key}")
