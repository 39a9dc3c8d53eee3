"""An endpoint group: a region's share of the accelerator, in a file that the latter follows."""

import json
from pathlib import Path

from local import places
from local.plugins.aws.declared import Declared
from local.plugins.standin import Properties, Resource

_FOLLOWED = (
    "trafficDialPercentage",
    "endpointConfigurations",
    "healthCheckIntervalSeconds",
    "healthCheckPath",
    "healthCheckPort",
    "healthCheckProtocol",
    "thresholdCount",
)

DIAL = 100
"""AWS's own default, per cent."""


class EndpointGroup(Declared):
    """`aws:globalaccelerator/endpointGroup:EndpointGroup`."""

    def create(self, resource: Resource) -> tuple[str, Properties]:
        """Write the region's group."""
        identity, outputs = super().create(resource)
        self._write(resource)
        return identity, outputs

    def read(self, resource: Resource) -> Properties | None:
        """Read the region's group."""
        path = self._path(resource.inputs)
        return resource.state | json.loads(path.read_text()) if path.exists() else None

    def update(self, resource: Resource) -> Properties:
        """Write the region's group anew."""
        outputs = super().update(resource)
        self._write(resource)
        return outputs

    def delete(self, resource: Resource) -> None:
        """Take the region out of the accelerator."""
        self._path(resource.inputs).unlink(missing_ok=True)

    def _path(self, inputs: Properties) -> Path:
        region = inputs.get("endpointGroupRegion") or self.region(inputs)
        return places.home() / "accelerator" / f"{region}.json"

    def _write(self, resource: Resource) -> None:
        """Write the file at once: the accelerator must not read half of it."""
        path = self._path(resource.inputs)
        path.parent.mkdir(parents=True, exist_ok=True)
        given = {key: resource.inputs[key] for key in _FOLLOWED if key in resource.inputs}
        scratch = path.with_suffix(".new")
        scratch.write_text(json.dumps({"trafficDialPercentage": DIAL, **given}, indent=1))
        scratch.replace(path)
