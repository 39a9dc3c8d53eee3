"""Who may do what: certificates, tokens bound to them, scopes."""

import pytest

from app.certificate import client_hash
from tests.app.region import CERTIFICATE, Client


def test_a_token_is_given_to_the_registered_certificate_only(world, run):
    async def story():
        async with world() as w:
            merchant = await w.merchant("east")
            assert (await Client(w.east, merchant).sign_in()).json()["token_type"] == "Bearer"
            stranger = await Client(w.east, merchant, "cd" * 32).sign_in()
            assert (stranger.status_code, stranger.json()["error"]) == (401, "invalid_client")
            greedy = await Client(w.east, merchant).sign_in("payments:admin")
            assert (greedy.status_code, greedy.json()["error"]) == (400, "invalid_scope")

    run(story())


def test_a_token_is_worth_nothing_with_another_certificate_or_scope_or_signature(world, run):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            thief = Client(w.east, client.merchant, "cd" * 32)
            thief.http.headers["authorization"] = client.http.headers["authorization"]
            stolen = await thief.http.get("/v1/payments")
            assert stolen.status_code == 401
            assert "another certificate" in stolen.json()["detail"]

            head, payload, signature = client.http.headers["authorization"].split(".")
            forged = f"{head}.{payload}.{'A' * len(signature)}"
            answer = await client.http.get("/v1/payments", headers={"authorization": forged})
            assert answer.status_code == 401

            await client.sign_in("payments:read")
            refused = await client.pay()
            assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")

    run(story())


@pytest.mark.parametrize(
    ("header", "trusted", "found"),
    [
        (f"Hash={CERTIFICATE}", True, CERTIFICATE),
        (f'By=spiffe://x;Hash={CERTIFICATE.upper()};Subject="CN=a"', True, CERTIFICATE),
        (f"Hash={CERTIFICATE}", False, None),
        (f"Hash={CERTIFICATE},Hash={'cd' * 32}", True, None),
        ("Hash=abc", True, None),
        ("", True, None),
    ],
)
def test_the_certificate_is_believed_from_our_gateway_alone(header, trusted, found):
    headers = {"x-forwarded-client-cert": header}
    assert client_hash(headers, trusted_proxy=trusted) == found


def test_internal_routes_are_for_the_peer_only(world, run):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            body = {"merchant": client.merchant, "key": "k", "body": "{}"}
            for path in ("/internal/v1/intents", "/internal/v1/forward"):
                assert (await client.post(path, **body)).status_code == 401

    run(story())
