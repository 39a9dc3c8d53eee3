"""The risk judge, who asks whether the merchant could bear to give this payment back."""

from app.events import PaymentView
from app.judging import Verdict

EXPOSURE_MAX_MAJOR = 500_000
"""In whole units of the currency, of those with two or three decimals."""
EXPOSURE_MAX_MAJOR_WHOLE = 50_000_000
"""The same for currencies without decimals, whose units are worth about a hundredth."""


def judge(payment: PaymentView) -> Verdict:
    """Refuse what is above the exposure of one payment."""
    limit = EXPOSURE_MAX_MAJOR if payment.exponent else EXPOSURE_MAX_MAJOR_WHOLE
    if payment.amount > limit * 10**payment.exponent:
        return Verdict("refuse", "exposure_exceeded")
    return Verdict("pass", None)
