"""The region's gateway, as Istio would configure it: Envoy, by files that it watches.

What the program's Gateway, VirtualServices and EnvoyFilters say is what Envoy gets. Only what the
program leaves to Istio's control plane is decided here.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.gateway import endpoints, listeners
from local.places import Place

Object = dict[str, Any]

_TYPES = "type.googleapis.com/envoy.config"


def bootstrap(place: Place) -> Object:
    """Return what Envoy is started with: where it finds the rest. Makes empty files of that.

    There is no administration interface: it would let any user of the machine end the gateway.
    """
    folder = place.folder("gateway")
    for name in ("listeners", "clusters"):
        if not (folder / f"{name}.json").exists():
            _write(folder / f"{name}.json", [])
    return {
        "node": {"id": f"gateway-{place.region}", "cluster": "gateway"},
        "dynamic_resources": {
            "lds_config": source(folder / "listeners.json"),
            "cds_config": source(folder / "clusters.json"),
        },
        "layered_runtime": {
            "layers": [
                {
                    "name": "limits",
                    "static_layer": {
                        # Envoy's advice for an edge: not more connections than it can bear.
                        "re2": {"max_program_size": {"error_level": 1000}},
                    },
                }
            ]
        },
        "overload_manager": {
            "resource_monitors": [
                {
                    "name": "envoy.resource_monitors.global_downstream_max_connections",
                    "typed_config": {
                        "@type": "type.googleapis.com/envoy.extensions.resource_monitors"
                        ".downstream_connections.v3.DownstreamConnectionsConfig",
                        "max_active_downstream_connections": 10000,
                    },
                }
            ]
        },
    }


def source(path: Path) -> Object:
    """Return where Envoy finds resources: in a file, read again when another is moved onto it."""
    return {
        "path_config_source": {
            "path": str(path),
            "watched_directory": {"path": str(path.parent)},
        },
        "resource_api_version": "V3",
    }


def write(place: Place, kinds: Mapping[str, Sequence[Object]], pods: Sequence[Object]) -> None:
    """Have Envoy serve what the API server has, each kind's objects by the kind's name.

    Endpoints go first and listeners last, so that no route leads to what is not known yet.
    """
    folder = place.folder("gateway")
    routes = listeners.every(place, kinds)
    clusters: list[Object] = []
    for name in sorted({name for route in routes for name in listeners.clusters(route)}):
        file = folder / f"{hashlib.sha256(name.encode()).hexdigest()[:12]}.endpoints.json"
        found = endpoints.ready(name, kinds.get("Service", []), pods)
        _write(file, [_typed("endpoint", "ClusterLoadAssignment", found)])
        clusters.append(_typed("cluster", "Cluster", endpoints.cluster(name, source(file))))
    _write(folder / "clusters.json", clusters)
    _write(folder / "listeners.json", [_typed("listener", "Listener", each) for each in routes])


def _typed(package: str, message: str, resource: Object) -> Object:
    return {"@type": f"{_TYPES}.{package}.v3.{message}", **resource}


def _write(path: Path, resources: Sequence[Object]) -> None:
    """Move a new file onto the old one, where it differs: Envoy reads all of it or none."""
    body = json.dumps(resources, sort_keys=True)
    version = hashlib.sha256(body.encode()).hexdigest()[:12]
    text = f'{{"version_info": "{version}", "resources": {body}}}'
    if path.exists() and path.read_text() == text:
        return
    scratch = path.with_suffix(f".{os.getpid()}")
    scratch.write_text(text)
    scratch.replace(path)
