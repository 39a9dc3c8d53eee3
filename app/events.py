"""Events as they stand in topics."""

import msgspec


class CardView(msgspec.Struct, frozen=True):
    """What may be shown of a card."""

    scheme: str
    bin: str
    last4: str


class PaymentView(msgspec.Struct, frozen=True):
    """A payment as it was when the event was made."""

    id: str
    merchant: str
    state: str
    amount: int
    currency: str
    exponent: int
    capture: str
    card: CardView
    accepted_in: str
    version: int


class Operation(msgspec.Struct, frozen=True):
    """A capture, void or refund that was asked for."""

    id: str
    payment: str
    kind: str
    amount: int


class Event(msgspec.Struct, frozen=True):
    """One change of one payment; `event` is the same in both regions."""

    event: str
    type: str
    payment: PaymentView
    operation: Operation | None = None


def decode(value: bytes) -> Event:
    """Read an event.

    Raises:
        msgspec.MsgspecError: it is not one.

    """
    return msgspec.json.decode(value, type=Event)
