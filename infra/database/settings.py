"""How wide the database is and what keeps what it has acknowledged."""

from dataclasses import dataclass
from typing import Annotated, Literal

from infra.sections import Matches, Range

_SIZE = Matches(r"\d+(Mi|Gi|Ti)", "a size such as 200Gi")


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    """The Citus cluster of one region."""

    postgres_version: Literal["16", "17", "18"] = "17"
    """Not 15: Citus dropped it, and the operator would still pair them."""
    workers: Annotated[int, Range(1, 64)] = 12
    """Shards can be moved onto added workers; a removed one must be drained first."""
    shards: Annotated[int, Range(1, 1024)] = 96
    """Eight for each of twelve workers, so that adding workers does not mean splitting shards."""
    copies: Annotated[int, Range(2, 5)] = 2
    """Of each of coordinator and workers: a primary and its synchronous standby, zones apart."""
    cpu: Annotated[str, Matches(r"\d+m?", "CPUs such as 2 or 500m")] = "3"
    memory_gib: Annotated[int, Range(2, 512)] = 24
    volume: Annotated[str, _SIZE] = "200Gi"
    storage_class: str = "evenkeel-database"
    """Encrypted with the database's own key."""
    connections_max: Annotated[int, Range(50, 2000)] = 400
    """At each node; the pooler keeps clients far below."""
    backup_retention: Annotated[int, Range(7, 366)] = 35
    """Base backups kept, one a day; write-ahead log is kept from the oldest of them."""
    backup_schedule: str = "17 2 * * *"
    password_rotation_hours: Annotated[int, Range(1, 720)] = 24
    """PCI DSS 8.6.3 asks for a period; Vault makes a short one free."""

    def __post_init__(self) -> None:
        if self.shards < self.workers:
            raise ValueError(f"shards no fewer than workers, {self.workers}: the rest would idle")
