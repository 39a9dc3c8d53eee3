"""Real servers of one region for a test session: in a folder and on addresses of their own."""

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from local import pki, process
from local.places import Place
from local.process import Process

REGION = "us-east-1"


@contextmanager
def environment(home: Path, net: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENKEEL_HOME", str(home))
        patch.setenv("EVENKEEL_LOCAL_NET", net)
        yield


@contextmanager
def region(net: str, factories: Sequence[Callable[[Place], Process]]) -> Iterator[Path]:
    """Start servers in order, give their home, and leave nothing of them."""
    # Not below pytest's own folder: PostgreSQL's user may not enter that.
    home = Path(tempfile.mkdtemp(prefix="evenkeel-test-"))
    home.chmod(0o755)
    place, started = Place(REGION), []
    before = signal.signal(signal.SIGTERM, _end)
    with environment(home, net):
        try:
            pki.make()
            for factory in factories:
                server = factory(place)
                started.append(server.name)
                server.start()
                server.wait()
            yield home
        finally:
            for name in reversed(started):
                process.stop(name)
            shutil.rmtree(home, ignore_errors=True)
            signal.signal(signal.SIGTERM, before)


def _end(*_):
    """End the session in order when it is asked to end: fixtures stop their servers."""
    pytest.exit("ended by a signal")
