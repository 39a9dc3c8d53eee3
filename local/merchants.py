"""Three merchants to try the platform with, each with a client certificate of its own."""

import secrets
from dataclasses import dataclass

from local import addresses, cloud, pki
from local.places import Place
from local.servers import postgres

SCOPES = ["payments:read", "payments:write"]


@dataclass(frozen=True)
class Merchant:
    """Who pays: an id, the region that settles for it, the durability that it asks for."""

    id: str
    home: str
    durability: str
    peer_lost: str = "accept"
    """What to do with `global` where the peer is out of reach: accept as `regional`, or refuse."""


MERCHANTS = (
    Merchant("harbour-books", "us-east-1", "regional"),
    Merchant("quay-coffee", "eu-west-1", "regional"),
    Merchant("anchor-tickets", "us-east-1", "global", "refuse"),
)


def register(tell: cloud.Tell) -> None:
    """Issue each merchant's certificate and write it down in both regions' databases."""
    for merchant in MERCHANTS:
        pki.issue(f"merchant-{merchant.id}", [])
    for region in addresses.REGIONS:
        with postgres.connection(Place(region), "payments") as connection:
            for merchant in MERCHANTS:
                connection.execute(
                    "SELECT register_merchant(%s, %s, %s, %s, %s, %s)",
                    (
                        merchant.id,
                        pki.thumbprint(f"merchant-{merchant.id}").hex(),
                        SCOPES,
                        merchant.home,
                        merchant.durability,
                        merchant.peer_lost,
                    ),
                )
    tell(f"{len(MERCHANTS)} merchants are registered in both regions")


def key() -> str:
    """Return a fresh idempotency key."""
    return secrets.token_urlsafe(16)
