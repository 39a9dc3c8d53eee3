"""What is broken on purpose: nothing acknowledged is lost, nothing is paid twice."""

import time
from contextlib import suppress

import httpx
import pytest

from local import faults, process, status
from local.merchants import MERCHANTS, key
from local.payer import Payer

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600, func_only=True)]

EAST, WEST = "us-east-1", "eu-west-1"
BOOKS, _, TICKETS = MERCHANTS
CARD = {"number": "5555555555554444", "expiry_month": 11, "expiry_year": 2031}
PAYMENT = {"amount": 4200, "currency": "USD", "card": CARD}


def eventually(holds, what, seconds_max=120):
    deadline = time.monotonic() + seconds_max
    while True:
        with suppress(httpx.HTTPError):
            if found := holds():
                return found
        assert time.monotonic() < deadline, f"waited {seconds_max} s in vain for {what}"
        time.sleep(0.1)


def test_a_payment_acknowledged_as_global_survives_the_loss_of_its_region(platform):
    with Payer(TICKETS, EAST) as here, Payer(TICKETS, WEST) as there:
        there.token()
        keys = [key() for _ in range(10)]
        accepted = [here.pay(PAYMENT, each).json() for each in keys]
        assert {each["durability"] for each in accepted} == {"global"}

        with faults.lose(EAST):
            for idempotency_key, first in zip(keys, accepted, strict=True):
                again = eventually(
                    lambda each=idempotency_key: answered(there, each), "the survivor's answer"
                )
                assert again["id"] == first["id"]

        eventually(lambda: status.is_healthy(status.rows()), "everything to be well again", 240)


def answered(payer, idempotency_key):
    answer = payer.pay(PAYMENT | {"durability": "regional"}, idempotency_key)
    return answer.json() if answer.status_code in {200, 201, 202} else None


def test_with_the_wan_cut_a_global_payment_is_refused_where_the_merchant_says_so(platform):
    with Payer(TICKETS, EAST) as payer:
        payer.token()
        with faults.cut(EAST):
            answer = payer.pay(PAYMENT)
        assert answer.status_code == 503, answer.text

        eventually(lambda: payer.pay(PAYMENT).status_code == 201, "global payments again")


def test_with_the_wan_cut_regional_payments_go_on_and_arrive_later(platform):
    with Payer(BOOKS, EAST) as here, Payer(BOOKS, WEST) as there:
        there.token()
        here.token()
        with faults.cut(EAST):
            payments = [here.pay(PAYMENT).json()["id"] for _ in range(5)]

        for payment in payments:
            eventually(lambda each=payment: there.find(each).is_success, "the mirror to catch up")


def test_a_broker_that_dies_loses_no_payment(platform):
    with Payer(BOOKS, EAST) as here, Payer(BOOKS, WEST) as there:
        there.token()
        here.token()
        with faults.kill_broker(EAST):
            payments = [here.pay(PAYMENT).json()["id"] for _ in range(5)]

        for payment in payments:
            eventually(lambda each=payment: there.find(each).is_success, "what was queued")


def test_without_vault_nothing_is_accepted_and_nothing_kept(platform):
    with Payer(BOOKS, EAST) as payer:
        payer.token()
        with faults.kill_vault(EAST):
            assert payer.pay(PAYMENT).status_code == 503

        eventually(lambda: payer.pay(PAYMENT).status_code == 201, "payments again")


def test_a_server_that_dies_is_told_of_and_brought_back_by_up(platform):
    process.stop(f"{WEST}-acquirer", kill=True)
    dead = [each for each in status.rows() if each.health != "healthy"]
    assert [(each.region, each.name, each.health) for each in dead] == [
        (WEST, "acquirer", "does not run")
    ]

    result = platform.local("up")

    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("0 changes") == 2
    eventually(lambda: status.is_healthy(status.rows()), "everything to be well again")
