"""The provider: which kind handles which type, names that a program leaves to AWS, look-ups."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from importlib import import_module

from pulumi.provider.experimental import provider as protocol

from local.plugins.aws import sdk
from local.plugins.aws.catalogue import entries
from local.plugins.aws.declared import Declared, Surroundings
from local.plugins.standin import Kind, Properties, StandIn, StandInError, wire

ACTING: Mapping[str, tuple[str, str]] = {
    "aws:msk/topic:Topic": ("local.plugins.aws.topic", "Topic"),
    "aws:mskconnect/connector:Connector": ("local.plugins.aws.connector", "Connector"),
    "aws:globalaccelerator/endpointGroup:EndpointGroup": (
        "local.plugins.aws.endpoints",
        "EndpointGroup",
    ),
}
"""The types that do something on this machine, each with the class that does it.

Loaded when the first of them comes, as their clients take long to import.
"""

SUFFIX_LENGTH = 7
"""Of the random part that Pulumi gives a name that the program does not."""


class Aws(StandIn):
    """The stand-in for AWS in one region."""

    def __init__(self) -> None:
        self._around = Surroundings(region=os.environ.get("AWS_REGION", "us-east-1"))
        self._kinds: dict[str, Kind] = {}

    def configured(self, configuration: Properties) -> None:
        """Learn the region and the tags that go on everything."""
        tags = json.loads(str(configuration.get("defaultTags", "{}"))).get("tags", {})
        region = str(configuration.get("region", self._around.region))
        self._around = Surroundings(region=region, tags=tags)
        self._kinds.clear()

    def kind(self, type_: str) -> Kind:
        """Return how a type is handled.

        Raises:
            StandInError: neither the SDK nor the catalogue has it.

        """
        if type_ not in self._kinds:
            self._kinds[type_] = self._find(type_)
        return self._kinds[type_]

    def _find(self, type_: str) -> Kind:
        if sdk.inputs(type_) is None:
            raise StandInError(f"pulumi_aws has no resource type {type_}")
        entry = entries().get(type_)
        if entry is None:
            raise StandInError(
                f"the stand-in for AWS has no entry for {type_}: add one, with its id, its computed"
                " outputs and what replaces it, to local/plugins/aws/catalogue/"
            )
        if type_ in ACTING:
            module, name = ACTING[type_]
            return getattr(import_module(module), name)(type_, entry, self._around)
        return Declared(type_, entry, self._around)

    def defaults(self, urn: str, inputs: Properties, old: Properties, seed: bytes) -> Properties:
        """Name what the program leaves unnamed: as before, else by its own name and a suffix."""
        token, name = urn.split("::")[-2].rsplit("$", maxsplit=1)[-1], urn.rsplit("::", 1)[-1]
        entry = entries().get(token)
        if entry is None or not entry.names:
            return inputs
        key = entry.names
        if inputs.get(key) is not None or inputs.get(f"{key}Prefix") is not None:
            return inputs
        shape = sdk.inputs(token) or {}
        if key not in shape or shape[key].required:
            return inputs
        if old.get(key):
            return {**inputs, key: old[key]}
        suffix = hashlib.sha256(seed or urn.encode()).hexdigest()[:SUFFIX_LENGTH]
        kept = f"{entry.prefix}{name}"[: entry.longest - SUFFIX_LENGTH - 1]
        return {**inputs, key: f"{kept}-{suffix}"}

    def computed(self, type_: str) -> Sequence[str]:
        """Name the outputs that are no inputs: AWS says them once the resource is there."""
        return sorted(sdk.outputs(type_) - set(sdk.inputs(type_) or {}))

    def volatile(self, type_: str) -> Sequence[str]:
        """Name the outputs that an update changes."""
        entry = entries()[type_]
        return [*entry.counters, *entry.volatile]

    def drifted(self, type_: str, inputs: Properties, outputs: Properties) -> Properties:
        """Take what an acting type found as its inputs, so that the next `up` puts it right."""
        if type_ not in ACTING:
            return inputs
        return {key: outputs.get(key, value) for key, value in inputs.items()}

    async def invoke(self, request: protocol.InvokeRequest) -> protocol.InvokeResponse:
        """Answer what needs no account; refuse the rest, as a preview has no credentials.

        Raises:
            StandInError: naming the look-up.

        """
        region = self._around.region
        answers: dict[str, Properties] = {
            "aws:index/getPartition:getPartition": {
                "dnsSuffix": "amazonaws.com",
                "id": "aws",
                "partition": "aws",
                "reverseDnsPrefix": "com.amazonaws",
            },
            "aws:index/getRegion:getRegion": {"id": region, "name": region, "region": region},
        }
        if request.tok not in answers:
            raise StandInError(
                f"{request.tok} looks something up in an AWS account; the program's previews need"
                " none, so give the value in the stack's configuration or derive it from another"
            )
        return protocol.InvokeResponse(
            {key: wire(value) for key, value in answers[request.tok].items()}
        )
