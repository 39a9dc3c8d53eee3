"""A run as one HTML page for an auditor: by requirement, by resource, and what is not covered.

One file, no script, nothing fetched: it can be mailed, printed and kept as evidence.
"""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from policies.report.facts import WORST_FIRST
from policies.report.style import STYLE
from policies.verdict import Verdict

Facts = dict[str, Any]


def page(told: Facts) -> str:
    """The whole page."""
    run, pack = told["run"], told["pack"]
    title = f"{pack['title']}: {run['project']}/{run['stack']}"
    body = "".join(
        [
            _head(told, title),
            _complaints(told),
            _trend(told),
            _requirements(told),
            _uncovered(told),
            _resources(told),
            _waivers(told),
            _rules(told),
        ]
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>\n"
    )


def _head(told: Facts, title: str) -> str:
    run = told["run"]
    kind = "a program before its deployment" if run["preview"] else "a deployed state"
    early = "" if run["complete"] else "<p><strong>The run ended early.</strong></p>"
    counts = "".join(
        f'<li class="{_css(verdict)}"><b>{count}</b> {escape(verdict)}</li>'
        for verdict, count in told["totals"].items()
    )
    undecided = (
        "<p>A verdict is <em>undecidable</em> where a judged value is known only after the"
        " deployment. It is not a pass: <code>pulumi policy analyze</code> on the state decides"
        " it.</p>"
    )
    return (
        f"<h1>{escape(title)}</h1><p>Verdicts on {kind}, {run['resources']} resources,"
        f" {escape(run['at'])}, pack {escape(told['pack']['name'])}"
        f" {escape(told['pack']['version'])}.</p>{early}<ul class=totals>{counts}</ul>{undecided}"
        "<nav><a href=#requirements>Requirements</a> <a href=#uncovered>Not covered</a>"
        " <a href=#resources>Resources</a> <a href=#waivers>Waivers</a> <a href=#rules>Rules</a>"
        "</nav>"
    )


def _complaints(told: Facts) -> str:
    if not told["complaints"]:
        return ""
    rows = "".join(f"<li>{escape(each['sentence'])}</li>" for each in told["complaints"])
    return f"<h2>Waivers that must not stand</h2><ul>{rows}</ul>"


def _trend(told: Facts) -> str:
    trend = told["trend"]
    if not trend:
        return ""
    lists = "".join(
        f"<h3>{word} ({len(trend[key])})</h3><ul>"
        + "".join(f"<li>{escape(rule)} on {escape(_short(urn))}</li>" for rule, urn in trend[key])
        + "</ul>"
        for key, word in (("appeared", "Failures that came"), ("mended", "Failures that went"))
    )
    return f"<h2>Since {escape(trend['since'])}</h2>{lists}"


def _requirements(told: Facts) -> str:
    covered = [each for each in told["requirements"] if each["rules"]]
    if not covered:
        return ""
    by_rule = _grouped(told["findings"], "rule")
    rows = "".join(_requirement(each, by_rule, told) for each in covered)
    return f"<h2 id=requirements>By requirement</h2>{rows}"


def _requirement(row: Facts, by_rule: dict[str, list[Facts]], told: Facts) -> str:
    parts: list[str] = []
    for rule in row["rules"]:
        about = told["rules"][rule]
        found = "".join(_item(each, _short(each["resource"])) for each in by_rule.get(rule, []))
        none = "<p>Nothing of its types is in this stack.</p>"
        parts.append(
            f"<h4><a href=#rule-{rule}>{escape(rule)}</a>: {escape(about['title'])}</h4>"
            + (f"<ul>{found}</ul>" if found else none)
        )
    limit = f"<p>What no rule shows: {escape(row['reason'])}</p>" if row["reason"] else ""
    counts = ", ".join(f"{count} {verdict}" for verdict, count in row["counts"].items() if count)
    return (
        f'<details><summary><span class="{_css(row["verdict"])}">{escape(row["verdict"])}</span>'
        f" <b>{escape(row['id'])}</b> {escape(row['summary'])} <small>{escape(counts)}</small>"
        f"</summary>{limit}{''.join(parts)}</details>"
    )


def _uncovered(told: Facts) -> str:
    rows = [each for each in told["requirements"] if not each["rules"]]
    if not told["requirements"]:
        return ""
    lines = "".join(
        f"<tr><th>{escape(each['id'])}</th><td>{escape(each['summary'])}</td>"
        f"<td>{escape(each['reason'])}</td></tr>"
        for each in rows
    )
    return (
        f"<h2 id=uncovered>Not covered, and why ({len(rows)})</h2><table><thead><tr><th>"
        "Requirement<th>Summary<th>Why no rule decides it</tr></thead>"
        f"<tbody>{lines}</tbody></table><p>Requirements that infrastructure cannot bear on at all"
        " are not listed.</p>"
    )


def _resources(told: Facts) -> str:
    grouped = _grouped(told["findings"], "resource")
    order = {verdict.value: number for number, verdict in enumerate(WORST_FIRST)}

    def worst(findings: list[Facts]) -> int:
        return min(order[each["verdict"]] for each in findings)

    parts: list[str] = []
    for urn, findings in sorted(grouped.items(), key=lambda pair: (worst(pair[1]), pair[0])):
        verdict = WORST_FIRST[worst(findings)].value
        items = "".join(
            _item(each, each["rule"])
            for each in sorted(findings, key=lambda each: order[each["verdict"]])
        )
        parts.append(
            f'<details><summary><span class="{_css(verdict)}">{escape(verdict)}</span>'
            f" {escape(_short(urn))} <small>{escape(findings[0]['scope'])}</small></summary>"
            f"<p><code>{escape(urn)}</code></p><ul>{items}</ul></details>"
        )
    return f"<h2 id=resources>By resource</h2>{''.join(parts)}"


def _waivers(told: Facts) -> str:
    if not told["waivers"]:
        return "<h2 id=waivers>Waivers</h2><p>There are none.</p>"
    keys = ("resource", "rule", "requirement", "owner", "reason", "compensating", "expires")
    head = "".join(f"<th>{key}" for key in keys)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(each[key])}</td>" for key in keys) + "</tr>"
        for each in told["waivers"]
    )
    return (
        f"<h2 id=waivers>Waivers</h2><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _rules(told: Facts) -> str:
    return f"<h2 id=rules>Rules</h2>{''.join(_rule_parts(told['rules']))}"


def _rule_parts(rules: dict[str, Facts]) -> Iterator[str]:
    for id_, rule in rules.items():
        link = escape(rule["reference"])
        reference = f'<a href="{link}">{link}</a>' if link.startswith("https://") else link
        numbers = escape(", ".join(rule["requirements"]))
        yield (
            f"<details id=rule-{id_}><summary>{escape(id_)} <small>{escape(rule['severity'])}"
            f" {numbers}</small></summary><p><b>{escape(rule['title'])}.</b>"
            f" {escape(rule['why'])}</p><pre>{escape(rule['fix'])}</pre><p>{reference}</p>"
            "</details>"
        )


def _item(found: Facts, name: str) -> str:
    said = "; ".join(found["sentences"])
    waived = ""
    if found["waiver"]:
        given = found["waiver"]
        waived = (
            f" <em>until {escape(given['expires'])} by {escape(given['owner'])}:"
            f" {escape(given['reason'])} Instead: {escape(given['compensating'])}</em>"
        )
    return (
        f'<li><span class="{_css(found["verdict"])}">{escape(found["verdict"])}</span>'
        f" {escape(name)}{': ' + escape(said) if said else ''}{waived}</li>"
    )


def _grouped(findings: Iterable[Facts], key: str) -> dict[str, list[Facts]]:
    grouped: dict[str, list[Facts]] = {}
    for each in findings:
        grouped.setdefault(each[key], []).append(each)
    return grouped


def _short(urn: str) -> str:
    """Type and name from a URN."""
    parts = urn.split("::")
    return f"{parts[-2].rsplit('$', 1)[-1]} {parts[-1]}" if len(parts) > 1 else urn or "stack"


def _css(verdict: str) -> str:
    """The class of a verdict's mark."""
    known = {each.value for each in Verdict}
    return "v-" + verdict.replace(" ", "-") if verdict in known else "v-none"
