"""The Transit keys: what each seals or signs, and what of it may ever change."""

from dataclasses import dataclass

from infra.security.settings import VaultSettings

HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class TransitKey:
    """A key that never leaves Vault."""

    name: str
    type: str
    purpose: str
    rotation_hours: int = 0
    """0: never by the clock, because something outside depends on the version."""
    min_decryption_version: int = 1
    key_size: int | None = None
    """Bytes, for HMAC keys."""


def keys(settings: VaultSettings) -> tuple[TransitKey, ...]:
    """Return the keys of a region's Vault, without the card key where it is imported."""
    cards = TransitKey(
        name="cards",
        type="aes256-gcm96",
        purpose="card numbers",
        rotation_hours=settings.card_key_rotation_hours,
        min_decryption_version=settings.min_decryption_version,
    )
    return (
        *(() if settings.card_key_sharing == "byok" else (cards,)),
        TransitKey(
            name="fingerprints",
            type="hmac",
            key_size=32,
            # A rotated key would give the same card another fingerprint.
            purpose="know a card again without its number",
        ),
        TransitKey(name="tokens", type="ecdsa-p256", purpose="access tokens", rotation_hours=720),
        TransitKey(
            name="webhooks",
            type="aes256-gcm96",
            purpose="merchants' webhook secrets",
            rotation_hours=720,
        ),
    )
