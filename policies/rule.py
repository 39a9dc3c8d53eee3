"""What a rule is, and the two decorators that make one out of a function.

Everything about a rule stands on it: what it asks and why (its docstring), the requirements it
proves, the remedy, and examples of each verdict. Pack, tests and documents are derived from that.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pulumi_policy import Severity

from policies.document import Statement
from policies.properties import (
    UNKNOWN,
    Node,
    NotApplicableError,
    Resource,
    UndecidableError,
)
from policies.stack import ROOT, Stack

__all__ = [
    "ROOT",
    "UNKNOWN",
    "AnyRule",
    "Example",
    "Node",
    "NotApplicable",
    "Resource",
    "ResourceRule",
    "Severity",
    "Stack",
    "StackRule",
    "Statement",
    "Undecidable",
    "rule",
    "stack_rule",
]

Undecidable = UndecidableError
NotApplicable = NotApplicableError

PackName: TypeAlias = Literal["pci", "reliability"]
Judge: TypeAlias = Callable[[Resource], Iterator[str]]
StackJudge: TypeAlias = Callable[[Stack], Iterator[tuple[Resource, "str | UndecidableError"]]]
StackExample: TypeAlias = Sequence[Mapping[str, Any]]
"""Resources as {"type", "name", "props", "refs"}; `refs` maps a property to the name (or names) of
the other resources that its value was computed from; `protect` may be given too."""


@dataclass(frozen=True)
class Example:
    """An example where the properties alone do not say enough."""

    props: Mapping[str, Any]
    type: str = ""
    """Where the rule judges several types; its first one otherwise."""
    name: str = "example"
    protect: bool = False


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What every rule says about itself."""

    id: str
    title: str
    on: tuple[str, ...]
    """Resource types that it judges; `*` stands for any text, as in `kubernetes:apps/*:Job`."""
    pci: tuple[str, ...]
    severity: Severity
    pack: PackName
    fix: str
    """Pulumi Python that puts it right."""
    reference: str
    controls: tuple[str, ...]
    """AWS Security Hub controls that it decides."""
    why: str
    module: str


@dataclass(frozen=True, kw_only=True)
class ResourceRule(_Said):
    """A rule that looks at one resource."""

    judge: Judge
    passes: tuple[Mapping[str, Any] | Example, ...]
    fails: tuple[Mapping[str, Any] | Example, ...]
    undecidable: tuple[Mapping[str, Any] | Example, ...]
    not_applicable: tuple[Mapping[str, Any] | Example, ...]


@dataclass(frozen=True, kw_only=True)
class StackRule(_Said):
    """A rule that looks at the whole stack; `on` names the types that its findings are about."""

    judge: StackJudge
    passes: tuple[StackExample, ...]
    fails: tuple[StackExample, ...]
    undecidable: tuple[StackExample, ...]
    not_applicable: tuple[StackExample, ...]


AnyRule: TypeAlias = ResourceRule | StackRule


def rule(
    *,
    id: str,  # noqa: A002 - the word that reports use
    title: str,
    on: tuple[str, ...],
    severity: Severity,
    fix: str,
    reference: str,
    passes: tuple[Mapping[str, Any] | Example, ...],
    fails: tuple[Mapping[str, Any] | Example, ...],
    pci: tuple[str, ...] = (),
    pack: PackName = "pci",
    controls: tuple[str, ...] = (),
    undecidable: tuple[Mapping[str, Any] | Example, ...] = (),
    not_applicable: tuple[Mapping[str, Any] | Example, ...] = (),
) -> Callable[[Judge], ResourceRule]:
    """Make a rule of a function that yields a sentence for each violation.

    The function reads what it judges as late as it can: a property that is not known yet raises
    `Undecidable`, which is the verdict unless a violation was yielded before. `NotApplicable` is
    raised by the function itself.
    """

    def made(judge: Judge) -> ResourceRule:
        return ResourceRule(
            id=id,
            title=title,
            on=on,
            pci=pci,
            severity=severity,
            pack=pack,
            fix=fix,
            reference=reference,
            controls=controls,
            why=_why(judge),
            module=judge.__module__,
            judge=judge,
            passes=passes,
            fails=fails,
            undecidable=undecidable,
            not_applicable=not_applicable,
        )

    return made


def stack_rule(
    *,
    id: str,  # noqa: A002 - the word that reports use
    title: str,
    on: tuple[str, ...],
    severity: Severity,
    fix: str,
    reference: str,
    passes: tuple[StackExample, ...],
    fails: tuple[StackExample, ...],
    pci: tuple[str, ...] = (),
    pack: PackName = "pci",
    controls: tuple[str, ...] = (),
    undecidable: tuple[StackExample, ...] = (),
    not_applicable: tuple[StackExample, ...] = (),
) -> Callable[[StackJudge], StackRule]:
    """Make a rule of a function that yields (resource, sentence) for each violation in a stack.

    It may yield (resource, Undecidable(path)) where only that one cannot be told. A stack without
    any resource of the types in `on` is not applicable; `on=(ROOT,)` is about the stack itself.
    """

    def made(judge: StackJudge) -> StackRule:
        return StackRule(
            id=id,
            title=title,
            on=on,
            pci=pci,
            severity=severity,
            pack=pack,
            fix=fix,
            reference=reference,
            controls=controls,
            why=_why(judge),
            module=judge.__module__,
            judge=judge,
            passes=passes,
            fails=fails,
            undecidable=undecidable,
            not_applicable=not_applicable,
        )

    return made


def _why(judge: Judge | StackJudge) -> str:
    """The docstring, which is the reason of the rule.

    Raises:
        TypeError: There is none.

    """
    if not judge.__doc__:
        raise TypeError(f"{judge.__name__} has no docstring: say why the rule exists")
    return " ".join(judge.__doc__.split())
