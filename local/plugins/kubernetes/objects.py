"""Objects of the API server as Pulumi's resources: applied, read back, deleted for real."""

from typing import Any

import httpx

from local import crds
from local.plugins.kubernetes import immutable, rollout
from local.plugins.kubernetes.api import ApiError, ApiServer, LateError, Object
from local.plugins.standin import UNKNOWN, Properties, Resource, StandInError

DELETE_SECONDS_MAX = 300.0
PROPAGATION = "pulumi.com/deletionPropagationPolicy"
SKIP_AWAIT = "pulumi.com/skipAwait"


class ObjectKind:
    """Any kind of object, custom ones included."""

    deletes_first = True
    """An object's name is its own: two of one name cannot be at once."""

    def __init__(self, kind: str, server: ApiServer | None) -> None:
        self._kind = kind
        self._connected = server

    @property
    def _server(self) -> ApiServer:
        if self._connected is None:
            raise StandInError(
                f"a {self._kind} needs an API server, and its provider has no kubeconfig: give the"
                " resource the provider of its region's cluster"
            )
        return self._connected

    @property
    def replaces(self) -> frozenset[str]:
        """The fields that the API server never changes."""
        return immutable.fields(self._kind)

    def check(self, inputs: Properties) -> list[tuple[str, str]]:
        """Refuse what has not the shape of an object; the rest is the API server's to refuse."""
        found = [
            (key, f"{inputs.get(key)!r} is no {key}; every object has one, as text")
            for key in ("apiVersion", "kind")
            if not isinstance(inputs.get(key), str)
        ]
        metadata = inputs.get("metadata")
        if not isinstance(metadata, dict):
            return [*found, ("metadata", f"{metadata!r} is no object's metadata")]
        if "generateName" in metadata:
            found.append(
                ("metadata.generateName", "server-side apply needs a name; leave both out for one")
            )
        for key in ("labels", "annotations"):
            found += _texts(f"metadata.{key}", metadata.get(key, {}))
        return found

    def create(self, resource: Resource) -> tuple[str, Properties]:
        """Apply it, and wait for what of it has to be waited for."""
        outputs = self._apply(resource)
        metadata = outputs["metadata"]
        namespace = metadata.get("namespace")
        name = metadata["name"]
        return (f"{namespace}/{name}" if namespace else name), outputs

    def update(self, resource: Resource) -> Properties:
        """Apply it as it is wanted now; fields that are no longer in it go."""
        return self._apply(resource)

    def read(self, resource: Resource) -> Properties | None:
        """Return it as the API server has it."""
        known = _object(resource.state or resource.inputs)
        try:
            found = self._server.read(known)
        except (ApiError, httpx.HTTPError) as error:
            raise StandInError(f"{_title(known)} could not be read: {error}") from error
        return None if found is None else _outputs(found, resource.inputs)

    def delete(self, resource: Resource) -> None:
        """Delete it, with what it owns, and wait until it is gone."""
        known = _object(resource.state)
        policy = known["metadata"].get("annotations", {}).get(PROPAGATION, _propagation(known))
        try:
            self._server.delete(known, policy.capitalize(), DELETE_SECONDS_MAX)
        except (ApiError, LateError, httpx.HTTPError) as error:
            raise StandInError(f"{_title(known)} could not be deleted: {error}") from error

    def _apply(self, resource: Resource) -> Properties:
        wanted = _object(resource.inputs)
        try:
            applied = self._server.apply(wanted)
            if applied["kind"] == "ConstraintTemplate":
                crds.install_constraint(self._server, applied)
            if wanted["metadata"].get("annotations", {}).get(SKIP_AWAIT) != "true":
                applied = rollout.settle(self._server, applied)
        except (ApiError, httpx.HTTPError) as error:
            raise StandInError(f"{_title(wanted)} was refused: {error}") from error
        except (LateError, rollout.RolloutError) as error:
            raise StandInError(f"{_title(wanted)} was applied, but {error}") from error
        return _outputs(applied, resource.inputs)


def _propagation(known: Object) -> str:
    """Return whether to wait for what an object owns: what owns nothing need not wait its turn."""
    return "foreground" if known["apiVersion"] in {"apps/v1", "batch/v1"} else "background"


def _object(properties: Properties) -> Object:
    """Return the object that inputs or outputs describe, without what is Pulumi's own."""
    return {
        key: _without_nulls(value)
        for key, value in properties.items()
        if not key.startswith("__") and value is not None
    }


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    return value


def _outputs(found: Object, inputs: Properties) -> Properties:
    """Return what of a live object goes to the state: no bookkeeping, no Secret's content."""
    metadata = {key: value for key, value in found["metadata"].items() if key != "managedFields"}
    outputs: Properties = {**found, "metadata": metadata}
    if found["kind"] == "Secret" and found["apiVersion"] == "v1":
        outputs.pop("data", None)
        outputs |= {key: inputs[key] for key in ("data", "stringData") if key in inputs}
    return outputs


def _title(known: Object) -> str:
    metadata = known["metadata"]
    namespace = metadata.get("namespace")
    return f"{known['kind']} {f'{namespace}/' if namespace else ''}{metadata['name']}"


def _texts(path: str, values: Any) -> list[tuple[str, str]]:
    if values is UNKNOWN:
        return []
    if not isinstance(values, dict):
        return [(path, f"{values!r} is no map of texts")]
    return [
        (f"{path}.{key}", f"{value!r} is no text; put it in quotes")
        for key, value in values.items()
        if not isinstance(value, str) and value is not UNKNOWN and value is not None
    ]
