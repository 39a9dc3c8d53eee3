"""The packs as Pulumi starts and asks them."""

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import analyzer_pb2_grpc

from policies import pack, report, rules
from policies.rule import Severity
from tests.policies import samples
from tests.policies.asking import Engine, asking, serving, verdict

ROOT = Path(__file__).parents[2]


@contextmanager
def started(folder, cwd, **env):
    """A pack's process, as the engine's language host starts it: `python <folder> <address>`."""
    process = subprocess.Popen(
        [sys.executable, "-u", str(ROOT / folder), "127.0.0.1:1"],
        cwd=cwd,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
    )
    try:
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Engine(analyzer_pb2_grpc.AnalyzerStub(channel))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize(
    ("folder", "name"),
    [("policies", "evenkeel-pci"), ("policies/reliability", "evenkeel-reliability")],
)
def test_a_pack_serves_from_its_folder_wherever_the_program_is(tmp_path, folder, name):
    with started(folder, tmp_path, EVENKEEL_REPORT=str(tmp_path / "out")) as engine:
        info = engine.info()
        assert info.name == name
        assert info.policies[0].name == "settings"
        engine.configure({})
        engine.stack_is("dev")
        assert not engine.resource("random:index/randomId:RandomId", {"byteLength": 4}).diagnostics
        engine.stack([])
    assert (tmp_path / "out" / name / "report.html").exists()


def test_each_rule_tells_the_engine_what_it_proves():
    told = pack.policy(samples.store_locked)
    assert told.framework.name == "PCI DSS"
    assert told.framework.version == "4.0.1"
    assert told.framework.reference == "3.5.1; 7.3.3"
    assert told.severity is Severity.HIGH
    assert told.remediation_steps == 'Store("x", lock="strong")'
    assert told.url == "https://example.org/locks"


def test_a_violation_is_told_with_title_requirements_and_sentence():
    with serving(samples.store_locked) as (engine, _):
        (said,) = engine.resource(samples.STORE, {"lock": "weak"}).diagnostics
    assert said.message == "A store is locked [PCI DSS 3.5.1, 7.3.3]\nIts lock is weak"
    assert said.urn.endswith("::example")


def test_a_rule_that_stumbles_passes_nothing_and_ends_nothing():
    def stumble(_resource):
        raise KeyError("secret-looking words")
        yield

    with serving(replace(samples.store_locked, judge=stumble)) as (engine, analyzer):
        engine.configure({"settings": {"undecidable": "advisory"}})
        answer = engine.resource(samples.STORE, {})
        assert verdict(answer, "store-locked") == "undecidable"
        assert "secret-looking" not in str(answer)
        assert analyzer.run.findings[0].verdict.value == "undecidable"


def test_no_file_is_written_unless_a_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(report.VARIABLE, raising=False)
    with serving(samples.store_locked) as (engine, _):
        engine.stack([])
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_cancelled_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv(report.VARIABLE, str(tmp_path))
    with serving(samples.store_locked) as (engine, _):
        engine.resource(samples.STORE, {"lock": "weak"})
        engine.cancel()
    assert "ended early" in (tmp_path / "evenkeel-test" / "report.txt").read_text()


def test_rules_of_every_module_are_in_exactly_one_pack():
    both = [each.id for name in ("pci", "reliability") for each in pack.load(name).rules]
    assert sorted(both) == sorted(each.id for each in rules.collect())


def test_asking_twice_about_a_resource_leaves_one_finding():
    with serving(samples.store_locked) as (engine, analyzer):
        engine.resource(samples.STORE, {"lock": "weak"})
        engine.resource(samples.STORE, {"lock": "strong"})
        assert [each.verdict.value for each in analyzer.run.findings] == ["pass"]


def test_the_same_analyzer_may_be_served_again():
    with serving(samples.store_locked) as (_, analyzer), asking(analyzer) as engine:
        assert engine.info().name == "evenkeel-test"
