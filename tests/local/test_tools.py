"""The tools' table and cache; nothing is built here."""

import re

import pytest

from local import tools


@pytest.mark.parametrize("name", tools.TOOLS)
def test_a_tools_module_pins_what_it_is_built_from(name):
    folder = tools.HERE / tools.TOOLS[name].module

    assert tools.TOOLS[name].package.split("/cmd")[0].rstrip("/") in (folder / "go.mod").read_text()
    assert (folder / "go.sum").stat().st_size > 0


def test_a_machine_without_the_compiler_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(tools.ToolError, match=r"(?s)Go 1.26.*apt-get install maven"):
        tools.check()


def test_a_full_disk_is_told_before_a_build(monkeypatch, tmp_path):
    monkeypatch.setenv("EVENKEEL_CACHE", str(tmp_path))
    monkeypatch.setattr(tools, "FREE_GIB_MIN", 10**9)

    with pytest.raises(tools.ToolError, match="EVENKEEL_CACHE"):
        tools.build("etcd", lambda _: None)


def test_another_checksum_is_another_build(monkeypatch, tmp_path):
    (tmp_path / "etcd").mkdir()
    for part in ("go.mod", "go.sum"):
        (tmp_path / "etcd" / part).write_bytes((tools.HERE / "etcd" / part).read_bytes())
    before = tools._fingerprint(tools.TOOLS["etcd"])
    monkeypatch.setattr(tools, "HERE", tmp_path)
    assert tools._fingerprint(tools.TOOLS["etcd"]) == before

    with (tmp_path / "etcd" / "go.sum").open("a") as sums:
        sums.write("example.com/x v1.0.0 h1:abc=\n")

    assert tools._fingerprint(tools.TOOLS["etcd"]) != before
    assert re.fullmatch(r"[0-9a-f]{12}", before)
