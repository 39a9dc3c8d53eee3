"""Webhooks: signed as the scheme says, retried for a day, then kept for an operator."""

import base64
import secrets
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from app.webhooks import GIVE_UP, after_failure, deliver_once


@given(st.integers(1, 1000), st.floats(0, 1), st.integers(0, 48 * 3600))
def test_no_attempt_comes_later_than_a_day_after_the_event(attempts, spread, age_s):
    now = datetime.now(UTC)
    state, wait = after_failure(attempts, now - timedelta(seconds=age_s), now, spread)
    assert state == "dead" or now + wait <= now - timedelta(seconds=age_s) + GIVE_UP
    assert state == "pending" or age_s > 24 * 3600 - 4 * 3600


@pytest.mark.parametrize("answers", [[204], [500, 204]])
def test_a_change_is_told_until_the_merchant_takes_it(world, run, answers):
    heard = []

    def merchant_server(request):
        heard.append(request)
        return httpx.Response(answers[len(heard) - 1])

    async def story():
        async with world() as w:
            secret = f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
            sealed = await w.east.service.vault.call(
                "POST",
                "transit/encrypt/webhooks",
                {"plaintext": base64.b64encode(secret.encode()).decode()},
            )
            name = await w.merchant(
                "east", webhook_url="https://shop.test/hook", webhook_secret=sealed["ciphertext"]
            )
            client = await w.client(w.east, name)
            payment = (await client.pay()).json()["id"]
            await w.east.settle()

            http = httpx.AsyncClient(transport=httpx.MockTransport(merchant_server))
            for _ in answers:
                await w.east.pool.execute("UPDATE deliveries SET due_at = now()")
                await deliver_once(w.east.pools["relay"], w.east.service.vault, http)
            assert await deliver_once(w.east.pools["relay"], w.east.service.vault, http) == 0

            assert len(heard) == len(answers)
            for request in heard:
                event = Webhook(secret).verify(request.content, dict(request.headers))
                assert event["type"] == "payment.captured"
                assert event["data"]["id"] == payment
            assert len({request.headers["webhook-id"] for request in heard}) == 1
            state = await w.east.pool.fetchval("SELECT state FROM deliveries")
            assert state == "delivered"

    run(story())
