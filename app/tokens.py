"""Access tokens bound to the client's certificate (RFC 8705), signed by Vault."""

import base64
import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import uuid4

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from app.vault import Vault

LIFE_S = 600
"""Short, since a token cannot be called back."""
_SKEW_S = 5
_CACHE_MAX = 4096


class TokenError(Exception):
    """A token that is not good here; the message says why."""


@dataclass(frozen=True)
class Claims:
    """What a good token says."""

    subject: str
    scopes: frozenset[str]
    thumbprint: str
    expires_at: float


class Tokens:
    """Signs tokens, and checks those of both regions. The clock gives seconds since 1970."""

    def __init__(
        self, vault: Vault, *, region: str, issuer: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._vault = vault
        self._region = region
        self._issuer = issuer
        self._clock = clock
        self._version = 0
        self._own: dict[str, ECKey] = {}
        self._peers: dict[str, ECKey] = {}
        self._checked: dict[bytes, Claims] = {}

    async def refresh(self) -> None:
        """Read the public keys from Vault.

        Raises:
            VaultError: it does not give them.

        """
        keys = await self._vault.public_keys()
        self._own = {self._kid(version): _public(pem) for version, pem in keys.items()}
        self._version = max(keys)

    def learn(self, jwks: Iterable[dict[str, str]]) -> None:
        """Believe these public keys of the peer's as well."""
        for jwk in jwks:
            kid = jwk.get("kid", "")
            if kid and not kid.startswith(f"{self._region}."):
                self._peers[kid] = ECKey.import_key({**jwk})

    def jwks(self) -> list[dict[str, object]]:
        """Return this region's public keys as a JWK set has them."""
        return [
            {**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": "ES256"}
            for kid, key in self._own.items()
        ]

    async def issue(
        self, subject: str, scopes: Iterable[str], thumbprint: str, audience: str | None = None
    ) -> str:
        """Return a token for a subject, bound to a certificate.

        Raises:
            VaultError: nothing is signed.

        """
        now = int(self._clock())
        header = {"alg": "ES256", "typ": "at+jwt", "kid": self._kid(self._version)}
        claims = {
            "iss": self._issuer,
            "aud": audience or self._issuer,
            "sub": subject,
            "client_id": subject,
            "scope": " ".join(sorted(scopes)),
            "iat": now,
            "exp": now + LIFE_S,
            "jti": str(uuid4()),
            "cnf": {"x5t#S256": thumbprint},
        }
        signing_input = f"{_b64(msgspec.json.encode(header))}.{_b64(msgspec.json.encode(claims))}"
        version, signature = await self._vault.sign(signing_input.encode())
        if version == self._version:
            return f"{signing_input}.{signature}"
        # The key was rotated between the two: name the version that signs now.
        await self.refresh()
        return await self.issue(subject, scopes, thumbprint, audience)

    def check(self, token: str, thumbprint: str, audience: str | None = None) -> Claims:
        """Return what a token says, if it is ours, still good, and bound to this certificate.

        Raises:
            TokenError: otherwise.

        """
        digest = hashlib.sha256(f"{audience}|{token}".encode()).digest()
        claims = self._checked.get(digest)
        if claims is None:
            claims = self._decode(token, audience or self._issuer)
            if len(self._checked) >= _CACHE_MAX:
                self._checked.clear()
            self._checked[digest] = claims
        if claims.expires_at + _SKEW_S <= self._clock():
            raise TokenError("the token has expired")
        if claims.thumbprint != thumbprint:
            raise TokenError("the token is bound to another certificate")
        return claims

    def _decode(self, token: str, audience: str) -> Claims:
        keys = KeySet([ECKey.import_key(key.as_dict(private=False), {"kid": kid})
                       for kid, key in {**self._peers, **self._own}.items()])  # fmt: skip
        try:
            decoded = jwt.decode(token, keys, algorithms=["ES256"])
            claims = decoded.claims
            jwt.JWTClaimsRegistry(
                now=int(self._clock()),
                leeway=_SKEW_S,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": audience},
                sub={"essential": True},
                exp={"essential": True},
            ).validate(claims)
            if decoded.header.get("typ") != "at+jwt":
                raise TokenError("not an access token")
            return Claims(
                claims["sub"],
                frozenset(claims["scope"].split()),
                claims["cnf"]["x5t#S256"],
                claims["exp"],
            )
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise TokenError(f"the token is not good: {type(error).__name__}") from None

    def _kid(self, version: int) -> str:
        return f"{self._region}.{version}"


def _public(pem: str) -> ECKey:
    return ECKey.import_key(pem)


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
