"""A preview in words."""

import json
import sys

import pytest

from ops import preview_summary
from ops.preview_summary import Change, changes, markdown, text
from policies import report
from tests.policies import samples

HEAD = "urn:pulumi:us-east-1::evenkeel::"
REGION = "pulumi:pulumi:Stack$platform:regions:Region$"
KAFKA = f"{HEAD}{REGION}platform:kafka:KafkaCluster$aws:msk/cluster:Cluster::payments"
GROUP = f"{HEAD}{REGION}aws:ec2/securityGroup:SecurityGroup::brokers"
LOGS = f"{HEAD}aws:s3/bucket:Bucket::logs"
STACK = f"{HEAD}pulumi:pulumi:Stack::evenkeel-us-east-1"


def preview(*steps, diagnostics=()):
    made = [
        {"op": op, "urn": urn, **({"replaceReasons": why} if why else {})}
        for op, urn, *why in steps
    ]
    return {"steps": made, "diagnostics": list(diagnostics)}


REPLACED = preview(
    ("same", STACK),
    ("create-replacement", KAFKA, "clusterName"),
    ("replace", KAFKA, "clusterName"),
    ("delete-replaced", KAFKA),
    ("update", GROUP),
    ("delete", LOGS),
)


def test_a_resource_is_counted_once_however_many_steps_it_takes():
    assert {each.urn: each.change for each in changes(REPLACED)} == {
        KAFKA: Change.REPLACE,
        GROUP: Change.UPDATE,
        LOGS: Change.DELETE,
    }


def test_what_is_lost_comes_first_and_in_words():
    lines = text("us-east-1", REPLACED).splitlines()
    assert lines[0] == "us-east-1: 1 to change, 1 to replace, 1 to delete"
    assert lines[1] == (
        "  ! Cluster payments (Region / KafkaCluster) is replaced because of clusterName:"
        " this loses every topic with its messages and its consumers' offsets."
    )
    assert lines[2] == ("  ! Bucket logs (the stack) is deleted: this loses every object in it.")


def test_a_replaced_thing_that_keeps_nothing_is_no_danger():
    told = text("us-east-1", preview(("replace", GROUP, "vpcId")))
    assert "!" not in told
    assert "1 to replace" in told


def test_counts_stand_by_component():
    rows = [each for each in markdown("s", REPLACED).splitlines() if each.startswith("| ")]
    assert "| Region |  | 1 |  |  |" in rows
    assert "| Region / KafkaCluster |  |  | 1 |  |" in rows


def test_nothing_is_said_plainly():
    assert text("eu-west-1", preview(("same", STACK))) == "eu-west-1: nothing changes"


def test_an_error_of_the_preview_is_shown():
    wrong = preview(diagnostics=[{"severity": "error", "message": "no such\nzone"}])
    assert "error: no such zone" in text("s", wrong)
    assert "**Error:** no such zone" in markdown("s", wrong)


def test_a_long_list_is_cut_and_counted():
    many = preview(*(("delete", f"{LOGS}{number}") for number in range(45)))
    assert "and 15 more" in text("s", many)


@pytest.mark.parametrize(("stores", "code"), [({"s": {"lock": "strong"}}, 0), ({"s": {}}, 1)])
def test_the_exit_code_tells_whether_a_rule_fails(tmp_path, monkeypatch, capsys, stores, code):
    made = samples.run(stores, rules=samples.PACK.rules[:1])
    report.write(made, tmp_path / "out" / "evenkeel-pci", samples.PACK)
    (tmp_path / "p.json").write_text(json.dumps(REPLACED))
    arguments = ["x", f"us-east-1={tmp_path / 'p.json'}", "--reports", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", [*arguments, "--markdown"])
    assert preview_summary.main() == code
    said = capsys.readouterr().out
    assert said.startswith(preview_summary.MARKER)
    assert ("nothing fails" in said) is (code == 0)
