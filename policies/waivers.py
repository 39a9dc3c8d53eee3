"""Findings that somebody answers for, for a while, with something else in the rule's place."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any


class WaiverError(ValueError):
    """The file of waivers is not what it must be; the sentence says where and why."""


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """One finding that is accepted until a day."""

    resource: str
    """A URN, in which `*` stands for any text, or `type::name`."""
    rule: str
    requirement: str
    """The PCI DSS requirement that the control compensates; `reliability` in that pack."""
    owner: str
    reason: str
    compensating: str
    """What is in the rule's place meanwhile."""
    expires: date
    """The last day on which it counts."""
    stack: str = "*"
    """Stacks that it is meant for; in another one it is not missed."""

    def covers(self, rule: str, urn: str) -> bool:
        """Whether it is about this finding, be it in time or not."""
        return self.rule == rule and self.names(urn)

    def names(self, urn: str) -> bool:
        """Whether it is about this resource."""
        if fnmatchcase(urn, self.resource):
            return True
        parts = urn.split("::")
        short = f"{parts[-2].rsplit('$', 1)[-1]}::{parts[-1]}" if len(parts) > 1 else urn
        return fnmatchcase(short, self.resource)


def load(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a file; none if there is no such file.

    Raises:
        WaiverError: It is no TOML, or an entry lacks a field, has an empty or an unknown one.

    """
    if not path.exists():
        return ()
    try:
        parsed = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise WaiverError(f"{path.name} is no TOML: {error}") from None
    stray = sorted(set(parsed) - {"waiver"})
    if stray:
        raise WaiverError(f"{path.name} has {stray[0]!r} where only [[waiver]] may stand")
    entries = parsed.get("waiver", [])
    return tuple(_read(entry, number, path.name) for number, entry in enumerate(entries, 1))


def _read(entry: Mapping[str, Any], number: int, file: str) -> Waiver:
    """One entry.

    Raises:
        WaiverError: See `load`.

    """
    known = {field.name for field in fields(Waiver)}
    where = f"waiver {number} of {file}"
    for key in entry:
        if key not in known:
            raise WaiverError(f"{where} has {key!r}, which is none of {', '.join(sorted(known))}")
    for key in sorted(known - {"stack"}):
        if key not in entry:
            raise WaiverError(f"{where} lacks {key!r}")
    for key, value in entry.items():
        if key == "expires":
            if type(value) is not date:
                raise WaiverError(f"{where}: expires is {value!r}, which is no day like 2027-01-31")
        elif not isinstance(value, str) or not value.strip():
            raise WaiverError(f"{where}: {key} is {value!r}; it must be a text that says something")
    return Waiver(**entry)


@dataclass(frozen=True)
class Complaint:
    """A waiver that must not stand as it does."""

    waiver: Waiver
    sentence: str


def complaints(
    waivers: Iterable[Waiver],
    *,
    today: date,
    stack: str,
    open_findings: Mapping[str, frozenset[str]],
    requirements: Mapping[str, tuple[str, ...]],
    urns: frozenset[str],
) -> list[Complaint]:
    """What is wrong with the waivers, seen after a whole run.

    Args:
        waivers: Those of the file.
        today: The day of the run.
        stack: Its stack; waivers for others are left alone.
        open_findings: By rule, the URNs that it did not pass.
        requirements: By rule, what it proves; a waiver names one of them.
        urns: Everything that was in the run.

    """
    found: list[Complaint] = []
    for each in waivers:
        if not fnmatchcase(stack, each.stack):
            continue
        sentence = ""
        if each.rule not in requirements:
            sentence = f"there is no rule {each.rule!r}"
        elif each.requirement not in requirements[each.rule]:
            sentence = f"the rule {each.rule} does not prove requirement {each.requirement}"
        elif each.expires < today:
            sentence = f"it expired on {each.expires}: put the finding right, or decide anew"
        elif not any(each.names(urn) for urn in urns):
            sentence = f"no resource is called {each.resource}"
        elif not any(each.names(urn) for urn in open_findings.get(each.rule, frozenset())):
            sentence = f"{each.resource} passes {each.rule} by itself: take the waiver out"
        if sentence:
            found.append(Complaint(each, sentence))
    return found
