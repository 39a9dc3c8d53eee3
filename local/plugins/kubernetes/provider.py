"""The kubernetes provider's stand-in: which API server it acts on, and names for objects."""

import hashlib
import re
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml
from pulumi.provider.experimental import provider as protocol
from pulumi.provider.experimental.property_value import PropertyValue

from local import addresses
from local.places import Place
from local.plugins.kubernetes.api import ApiServer
from local.plugins.kubernetes.objects import ObjectKind
from local.plugins.kubernetes.releases import ReleaseKind
from local.plugins.standin import (
    Kind,
    Properties,
    StandIn,
    StandInError,
    plain,
)

RELEASE = "kubernetes:helm.sh/v3:Release"
_HOST = re.compile(r"(?P<region>[a-z0-9-]+)\.eks\.evenkeel\.internal")
_TOKEN = re.compile(r"kubernetes:[a-z0-9.-]+/v[a-z0-9]+:(?P<kind>[A-Z][A-Za-z0-9]*)")
_SUFFIX_LENGTH = 7
_NAME_LENGTH_MAX = 63


class Kubernetes(StandIn):
    """Every kind of object that the API server serves, and Helm's releases."""

    def __init__(self) -> None:
        super().__init__()
        self._server: ApiServer | None = None

    def configured(self, configuration: Properties) -> None:
        """Find the region by the host of the kubeconfig; unknown at preview, there is none yet."""
        kubeconfig = configuration.get("kubeconfig")
        if kubeconfig:
            self._server = _connect(kubeconfig)

    def kind(self, type_: str) -> Kind:
        """Return how a type is handled, by the kind in its token."""
        if type_ == RELEASE:
            return ReleaseKind(self._server)
        found = _TOKEN.fullmatch(type_)
        if found is None:
            raise StandInError(f"{type_} is no kind of object: kubernetes:<group>/<version>:<Kind>")
        return ObjectKind(found["kind"], self._server)

    def computed(self, type_: str) -> tuple[str, ...]:
        """Leave the status to the API server."""
        del type_
        return ("status",)

    async def check(self, request: protocol.CheckRequest) -> protocol.CheckResponse:
        """Name what has no name: its resource's, and seven digits that stay."""
        inputs = dict(request.new_inputs)
        if request.type == RELEASE:
            given = plain(inputs["name"]) if "name" in inputs else None
            if not given:
                old = request.old_inputs.get("name")
                inputs["name"] = old or PropertyValue(_name(request))
        else:
            inputs["metadata"] = _named(request)
        request.new_inputs = inputs
        return await super().check(request)


def _named(request: protocol.CheckRequest) -> PropertyValue:
    """Return the metadata with a name: the given one, else the former one, else a new one."""
    metadata = request.new_inputs.get("metadata")
    fields = _fields(metadata)
    if metadata is not None and (fields is None or "name" in fields or "generateName" in fields):
        return metadata
    former = _fields(request.old_inputs.get("metadata")) or {}
    name = former.get("name") or PropertyValue(_name(request))
    return PropertyValue({**(fields or {}), "name": name})


def _fields(metadata: PropertyValue | None) -> dict[str, PropertyValue] | None:
    """Return the properties of a map; None where it is unknown or something else."""
    value: Any = None if metadata is None else metadata.value
    return dict(value) if hasattr(value, "items") else None


def _name(request: protocol.CheckRequest) -> str:
    seed = request.random_seed or request.urn.encode()
    digits = hashlib.sha256(seed + request.urn.encode()).hexdigest()[:_SUFFIX_LENGTH]
    return f"{request.name.lower()[: _NAME_LENGTH_MAX - _SUFFIX_LENGTH - 1]}-{digits}"


def _connect(kubeconfig: Any) -> ApiServer:
    """Return the API server that a kubeconfig leads to.

    Raises:
        StandInError: it leads to no region of the one-machine cloud, or the region is not up.

    """
    parsed = yaml.safe_load(kubeconfig) if isinstance(kubeconfig, str) else kubeconfig
    try:
        url = parsed["clusters"][0]["cluster"]["server"]
    except (KeyError, IndexError, TypeError) as error:
        raise StandInError(f"the kubeconfig names no server: {error!r} is missing") from error
    host = urlsplit(url).hostname or ""
    found = _HOST.fullmatch(host)
    if found is None or found["region"] not in addresses.REGIONS:
        raise StandInError(
            f"the kubeconfig leads to {host or url!r}, which is no cluster of the one-machine"
            f" cloud: expected <region>.eks.evenkeel.internal, one of {addresses.REGIONS}"
        )
    try:
        return ApiServer.at(Place(found["region"]))
    except (OSError, httpx.HTTPError) as error:
        raise StandInError(f"{found['region']} is not up on this machine: {error}") from error
