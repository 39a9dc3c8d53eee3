"""The real engine runs a small program with the language host and the stand-in for AWS."""

import json
import os
import stat
import textwrap

import pytest

from local.engine import home as engine_home
from local.engine.stack import Engine, EngineError

pytestmark = pytest.mark.engine

PROGRAM = """
import json
from pathlib import Path

import pulumi
import pulumi_aws as aws

told = json.loads((Path(__file__).parent / "told.json").read_text())
accelerator = aws.globalaccelerator.Accelerator("front", name=told["name"])
listener = aws.globalaccelerator.Listener(
    "front",
    accelerator_arn=accelerator.arn,
    protocol="TCP",
    port_ranges=[{told["from"]: 443, "to_port": 443}],
)
aws.globalaccelerator.EndpointGroup(
    "front",
    listener_arn=listener.arn,
    endpoint_group_region="us-east-1",
    traffic_dial_percentage=told["dial"],
)
role = aws.iam.Role("r", assume_role_policy="{}", path=told["path"], tags={"a.b/c": "1"})
pulumi.export("listener", listener.arn)
pulumi.export("role", role.arn)
pulumi.export("hidden", pulumi.Output.secret("s3cret"))
"""
TOLD = {"name": "one", "dial": 100, "path": "/", "from": "from_port"}
RESOURCES = 5
"""The stack itself and four of AWS."""


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """Give a project and a home of its own; the tests go through the project's life in order."""
    patch = pytest.MonkeyPatch()
    root = tmp_path_factory.mktemp("cloud")
    patch.setenv("EVENKEEL_HOME", str(root / "home"))
    patch.setenv("AWS_REGION", "eu-central-1")
    patch.setenv("PULUMI_BACKEND_URL", "https://example.invalid")
    folder = root / "program"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    (folder / "Pulumi.us-east-1.yaml").write_text('config:\n  small:key: "value"\n')
    (folder / "__main__.py").write_text(textwrap.dedent(PROGRAM))
    yield folder
    patch.undo()


@pytest.fixture
def engine(program):
    def tell(**changed):
        (program / "told.json").write_text(json.dumps(TOLD | changed))
        return Engine("us-east-1", program)

    return tell


def outputs(engine):
    resources = engine.export()["deployment"]["resources"]
    return {each["type"]: each.get("outputs", {}) for each in resources}


def group():
    return engine_home.places.home() / "accelerator" / "us-east-1.json"


def test_a_preview_makes_nothing(engine):
    foreseen = engine().preview()

    assert foreseen["changeSummary"] == {"create": RESOURCES}
    assert not group().exists()


def test_a_misspelt_nested_property_stops_the_program_with_its_name(engine):
    with pytest.raises(EngineError, match=r"from_prt is no property.*is from_port meant\?"):
        engine(**{"from": "from_prt"}).preview()


def test_up_makes_what_the_program_declares_and_tells_of_it(engine):
    lines = []

    assert engine().up(lines.append) == {"create": RESOURCES}

    assert json.loads(group().read_text())["trafficDialPercentage"] == 100
    assert any("globalaccelerator" in each and "created" in each for each in lines)
    assert outputs(engine())["aws:iam/role:Role"]["arn"].startswith(
        "arn:aws:iam::111122223333:role/r-"
    )


def test_up_again_changes_nothing(engine):
    assert engine().up() == {"same": RESOURCES}


def test_a_changed_property_updates_in_place(engine):
    changes = engine(dial=0).up()

    assert changes == {"same": RESOURCES - 1, "update": 1}
    assert json.loads(group().read_text())["trafficDialPercentage"] == 0


def test_a_changed_fixed_property_replaces(engine):
    before = outputs(engine())["aws:iam/role:Role"]["uniqueId"]

    changes = engine(dial=0, path="/other/").up()

    assert changes == {"same": RESOURCES - 1, "replace": 1}
    assert outputs(engine(dial=0, path="/other/"))["aws:iam/role:Role"]["uniqueId"] != before


def test_what_somebody_removed_is_missed_by_a_refresh_and_made_again(engine):
    group().unlink()

    refreshed = engine(dial=0, path="/other/").refresh()
    assert refreshed.get("delete") == 1

    assert engine(dial=0, path="/other/").up() == {"same": RESOURCES - 1, "create": 1}
    assert group().exists()


def test_the_projects_own_files_stay_as_they_were(engine, program):
    assert (program / "Pulumi.us-east-1.yaml").read_text() == 'config:\n  small:key: "value"\n'
    assert sorted(each.name for each in program.iterdir() if each.name != "__pycache__") == [
        "Pulumi.us-east-1.yaml",
        "Pulumi.yaml",
        "__main__.py",
        "told.json",
    ]


def test_a_secret_is_in_no_file_of_the_state_and_its_passphrase_is_the_owners_alone(program):
    state = engine_home.path() / "state"

    assert not [p for p in state.rglob("*") if p.is_file() and b"s3cret" in p.read_bytes()]
    assert stat.S_IMODE(os.stat(engine_home.path() / "passphrase").st_mode) == 0o600  # noqa: PTH116 - the mode alone


def test_destroy_removes_everything(engine):
    engine().destroy()

    assert not group().exists()
    assert engine().export()["deployment"].get("resources", []) == []
