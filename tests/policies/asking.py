"""The engine's side of a policy pack, as far as a test needs it: gRPC, with real unknowns."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2_grpc

from policies.pack import Pack
from policies.rule import AnyRule, Example, ResourceRule
from policies.server import Analyzer, start

LEVELS = {"advisory": proto.ADVISORY, "mandatory": proto.MANDATORY, "disabled": proto.DISABLED}


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:test::evenkeel::{type_}::{name}"


def encode(props: Mapping[str, Any]) -> struct_pb2.Struct:
    message = struct_pb2.Struct()
    message.update(dict(props))
    return message


def request(
    type_: str, props: Mapping[str, Any], name: str = "example", *, protect: bool = False
) -> Any:
    return proto.AnalyzeRequest(
        type=type_,
        name=name,
        urn=urn(type_, name),
        properties=encode(props),
        options=proto.AnalyzerResourceOptions(protect=protect),
    )


class Engine:
    """Asks one running server."""

    def __init__(self, stub: Any) -> None:
        self.stub = stub

    def info(self) -> Any:
        return self.stub.GetAnalyzerInfo(empty_pb2.Empty())

    def configure(self, config: Mapping[str, Mapping[str, Any]]) -> None:
        """Send levels and properties, defaults filled in, as the engine does."""
        given = {
            each.name: proto.ConfigureAnalyzerRequest.PolicyConfigEntry(
                value={"enforcementLevel": each.enforcementLevel}
            ).value
            for each in self.info().policies
        }
        for name, properties in config.items():
            made = given.setdefault(name, type(next(iter(given.values())))())
            rest = dict(properties)
            if level := rest.pop("enforcementLevel", None):
                made.enforcementLevel = LEVELS[level]
            made.properties.CopyFrom(encode(rest))
        self.stub.Configure(proto.ConfigureAnalyzerRequest(policyConfig=given))

    def stack_is(self, stack: str, *, preview: bool = True) -> None:
        self.stub.ConfigureStack(
            proto.AnalyzerStackConfigureRequest(project="evenkeel", stack=stack, dry_run=preview)
        )

    def resource(self, type_: str, props: Mapping[str, Any], name: str = "example", **more: Any):
        return self.stub.Analyze(request(type_, props, name, **more))

    def stack(self, resources: Sequence[Mapping[str, Any]]):
        names = {each["name"]: urn(each["type"], each["name"]) for each in resources}
        return self.stub.AnalyzeStack(
            proto.AnalyzeStackRequest(resources=[member(each, names) for each in resources])
        )

    def cancel(self) -> None:
        self.stub.Cancel(empty_pb2.Empty())


def member(each: Mapping[str, Any], names: Mapping[str, str]):
    depends = {
        key: [found] if isinstance(found, str) else found
        for key, found in each.get("refs", {}).items()
    }
    return proto.AnalyzerResource(
        type=each["type"],
        name=each["name"],
        urn=names[each["name"]],
        properties=encode(each.get("props", {})),
        options=proto.AnalyzerResourceOptions(protect=each.get("protect", False)),
        dependencies=sorted({names[name] for found in depends.values() for name in found}),
        propertyDependencies={
            key: proto.AnalyzerPropertyDependencies(urns=[names[name] for name in found])
            for key, found in depends.items()
        },
    )


def registered(message, request, urn, **more):
    return message(
        type=request.type,
        name=request.name,
        urn=urn,
        properties=request.object,
        options=proto.AnalyzerResourceOptions(
            protect=request.protect, ignoreChanges=request.ignoreChanges, parent=request.parent
        ),
        **more,
    )


def registered_member(request, urn):
    return registered(
        proto.AnalyzerResource,
        request,
        urn,
        parent=request.parent,
        dependencies=request.dependencies,
        propertyDependencies={
            key: proto.AnalyzerPropertyDependencies(urns=found.urns)
            for key, found in request.propertyDependencies.items()
        },
    )


@contextmanager
def asking(analyzer: Any) -> Iterator[Engine]:
    """Serve an analyzer, and ask it."""
    server, port = start(analyzer)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Engine(analyzer_pb2_grpc.AnalyzerStub(channel))
    server.stop(None)


@contextmanager
def serving(*rules: AnyRule, name: str = "evenkeel-test") -> Iterator[tuple[Engine, Analyzer]]:
    """Serve a pack of these rules."""
    analyzer = Analyzer(Pack(name, "Test", tuple(rules)))
    with asking(analyzer) as engine:
        yield engine, analyzer


def example(rule: ResourceRule, given: Mapping[str, Any] | Example) -> tuple[str, Example]:
    """An example with its type."""
    made = given if isinstance(given, Example) else Example(given)
    return made.type or rule.on[0].replace("*", "v1"), made


def verdict(response: Any, rule: str) -> str:
    """What a response says about a rule, in our words; with the setting undecidable=advisory."""
    said = [each for each in response.diagnostics if each.policyName == rule]
    words = [each.message.split("\n", 1)[-1] for each in said]
    if any(not each.startswith(("undecidable:", "can't run policy", "waived")) for each in words):
        return "fail"
    if any(each.startswith("waived") for each in words):
        return "waived"
    if words:
        return "undecidable"
    if any(each.policy_name == rule for each in response.not_applicable):
        return "not applicable"
    return "pass"
