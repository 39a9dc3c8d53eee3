"""The PCI DSS v4.0.1 requirements that infrastructure can bear on, as `requirements.toml` has them.

The summaries there are ours; the standard's own text is to be had from the PCI council only.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from policies.rule import AnyRule

FILE = Path(__file__).parent / "requirements.toml"


class RequirementsError(ValueError):
    """Rules and requirements do not fit together; the sentence says which."""


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One requirement."""

    id: str
    summary: str
    connected: bool
    """Whether it also reaches systems that are connected to the cardholder data environment;
    what is about stored account data does not."""
    provider_only: bool
    """Whether it is asked of service providers only."""
    reason: str
    """What no rule can decide from a program; may be empty where rules are."""


@cache
def load(path: Path = FILE) -> dict[str, Requirement]:
    """The table, by id, in the order of the standard."""
    parsed = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        id_: Requirement(
            id=id_,
            summary=row["summary"],
            connected=row.get("connected", True),
            provider_only=row.get("provider_only", False),
            reason=row.get("reason", ""),
        )
        for id_, row in parsed.items()
    }


@dataclass(frozen=True)
class Covered:
    """A requirement with the rules that prove (a part of) it."""

    requirement: Requirement
    rules: tuple[AnyRule, ...]


def coverage(rules: Iterable[AnyRule], table: dict[str, Requirement]) -> list[Covered]:
    """Each requirement with its rules.

    Raises:
        RequirementsError: A rule names a requirement that is not in the table.

    """
    by_id: dict[str, list[AnyRule]] = {id_: [] for id_ in table}
    for rule in rules:
        for id_ in rule.pci:
            if id_ not in by_id:
                raise RequirementsError(f"{rule.id} names requirement {id_}, which the table lacks")
            by_id[id_].append(rule)
    return [Covered(table[id_], tuple(found)) for id_, found in by_id.items()]
