"""A merchant's client: TLS 1.3 with a client certificate, a bound token, payments."""

import ssl
import time
from typing import Any, Self

import httpx

from local import addresses, merchants, places
from local.merchants import Merchant

DOMAIN = "example.com"
TOKEN_MARGIN_SECONDS = 30


class PaymentError(Exception):
    """A payment was answered in a way that the platform's promise does not allow."""


class Payer:
    """One merchant at one front door: the accelerator, or a region's own gateway."""

    def __init__(self, merchant: Merchant, region: str | None = None) -> None:
        self.merchant = merchant
        host = f"{region}.pay.{DOMAIN}" if region else f"pay.{DOMAIN}"
        address = addresses.server(region, "gateway") if region else addresses.accelerator()
        self._host = host
        self._http = httpx.Client(
            base_url=f"https://{address}",
            headers={"Host": host},
            verify=context(f"merchant-{merchant.id}"),
            timeout=15,
        )
        self._token = ""
        self._token_until = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def token(self) -> str:
        """Return a token that still holds a while.

        Raises:
            PaymentError: none is given.

        """
        if time.monotonic() >= self._token_until:
            answer = self._send(
                "POST",
                "/oauth/token",
                data={"grant_type": "client_credentials", "client_id": self.merchant.id},
            )
            if not answer.is_success:
                raise PaymentError(f"no token: {answer.status_code} {answer.text}")
            given = answer.json()
            self._token = given["access_token"]
            self._token_until = time.monotonic() + given["expires_in"] - TOKEN_MARGIN_SECONDS
        return self._token

    def pay(self, payment: dict[str, Any], key: str | None = None) -> httpx.Response:
        """Send a payment once, under its key or a fresh one."""
        headers = {"Idempotency-Key": key or merchants.key()} | self._authorization()
        return self._send("POST", "/v1/payments", json=payment, headers=headers)

    def find(self, payment_id: str) -> httpx.Response:
        """Ask for a payment."""
        return self._send("GET", f"/v1/payments/{payment_id}", headers=self._authorization())

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token()}"}

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self._http.request(method, path, extensions={"sni_hostname": self._host}, **more)


def context(client: str | None) -> ssl.SSLContext:
    """Return a client's TLS context: 1.3 only, the cloud's authority, the client's certificate."""
    made = ssl.create_default_context(cafile=str(places.pki() / "ca.pem"))
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    if client:
        made.load_cert_chain(places.pki() / f"{client}.pem", places.pki() / f"{client}.key")
    return made
