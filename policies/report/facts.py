"""The facts of a run as JSON: what every other report is made from."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from policies import requirements
from policies.pack import STANDARD, STANDARD_VERSION, VERSION, Pack
from policies.run import Finding, Run
from policies.verdict import Verdict
from policies.waivers import Waiver

FORMAT: Final = "evenkeel-policy-report/1"

Facts = dict[str, Any]

WORST_FIRST: Final = (
    Verdict.FAIL,
    Verdict.UNDECIDABLE,
    Verdict.WAIVED,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)


def tally(verdicts: Iterable[str]) -> dict[str, int]:
    """How many of each, those with none included."""
    counts = Counter(verdicts)
    return {each.value: counts[each.value] for each in Verdict}


def facts(run: Run, pack: Pack, before: Facts | None = None) -> Facts:
    """Everything about a run; `before` is an earlier one's, for the trend."""
    findings = [_finding(each) for each in run.findings]
    told: Facts = {
        "format": FORMAT,
        "pack": {
            "name": pack.name,
            "title": pack.title,
            "version": VERSION,
            "standard": f"{STANDARD} v{STANDARD_VERSION}" if pack.name.endswith("pci") else "",
        },
        "run": {
            "project": run.occasion.project,
            "stack": run.occasion.stack,
            "preview": run.occasion.preview,
            "at": run.occasion.at.isoformat(timespec="seconds"),
            "complete": run.complete,
            "resources": len(run.urns),
        },
        "totals": tally(each["verdict"] for each in findings),
        "findings": findings,
        "rules": {rule.id: _rule(rule) for rule in pack.rules},
        "requirements": _requirements(run, pack),
        "waivers": [waiver(each) for each in run.waivers],
        "complaints": [
            {"waiver": waiver(each.waiver), "sentence": each.sentence} for each in run.complaints
        ],
    }
    told["trend"] = _trend(told, before) if before else None
    return told


def waiver(given: Waiver) -> dict[str, str]:
    """A waiver as JSON."""
    return {
        "resource": given.resource,
        "rule": given.rule,
        "requirement": given.requirement,
        "owner": given.owner,
        "reason": given.reason,
        "compensating": given.compensating,
        "expires": given.expires.isoformat(),
        "stack": given.stack,
    }


def _finding(found: Finding) -> dict[str, Any]:
    return {
        "rule": found.rule.id,
        "resource": found.urn,
        "type": found.type,
        "name": found.name,
        "scope": found.scope.value,
        "verdict": found.verdict.value,
        "sentences": list(found.sentences),
        "waiver": waiver(found.waiver) if found.waiver else None,
    }


def _rule(rule: Any) -> dict[str, Any]:
    return {
        "title": rule.title,
        "why": rule.why,
        "severity": rule.severity.value,
        "requirements": list(rule.pci),
        "fix": rule.fix,
        "reference": rule.reference,
        "controls": list(rule.controls),
        "module": rule.module,
    }


def _requirements(run: Run, pack: Pack) -> list[dict[str, Any]]:
    """Each requirement with the worst that its rules found, or why it has none."""
    if not any(rule.pci for rule in pack.rules):
        return []
    by_rule: dict[str, list[Verdict]] = {}
    for each in run.findings:
        by_rule.setdefault(each.rule.id, []).append(each.verdict)
    rows: list[dict[str, Any]] = []
    for covered in requirements.coverage(pack.rules, requirements.load()):
        verdicts = [each for rule in covered.rules for each in by_rule.get(rule.id, [])]
        rows.append(
            {
                "id": covered.requirement.id,
                "summary": covered.requirement.summary,
                "rules": [rule.id for rule in covered.rules],
                "verdict": _worst(verdicts) if covered.rules else "no rule",
                "counts": tally(each.value for each in verdicts),
                "reason": covered.requirement.reason,
            }
        )
    return rows


def _worst(verdicts: list[Verdict]) -> str:
    """A requirement stands as its worst finding does; without any it is not applicable."""
    return next((each.value for each in WORST_FIRST if each in verdicts), "not applicable")


def _trend(now: Facts, before: Mapping[str, Any]) -> dict[str, Any]:
    """What came and went since an earlier run."""

    def failing(told: Mapping[str, Any]) -> set[tuple[str, str]]:
        return {
            (each["rule"], each["resource"])
            for each in told["findings"]
            if each["verdict"] == Verdict.FAIL.value
        }

    new, old = failing(now), failing(before)
    return {
        "since": before["run"]["at"],
        "totals": before["totals"],
        "appeared": [list(each) for each in sorted(new - old)],
        "mended": [list(each) for each in sorted(old - new)],
    }
