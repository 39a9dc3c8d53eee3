"""What a preview would do, for a person: what is lost first, then counts by component.

    pulumi preview --json > preview.json
    python -m ops.preview_summary us-east-1=preview.json [--reports FOLDER] [--markdown]

The folder is what EVENKEEL_REPORT named during the preview; with it the policies' result follows.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from ops.stateful import loss
from policies import report

MARKER: Final = "<!-- evenkeel-preview -->"
"""By which the one comment of a pull request is found again."""

MOST: Final = 30
"""Lines of one kind that are shown; the rest is counted."""


class Change(StrEnum):
    """What happens to a resource."""

    CREATE = "create"
    UPDATE = "change"
    REPLACE = "replace"
    DELETE = "delete"


_CHANGES: Final = {
    "create": Change.CREATE,
    "import": Change.CREATE,
    "update": Change.UPDATE,
    "delete": Change.DELETE,
    "replace": Change.REPLACE,
    "create-replacement": Change.REPLACE,
    "delete-replaced": Change.REPLACE,
    "import-replacement": Change.REPLACE,
}


@dataclass(frozen=True)
class Changed:
    """One resource that changes, and what makes it."""

    urn: str
    change: Change
    reasons: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """Its own type, without those of the components that it is in."""
        return self.urn.split("::")[2].rsplit("$", 1)[-1]

    @property
    def name(self) -> str:
        """Its name in the program."""
        return self.urn.split("::")[-1]

    @property
    def component(self) -> str:
        """The component that it is in, as `Region / KafkaCluster`, or the stack itself."""
        above = self.urn.split("::")[2].split("$")[:-1]
        names = [each.rsplit(":", 1)[-1] for each in above if each != "pulumi:pulumi:Stack"]
        return " / ".join(names) or "the stack"

    @property
    def words(self) -> str:
        """A sentence on what it means."""
        lost = loss(self.type)
        what = f"{self.type.rsplit(':', 1)[-1]} {self.name}"
        if self.change is Change.REPLACE:
            why = f" because of {', '.join(self.reasons)}" if self.reasons else ""
            verb = f"is replaced{why}"
        else:
            verb = "is deleted"
        return f"{what} ({self.component}) {verb}: this loses {lost}."


def changes(preview: Mapping[str, Any]) -> list[Changed]:
    """Each resource that changes, once, whatever number of steps it takes."""
    found: dict[str, Changed] = {}
    for step in preview.get("steps") or []:
        change = _CHANGES.get(step.get("op", ""))
        if change is None or step["urn"].split("::")[2] == "pulumi:pulumi:Stack":
            continue
        urn = step["urn"]
        reasons = tuple(step.get("replaceReasons") or (found[urn].reasons if urn in found else ()))
        found[urn] = Changed(urn, change, reasons)
    return list(found.values())


def dangers(changed: Iterable[Changed]) -> list[Changed]:
    """Those of which something is lost, replacements first."""
    lossy = [
        each
        for each in changed
        if each.change in (Change.REPLACE, Change.DELETE) and loss(each.type)
    ]
    return sorted(lossy, key=lambda each: (each.change is Change.DELETE, each.urn))


def by_component(changed: Iterable[Changed]) -> dict[str, Counter[Change]]:
    """How many of each change, by component."""
    counted: dict[str, Counter[Change]] = {}
    for each in sorted(changed, key=lambda each: each.component):
        counted.setdefault(each.component, Counter())[each.change] += 1
    return counted


def text(stack: str, preview: Mapping[str, Any]) -> str:
    """For a terminal."""
    return "\n".join(_text(stack, preview))


def _text(stack: str, preview: Mapping[str, Any]) -> Iterator[str]:
    changed = changes(preview)
    yield f"{stack}: {_totals(changed)}"
    yield from (f"  error: {each}" for each in errors(preview))
    yield from (f"  ! {each}" for each in _capped([each.words for each in dangers(changed)]))
    counted = by_component(changed)
    if counted:
        width = max(len(each) for each in counted)
        yield f"  {'':<{width}}" + "".join(f"{each.value:>9}" for each in Change)
        for component, counts in counted.items():
            numbers = "".join(f"{counts[each] or '':>9}" for each in Change)
            yield f"  {component:<{width}}{numbers}"


def markdown(stack: str, preview: Mapping[str, Any]) -> str:
    """For a comment."""
    changed = changes(preview)
    lines = [f"## {stack}: {_totals(changed)}", ""]
    lines += [f"> **Error:** {each}" for each in errors(preview)]
    lost = dangers(changed)
    if lost:
        lines += [f"### Something is lost ({len(lost)})", ""]
        lines += [f"- {each}" for each in _capped([each.words for each in lost])]
        lines.append("")
    counted = by_component(changed)
    if counted:
        lines += ["| component | create | change | replace | delete |", "|---|--:|--:|--:|--:|"]
        for component, counts in counted.items():
            numbers = " | ".join(str(counts[each] or "") for each in Change)
            lines.append(f"| {component} | {numbers} |")
        lines.append("")
    others = [each for each in changed if each.change is not Change.CREATE]
    if others:
        lines += ["<details><summary>Each resource that is not new</summary>", ""]
        lines += [
            f"- {each}"
            for each in _capped([f"{each.change.value} `{each.urn}`" for each in others])
        ]
        lines += ["", "</details>", ""]
    return "\n".join(lines)


def errors(preview: Mapping[str, Any]) -> list[str]:
    """What the preview failed on."""
    found = preview.get("diagnostics") or []
    return [
        " ".join(str(each.get("message", "")).split())
        for each in found
        if each.get("severity") == "error"
    ]


def _totals(changed: Sequence[Changed]) -> str:
    counts = Counter(each.change for each in changed)
    words = [f"{counts[each]} to {each.value}" for each in Change if counts[each]]
    return ", ".join(words) or "nothing changes"


def _capped(lines: Sequence[str]) -> list[str]:
    rest = len(lines) - MOST
    return [*lines[:MOST], *([f"and {rest} more"] if rest > 0 else [])]


def policy_results(folder: Path) -> list[dict[str, Any]]:
    """The reports below a folder, one for each pack and stack."""
    return [report.read(each) for each in sorted(folder.rglob(report.FILE))]


def main() -> int:
    """Print the summary of each stack; the exit code is 1 where a policy fails or a preview did."""
    parser = argparse.ArgumentParser(prog="python -m ops.preview_summary", description=__doc__)
    parser.add_argument("previews", nargs="+", metavar="STACK=FILE")
    parser.add_argument("--reports", type=Path, help="what EVENKEEL_REPORT named")
    parser.add_argument("--markdown", action="store_true", help="for a comment")
    options = parser.parse_args()
    told = [each.partition("=") for each in options.previews]
    previews = {stack: json.loads(Path(file).read_text()) for stack, _, file in told}
    results = policy_results(options.reports) if options.reports else []
    if options.markdown:
        print(MARKER)
    for stack, preview in previews.items():
        print(markdown(stack, preview) if options.markdown else text(stack, preview))
    for each in results:
        print(report.markdown(each) if options.markdown else report.text(each))
    failed = any(errors(each) for each in previews.values())
    refused = any(each["totals"]["fail"] or each["complaints"] for each in results)
    return int(failed or refused)


if __name__ == "__main__":
    sys.exit(main())
