"""What the types have in common: a server, an id made of inputs, statements."""

from collections.abc import Sequence

from local.plugins.postgresql.server import Server
from local.plugins.standin import Properties, Resource, StandInError


class SqlKind:
    """One type of resource."""

    deletes_first = True
    named_by: Sequence[str] = ("name",)
    """The inputs that find it; a change of one makes another resource."""
    required: Sequence[str] = ("name",)
    fixed: frozenset[str] = frozenset()
    """Other inputs that can't be changed in place."""

    def __init__(self, server: Server | None) -> None:
        self._connected = server

    @property
    def server(self) -> Server:
        """The server that it is on.

        Raises:
            StandInError: the provider was given none.

        """
        if self._connected is None:
            raise StandInError("the resource needs a provider with the host of its database")
        return self._connected

    @property
    def replaces(self) -> frozenset[str]:
        """What it is named by, and what can't be changed in place."""
        return frozenset(self.named_by) | self.fixed

    def check(self, inputs: Properties) -> list[tuple[str, str]]:
        """Refuse a resource that lacks what finds it."""
        return [(key, f"{key} is missing") for key in self.required if inputs.get(key) is None]

    def create(self, resource: Resource) -> tuple[str, Properties]:
        """Make it."""
        self.make(resource.inputs, resource.urn)
        return self.identity(resource.inputs), {**resource.inputs}

    def update(self, resource: Resource) -> Properties:
        """Change it in place."""
        self.change(resource.inputs, resource.old_inputs)
        return {**resource.inputs}

    def read(self, resource: Resource) -> Properties | None:
        """Return what the catalogs have of it."""
        found = self.find(resource.state)
        return None if found is None else {**resource.state, **found}

    def delete(self, resource: Resource) -> None:
        """Remove it."""
        self.remove(resource.state)

    def identity(self, inputs: Properties) -> str:
        """Return its id."""
        values = [inputs.get(each) for each in self.named_by]
        return "_".join(str(each) for each in values if each)

    def make(self, inputs: Properties, urn: str) -> None:
        """Make it, or take it over where an interrupted run of the same resource left it."""
        raise NotImplementedError

    def change(self, inputs: Properties, old: Properties) -> None:
        """Change it in place."""
        raise NotImplementedError

    def find(self, state: Properties) -> Properties | None:
        """Return outputs that the catalogs know better, or None where it is gone."""
        raise NotImplementedError

    def remove(self, state: Properties) -> None:
        """Remove it; nothing is wrong where it is gone already."""
        raise NotImplementedError


def left_over(kind: str, name: str) -> StandInError:
    """Return the error for something that is there and is not this stack's."""
    return StandInError(
        f"{kind} {name} is there already and was not made by this stack; drop it, or give the"
        " resource another name"
    )
