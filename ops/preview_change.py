"""Previews both stacks of a changed program under the policy packs, without cloud credentials.

    python -m ops.preview_change --base ../base --out preview

`--base` is a checkout of what the change starts from; without it everything is new. `--out` gets
`<stack>.json` (the change), `reports/<stack>/<pack>/` and `comment.md`. The exit code is 1 where a
rule fails or a preview does.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from local import addresses, places, tools
from local.engine.stack import Engine, EngineError
from ops import preview_summary
from ops.program_diff import between
from policies import report

PACKS = (places.REPOSITORY / "policies", places.REPOSITORY / "policies" / "reliability")


def stack_change(stack: str, base: Path | None, reports: Path) -> tuple[Any, str]:
    """The change of one stack, and what the engine said if it refused under the packs.

    Raises:
        EngineError: A version of the program cannot be previewed at all.

    """
    head = Engine(stack).preview()
    change = between(Engine(stack, base).preview(), head) if base else head
    try:
        Engine(stack).preview(packs=PACKS, environment={report.VARIABLE: str(reports.resolve())})
    except EngineError as refused:
        return change, str(refused)
    return change, ""


def comment(changes: dict[str, Any], reports: Path) -> str:
    """The one comment: each stack's change, then each pack's result."""
    parts = [preview_summary.MARKER]
    parts += [preview_summary.markdown(stack, change) for stack, change in changes.items()]
    for each in preview_summary.policy_results(reports):
        run = each["run"]
        parts += [f"**{run['stack']}**", "", report.markdown(each), ""]
    return "\n".join(parts) + "\n"


def preview(stacks: Iterable[str], base: Path | None, out: Path) -> int:
    """Write everything below `out`; 1 where something fails."""
    out.mkdir(parents=True, exist_ok=True)
    changes: dict[str, Any] = {}
    status = 0
    for stack in stacks:
        folder = out / "reports" / stack
        changes[stack], refused = stack_change(stack, base, folder)
        (out / f"{stack}.json").write_text(json.dumps(changes[stack], indent=1))
        print(preview_summary.text(stack, changes[stack]))
        if refused:
            status = 1
            print(refused)
        for each in preview_summary.policy_results(folder):
            print(report.text(each))
            status |= int(bool(each["totals"]["fail"] or each["complaints"]))
    (out / "comment.md").write_text(comment(changes, out / "reports"))
    return status


def main() -> int:
    """Read the arguments and do it."""
    parser = argparse.ArgumentParser(prog="python -m ops.preview_change", description=__doc__)
    parser.add_argument("--base", type=Path, help="a checkout of what the change starts from")
    parser.add_argument("--out", type=Path, default=Path("preview"))
    options = parser.parse_args()
    places.home().mkdir(parents=True, exist_ok=True)
    tools.build("pulumi", print)
    base = options.base.resolve() if options.base else None
    return preview(addresses.REGIONS, base, options.out)


if __name__ == "__main__":
    sys.exit(main())
