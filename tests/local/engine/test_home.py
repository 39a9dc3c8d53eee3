"""The engine's home is its own: what the user has set does not lead elsewhere."""

import subprocess
from importlib import metadata

from local.engine import home as engine_home


def test_nothing_that_steers_a_client_is_inherited(home, monkeypatch):
    for key in ("AWS_PROFILE", "VAULT_ADDR", "PGHOST", "KUBECONFIG", "PULUMI_ACCESS_TOKEN"):
        monkeypatch.setenv(key, "the user's")

    found = engine_home.settings()

    assert "the user's" not in found.values()
    assert found["PULUMI_HOME"] == str(home / "engine")
    assert found["PULUMI_BACKEND_URL"] == f"file://{home}/engine/state"


def test_the_passphrase_stays_the_same(home):
    first = engine_home._passphrase().read_text()

    assert engine_home._passphrase().read_text() == first
    assert len(first) >= 32


def test_a_stand_in_lies_where_the_engine_looks_for_the_sdks_version(home):
    engine_home._install("aws")

    version = metadata.version("pulumi-aws")
    script = home / "engine" / "plugins" / f"resource-aws-v{version}" / "pulumi-resource-aws"
    process = subprocess.Popen([script, "127.0.0.1:1"], stdout=subprocess.PIPE, cwd="/")
    try:
        assert int(process.stdout.readline()) > 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_stand_in_of_another_version_gives_way(home):
    stale = home / "engine" / "plugins" / "resource-aws-v0.0.1"
    stale.mkdir(parents=True)

    engine_home._install("aws")

    assert not stale.exists()
