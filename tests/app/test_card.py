"""Card numbers: told valid, and kept out of texts."""

import json
import logging
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.card import Card, CardError, luhn, masked, opened
from app.journal import JsonFormatter

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "payments.jsonl"
NUMBERS = {
    "4242424242424242": "visa",
    "5555555555554444": "mastercard",
    "2223003122003222": "mastercard",
    "378282246310005": "amex",
    "6011111111111117": "discover",
    "3056930009020004": "diners",
    "3566002020360505": "jcb",
    "6205500000000000004": "unionpay",
}


def valid(digits):
    return next(f"{digits}{check}" for check in range(10) if luhn(f"{digits}{check}"))


numbers = st.from_regex(r"4[0-9]{14}", fullmatch=True).map(valid)


@pytest.mark.parametrize(("number", "scheme"), NUMBERS.items())
def test_the_schemes_published_numbers_are_known(number, scheme):
    assert Card(number, 12, 2030).scheme == scheme


@given(numbers, st.integers(0, 15), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(number, place, by):
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    with pytest.raises(CardError) as refusal:
        Card(wrong, 12, 2030)
    assert wrong not in str(refusal.value)


@given(numbers)
def test_a_card_opens_as_it_was_sealed_and_its_repr_hides_it(number):
    card = Card(number, 1, 2031)
    assert opened(card.plaintext()) == card
    assert number not in repr(card)


@given(numbers, st.text(alphabet="abc :,\"'", max_size=9), st.text(alphabet="xyz ,}", max_size=9))
def test_no_text_keeps_a_number(number, before, after):
    spaced = " ".join(number[i : i + 4] for i in range(0, 16, 4))
    for written in (number, spaced, spaced.replace(" ", "-")):
        assert written not in masked(before + written + after)


def test_logs_mask_numbers_in_messages_fields_and_tracebacks():
    try:
        int("4242424242424242 again")
    except ValueError:
        record = logging.makeLogRecord(
            {"msg": "card %s", "args": ("5555555555554444",), "exc_info": sys.exc_info(),
             "seen": {"pan": "378282246310005"}}
        )  # fmt: skip
    line = JsonFormatter(part="api").format(record)
    assert json.loads(line)["part"] == "api"
    for number in ("5555555555554444", "4242424242424242", "378282246310005"):
        assert number not in line


def test_times_and_ids_are_left_alone():
    text = "1764554321.4242424242424 6d0f9a3e-6f0c-5d4e-9b0a-1f2d3c4b5a69"
    assert masked(text) == text


def test_the_examples_are_payments_with_repeats_of_keys():
    rows = [json.loads(line) for line in EXAMPLES.read_text().splitlines()]
    cards = {row["payment"]["card"]["number"] for row in rows}
    assert {Card(number, 1, 2030).scheme for number in cards} >= {"visa", "amex", "jcb"}
    assert len({row["key"] for row in rows}) < len(rows)
    first = {}
    assert all(first.setdefault(row["key"], row) == row for row in rows)
