"""The acquirer's simulator, one a region: it counts charges by payment id."""

import sys

from local import process
from local.places import Place


def server(place: Place) -> process.Process:
    """Return the region's simulator."""
    host = place.address("acquirer")
    name = f"{place.region}-acquirer"
    return process.Process(
        name=name,
        command=[
            sys.executable,
            "-m",
            "local.acquirer",
            f"--host={host}",
            "--port=443",
            f"--certificate={place.certificate(name)}",
            f"--key={place.key(name)}",
        ],
        listens=[(host, 443)],
        ready=lambda: process.answers(host, 443),
    )
