"""Vault: signing in as the pod, sealing cards, signing, and the database's password."""

import asyncio
import base64
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from app.breaker import Breaker, BreakerOpenError
from app.card import Card
from app.trust import client_context

_LOG = logging.getLogger(__name__)
_TIMEOUT = httpx.Timeout(2, pool=2)
_FORBIDDEN = 403


class VaultError(Exception):
    """Vault is away, sealed, or refuses; the message says which and never holds a secret."""


@dataclass(frozen=True)
class SealedCard:
    """A card as it may be stored: its ciphertext and its keyed hash."""

    token: str
    fingerprint: str


class Vault:
    """One pod's session with its region's Vault."""

    def __init__(self, *, addr: str, role: str, token_file: str, trust_bundle: str) -> None:
        self._role = role
        self._token_file = Path(token_file)
        self._http = httpx.AsyncClient(
            base_url=f"{addr}/v1/",
            verify=client_context(trust_bundle),
            timeout=_TIMEOUT,
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=64),
        )
        self._breaker = Breaker("vault", pause_s=1)
        self._token = ""
        self._lease_s = 0
        self._signing_in = asyncio.Lock()

    async def close(self) -> None:
        """Let go of the connections; the token ends with its lease."""
        await self._http.aclose()

    async def sign_in(self) -> None:
        """Trade the pod's service account token for a Vault token.

        Raises:
            VaultError: it cannot be reached, or knows no such role.

        """
        jwt = await asyncio.to_thread(self._token_file.read_text)
        body = {"role": self._role, "jwt": jwt.strip()}
        answer = await self._send("POST", "auth/kubernetes/login", body, token="")
        self._token = answer["auth"]["client_token"]
        self._lease_s = int(answer["auth"]["lease_duration"])

    async def keep_signed_in(self) -> None:
        """Renew the token at half its life, for ever; sign in anew where that is refused."""
        while True:
            await asyncio.sleep(max(self._lease_s / 2, 1))
            try:
                renewed = await self._send("POST", "auth/token/renew-self", {}, token=self._token)
                self._lease_s = int(renewed["auth"]["lease_duration"])
                if self._lease_s < 60:  # noqa: PLR2004 - its greatest age is near
                    await self.sign_in()
            except VaultError:
                try:
                    await self.sign_in()
                except VaultError as error:
                    _LOG.warning("cannot renew the token: %s", error)
                    self._lease_s = 2

    async def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Return the `data` of an answer, after signing in anew once where the token is refused.

        Raises:
            VaultError: as its docstring says.

        """
        token = self._token
        try:
            if token:
                return (await self._send(method, path, body, token=token)).get("data") or {}
        except _ForbiddenError:
            pass
        async with self._signing_in:
            if self._token == token:
                await self.sign_in()
        return (await self._send(method, path, body, token=self._token)).get("data") or {}

    async def _send(self, method: str, path: str, body: object, *, token: str) -> dict[str, Any]:
        headers = {"x-vault-token": token} if token else {}
        try:
            async with self._breaker.call(httpx.HTTPError, _AwayError):
                answer = await self._http.request(method, path, json=body, headers=headers)
                if answer.status_code >= 500:  # noqa: PLR2004 - sealed, standby, broken
                    raise _AwayError(f"Vault answers {answer.status_code} to {path}")
        except BreakerOpenError as error:
            raise VaultError(str(error)) from None
        except httpx.HTTPError as error:
            raise VaultError(f"Vault cannot be reached: {type(error).__name__}") from None
        if answer.status_code == _FORBIDDEN:
            raise _ForbiddenError(f"Vault refuses {path} to {self._role}")
        if answer.is_error:
            raise VaultError(f"Vault answers {answer.status_code} to {path}")
        return answer.json() if answer.content else {}

    async def seal(self, card: Card) -> SealedCard:
        """Encrypt a card and hash its number under a key, both at once.

        Vault has no call that does both; the two run side by side, so they cost one round trip.
        """
        sealed, hashed = await asyncio.gather(
            self.call("POST", "transit/encrypt/cards", {"plaintext": _b64(card.plaintext())}),
            self.call("POST", "transit/hmac/fingerprints", {"input": _b64(card.number.encode())}),
        )
        return SealedCard(sealed["ciphertext"], hashed["hmac"])

    async def open(self, key: str, token: str) -> bytes:
        """Decrypt what a Transit key sealed."""
        data = await self.call("POST", f"transit/decrypt/{key}", {"ciphertext": token})
        return base64.b64decode(data["plaintext"])

    async def sign(self, payload: bytes) -> tuple[int, str]:
        """Sign by the key `tokens`; return the key's version and the signature as JWS wants it."""
        data = await self.call(
            "POST",
            "transit/sign/tokens/sha2-256",
            {"input": _b64(payload), "marshaling_algorithm": "jws"},
        )
        _, version, signature = data["signature"].split(":")
        return int(version.removeprefix("v")), signature

    async def public_keys(self) -> dict[int, str]:
        """Return the PEM public keys of `tokens`, by version."""
        data = await self.call("GET", "transit/keys/tokens")
        return {int(version): key["public_key"] for version, key in data["keys"].items()}

    async def database_sign_in(self, role: str) -> tuple[str, str, int]:
        """Return the user, the password and the seconds until it is rotated."""
        data = await self.call("GET", f"database/static-creds/{role}")
        return data["username"], data["password"], int(data["ttl"])


class _ForbiddenError(VaultError):
    pass


class _AwayError(VaultError):
    pass


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()
