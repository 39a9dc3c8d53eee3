"""Card numbers: told valid from invalid, sealed, and kept out of every text."""

import re
from dataclasses import dataclass

import msgspec

_SCHEMES = (
    ("amex", re.compile(r"3[47]\d{13}")),
    ("diners", re.compile(r"3(?:0[0-5]|[68]\d)\d{11,16}")),
    ("jcb", re.compile(r"35(?:2[89]|[3-8]\d)\d{12}")),
    ("mastercard", re.compile(r"(?:5[1-5]\d{4}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d\d)"
                              r"\d{10}")),
    ("discover", re.compile(r"6(?:011|4[4-9]\d|5\d\d)\d{12}")),
    ("unionpay", re.compile(r"62\d{14,17}")),
    ("visa", re.compile(r"4\d{12}(?:\d{3})?(?:\d{3})?")),
    ("maestro", re.compile(r"(?:5[0678]|6)\d{11,17}")),
)  # fmt: skip
_DIGITS = re.compile(r"(?<![\d.])(?:\d[ -]?){12,18}\d(?![\d.])")


class CardError(ValueError):
    """Not a card that can be charged. The message never holds the number."""


@dataclass(frozen=True)
class Card:
    """What is charged. Its repr shows no more than what may be stored."""

    number: str
    expiry_month: int
    expiry_year: int

    def __post_init__(self) -> None:
        if not self.number.isdecimal() or not luhn(self.number):
            raise CardError("card.number is not a card number")
        if not 1 <= self.expiry_month <= 12:  # noqa: PLR2004 - months
            raise CardError("card.expiry_month must be between 1 and 12")
        if not 2000 <= self.expiry_year <= 2999:  # noqa: PLR2004 - four digits
            raise CardError("card.expiry_year must be four digits")
        if not self.scheme:
            raise CardError("card.number is of no scheme taken here")

    def __repr__(self) -> str:
        return f"Card({self.bin}...{self.last4})"

    @property
    def scheme(self) -> str:
        """The card scheme's name, empty when it is none of ours."""
        return next((name for name, form in _SCHEMES if form.fullmatch(self.number)), "")

    @property
    def bin(self) -> str:
        """The first six digits: with the last four, the most that may be shown (PCI DSS 3.4.1)."""
        return self.number[:6]

    @property
    def last4(self) -> str:
        """The last four digits."""
        return self.number[-4:]

    def expired(self, year: int, month: int) -> bool:
        """Tell whether the card's last month is before the given one."""
        return (self.expiry_year, self.expiry_month) < (year, month)

    def plaintext(self) -> bytes:
        """Return what Vault seals: the card as JSON."""
        return msgspec.json.encode(
            {"number": self.number, "month": self.expiry_month, "year": self.expiry_year}
        )


def opened(plaintext: bytes) -> Card:
    """Read back what `Card.plaintext` made."""
    fields = msgspec.json.decode(plaintext)
    return Card(fields["number"], fields["month"], fields["year"])


def luhn(number: str) -> bool:
    """Tell whether the last digit checks the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)  # noqa: PLR2004 - the digits of a two-digit product
    return total % 10 == 0


def masked(text: str) -> str:
    """Return the text with every card number in it reduced to its last four digits.

    A last defence, for logs and error messages: nothing should bring a number there.
    """
    return _DIGITS.sub(_mask, text)


def _mask(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return f"[card {digits[-4:]}]" if luhn(digits) else found[0]
