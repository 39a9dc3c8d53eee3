"""Accepting a payment: one Vault round trip, one database round trip, and the peer if asked."""

import asyncio
from uuid import UUID

import httpx
import msgspec
from starlette.responses import Response

from app import metrics, traces
from app.card import Card
from app.merchants import Merchant
from app.money import Money
from app.orders import PaymentOrder, read
from app.payments import derived_id
from app.peer import PeerError
from app.problems import Problem
from app.service import Service, step
from app.store import Answer
from app.vault import SealedCard, VaultError

ROUTE = "POST /v1/payments"
_OUTCOMES = {
    "mismatch": (422, "idempotency_mismatch", "the key was used with another request", None),
    "in_flight": (409, "request_in_flight", "the first request with this key is not done", 1),
}


async def accept(service: Service, merchant: Merchant, key: str, body: bytes) -> Response:
    """Accept a payment, where its merchant is settled for if that region answers.

    Where it does not, the payment is accepted here under the same id: whichever way it gets to
    the owner, it is the same payment.

    Raises:
        Problem: it is not accepted.

    """
    if merchant.owner != service.region:
        try:
            with step("forward"):
                answer = await service.peer.forward(merchant.merchant, "/v1/payments", key, body)
            return passed_on(answer)
        except (PeerError, VaultError):
            metrics.FALLBACKS.inc()
    return await accept_here(service, merchant, key, body)


async def accept_here(service: Service, merchant: Merchant, key: str, body: bytes) -> Response:
    """Accept a payment in this region.

    Raises:
        Problem: it is not accepted.

    """
    order = read(body, PaymentOrder)
    money, card = order.checked(merchant.amount_max)
    payment = derived_id(merchant.merchant, ROUTE, key)
    wanted = order.durability or merchant.durability
    if wanted == "regional":
        answer = await _store(service, merchant, payment, order, money, card, hold=False)
        return answered(answer, f"/v1/payments/{payment}")
    if merchant.peer_lost == "refuse":
        # Nothing may be accepted without the peer, so the peer comes first.
        if not await _kept_by_peer(service, merchant, key, body):
            raise Problem(
                503, "peer_unavailable", "not durable in both regions; nothing is kept", 2
            )
        answer = await _store(service, merchant, payment, order, money, card, hold=True)
        kept = True
    else:
        answer, kept = await asyncio.gather(
            _store(service, merchant, payment, order, money, card, hold=True),
            _kept_by_peer(service, merchant, key, body),
        )
    if answer.outcome == "created":
        reached = "global" if kept else "regional"
        with step("confirm"):
            body_ = await service.store.confirm(merchant.merchant, payment, reached)
        answer = Answer(answer.outcome, answer.status, body_)
        metrics.FALLBACKS.inc(not kept)
    return answered(answer, f"/v1/payments/{payment}")


async def keep_intent(
    service: Service, merchant: Merchant, key: str, body: bytes, origin: str
) -> None:
    """Make a payment that the peer is accepting durable here too, sealed by our own Vault.

    Raises:
        Problem: it is not durable here.

    """
    order = read(body, PaymentOrder)
    money, card = order.checked(merchant.amount_max)
    sealed = await _seal(service, card)
    await service.store.keep_intent(
        merchant.merchant,
        derived_id(merchant.merchant, ROUTE, key),
        request=order.digest(),
        fingerprint=sealed.fingerprint,
        origin=origin,
        fields=_fields(service.region, origin, order, money, card, sealed),
    )


async def _kept_by_peer(service: Service, merchant: Merchant, key: str, body: bytes) -> bool:
    try:
        with step("peer"):
            await service.peer.keep_intent(merchant.merchant, key, body)
    except (PeerError, VaultError):
        return False
    return True


async def _seal(service: Service, card: Card) -> SealedCard:
    try:
        with step("vault"):
            return await service.vault.seal(card)
    except VaultError:
        # No ciphertext, so there is nothing that may be stored.
        raise Problem(503, "vault_unavailable", "cards cannot be sealed now", 2) from None


async def _store(
    service: Service,
    merchant: Merchant,
    payment: UUID,
    order: PaymentOrder,
    money: Money,
    card: Card,
    *,
    hold: bool,
) -> Answer:
    sealed = await _seal(service, card)
    with step("database"):
        answer = await service.store.accept(
            merchant.merchant,
            payment,
            request=order.digest(),
            fingerprint=sealed.fingerprint,
            region=service.region,
            fields=_fields(service.region, service.region, order, money, card, sealed),
            hold=hold,
        )
    if answer.outcome == "created":
        metrics.ACCEPTED.labels(money.currency, "global" if hold else "regional").inc()
    return answer


def _fields(
    vault_region: str,
    origin: str,
    order: PaymentOrder,
    money: Money,
    card: Card,
    sealed: SealedCard,
) -> str:
    """Return what `insert_payment` reads, as JSON."""
    fields = {
        "amount": money.amount,
        "currency": money.currency,
        "exponent": money.exponent,
        "capture": order.capture,
        "reference": order.reference,
        "card_token": sealed.token,
        "card_region": vault_region,
        "card_scheme": card.scheme,
        "card_bin": card.bin,
        "card_last4": card.last4,
        "origin": origin,
        "trace": traces.traceparent(),
    }
    return msgspec.json.encode(fields).decode()


def answered(answer: Answer, location: str) -> Response:
    """Return the answer to a request that writes.

    Raises:
        Problem: the key was used otherwise, or is in use.

    """
    if answer.outcome in _OUTCOMES:
        metrics.REPLAYS.labels(answer.outcome).inc()
        raise Problem(*_OUTCOMES[answer.outcome])
    headers = {"location": location}
    if answer.outcome == "replayed":
        metrics.REPLAYS.labels("replayed").inc()
        headers["idempotent-replayed"] = "true"
    return Response(answer.body, answer.status, headers, "application/json")


def passed_on(answer: httpx.Response) -> Response:
    """Return the peer's answer as our own."""
    kept = ("location", "idempotent-replayed", "retry-after")
    headers = {name: answer.headers[name] for name in kept if name in answer.headers}
    headers["x-answered-by"] = "peer"
    return Response(answer.content, answer.status_code, headers, answer.headers.get("content-type"))
