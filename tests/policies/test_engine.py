"""The packs under the real engine: a state, and no program or provider."""

import json
import subprocess

import pytest

from local import places, tools
from local.engine import home
from policies import report

pytestmark = pytest.mark.engine

URN = "urn:pulumi:dev::shop::"
BUCKET = "aws:s3/bucket:Bucket"


def state(*resources):
    """A stack's export: the stack itself, then (type, name, inputs)."""
    time = "2026-05-01T00:00:00Z"
    root = {"urn": f"{URN}pulumi:pulumi:Stack::shop-dev", "type": "pulumi:pulumi:Stack"}
    made = [
        {
            "urn": f"{URN}{type_}::{name}",
            "type": type_,
            "custom": True,
            "id": f"{name}-1",
            "parent": root["urn"],
            "inputs": inputs,
            "outputs": {**inputs, "id": f"{name}-1", "arn": f"arn:aws:s3:::{name}-1"},
        }
        for type_, name, inputs in resources
    ]
    manifest = {"time": time, "magic": "", "version": "v3.259.0"}
    return {"version": 3, "deployment": {"manifest": manifest, "resources": [root, *made]}}


@pytest.fixture(scope="module")
def pulumi(tmp_path_factory):
    """The CLI in a home of its own."""
    tools.build("pulumi", print)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENKEEL_HOME", str(tmp_path_factory.mktemp("home")))
        binary = home.make()
        yield binary, home.settings()


@pytest.fixture
def analyze(pulumi, tmp_path):
    """Run `pulumi policy analyze` on a state, and read the report."""
    binary, environment = pulumi

    def run(resources, pack="policies", config=None):
        file = tmp_path / "state.json"
        file.write_text(json.dumps(state(*resources)))
        command = [binary, "policy", "analyze", "--file", file, "--non-interactive"]
        command += ["--policy-pack", places.REPOSITORY / pack]
        if config is not None:
            (tmp_path / "config.json").write_text(json.dumps(config))
            command += ["--policy-pack-config", tmp_path / "config.json"]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={**environment, report.VARIABLE: str(tmp_path / "out")},
            capture_output=True,
            text=True,
            check=False,
        )
        files = list((tmp_path / "out").rglob(report.FILE))
        return done, report.read(files[0]) if files else None

    return run


def test_a_state_is_judged_and_reported(analyze):
    done, told = analyze([(BUCKET, "logs", {})])
    assert done.returncode != 0
    failed = {each["rule"] for each in told["findings"] if each["verdict"] == "fail"}
    assert "s3-bucket-demands-tls" in failed
    assert "s3-bucket-demands-tls" in done.stdout + done.stderr
    assert told["run"]["complete"]


def test_a_state_without_anything_to_judge_is_let_through(analyze):
    done, told = analyze([("random:index/randomId:RandomId", "id", {"byteLength": 4})])
    assert done.returncode == 0, done.stdout + done.stderr
    assert told["totals"]["fail"] == 0


def test_everything_advisory_lets_a_failing_state_through(analyze):
    done, told = analyze([(BUCKET, "logs", {})], config={"all": "advisory"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert told["totals"]["fail"] > 0


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"settings": {"scope": "outside"}}, "scope"),
        ({"settings": {"scop": "cde"}}, "settings.scop"),
        ({"s3-bucket-demand-tls": "advisory"}, "s3-bucket-demand-tls"),
    ],
)
def test_the_engine_refuses_bad_configuration_by_its_key(analyze, config, named):
    done, told = analyze([(BUCKET, "logs", {})], config=config)
    assert done.returncode != 0
    assert named in done.stdout + done.stderr
    assert told is None
