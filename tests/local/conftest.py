"""A home of the one-machine cloud for each test, and nothing left running after it."""

import pytest

from local import process


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("EVENKEEL_HOME", str(tmp_path))
    yield tmp_path
    for record in (tmp_path / "run").glob("*.json"):
        process.stop(record.stem, kill=True)
