"""Every report of one run, as its readers will read it."""

import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest

from policies import report
from policies.report.facts import facts
from policies.report.junit import junit
from policies.report.ocsf import ocsf
from policies.report.oscal import oscal
from policies.report.page import page
from policies.report.sarif import sarif
from policies.report.terminal import markdown, text
from tests.policies.samples import PACK, STORES, WAIVERS, run


@pytest.fixture(scope="module")
def told():
    return facts(run(STORES, waivers=WAIVERS), PACK, facts(run({"bad": {}, "gone": {}}), PACK))


def verdicts(told, rule="store-locked"):
    return {each["name"]: each["verdict"] for each in told["findings"] if each["rule"] == rule}


def test_all_five_verdicts_are_told_apart(told):
    assert verdicts(told) == {
        "good": "pass",
        "bad": "fail",
        "waived": "waived",
        "later": "undecidable",
        "empty": "not applicable",
        "outside": "not applicable",
    }


def test_a_requirement_stands_as_its_worst_finding(told):
    rows = {each["id"]: each for each in told["requirements"]}
    assert rows["3.5.1"]["verdict"] == "fail"
    assert rows["4.2.1"]["verdict"] == "no rule"
    assert len(rows) == 162


def test_the_trend_names_what_came_and_went(told):
    came = [urn.rsplit("::", 1)[-1] for rule, urn in told["trend"]["appeared"]]
    went = [urn.rsplit("::", 1)[-1] for rule, urn in told["trend"]["mended"]]
    assert set(went) == {"gone"}
    assert "bad" not in came
    assert "good" in came


def test_sarif_alerts_on_failures_and_suppresses_what_is_waived(told):
    results = sarif(told)["runs"][0]["results"]
    locked = {
        each["locations"][0]["logicalLocations"][0]["name"]: "suppressions" in each
        for each in results
        if each["ruleId"] == "store-locked"
    }
    assert locked == {"bad": False, "waived": True}


def test_sarif_tells_the_undecidable_without_an_alert(told):
    notes = sarif(told)["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert any("undecidable on later" in each["message"]["text"] for each in notes)


def test_oscal_calls_nothing_satisfied_but_passes(told):
    findings = oscal(told)["assessment-results"]["results"][0]["findings"]
    states = {each["title"]: each["target"]["status"]["state"] for each in findings}
    assert states == {
        "PCI DSS 3.5.1": "not-satisfied",
        "PCI DSS 7.3.3": "not-satisfied",
        "PCI DSS 10.2.1": "not-satisfied",
    }
    alone = facts(run({"good": {"lock": "strong"}}, rules=PACK.rules[:1]), PACK)
    states = [
        each["target"]["status"]["state"]
        for each in oscal(alone)["assessment-results"]["results"][0]["findings"]
    ]
    assert states == ["satisfied", "satisfied"]


def test_ocsf_never_calls_the_undecidable_a_pass(told):
    statuses = {
        each["resources"][0]["name"]: each["compliance"]["status"]
        for each in ocsf(told)
        if each["compliance"]["control"] == "store-locked"
    }
    assert statuses == {"good": "Pass", "bad": "Fail", "waived": "Fail", "later": "Warning"}


def test_junit_has_all_that_the_strict_form_asks_for(told):
    asked = {"name", "package", "id", "timestamp", "hostname", "tests", "failures", "errors"}
    for suite in ET.fromstring(junit(told)):  # noqa: S314 - our own text
        assert asked <= set(suite.attrib)
        assert [each.tag for each in suite if each.tag != "testcase"] == [
            "properties",
            "system-out",
            "system-err",
        ]


def test_the_page_says_what_is_not_covered_and_escapes_what_programs_wrote(told):
    made = page(told)
    assert "Not covered, and why" in made
    assert "signature on paper" in made
    assert "<script>" not in made
    assert "The lock is on order." in made


def test_the_page_closes_what_it_opens(told):
    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open = []

        def handle_starttag(self, tag, attrs):  # noqa: ARG002 - what the parser gives
            if tag not in ("meta", "th"):
                self.open.append(tag)

        def handle_endtag(self, tag):
            if tag != "th":
                assert self.open.pop() == tag

    reader = Reader()
    reader.feed(page(told))
    assert reader.open == []


def test_the_terminal_says_failures_first_with_their_requirement(told):
    lines = text(told).splitlines()
    assert "2 pass" in lines[1] or "pass" in lines[1]
    fail = next(number for number, line in enumerate(lines) if line == "FAIL")
    assert "store-locked [3.5.1, 7.3.3]" in lines[fail + 1]
    assert lines.index("FAIL") < lines.index("WAIVED") < lines.index("UNDECIDABLE")


def test_a_comment_keeps_its_table_whole_whatever_a_program_wrote(told):
    rows = [line for line in markdown(told).splitlines() if line.startswith("| high")]
    assert len(rows) == 1
    assert rows[0].replace("\\|", "").count("|") == 5


def test_a_run_writes_all_its_reports(tmp_path):
    made = run(STORES)
    report.write(made, tmp_path, PACK)
    report.write(made, tmp_path, PACK)
    assert {each.name for each in tmp_path.iterdir()} == {
        "report.json",
        "report.sarif",
        "report.junit.xml",
        "report.oscal.json",
        "report.ocsf.json",
        "report.html",
        "report.txt",
    }
    assert report.read(tmp_path / "report.json")["trend"]["appeared"] == []


def test_no_report_prints_a_secret(tmp_path):
    secret = {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "value": "hunter2hunter2",
    }
    report.write(run({"bad": {"lock": secret}}), tmp_path, PACK)
    for each in tmp_path.iterdir():
        assert "hunter2" not in each.read_text()
    assert "Its lock is [secret]" in (tmp_path / "report.txt").read_text()
