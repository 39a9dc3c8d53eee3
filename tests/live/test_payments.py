"""What a merchant is promised, on the platform that is up."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from local import demo
from local.merchants import MERCHANTS, key
from local.payer import Payer
from local.places import Place
from local.servers import postgres

pytestmark = [pytest.mark.live, pytest.mark.timeout(300, func_only=True)]

EAST, WEST = "us-east-1", "eu-west-1"
BOOKS, COFFEE, TICKETS = MERCHANTS
CARD = {"number": "4111111111111111", "expiry_month": 12, "expiry_year": 2030}
PAYMENT = {"amount": 1250, "currency": "EUR", "card": CARD}


@pytest.fixture
def east(platform):
    with Payer(BOOKS, EAST) as payer:
        yield payer


@pytest.fixture
def west(platform):
    with Payer(BOOKS, WEST) as payer:
        yield payer


def eventually(holds, what, seconds_max=60):
    deadline = time.monotonic() + seconds_max
    while not (found := holds()):
        assert time.monotonic() < deadline, f"waited {seconds_max} s in vain for {what}"
        time.sleep(0.05)
    return found


def settled(payer, payment):
    found = payer.find(payment)
    return found.json() if found.is_success and found.json()["state"] in demo.SETTLED else None


def test_up_tells_what_happened_to_a_payment_in_each_region(platform):
    if not platform.output:
        pytest.skip("the platform was up before the tests")
    for region in (EAST, WEST):
        assert f"accepted in   {region}" in platform.output
        assert f"settled       by {region}: captured" in platform.output
    assert platform.output.count("fraud: pass, risk: pass") == 2
    assert "make demo" in platform.output


def test_everything_is_healthy(platform):
    result = platform.local("status", "--json")
    rows = json.loads(result.stdout)

    assert {each["name"]: each["health"] for each in rows if each["health"] != "healthy"} == {}
    assert result.returncode == 0
    pods = [each for each in rows if each["kind"] == "pod" and each["region"] == EAST]
    assert len([each for each in pods if each["name"].startswith("payment-processor")]) >= 4


def test_a_payment_is_settled_once_and_seen_in_both_regions(east, west):
    accepted = east.pay(PAYMENT)
    assert accepted.status_code == 201, accepted.text
    payment = accepted.json()["id"]

    here = eventually(lambda: settled(east, payment), "the settlement here")
    there = eventually(lambda: settled(west, payment), "the settlement there")

    assert here["state"] == there["state"] == "captured"
    assert here["settled_in"] == there["settled_in"] == EAST
    assert here["card"] == {"scheme": "visa", "bin": "411111", "last4": "1111"}


def test_the_owner_settles_what_the_other_region_was_asked_for(platform):
    with Payer(COFFEE, EAST) as payer:
        accepted = payer.pay(PAYMENT)
        assert accepted.status_code == 201, accepted.text

        found = eventually(lambda: settled(payer, accepted.json()["id"]), "the settlement")

    assert found["settled_in"] == WEST


def test_the_same_key_in_both_regions_at_once_is_one_payment(east, west):
    idempotency_key = key()
    east.token()
    west.token()

    def pay(index):
        return (east if index % 2 else west).pay(PAYMENT, idempotency_key)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(pay, range(24)))

    assert {each.status_code for each in answers} <= {201, 409}
    payments = {each.json()["id"] for each in answers if each.status_code == 201}
    assert len(payments) == 1
    eventually(lambda: settled(east, next(iter(payments))), "the settlement")


def test_a_repeated_request_is_answered_alike_and_says_so(east):
    idempotency_key = key()
    first = east.pay(PAYMENT, idempotency_key)
    again = east.pay(PAYMENT, idempotency_key)

    assert again.json()["id"] == first.json()["id"]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers


def test_a_key_used_for_another_request_is_refused(east):
    idempotency_key = key()
    east.pay(PAYMENT, idempotency_key)

    assert east.pay(PAYMENT | {"amount": 1251}, idempotency_key).status_code == 422


def test_another_merchants_payment_is_not_found(east):
    with Payer(COFFEE, EAST) as other:
        payment = other.pay(PAYMENT).json()["id"]

    assert east.find(payment).status_code == 404


def test_a_global_answer_says_that_it_is_in_both_regions(platform):
    with Payer(TICKETS, EAST) as payer:
        answer = payer.pay(PAYMENT)

    assert answer.status_code == 201, answer.text
    assert answer.json()["durability"] == "global"
    with postgres.connection(Place(WEST), "payments") as connection:
        held = connection.execute(
            "SELECT count(*) FROM intents WHERE merchant = %s AND id = %s",
            (TICKETS.id, answer.json()["id"]),
        ).fetchone()
    assert held == (1,)


def test_the_accelerator_leads_to_a_region(platform):
    with Payer(BOOKS) as payer:
        assert payer.pay(PAYMENT).status_code == 201


def test_all_examples_leave_both_regions_with_the_same_books(platform):
    result = platform.local("demo")

    assert result.returncode == 0, result.stdout + result.stderr
    assert "both regions have the same books" in result.stdout
