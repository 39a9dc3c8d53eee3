"""Payments that a person sees happen: one in each region, or all the examples, reconciled."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from local import addresses, places
from local.merchants import MERCHANTS, Merchant
from local.payer import Payer, PaymentError
from local.places import Place
from local.servers import postgres

EXAMPLES = places.REPOSITORY / "examples" / "payments.jsonl"
SETTLED = {"captured", "authorised", "declined", "voided", "refunded"}
WAIT_SECONDS_MAX = 60.0
CREATED, QUEUED = 201, 202

__all__ = ["PaymentError", "demo", "examples", "first_payments"]


@dataclass(frozen=True)
class Seen:
    """What happened to one payment."""

    region: str
    answer: dict[str, Any]
    visible_ms: float
    """From the answer here until the other region shows it."""
    settled: dict[str, Any]


def first_payments(console: Console) -> None:
    """Take one payment in each region and print what happened to it.

    Raises:
        PaymentError: it was refused, or not settled and visible in time.

    """
    payments = examples()
    for region in addresses.REGIONS:
        merchant = next(each for each in MERCHANTS if each.home == region)
        _tell(console, _follow(region, merchant, next(payments)["payment"]))


def _follow(region: str, merchant: Merchant, payment: dict[str, Any]) -> Seen:
    other = Place(region).peer.region
    with Payer(merchant, region) as here, Payer(merchant, other) as there:
        there.token()
        answer = here.pay(payment)
        started = time.monotonic()
        if answer.status_code not in {CREATED, QUEUED}:
            raise PaymentError(f"{region} answered {answer.status_code}: {answer.text}")
        accepted = answer.json()
        _until(lambda: there.find(accepted["id"]).is_success, f"{other} to show {accepted['id']}")
        visible_ms = (time.monotonic() - started) * 1000
        found = accepted

        def is_settled() -> bool:
            nonlocal found
            found = here.find(accepted["id"]).json()
            return found["state"] in SETTLED

        _until(is_settled, f"{accepted['id']} to be settled")
        return Seen(region, accepted, visible_ms, found)


def _until(holds: Any, what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not holds():
        if time.monotonic() > deadline:
            raise PaymentError(f"waited {WAIT_SECONDS_MAX:.0f} s in vain for {what}")
        time.sleep(0.01)


def _tell(console: Console, seen: Seen) -> None:
    found = seen.settled
    place = Place(seen.region)
    row = _inside(place, found["merchant"], found["id"])
    amount = found["amount"] / 10 ** found["exponent"]
    console.print(
        f"\n[bold]Payment {found['id']}[/bold]\n"
        f"  accepted in   {found['accepted_in']}: {amount:.{found['exponent']}f}"
        f" {found['currency']} for {found['merchant']}, durability {seen.answer['durability']}\n"
        f"  card          {found['card']['scheme']} {found['card']['bin']}…"
        f"{found['card']['last4']}, kept as {row['token'][:24]}…\n"
        f"  published     {row['event']} to {row['topic']}\n"
        f"  verdicts      {row['verdicts']}\n"
        f"  settled       by {found['settled_in']}: {found['state']}\n"
        f"  visible in    {place.peer.region} after {seen.visible_ms:.0f} ms",
        highlight=False,
    )


def _inside(place: Place, merchant: str, payment: str) -> dict[str, str]:
    """Look at what only the database shows: the card's token, the event, the verdicts."""
    with postgres.connection(place, "payments") as connection:
        token = connection.execute(
            "SELECT card_token FROM payments WHERE merchant = %s AND id = %s", (merchant, payment)
        ).fetchone()
        event = connection.execute(
            "SELECT type, topic FROM outbox WHERE merchant = %s AND payment = %s"
            " ORDER BY position LIMIT 1",
            (merchant, payment),
        ).fetchone()
        verdicts = connection.execute(
            "SELECT judge || ': ' || verdict FROM verdicts WHERE merchant = %s AND payment = %s"
            " ORDER BY judge",
            (merchant, payment),
        ).fetchall()
    if token is None or event is None:
        raise PaymentError(f"{place.region} has no row of {payment}, which it acknowledged")
    return {
        "token": str(token[0]),
        "event": str(event[0]),
        "topic": str(event[1]),
        "verdicts": ", ".join(str(each[0]) for each in verdicts),
    }


def examples() -> Iterator[dict[str, Any]]:
    """Yield the example payments: `key`, `payment`, and which answer is expected of each."""
    for line in EXAMPLES.read_text().splitlines():
        yield json.loads(line)


def demo(console: Console) -> int:
    """Send every example into both regions at once and reconcile; 1 where something differs."""
    merchant = MERCHANTS[0]
    answers: Counter[str] = Counter()
    wanted: set[str] = set()
    with Payer(merchant, "us-east-1") as east, Payer(merchant, "eu-west-1") as west:
        for index, example in enumerate(examples()):
            first, second = (east, west) if index % 2 == 0 else (west, east)
            both = [each.pay(example["payment"], example["key"]) for each in (first, second)]
            answers.update(str(each.status_code) for each in both)
            made = {each.json()["id"] for each in both if each.status_code in {CREATED, QUEUED}}
            if len(made) > 1:
                raise PaymentError(f"one key made two payments: {made}")
            wanted |= made
    return _reconcile(console, merchant, wanted, answers)


def _reconcile(
    console: Console, merchant: Merchant, wanted: set[str], answers: Counter[str]
) -> int:
    """Compare both regions' books once they agree, or after the longest wait."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while True:
        books = {region: _book(Place(region), merchant.id) for region in addresses.REGIONS}
        agree = len({frozenset(each.items()) for each in books.values()}) == 1
        complete = all(wanted <= each.keys() for each in books.values())
        settled = all(
            state in SETTLED for each in books.values() for key, (state, *_) in each.items()
            if key in wanted
        )  # fmt: skip
        if (agree and complete and settled) or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("region", "currency", "state", "payments", "amount, minor units"):
        table.add_column(column)
    for region, book in books.items():
        for (currency, state), (count, amount) in sorted(_sums(book).items()):
            table.add_row(region, currency, state, str(count), str(amount))
    console.print(table)
    console.print(
        f"{sum(answers.values())} requests, {len(wanted)} payments; answers:"
        f" {', '.join(f'{count} x {status}' for status, count in sorted(answers.items()))}"
    )
    if not (agree and complete and settled):
        console.print(
            "[red]the regions' books differ, or lack a payment, or one is not settled[/red]"
        )
        return 1
    console.print("both regions have the same books")
    return 0


def _book(place: Place, merchant: str) -> dict[str, tuple[str, str, int]]:
    with postgres.connection(place, "payments") as connection:
        rows = connection.execute(
            "SELECT id::text, state, currency, amount FROM payments WHERE merchant = %s",
            (merchant,),
        ).fetchall()
    return {str(row[0]): (str(row[1]), str(row[2]), int(str(row[3]))) for row in rows}


def _sums(book: dict[str, tuple[str, str, int]]) -> dict[tuple[str, str], tuple[int, int]]:
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for state, currency, amount in book.values():
        count, total = sums.get((currency, state), (0, 0))
        sums[currency, state] = (count + 1, total + amount)
    return sums
