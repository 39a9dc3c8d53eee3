"""Accepting payments: through the API, to the settlement, into the other region."""


def test_a_payment_is_accepted_judged_settled_and_seen_in_the_other_region(world, run):
    async def story():
        async with world() as w:
            merchant = await w.merchant("east")
            client = await w.client(w.east, merchant)

            accepted = await client.pay(reference="order-1")
            assert accepted.status_code == 201, accepted.text
            payment = accepted.json()
            assert payment["state"] == "accepted"
            assert payment["durability"] == "regional"

            await w.east.settle()
            await w.west.mirror(w.east)

            for region in w.regions:
                there = await w.client(region, merchant)
                found = (await there.http.get(f"/v1/payments/{payment['id']}")).json()
                assert (found["state"], found["captured"]) == ("captured", 1999)
                assert found["settled_in"] == "east"
            assert w.book.charges == {payment["id"]: 1}

    run(story())
