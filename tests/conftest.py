"""The `deploy` fixture: run a program under recording mocks, to its end."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from typing import Any

import hypothesis
import pulumi
import pytest
from pulumi.runtime import mocks, settings, stack

# A busy machine is slow, and no promise of this project is about its speed.
hypothesis.settings.register_profile("any-machine", deadline=None)
hypothesis.settings.load_profile("any-machine")

COMPUTED: dict[str, Callable[[str], dict[str, Any]]] = {
    "aws:eks/cluster:Cluster": lambda name: {
        "endpoint": f"https://{name}.gr7.eks.amazonaws.com",
        "certificateAuthority": {"data": "Y2E="},
        "vpcConfig": {"clusterSecurityGroupId": f"{name}-sg", "subnetIds": []},
    },
    "aws:msk/cluster:Cluster": lambda name: {
        "bootstrapBrokersSaslIam": f"b-1.{name}.kafka.amazonaws.com:9098",
        "arn": f"arn:aws:kafka:us-east-1:111122223333:cluster/{name}/uuid-1",
    },
    "aws:networkfirewall/firewall:Firewall": lambda name: {
        "firewallStatuses": [
            {
                "syncStates": [
                    {
                        "availabilityZone": f"zone{zone}",
                        "attachments": [
                            {
                                "endpointId": f"vpce-{zone}",
                                "subnetId": f"{name}-firewall-{zone}_id",
                            }
                        ],
                    }
                    for zone in (1, 2, 3)
                ]
            }
        ]
    },
}
"""What AWS would work out and a component reads, by type, from the resource's name."""


class Registered(dict[str, Any]):
    """One resource's inputs, with what was said about it besides."""

    def __init__(self, request: Any, inputs: Mapping[str, Any]) -> None:
        super().__init__(inputs)
        self.type, self.name, self.parent = request.type, request.name, request.parent
        self.provider, self.protect = request.provider, request.protect
        self.ignores = list(request.ignoreChanges)


class Engine(mocks.Mocks):
    """Records what is registered; answers only what it was prepared for."""

    def __init__(self, answers: Mapping[str, Any], stacks: Mapping[str, Any]) -> None:
        self.registered: list[Registered] = []
        self.options: dict[str, Any] = {}
        # Registrations come from several threads at once.
        self._in_this_thread = threading.local()
        self._answers, self._stacks = answers, stacks

    def expect(self, request: Any) -> None:
        self._in_this_thread.request = request
        self.options[f"{request.name} {request.type}"] = request

    def new_resource(self, args):
        if args.typ == "pulumi:pulumi:StackReference":
            return args.name, {"name": args.name, "outputs": self._stacks[args.name]}
        each = Registered(self._in_this_thread.request, args.inputs)
        urn = (each.parent, each.type, each.name)
        if urn in {(other.parent, other.type, other.name) for other in self.registered}:
            raise AssertionError(f"{each.type} {each.name} is registered twice")
        self.registered.append(each)
        computed = COMPUTED.get(args.typ, lambda _: {})(args.name)
        arn = f"arn:aws:{args.typ.split(':')[1]}::{args.name}"
        return f"{args.name}_id", {"arn": arn, **args.inputs, **computed}

    def call(self, args):
        if args.token not in self._answers:
            raise AssertionError(f"{args.token} looks something up, which a preview cannot")
        return self._answers[args.token], []

    def all(self, type_: str) -> list[Registered]:
        return [each for each in self.registered if each.type == type_]

    def only(self, type_: str) -> Registered:
        found = self.all(type_)
        assert len(found) == 1, f"{len(found)} of {type_}: {[each.name for each in found]}"
        return found[0]

    def named(self, type_: str, name: str) -> Registered:
        found = {each.name: each for each in self.all(type_)}
        assert name in found, f"no {type_} {name}: {sorted(found)}"
        return found[name]


class Monitor(mocks.MockMonitor):
    """Shows the recorder the whole request: options are not among a mock's arguments."""

    def RegisterResource(self, request):  # noqa: N802 - the service's name for it
        self.mocks.expect(request)
        return super().RegisterResource(request)


@pytest.fixture(scope="session")
def deploy():
    """Give a function that runs a program to its end and returns the engine that saw it."""

    def run(
        program: Callable[[], Any],
        *,
        config: Mapping[str, str] | None = None,
        answers: Mapping[str, Any] | None = None,
        stacks: Mapping[str, Any] | None = None,
        preview: bool = False,
        stack_name: str = "us-east-1",
    ) -> Engine:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        engine = Engine(answers or {}, stacks or {})
        mocks.set_mocks(
            engine,
            project="evenkeel",
            stack=stack_name,
            preview=preview,
            monitor=Monitor(engine),
            organization="organization",
        )
        pulumi.runtime.set_all_config(dict(config or {}))
        settings.SETTINGS.rpc_manager.clear()
        settings.SETTINGS.outputs.clear()

        async def main() -> None:
            program()

        loop.run_until_complete(stack.run_pulumi_func(main))
        return engine

    return run
