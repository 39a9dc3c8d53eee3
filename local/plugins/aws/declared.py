"""A resource that is only declared: its inputs are judged, its outputs worked out, no more."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from local.plugins.aws import check, computed
from local.plugins.aws.catalogue import Entry
from local.plugins.aws.template import Context, laid_over
from local.plugins.standin import Properties, Resource

ACCOUNT = "111122223333"
"""As in the stacks' own configuration."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where a provider makes resources."""

    region: str
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """Those that the provider puts on everything."""


@dataclass(frozen=True)
class Declared:
    """The kind of a type that only the catalogue knows."""

    token: str
    entry: Entry
    around: Surroundings

    @property
    def replaces(self) -> frozenset[str]:
        """Return the inputs whose change replaces it; another region does in any case."""
        return frozenset({*self.entry.replaces, "region"})

    @property
    def deletes_first(self) -> bool:
        """Tell whether there can't be two of one name."""
        return self.entry.deletes_first

    def check(self, inputs: Properties) -> list[tuple[str, str]]:
        """Judge the inputs by the SDK's types."""
        return check.faults(self.token, inputs)

    def create(self, resource: Resource) -> tuple[str, Properties]:
        """Work out its id and outputs."""
        context = self._context(resource)
        identity = str(context.fill(self.entry.id))
        counters = dict.fromkeys(self.entry.counters, 1)
        return identity, self._outputs(resource, identity) | counters

    def read(self, resource: Resource) -> Properties | None:
        """Return what is known of it: there is nothing else to look at."""
        return resource.state

    def update(self, resource: Resource) -> Properties:
        """Work out its outputs anew."""
        counters = {each: int(resource.state[each]) + 1 for each in self.entry.counters}
        return self._outputs(resource, resource.id) | counters

    def delete(self, resource: Resource) -> None:
        """Forget it."""
        del resource

    def region(self, inputs: Properties) -> str:
        """Return the region in which a resource is: its own, else the provider's."""
        return str(inputs.get("region") or self.around.region)

    def _context(self, resource: Resource, identity: str = "") -> Context:
        words = {"account": ACCOUNT, "region": self.region(resource.inputs)}
        if self.entry.names:
            words["name"] = str(resource.inputs.get(self.entry.names, ""))
        if identity:
            words["id"] = identity
        # A replacement is another resource, so what replaces it goes into its identity.
        fixed = {
            each: resource.inputs.get(each.split(".")[0]) for each in sorted(self.entry.replaces)
        }
        told_apart = json.dumps([resource.urn, words["region"], fixed], default=repr)
        return Context(seed=identity or told_apart, words=words, inputs=resource.inputs)

    def _outputs(self, resource: Resource, identity: str) -> Properties:
        inputs = resource.inputs
        context = self._context(resource, identity)
        outputs = laid_over(inputs, context.fill(dict(self.entry.outputs)))
        if self.entry.arn:
            outputs["arn"] = context.fill(self.entry.arn)
        outputs["region"] = self.region(inputs)
        outputs["tagsAll"] = {**self.around.tags, **(inputs.get("tags") or {})}
        special = computed.SPECIAL.get(self.token)
        return laid_over(outputs, special(context, inputs)) if special else outputs
