"""The command line: what rules there are, what they cover, and what a run said."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from policies import pack, report, requirements, server
from policies.rule import AnyRule, PackName

COMMANDS = ("list", "coverage", "report", "-h", "--help")


def main(arguments: Sequence[str], name: PackName) -> int:
    """Run a command, or serve the pack `name` where there is none; the exit code."""
    if arguments and arguments[0] in COMMANDS:
        options = _parser().parse_args(arguments)
        return int(options.run(options))
    packs = {each: pack.load(each) for each in get_args(PackName)}
    others = frozenset(
        rule.id for each, found in packs.items() if each != name for rule in found.rules
    )
    server.serve(packs[name], others)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m policies", description=__doc__)
    commands = parser.add_subparsers(required=True)
    listing = commands.add_parser("list", help="every rule")
    listing.add_argument("--pack", choices=get_args(PackName), help="of one pack only")
    listing.set_defaults(run=_list)
    covering = commands.add_parser("coverage", help="every requirement, with its rules or why none")
    covering.set_defaults(run=_coverage)
    for each in (listing, covering):
        each.add_argument("--json", action="store_true", help="for programs")
    reporting = commands.add_parser("report", help="a run's report, from its folder")
    reporting.add_argument(
        "folder", type=Path, help="what EVENKEEL_REPORT named, or a pack's in it"
    )
    reporting.add_argument("--markdown", action="store_true", help="for a comment")
    reporting.set_defaults(run=_report)
    return parser


def described(rule: AnyRule) -> dict[str, Any]:
    """A rule as programs read it."""
    return {
        "id": rule.id,
        "title": rule.title,
        "pack": rule.pack,
        "requirements": list(rule.pci),
        "resource_types": list(rule.on),
        "severity": rule.severity.value,
        "controls": list(rule.controls),
        "reference": rule.reference,
        "module": rule.module,
        "examples": {
            "pass": len(rule.passes),
            "fail": len(rule.fails),
            "undecidable": len(rule.undecidable),
            "not_applicable": len(rule.not_applicable),
        },
    }


def _list(options: argparse.Namespace) -> int:
    names: tuple[PackName, ...] = (options.pack,) if options.pack else get_args(PackName)
    found = [rule for name in names for rule in pack.load(name).rules]
    if options.json:
        json.dump([described(each) for each in found], sys.stdout, indent=2)
        print()
        return 0
    for each in found:
        numbers = ", ".join(each.pci) or each.pack
        print(f"{each.id:<52} {each.severity.value:<9} {numbers:<24} {each.title}")
    print(f"\n{len(found)} rules")
    return 0


def _coverage(options: argparse.Namespace) -> int:
    covered = requirements.coverage(pack.load("pci").rules, requirements.load())
    if options.json:
        rows = [
            {
                "requirement": each.requirement.id,
                "summary": each.requirement.summary,
                "rules": [rule.id for rule in each.rules],
                "reason": each.requirement.reason,
            }
            for each in covered
        ]
        json.dump(rows, sys.stdout, indent=2)
        print()
        return 0
    for each in covered:
        proof = ", ".join(rule.id for rule in each.rules) or f"no rule: {each.requirement.reason}"
        print(f"{each.requirement.id:<10} {each.requirement.summary}\n{'':<10} {proof}")
    proven = sum(bool(each.rules) for each in covered)
    print(f"\n{proven} of {len(covered)} requirements have a rule")
    return 0


def _report(options: argparse.Namespace) -> int:
    folder: Path = options.folder
    files = [folder / report.FILE] if (folder / report.FILE).exists() else []
    files += sorted(folder.glob(f"*/{report.FILE}"))
    if not files:
        print(f"there is no {report.FILE} in {folder}: run a preview with EVENKEEL_REPORT={folder}")
        return 2
    for each in files:
        told = report.read(each)
        print(report.markdown(told) if options.markdown else report.text(told))
    return 0
