"""A run as JUnit XML, in the strict form of the Ant schema: a suite a rule, a case a resource."""

import re
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from policies.verdict import Verdict

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(told: dict[str, Any]) -> str:
    """Only a pass is a passed case: waived, undecidable and not applicable are skipped ones."""
    root = Element("testsuites")
    by_rule: dict[str, list[dict[str, Any]]] = {}
    for each in told["findings"]:
        by_rule.setdefault(each["rule"], []).append(each)
    for number, (rule, findings) in enumerate(by_rule.items()):
        _suite(root, number, rule, findings, told)
    if told["complaints"]:
        _complaints(root, len(by_rule), told)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(
    root: Element, number: int, rule: str, findings: list[dict[str, Any]], told: dict[str, Any]
) -> None:
    failures = sum(each["verdict"] == Verdict.FAIL.value for each in findings)
    passes = sum(each["verdict"] == Verdict.PASS.value for each in findings)
    suite = _open(
        root, number, rule, told, (len(findings), failures, len(findings) - passes - failures)
    )
    about = told["rules"][rule]
    for key in ("title", "severity"):
        SubElement(suite[0], "property", name=key, value=_clean(about[key]))
    if about["requirements"]:
        SubElement(
            suite[0], "property", name="requirements", value=", ".join(about["requirements"])
        )
    for each in findings:
        case = SubElement(
            suite,
            "testcase",
            name=_clean(each["resource"] or "stack"),
            classname=f"{told['pack']['name']}.{rule}",
            time="0",
        )
        said = _clean("; ".join(each["sentences"]))
        if each["verdict"] == Verdict.FAIL.value:
            failure = SubElement(case, "failure", message=said, type=about["severity"])
            failure.text = _clean(f"{about['why']}\n\n{about['fix']}")
        elif each["verdict"] != Verdict.PASS.value:
            SubElement(case, "skipped", message=f"{each['verdict']}: {said}")
    _close(suite)


def _complaints(root: Element, number: int, told: dict[str, Any]) -> None:
    wrong = told["complaints"]
    suite = _open(root, number, "waivers", told, (len(wrong), len(wrong), 0))
    for each in wrong:
        name = f"{each['waiver']['rule']} {each['waiver']['resource']}"
        case = SubElement(
            suite,
            "testcase",
            name=_clean(name),
            classname=f"{told['pack']['name']}.waivers",
            time="0",
        )
        SubElement(case, "failure", message=_clean(each["sentence"]), type="waiver")
    _close(suite)


def _open(
    root: Element, number: int, name: str, told: dict[str, Any], counts: tuple[int, int, int]
) -> Element:
    tests, failures, skipped = (str(each) for each in counts)
    suite = SubElement(
        root,
        "testsuite",
        name=name,
        package=told["pack"]["name"],
        id=str(number),
        timestamp=told["run"]["at"][:19],
        hostname="localhost",
        tests=tests,
        failures=failures,
        errors="0",
        skipped=skipped,
        time="0",
    )
    SubElement(suite, "properties")
    return suite


def _close(suite: Element) -> None:
    SubElement(suite, "system-out")
    SubElement(suite, "system-err")


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return _NOT_XML.sub("�", text)
