"""What can break, as context managers that heal: for tests, drills and curious people."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager

import httpx

from local import cloud, process
from local.places import Place
from local.servers import kafka, postgres, vault, wan


@contextmanager
def lose(region: str) -> Generator[None]:
    """Kill everything of a region at once, as if its buildings were gone."""
    place = Place(region)
    try:
        cloud.stop_region(place, kill=True)
        yield
    finally:
        cloud.start_region(place, lambda _: None)


@contextmanager
def cut(region: str) -> Generator[None]:
    """Cut the network between the regions, in both directions."""
    del region
    try:
        wan.connect(enabled=False)
        yield
    finally:
        wan.connect(enabled=True)


@contextmanager
def kill_database(region: str) -> Generator[None]:
    """Kill the region's PostgreSQL; healing starts it and its own recovery."""
    place = Place(region)
    try:
        process.stop(f"{region}-postgres", kill=True)
        yield
    finally:
        server = postgres.server(place)
        server.start()
        server.wait()


@contextmanager
def kill_broker(region: str) -> Generator[None]:
    """Kill the region's Kafka broker."""
    place = Place(region)
    try:
        process.stop(f"{region}-kafka", kill=True)
        yield
    finally:
        server = kafka.broker(place)
        server.start()
        server.wait()


@contextmanager
def kill_vault(region: str) -> Generator[None]:
    """Kill the region's Vault; it unseals itself when it is back."""
    place = Place(region)
    try:
        process.stop(f"{region}-vault", kill=True)
        yield
    finally:
        server = vault.server(place)
        server.start()
        server.wait()
        _until_unsealed(place)


def _until_unsealed(place: Place, seconds_max: float = 60.0) -> None:
    deadline = time.monotonic() + seconds_max
    while time.monotonic() < deadline:
        try:
            if vault.health(place) == vault.ACTIVE:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise process.ServerError(f"Vault in {place.region} did not unseal within {seconds_max:.0f} s")


@contextmanager
def pause_database(region: str) -> Generator[None]:
    """Stop the database's processes without ending them: it hangs, as behind a dead disk."""
    pid = process.running(f"{region}-postgres")
    if pid is None:
        raise process.ServerError(f"PostgreSQL in {region} does not run")
    # The postmaster first, so that it starts no new ones; each of its children is its own group.
    paused = list(process.descendants(pid))
    try:
        for each in paused:
            os.kill(each, signal.SIGSTOP)
        yield
    finally:
        for each in paused:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGCONT)


FAULTS: dict[str, Callable[[str], AbstractContextManager[None]]] = {
    "lose": lose,
    "cut": cut,
    "kill-database": kill_database,
    "kill-broker": kill_broker,
    "kill-vault": kill_vault,
    "pause-database": pause_database,
}
"""By the name on the command line."""
