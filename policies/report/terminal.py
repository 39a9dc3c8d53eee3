"""A run for a person at a terminal, and the same as Markdown for a comment."""

from collections.abc import Iterator
from typing import Any

from policies.verdict import Verdict

MOST = 40
"""Findings of one verdict that are listed; the rest is counted. The HTML report has all."""


def text(told: dict[str, Any]) -> str:
    """Totals, then what fails, then what is waived, then what is not known, by rule."""
    return "\n".join(_text(told))


def _text(told: dict[str, Any]) -> Iterator[str]:
    run, totals = told["run"], told["totals"]
    yield f"{told['pack']['title']} on {run['project']}/{run['stack']}, {run['at']}"
    yield "  " + ", ".join(f"{count} {verdict}" for verdict, count in totals.items())
    if not run["complete"]:
        yield "  The run ended early: what follows is only what came before."
    for complaint in told["complaints"]:
        yield f"  waiver: {complaint['sentence']}"
    for verdict in (Verdict.FAIL, Verdict.WAIVED, Verdict.UNDECIDABLE):
        yield from _section(told, verdict)
    if told["trend"]:
        trend = told["trend"]
        gone, come = len(trend["mended"]), len(trend["appeared"])
        yield f"\nSince {trend['since']}: {come} failures came, {gone} went."


def _section(told: dict[str, Any], verdict: Verdict) -> Iterator[str]:
    found = [each for each in told["findings"] if each["verdict"] == verdict.value]
    if not found:
        return
    yield f"\n{verdict.value.upper()}"
    shown = ""
    for each in found[:MOST]:
        rule = told["rules"][each["rule"]]
        if each["rule"] != shown:
            shown = each["rule"]
            numbers = f" [{', '.join(rule['requirements'])}]" if rule["requirements"] else ""
            yield f"  {rule['severity']:<8} {shown}{numbers}: {rule['title']}"
        yield f"    {short(each)}: {'; '.join(each['sentences'])}"
        if each["waiver"]:
            given = each["waiver"]
            yield f"      until {given['expires']} by {given['owner']}: {given['reason']}"
    if len(found) > MOST:
        yield f"    and {len(found) - MOST} more"


def markdown(told: dict[str, Any]) -> str:
    """For a comment on a pull request: short, failures first."""
    totals = told["totals"]
    bad = totals[Verdict.FAIL.value] + len(told["complaints"])
    lines = [
        f"### {told['pack']['title']}: {f'{bad} to put right' if bad else 'nothing fails'}",
        "",
    ]
    lines.append(", ".join(f"{count} {verdict}" for verdict, count in totals.items()))
    failing = [each for each in told["findings"] if each["verdict"] == Verdict.FAIL.value]
    if failing:
        lines += ["", "| severity | rule | resource | what is wrong |", "|---|---|---|---|"]
    for each in failing[:MOST]:
        rule = told["rules"][each["rule"]]
        numbers = f" ({', '.join(rule['requirements'])})" if rule["requirements"] else ""
        said = "; ".join(each["sentences"]).replace("|", "\\|").replace("\n", " ")
        lines.append(f"| {rule['severity']} | {each['rule']}{numbers} | {short(each)} | {said} |")
    if len(failing) > MOST:
        lines.append(f"\nand {len(failing) - MOST} more")
    lines += [f"- waiver: {each['sentence']}" for each in told["complaints"]]
    waived = [each for each in told["findings"] if each["verdict"] == Verdict.WAIVED.value]
    if waived:
        lines += ["", "<details><summary>Waived</summary>", ""]
        lines += [
            f"- {each['rule']} on {short(each)} until {each['waiver']['expires']},"
            f" {each['waiver']['owner']}: {each['waiver']['reason']}"
            for each in waived
        ]
        lines += ["", "</details>"]
    return "\n".join(lines)


def short(found: dict[str, Any]) -> str:
    """A resource as one says it: its type's last word and its name."""
    return f"{found['type'].rsplit(':', 1)[-1]} {found['name']}"
