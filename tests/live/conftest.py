"""The one-machine cloud, up once for all live tests; `--running` takes one that is up already."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from local import places

NET = "79"
UP_SECONDS_MAX = 3000
"""From nothing, builds included."""


def pytest_addoption(parser):
    parser.addoption("--running", action="store_true", help="use the cloud that is up already")


class Platform:
    """What the tests ask of the platform that is up."""

    def __init__(self, output):
        self.output = output
        """What `up` printed."""

    def local(self, *arguments, seconds_max=600):
        """Run a command of `python -m local` and return its result."""
        return subprocess.run(
            [sys.executable, "-m", "local", *arguments],
            cwd=places.REPOSITORY,
            capture_output=True,
            text=True,
            timeout=seconds_max,
            check=False,
        )


@pytest.fixture(scope="session")
def platform(request):
    if request.config.getoption("--running"):
        yield Platform("")
        return
    # Not below pytest's own folder: the database's user may not enter that.
    home = Path(tempfile.mkdtemp(prefix="evenkeel-live-"))
    home.chmod(0o755)
    os.environ |= {"EVENKEEL_HOME": str(home), "EVENKEEL_LOCAL_NET": NET}
    up = Platform("")
    try:
        result = up.local("up", seconds_max=UP_SECONDS_MAX)
        assert result.returncode == 0, f"{result.stdout}\n{result.stderr}"
        up.output = result.stdout
        yield up
    finally:
        down = up.local("down")
        del os.environ["EVENKEEL_HOME"], os.environ["EVENKEEL_LOCAL_NET"]
        if down.returncode == 0 and not request.session.testsfailed:
            shutil.rmtree(home)
