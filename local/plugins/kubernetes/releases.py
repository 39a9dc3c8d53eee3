"""Helm releases: recorded, not rendered.

No chart can be had offline, and what most of them run is replaced on one machine by the node agent
and the gateway. The definitions of their kinds are real, and there before any release.
"""

import json

import httpx

from local.plugins.kubernetes.api import ApiError, ApiServer, LateError, Object
from local.plugins.standin import Properties, Resource, StandInError

RECORD_SECONDS_MAX = 30.0


class ReleaseKind:
    """`helm.sh/v3:Release`, as a ConfigMap that says what would be installed."""

    replaces = frozenset({"name", "namespace"})
    deletes_first = True

    def __init__(self, server: ApiServer | None) -> None:
        self._connected = server

    @property
    def _server(self) -> ApiServer:
        if self._connected is None:
            raise StandInError("a Release needs a provider with the kubeconfig of its cluster")
        return self._connected

    def check(self, inputs: Properties) -> list[tuple[str, str]]:
        """Refuse a release of no chart, or of whichever version is the newest."""
        return [
            (key, f"a release names its {key}")
            for key in ("chart", "version", "name")
            if not inputs.get(key)
        ]

    def create(self, resource: Resource) -> tuple[str, Properties]:
        """Record it, in its namespace, which is made where that is asked for."""
        outputs = self._write(resource.inputs, 1)
        return f"{resource.inputs.get('namespace', 'default')}/{resource.inputs['name']}", outputs

    def update(self, resource: Resource) -> Properties:
        """Record the next revision."""
        return self._write(resource.inputs, resource.state["status"]["revision"] + 1)

    def read(self, resource: Resource) -> Properties | None:
        """Return what is recorded."""
        found = self._server.read(_record(resource.state, {}))
        if found is None:
            return None
        return {**resource.state, "status": json.loads(found["data"]["status"])}

    def delete(self, resource: Resource) -> None:
        """Remove the record."""
        try:
            self._server.delete(_record(resource.state, {}), "Background", RECORD_SECONDS_MAX)
        except (ApiError, LateError, httpx.HTTPError) as error:
            raise StandInError(f"release {resource.id} could not be deleted: {error}") from error

    def _write(self, inputs: Properties, revision: int) -> Properties:
        namespace = inputs.get("namespace", "default")
        status = {
            "status": "deployed",
            "name": inputs["name"],
            "namespace": namespace,
            "chart": inputs["chart"],
            "version": inputs["version"],
            "revision": revision,
        }
        data = {
            "status": json.dumps(status, sort_keys=True),
            "repository": str(inputs.get("repositoryOpts", {}).get("repo", "")),
            "values": json.dumps(inputs.get("values", {}), sort_keys=True),
        }
        try:
            if inputs.get("createNamespace"):
                self._server.apply(
                    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
                )
            self._server.apply(_record(inputs, data))
        except (ApiError, httpx.HTTPError) as error:
            raise StandInError(f"release {namespace}/{inputs['name']}: {error}") from error
        return {**inputs, "status": status, "resourceNames": {}}


def _record(inputs: Properties, data: dict[str, str]) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": f"release-{inputs['name']}",
            "namespace": inputs.get("namespace", "default"),
            "labels": {"app.kubernetes.io/managed-by": "evenkeel-stand-in"},
        },
        "data": data,
    }
