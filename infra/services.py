"""The parts of the payment service: one row each, from which all that concerns a part follows.

Its Deployment, ServiceAccount, Vault role and policy, database role, Kafka rights, mesh and network
rules are derived from its row, so a right that nobody wrote down here does not exist.
"""

from dataclasses import dataclass, field
from typing import Literal

from infra import names
from infra.kafka.topics import TOPICS

Scaled = Literal["lag", "cpu", "no"]
Callee = Literal["database", "vault", "kafka", "peer-intake", "acquirer", "merchants", "telemetry"]


@dataclass(frozen=True, kw_only=True)
class Capability:
    """One thing that a part may ask of Vault."""

    path: str
    capabilities: tuple[str, ...]
    why: str


@dataclass(frozen=True, kw_only=True)
class Service:
    """One part of the payment service."""

    name: str
    """Deployment, ServiceAccount and Vault role."""
    part: str
    """What `python -m app` starts."""
    vault: tuple[Capability, ...] = field(default=())
    """Beyond its own database password, which each part with a database role may read."""
    calls: tuple[Callee, ...]
    """All that its pods open connections to."""
    data: Literal["card", "token"] = "token"
    """What of a card passes through it: its number, or only the token in its place."""
    scaled: Scaled = "no"
    is_job: bool = False

    @property
    def database_role(self) -> str:
        """The role that it signs in to the database with."""
        return names.DATABASE_ROLES[self.name]

    @property
    def writes(self) -> tuple[str, ...]:
        """The topics that it may write."""
        return tuple(each.name for each in TOPICS if self.name in each.producers)

    @property
    def reads(self) -> tuple[str, ...]:
        """The topics that it may read, its own region's and the mirrored ones."""
        return tuple(each.name for each in TOPICS if self.name in each.consumers)

    @property
    def capabilities(self) -> tuple[Capability, ...]:
        """All that it may ask of Vault."""
        return (
            Capability(
                path=f"database/static-creds/{self.database_role}",
                capabilities=("read",),
                why="its own database password, which Vault changes",
            ),
            *self.vault,
        )


_ENCRYPT = "encrypt card numbers as they come in"
_API = (
    Capability(path="transit/encrypt/cards", capabilities=("update",), why=_ENCRYPT),
    Capability(
        path="transit/hmac/fingerprints",
        capabilities=("update",),
        why="know a card again without its number",
    ),
    Capability(
        path="transit/hmac/fingerprints/*",
        capabilities=("update",),
        why="the same, with the hash named in the path",
    ),
    Capability(path="transit/sign/tokens", capabilities=("update",), why="sign access tokens"),
    Capability(
        path="transit/sign/tokens/*",
        capabilities=("update",),
        why="the same, with the hash named in the path",
    ),
    Capability(
        path="transit/keys/tokens",
        capabilities=("read",),
        why="publish the public keys that verify access tokens",
    ),
)

SERVICES = (
    Service(
        name="payments-api",
        part="api",
        vault=_API,
        calls=("database", "vault", "peer-intake", "telemetry"),
        data="card",
        scaled="cpu",
    ),
    Service(
        name="payment-relay",
        part="relay",
        vault=(
            Capability(
                path="transit/decrypt/webhooks",
                capabilities=("update",),
                why="open a merchant's webhook secret to sign a delivery with it",
            ),
        ),
        calls=("database", "vault", "kafka", "merchants", "telemetry"),
    ),
    Service(name="payment-fraud", part="fraud", calls=("database", "vault", "kafka", "telemetry")),
    Service(name="payment-risk", part="risk", calls=("database", "vault", "kafka", "telemetry")),
    Service(
        name="payment-processor",
        part="processor",
        vault=(
            Capability(
                path="transit/decrypt/cards",
                capabilities=("update",),
                why="give the acquirer the card number that it settles with",
            ),
        ),
        # It asks the peer who settles for whom.
        calls=("database", "vault", "kafka", "acquirer", "peer-intake", "telemetry"),
        data="card",
        scaled="lag",
    ),
    Service(
        name="payment-projection",
        part="projection",
        calls=("database", "vault", "kafka", "telemetry"),
    ),
    Service(name="payments-migrate", part="migrate", calls=("database", "vault"), is_job=True),
)

BY_NAME = {each.name: each for each in SERVICES}

DEPLOYED = tuple(each for each in SERVICES if not each.is_job)
MIGRATE = BY_NAME["payments-migrate"]
