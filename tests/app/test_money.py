"""Money is whole minor units above zero."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.money import AMOUNT_MAX, EXPONENTS, Money, MoneyError

currencies = st.sampled_from(sorted(EXPONENTS))


@given(st.integers(1, AMOUNT_MAX), currencies)
def test_money_in_words_is_the_amount_to_the_last_unit(amount, currency):
    number, code = str(Money(amount, currency)).split()
    assert code == currency
    assert Decimal(number).scaleb(EXPONENTS[currency]) == amount
    assert Money(amount, currency).major == int(Decimal(number))


@given(st.one_of(st.integers(max_value=0), st.integers(min_value=AMOUNT_MAX + 1)), currencies)
def test_nothing_negative_zero_or_beyond_the_limit_is_money(amount, currency):
    with pytest.raises(MoneyError, match="amount must be"):
        Money(amount, currency)


@given(st.text(max_size=4).filter(lambda code: code not in EXPONENTS))
def test_a_currency_that_is_not_taken_is_refused(currency):
    with pytest.raises(MoneyError, match="ISO 4217"):
        Money(1, currency)
