"""What an acknowledgement means, and what becomes of it when a region is lost."""

import pytest

from app import ownership


@pytest.mark.parametrize("peer_lost", ["accept", "refuse"])
def test_global_means_durable_in_both_regions_before_the_answer(world, run, peer_lost):
    async def story():
        async with world() as w:
            merchant = await w.merchant("east", durability="global", peer_lost=peer_lost)
            client = await w.client(w.east, merchant)

            answer = await client.pay("k")

            assert (answer.status_code, answer.json()["durability"]) == (201, "global")
            intent = await w.west.row(answer.json()["id"], "intents")
            assert intent["origin"] == "east"
            assert (await client.pay("k")).json()["durability"] == "global"
            assert (await w.east.row(answer.json()["id"]))["durability"] == "global"

    run(story())


def test_without_the_peer_global_becomes_regional_or_is_refused_as_the_merchant_chose(world, run):
    async def story():
        async with world() as w:
            w.link["up"] = False
            accepting = await w.client(w.east, await w.merchant("east", durability="global"))
            answer = await accepting.pay()
            assert (answer.status_code, answer.json()["durability"]) == (201, "regional")

            refusing = await w.client(
                w.east, await w.merchant("east", durability="global", peer_lost="refuse")
            )
            answer = await refusing.pay()
            assert (answer.status_code, answer.json()["code"]) == (503, "peer_unavailable")
            assert await w.east.pool.fetchval("SELECT count(*) FROM payments") == 1

    run(story())


def test_after_the_loss_of_a_region_its_global_payments_live_on_and_its_regional_ones_may_not(
    world, run
):
    """The second half is the control: a check that cannot see a loss proves nothing."""

    async def story():
        async with world() as w:
            merchant = await w.merchant("east")
            client = await w.client(w.east, merchant)
            kept = [(await client.pay(durability="global")).json()["id"] for _ in range(5)]
            lost = [(await client.pay()).json()["id"] for _ in range(5)]
            # East dies here: nothing was relayed, nothing mirrored.
            w.link["up"] = False

            taken = await w.west.pool.fetchrow("SELECT * FROM take_over('east', 'west')")
            await w.west.settle()

            assert (taken["epoch"], taken["replayed"]) == (2, 5)
            there = await w.client(w.west, merchant)
            for payment in kept:
                found = (await there.http.get(f"/v1/payments/{payment}")).json()
                assert (found["state"], found["settled_in"]) == ("captured", "west")
            for payment in lost:
                assert (await there.http.get(f"/v1/payments/{payment}")).status_code == 404
            assert w.book.charges == dict.fromkeys(kept, 1)

    run(story())


def test_a_client_that_retries_in_the_surviving_region_gets_its_own_payment(world, run):
    async def story():
        async with world() as w:
            merchant = await w.merchant("east")
            client = await w.client(w.east, merchant)
            first = await client.pay("retry", durability="global")
            w.link["up"] = False
            await w.west.pool.execute("SELECT take_over('east', 'west')")
            await w.west.service.merchants.refresh()

            again = await (await w.client(w.west, merchant)).pay("retry", durability="global")

            assert again.json()["id"] == first.json()["id"]
            assert again.headers["idempotent-replayed"] == "true"

    run(story())


def test_a_region_that_comes_back_learns_that_it_no_longer_settles(world, run):
    async def story():
        async with world() as w:
            merchant = await w.merchant("east")
            client = await w.client(w.east, merchant)
            payment = (await client.pay()).json()["id"]
            await w.east.relay()
            await w.west.mirror(w.east)
            await w.west.pool.execute("SELECT take_over('east', 'west')")
            await w.west.settle()

            assert await ownership.adopt(w.east.pools["api"], w.east.service.peer.read)
            await w.east.settle()
            await w.east.mirror(w.west)

            assert w.book.charges == {payment: 1}
            row = await w.east.row(payment)
            assert (row["state"], row["settled_in"], row["settled_epoch"]) == (
                "captured",
                "west",
                2,
            )

    run(story())


def test_a_token_of_one_region_is_good_in_the_other(world, run):
    async def story():
        async with world() as w:
            merchant = await w.merchant("east")
            client = await w.client(w.east, merchant)
            there = await w.client(w.west, merchant)
            there.http.headers["authorization"] = client.http.headers["authorization"]
            w.link["up"] = False
            assert (await there.http.get("/v1/payments")).status_code == 200

    run(story())
