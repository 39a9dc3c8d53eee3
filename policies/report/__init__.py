"""Reports of a run. `write` makes all of them; each form has its module."""

import json
from pathlib import Path
from typing import Any, Final

from policies.pack import Pack
from policies.report.facts import facts, tally
from policies.report.junit import junit
from policies.report.ocsf import ocsf
from policies.report.oscal import oscal
from policies.report.page import page
from policies.report.sarif import sarif
from policies.report.terminal import markdown, text
from policies.run import Run
from policies.verdict import Verdict

__all__ = ["FILE", "VARIABLE", "line", "markdown", "read", "text", "write"]

FILE: Final = "report.json"

VARIABLE: Final = "EVENKEEL_REPORT"
"""The environment variable that names the folder for reports; without it none is written."""


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
    texts = {
        FILE: json.dumps(told, indent=1),
        "report.sarif": json.dumps(sarif(told), indent=1),
        "report.junit.xml": junit(told),
        "report.oscal.json": json.dumps(oscal(told), indent=1),
        "report.ocsf.json": json.dumps(ocsf(told), indent=1),
        "report.html": page(told),
        "report.txt": text(told) + "\n",
    }
    for name, content in texts.items():
        (folder / name).write_text(content, encoding="utf-8")
