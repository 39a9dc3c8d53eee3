"""Reports of a run. `write` makes all of them; each form has its module."""

import json
from pathlib import Path
from typing import Any, Final

from policies.pack import Pack
from policies.report.facts import facts, tally
from policies.report.terminal import markdown, text
from policies.run import Run
from policies.verdict import Verdict

__all__ = ["FILE", "line", "markdown", "read", "text", "write"]

FILE: Final = "report.json"


def line(run: Run) -> str:
    """How the run stands, in one line."""
    counts = tally(each.verdict.value for each in run.findings)
    words = ", ".join(f"{counts[each.value]} {each.value}" for each in Verdict)
    hint = (
        "; after `pulumi up`, `pulumi policy analyze` decides the undecidable"
        if run.occasion.preview and counts[Verdict.UNDECIDABLE]
        else ""
    )
    return f"{len(run.findings)} verdicts on {len(run.urns)} resources: {words}{hint}"


def read(path: Path) -> dict[str, Any]:
    """A report that was written before."""
    return json.loads(path.read_text(encoding="utf-8"))


def write(run: Run, folder: Path, pack: Pack) -> None:
    """All reports of a run into a folder; what an earlier run left there is the trend's base."""
    folder.mkdir(parents=True, exist_ok=True)
    before = read(folder / FILE) if (folder / FILE).exists() else None
    told = facts(run, pack, before)
    (folder / FILE).write_text(json.dumps(told, indent=1), encoding="utf-8")
