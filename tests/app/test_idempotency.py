"""One key, one payment, one answer."""

import asyncio

import pytest


def test_a_repeat_gets_the_first_answer_and_says_so(world, run):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            first = await client.pay("k1")
            await w.east.settle()

            again = await client.pay("k1")

            assert again.status_code == first.status_code == 201
            assert again.content == first.content
            assert again.headers["idempotent-replayed"] == "true"
            assert "idempotent-replayed" not in first.headers

    run(story())


@pytest.mark.parametrize(
    "changed", [{"amount": 2000}, {"currency": "USD"}, {"number": "4000056655665556"}]
)
def test_another_request_under_a_used_key_is_refused(world, run, changed):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            await client.pay("k1")

            refused = await client.pay("k1", **changed)

            assert refused.status_code == 422
            assert refused.json()["code"] == "idempotency_mismatch"

    run(story())


def test_another_card_with_the_same_ends_is_told_by_its_keyed_hash(world, run):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            await client.pay("k1", number="4242420000004242")

            assert (await client.pay("k1", number="4242421000124242")).status_code == 422

    run(story())


def test_a_key_is_needed_and_is_a_merchants_own(world, run):
    async def story():
        async with world() as w:
            one = await w.client(w.east, await w.merchant("east"))
            two = await w.client(w.east, await w.merchant("east"))
            missing = await one.http.post("/v1/payments", json={})
            assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key")

            ids = {(await each.pay("shared")).json()["id"] for each in (one, two)}
            assert len(ids) == 2

    run(story())


def test_a_hundred_requests_at_once_over_both_regions_are_one_payment(world, run):
    async def story():
        async with world() as w:
            merchant = await w.merchant("east")
            clients = [await w.client(region, merchant) for region in w.regions]

            answers = await asyncio.gather(
                *(clients[number % 2].pay("once") for number in range(100))
            )
            for _ in range(2):
                for region, peer in (w.regions, w.regions[::-1]):
                    await region.settle()
                    await region.mirror(peer)

            assert {each.status_code for each in answers} <= {201, 409}
            ids = {each.json()["id"] for each in answers if each.status_code == 201}
            assert len(ids) == 1
            assert w.book.charges == {ids.pop(): 1}
            for region in w.regions:
                assert await region.pool.fetchval("SELECT count(*) FROM payments") == 1

    run(story())


def test_both_regions_accepting_apart_make_one_payment_and_one_charge(world, run):
    async def story():
        async with world() as w:
            merchant = await w.merchant("east")
            clients = [await w.client(region, merchant) for region in w.regions]
            w.link["up"] = False
            answers = [await client.pay("apart") for client in clients]
            assert [each.status_code for each in answers] == [201, 201]
            assert answers[0].json()["id"] == answers[1].json()["id"]

            w.link["up"] = True
            for _ in range(2):
                for region, peer in (w.regions, w.regions[::-1]):
                    await region.settle()
                    await region.mirror(peer)

            assert w.book.charges == {answers[0].json()["id"]: 1}
            for region in w.regions:
                row = await region.row(answers[0].json()["id"])
                assert (row["state"], row["settled_in"]) == ("captured", "east")

    run(story())
