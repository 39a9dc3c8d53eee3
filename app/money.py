"""Money: whole minor units of an ISO 4217 currency."""

from dataclasses import dataclass

EXPONENTS = {
    **dict.fromkeys(
        [
            "AUD",
            "BGN",
            "BRL",
            "CAD",
            "CHF",
            "CNY",
            "CZK",
            "DKK",
            "EUR",
            "GBP",
            "HKD",
            "HUF",
            "ILS",
            "INR",
            "MXN",
            "MYR",
            "NOK",
            "NZD",
            "PHP",
            "PLN",
            "RON",
            "SEK",
            "SGD",
            "THB",
            "TRY",
            "USD",
            "ZAR",
        ],
        2,
    ),
    **dict.fromkeys(["CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"], 0),
    **dict.fromkeys(["BHD", "JOD", "KWD", "OMR", "TND"], 3),
}
"""Decimals of each currency that is taken (ISO 4217, list one)."""

AMOUNT_MAX = 10**12
"""Far below 2**53, beyond which JSON readers lose integers."""


class MoneyError(ValueError):
    """An amount or a currency that is not taken; `code` says which rule it breaks."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Money:
    """An amount above zero, in minor units, of a currency that is taken."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in EXPONENTS:
            raise MoneyError("currency_not_taken", "currency is not an ISO 4217 code taken here")
        if not 0 < self.amount <= AMOUNT_MAX:
            raise MoneyError("amount_invalid", f"amount must be between 1 and {AMOUNT_MAX}")

    @property
    def exponent(self) -> int:
        """Decimals of the currency."""
        return EXPONENTS[self.currency]

    @property
    def major(self) -> int:
        """Whole major units, rounded down."""
        return self.amount // 10**self.exponent

    def __str__(self) -> str:
        if not self.exponent:
            return f"{self.amount} {self.currency}"
        whole, part = divmod(self.amount, 10**self.exponent)
        return f"{whole}.{part:0{self.exponent}} {self.currency}"
