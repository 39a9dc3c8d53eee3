"""Settling: each payment once, whatever the acquirer does."""

import httpx
import pytest

from app.bus import Message
from app.settlement import FencedError


class Silent(httpx.AsyncBaseTransport):
    """Lets a request arrive and its answer be lost."""

    def __init__(self, inner):
        self.inner = inner

    async def handle_async_request(self, request):
        await self.inner.handle_async_request(request)
        if request.method == "POST":
            raise httpx.ReadTimeout("no answer")
        return httpx.Response(404)


async def due_now(region):
    await region.pool.execute("UPDATE payments SET due_at = now() - interval '1 second'")
    await region.pool.execute("UPDATE operations SET due_at = now() - interval '1 second'")


def test_a_charge_whose_answer_is_lost_is_unknown_until_the_janitor_asks(world, run):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            payment = (await client.pay()).json()["id"]
            heard = w.east.acquirer._http
            w.east.acquirer._http = httpx.AsyncClient(
                transport=Silent(heard._transport), base_url="http://acquirer"
            )
            await w.east.settle()
            assert (await w.east.row(payment))["state"] == "unknown"

            w.east.acquirer._http = heard
            await due_now(w.east)
            assert await w.east.settlement.clean_up() == 1

            assert (await w.east.row(payment))["state"] == "captured"
            assert w.book.charges == {payment: 1}

    run(story())


@pytest.mark.parametrize(
    ("number", "code"),
    [("4000000000000002", "do_not_honour"), ("4100000000000019", "fraud_refused")],
)
def test_a_refused_card_is_declined_with_the_reason(world, run, number, code):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            payment = (await client.pay(number=number)).json()["id"]
            await w.east.settle()
            row = await w.east.row(payment)
            assert (row["state"], row["decline_code"]) == ("declined", code)
            assert not +w.book.charges

    run(story())


def test_while_the_acquirer_is_down_payments_are_queued_and_say_so(world, run):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            w.book.mode = "down"
            queued = [(await client.pay()).json()["id"] for _ in range(6)]
            await w.east.settle()
            assert w.east.acquirer.breaker.state == "open"
            await w.east.pools["processor"].execute("SELECT note_downstream('acquirer', 'open')")

            answer = await client.pay()
            assert answer.status_code == 202
            assert answer.json()["message"] == "payment queued, will retry"
            queued.append(answer.json()["id"])

            w.book.mode = "normal"
            w.east.acquirer.breaker._pause_s = 0
            for _ in range(3):
                await w.east.settle()
                await due_now(w.east)
                await w.east.settlement.clean_up()
            assert w.book.charges == dict.fromkeys(queued, 1)

    run(story())


def test_nonsense_from_the_acquirer_is_not_taken_for_success(world, run):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            w.book.mode = "wrong"
            payment = (await client.pay()).json()["id"]
            await w.east.settle()
            assert (await w.east.row(payment))["state"] == "unknown"

    run(story())


def test_events_heard_again_and_out_of_order_change_nothing(world, run):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            payment = (await client.pay()).json()["id"]
            await w.east.settle()
            before = dict(await w.east.row(payment))
            for region in w.regions:
                region.read.clear()
            for messages in w.east.bus.topics.values():
                messages.reverse()

            await w.east.settle()
            await w.west.mirror(w.east)
            w.west.read.clear()
            await w.west.mirror(w.east)

            assert dict(await w.east.row(payment)) == before
            assert (await w.west.row(payment))["state"] == "captured"
            assert w.book.charges == {payment: 1}

    run(story())


def test_a_writer_of_an_old_epoch_is_refused(world, run):
    async def story():
        async with world() as w:
            merchant = await w.merchant("east")
            client = await w.client(w.east, merchant)
            payment = (await client.pay()).json()["id"]
            row = await w.east.row(payment)
            await w.east.pool.execute("SELECT take_over('east', 'west')")

            with pytest.raises(FencedError, match="no longer settles"):
                await w.east.pools["processor"].fetchval(
                    "SELECT finish_settlement($1, $2, 'east', 1, 'captured', NULL, NULL)",
                    merchant, row["id"],
                )  # fmt: skip
            assert (await w.east.row(payment))["state"] == "accepted"

    run(story())


def test_the_relay_sends_nothing_twice_over_and_skips_nothing_when_kafka_fails(world, run):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            payments = [(await client.pay()).json()["id"] for _ in range(5)]
            w.east.bus.broken = True
            with pytest.raises(ConnectionError):
                await w.east.relay()
            w.east.bus.broken = False

            assert await w.east.relay() == 5
            assert await w.east.relay() == 0
            sent: list[Message] = w.east.bus.topics["payments.incoming"]
            assert [each.key.decode() for each in sent] == payments
            assert all("traceparent" in each.headers for each in sent)

    run(story())
