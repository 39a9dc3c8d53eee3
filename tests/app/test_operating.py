"""Captures, voids and refunds: never more than there is, whoever asks at once."""

import asyncio

import pytest


async def authorised(w):
    client = await w.client(w.east, await w.merchant("east"))
    payment = (await client.pay(amount=1000, capture="manual")).json()
    await w.east.settle()
    return client, f"/v1/payments/{payment['id']}"


async def state(client, path):
    found = (await client.http.get(path)).json()
    return found["state"], found["captured"], found["refunded"]


def test_a_payment_is_captured_and_refunded_in_parts(world, run):
    async def story():
        async with world() as w:
            client, path = await authorised(w)
            assert await state(client, path) == ("authorised", 0, 0)

            for kind, amount, then in (
                ("capture", 400, ("captured", 400, 0)),
                ("refund", 100, ("captured", 400, 100)),
                ("capture", 600, ("captured", 1000, 100)),
                ("refund", None, ("refunded", 1000, 1000)),
            ):
                body = {} if amount is None else {"amount": amount, "currency": "EUR"}
                assert (await client.post(f"{path}/{kind}", **body)).status_code == 201
                await w.east.settle()
                assert await state(client, path) == then

            kinds = (await client.http.get(f"{path}/operations")).json()["data"]
            assert [each["kind"] for each in kinds] == ["capture", "refund", "capture", "refund"]
            assert {each["state"] for each in kinds} == {"succeeded"}
            balance = "SELECT sum(amount) FROM ledger WHERE account = 'merchant:payable'"
            assert await w.east.pool.fetchval(balance) == 0

    run(story())


def test_a_void_ends_a_payment(world, run):
    async def story():
        async with world() as w:
            client, path = await authorised(w)
            assert (await client.post(f"{path}/void")).status_code == 201
            assert (await client.post(f"{path}/capture")).json()["code"] == "state_forbids"
            await w.east.settle()
            assert await state(client, path) == ("voided", 0, 0)

    run(story())


@pytest.mark.parametrize("kind", ["capture", "refund"])
def test_requests_at_once_never_exceed_the_payment(world, run, kind):
    async def story():
        async with world() as w:
            client, path = await authorised(w)
            if kind == "refund":
                await client.post(f"{path}/capture")
                await w.east.settle()

            answers = await asyncio.gather(
                *(client.post(f"{path}/{kind}", amount=300) for _ in range(10))
            )
            await w.east.settle()

            assert sorted(each.status_code for each in answers) == [201] * 3 + [409] * 7
            refused = next(each for each in answers if each.status_code == 409).json()["code"]
            assert refused == {"capture": "exceeds_authorised", "refund": "exceeds_captured"}[kind]
            assert (await state(client, path))[1 if kind == "capture" else 2] == 900

    run(story())


def test_an_operations_key_replays_and_another_body_is_refused(world, run):
    async def story():
        async with world() as w:
            client, path = await authorised(w)
            first = await client.post(f"{path}/capture", "c1", amount=300)
            again = await client.post(f"{path}/capture", "c1", amount=300)
            other = await client.post(f"{path}/capture", "c1", amount=301)

            assert again.content == first.content
            assert again.headers["idempotent-replayed"] == "true"
            assert other.status_code == 422
            assert await w.east.pool.fetchval("SELECT count(*) FROM operations") == 1

    run(story())


def test_a_foreign_currency_and_a_foreign_merchant_are_refused(world, run):
    async def story():
        async with world() as w:
            client, path = await authorised(w)
            foreign = await client.post(f"{path}/capture", amount=1, currency="USD")
            assert (foreign.status_code, foreign.json()["code"]) == (409, "currency_mismatch")

            stranger = await w.client(w.east, await w.merchant("east"))
            assert (await stranger.http.get(path)).status_code == 404
            assert (await stranger.post(f"{path}/capture")).status_code == 404

    run(story())


def test_the_other_region_passes_an_operation_on_and_refuses_it_when_alone(world, run):
    async def story():
        async with world() as w:
            client, path = await authorised(w)
            there = await w.client(w.west, client.merchant)

            passed = await there.post(f"{path}/capture", amount=10)
            assert (passed.status_code, passed.headers["x-answered-by"]) == (201, "peer")

            w.link["up"] = False
            alone = await there.post(f"{path}/capture", amount=10)
            assert (alone.status_code, alone.json()["code"]) == (503, "owner_unavailable")

    run(story())
