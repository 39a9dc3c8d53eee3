"""What a client may ask for: the bodies of requests, read strictly."""

import hashlib
from typing import Annotated, Literal, TypeVar

import msgspec

from app.card import Card, CardError
from app.money import Money, MoneyError
from app.problems import Problem

_T = TypeVar("_T")


class CardOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The card of a payment. A security code is not taken: nothing here may keep one."""

    number: Annotated[str, msgspec.Meta(min_length=12, max_length=19)]
    expiry_month: int
    expiry_year: int


class PaymentOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The body of POST /v1/payments."""

    amount: int
    currency: str
    card: CardOrder
    capture: Literal["automatic", "manual"] = "automatic"
    reference: Annotated[str, msgspec.Meta(max_length=128)] | None = None
    durability: Literal["regional", "global"] | None = None

    def checked(self, amount_max: int) -> tuple[Money, Card]:
        """Return the money and the card.

        Raises:
            Problem: 422, when one of them is not taken.

        """
        try:
            money = Money(self.amount, self.currency)
            card = Card(self.card.number, self.card.expiry_month, self.card.expiry_year)
        except MoneyError as error:
            raise Problem(422, error.code, str(error)) from None
        except CardError as error:
            raise Problem(422, "card_invalid", str(error)) from None
        if self.amount > amount_max:
            raise Problem(422, "amount_invalid", f"amount is above the limit of {amount_max}")
        if self.reference and "\x00" in self.reference:
            raise Problem(422, "reference_invalid", "reference holds a NUL")
        return money, card

    def digest(self) -> bytes:
        """Hash all of the order but the card's number, of which only what may be shown counts.

        The number itself is compared by its keyed hash: a plain one of it must not be stored.
        """
        shown = msgspec.structs.asdict(self) | {
            "card": [
                self.card.number[:6],
                self.card.number[-4:],
                self.card.expiry_month,
                self.card.expiry_year,
            ]
        }
        return hashlib.sha256(msgspec.json.encode(shown, order="sorted")).digest()


class AmountOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The body of a capture or a refund: all that is left, where no amount is given."""

    amount: int | None = None
    currency: str | None = None

    def checked(self) -> None:
        """See that the amount is one.

        Raises:
            Problem: 422, when it is not.

        """
        try:
            if self.amount is not None:
                Money(self.amount, self.currency or "EUR")
        except MoneyError as error:
            raise Problem(422, error.code, str(error)) from None

    def digest(self) -> bytes:
        """Hash the order."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).digest()


class VoidOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The body of a void: empty."""


def read(body: bytes, form: type[_T]) -> _T:
    """Decode a body.

    Raises:
        Problem: 400 when it is not JSON, 422 when it is not what is asked for.

    """
    try:
        return msgspec.json.decode(body, type=form)
    except msgspec.ValidationError as error:
        raise Problem(422, "request_invalid", str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Problem(400, "json_invalid", "the body is not JSON") from None
