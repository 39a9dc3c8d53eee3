"""The table of requirements, and what the rules prove of it."""

import json
import re

import pytest

from policies import command, pack, requirements

TABLE = requirements.load()
COVERED = requirements.coverage(pack.load("pci").rules, TABLE)


def test_the_table_has_each_requirement_that_infrastructure_bears_on():
    assert len(TABLE) == 162
    assert all(re.fullmatch(r"A?\d+(\.\d+)+", each) for each in TABLE)


@pytest.mark.parametrize("each", COVERED, ids=lambda each: each.requirement.id)
def test_each_requirement_has_a_rule_or_a_reason(each):
    assert each.rules or each.requirement.reason
    assert each.requirement.summary.endswith(".")


def test_at_least_120_requirements_have_a_rule():
    assert sum(bool(each.rules) for each in COVERED) >= 120


def test_a_rule_for_what_is_not_in_the_table_is_refused():
    table = {each: TABLE[each] for each in list(TABLE)[:3]}
    with pytest.raises(requirements.RequirementsError, match="which the table lacks"):
        requirements.coverage(pack.load("pci").rules, table)


def test_the_list_tells_each_rule_with_its_examples(capsys):
    assert command.main(["list", "--json"], "pci") == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told) >= 250
    for each in told:
        assert each["examples"]["pass"]
        assert each["examples"]["fail"]
        assert each["requirements"] or each["pack"] == "reliability"


def test_the_coverage_tells_each_requirement_with_its_rules_or_its_reason(capsys):
    assert command.main(["coverage", "--json"], "pci") == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["requirement"] for each in told] == list(TABLE)
    assert all(each["rules"] or each["reason"] for each in told)


def test_a_folder_without_a_report_is_told_how_to_get_one(tmp_path, capsys):
    assert command.main(["report", str(tmp_path)], "pci") == 2
    assert "EVENKEEL_REPORT" in capsys.readouterr().out
