"""Captures, voids and refunds, where the payment's merchant is settled for."""

from typing import Literal
from uuid import UUID

from starlette.responses import Response

from app.acceptance import answered, passed_on
from app.merchants import Merchant
from app.orders import AmountOrder, VoidOrder, read
from app.payments import derived_id
from app.peer import PeerError
from app.problems import Problem
from app.service import Service, step
from app.vault import VaultError

Kind = Literal["capture", "void", "refund"]
KINDS: tuple[Kind, ...] = ("capture", "void", "refund")

_REFUSALS = {
    "state_forbids": "the payment's state does not allow this",
    "currency_mismatch": "the payment is in another currency",
    "exceeds_authorised": "captures would exceed what was authorised",
    "exceeds_captured": "refunds would exceed what was captured",
}


async def operate(
    service: Service, merchant: Merchant, path: str, payment: UUID, kind: Kind, key: str,
    body: bytes,
) -> Response:  # fmt: skip
    """Ask for an operation; only the owner may decide on sums, so none is accepted without it.

    Raises:
        Problem: it is not accepted.

    """
    if merchant.owner != service.region:
        try:
            with step("forward"):
                return passed_on(await service.peer.forward(merchant.merchant, path, key, body))
        except (PeerError, VaultError):
            raise Problem(
                503, "owner_unavailable", f"{merchant.owner} settles for you and is away", 5
            ) from None
    return await operate_here(service, merchant, path, payment, kind, key, body)


async def operate_here(
    service: Service, merchant: Merchant, path: str, payment: UUID, kind: Kind, key: str,
    body: bytes,
) -> Response:  # fmt: skip
    """Ask for an operation in this region.

    Raises:
        Problem: it is not accepted.

    """
    if kind == "void":
        read(body or b"{}", VoidOrder)
        order = AmountOrder()
    else:
        order = read(body or b"{}", AmountOrder)
    order.checked()
    with step("database"):
        answer = await service.store.operate(
            merchant.merchant,
            derived_id(merchant.merchant, f"POST {path}", key),
            request=order.digest(),
            region=service.region,
            payment=payment,
            kind=kind,
            amount=order.amount,
            currency=order.currency,
        )
    if answer.outcome == "not_found":
        raise Problem(404, "not_found", "no such payment")
    if answer.outcome == "not_owner":
        raise Problem(503, "owner_unavailable", "ownership has just moved", 2)
    if answer.outcome in _REFUSALS:
        raise Problem(409, answer.outcome, _REFUSALS[answer.outcome])
    return answered(answer, f"/v1/payments/{payment}/operations")
