"""The fraud judge, who asks whether this is the card's holder."""

from app.events import PaymentView
from app.judging import Verdict

STOLEN = frozenset({("410000", "0019"), ("400000", "9979"), ("400000", "9987")})
"""BIN and last four of the published test numbers that stand for stolen, lost and blocked cards.

A live judge would ask a provider here; the shape of question and answer is the same.
"""


def judge(payment: PaymentView) -> Verdict:
    """Refuse cards that are reported stolen."""
    if (payment.card.bin, payment.card.last4) in STOLEN:
        return Verdict("refuse", "card_reported_stolen")
    return Verdict("pass", None)
