"""The API keeps to its OpenAPI document, in errors too."""

import json
from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.app.region import CARD

DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text())
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)


def test_every_answer_has_a_request_id_and_errors_are_problems(world, run):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            asked = await client.http.get("/v1/payments", headers={"x-request-id": "mine-12345"})
            assert asked.headers["x-request-id"] == "mine-12345"
            for answer, status in (
                (await client.http.get("/nowhere"), 404),
                (await client.http.delete("/v1/payments"), 405),
                (await client.http.get("/v1/payments?state=lost"), 422),
                (await client.pay(amount=0), 422),
                (await client.pay(cvc="123"), 422),
                (await client.pay(number="4242424242424241"), 422),
            ):
                assert answer.status_code == status
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.json()["request_id"] == answer.headers["x-request-id"]
                assert CARD[:15] not in answer.text

    run(story())


def test_pages_hold_every_payment_once(world, run):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            made = [(await client.pay(currency=c)).json()["id"] for c in ("EUR", "USD") * 4]
            seen, cursor = [], ""
            while cursor is not None:
                query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
                page = (await client.http.get("/v1/payments", params=query)).json()
                seen += [each["id"] for each in page["data"]]
                cursor = page["next"]
            assert seen == made[::-1]
            only = (await client.http.get("/v1/payments?currency=USD")).json()["data"]
            assert len(only) == 4

    run(story())


def test_no_card_number_is_in_any_table_or_event(world, run):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            await client.pay()
            await client.pay(durability="global")
            await w.east.settle()
            await w.west.mirror(w.east)
            for region in w.regions:
                tables = await region.pool.fetch(
                    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                )
                for (table,) in tables:
                    text = await region.pool.fetchval(
                        f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t"  # noqa: S608 - from the catalogue
                    )
                    assert CARD not in text, table
                for messages in region.bus.topics.values():
                    assert all(CARD.encode() not in each.value for each in messages)

    run(story())


def test_random_requests_get_documented_answers_and_never_a_500(world, run):
    """Cases are drawn by schemathesis from the document, and sent in process."""
    cases = draw(30)
    assert len({case.operation.label for case in cases}) >= 8

    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            for case in cases:
                wire = case.as_transport_kwargs(base_url="https://gateway.test")
                headers = {
                    name: value
                    for name, value in wire["headers"].items()
                    if name.lower() != "authorization" and value.isascii()
                }
                answer = await client.http.request(
                    wire["method"],
                    wire["url"],
                    params=wire.get("params"),
                    headers=headers,
                    cookies=None,
                    **{name: wire[name] for name in ("json", "data") if name in wire},
                )
                known = DOCUMENT["paths"][case.operation.path][wire["method"].lower()]["responses"]
                assert str(answer.status_code) in known, (case.operation.label, answer.text)
                assert answer.status_code < 500, answer.text

    run(story())


def draw(each):
    """Draw some requests for each operation of the document."""
    cases = []
    for found in SCHEMA.get_all_operations():
        strategy = found.ok().as_strategy()
        steady = settings(
            max_examples=each,
            phases=[Phase.generate],
            database=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        )
        steady(given(strategy)(lambda case: cases.append(case)))()  # noqa: PLW0108 - it needs a function's code
    return cases
