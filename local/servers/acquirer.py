"""The acquirer's simulator, one a region: it counts charges by payment id."""

import sys

from local import process
from local.places import Place


def server(place: Place) -> process.Process:
    """Return the region's simulator."""
    host = place.address("acquirer")
    return process.Process(
        name=f"{place.region}-acquirer",
        command=[sys.executable, "-m", "local.acquirer", "--host", host, "--port", "8080"],
        listens=[(host, 8080)],
        ready=lambda: process.answers(host, 8080),
    )
