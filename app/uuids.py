"""Ids in paths."""

from uuid import UUID


def uuid_of(text: str) -> UUID | None:
    """Return a UUID written in full, or None."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None
