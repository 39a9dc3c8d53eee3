"""How long the packs take: a program of many resources, over gRPC as the engine asks.

    python -m bench.policies [--resources 10000]

Each pack is started as Pulumi starts it, and asked about each resource and then about the stack.
Resources are the rules' own examples in turn, and as many of types that no rule is about. An empty
pack on pulumi-policy's own runtime is timed beside it in the same run: the difference is what our
rules cost.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2_grpc

from policies import rules
from policies.rule import Example, ResourceRule

ROOT = Path(__file__).resolve().parent.parent
PACKS = {"evenkeel-pci": ROOT / "policies", "evenkeel-reliability": ROOT / "policies/reliability"}
EMPTY = """
from pulumi_policy import PolicyPack, StackValidationPolicy
PolicyPack("empty", [StackValidationPolicy("nothing", "Nothing.", lambda args, report: None)])
"""
LIMIT = ("grpc.max_send_message_length", 400 * 1024 * 1024)

Given = tuple[str, Mapping[str, Any]]


def program(count: int) -> list[Given]:
    """`count` resources: examples in turn, and every other one of a type without rules."""
    examples = [
        _typed(rule, each)
        for rule in rules.collect()
        if isinstance(rule, ResourceRule)
        for each in (*rule.passes, *rule.fails)
    ]
    other = ("random:index/randomId:RandomId", {"byteLength": 8, "keepers": {"a": "b"}})
    return [
        examples[number // 2 % len(examples)] if number % 2 else other for number in range(count)
    ]


def _typed(rule: ResourceRule, given: Mapping[str, Any] | Example) -> Given:
    made = given if isinstance(given, Example) else Example(given)
    return made.type or rule.on[0].replace("*", "v1"), made.props


@contextmanager
def served(command: Sequence[str]) -> Iterator[Any]:
    """A client of a pack's process."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = process.stdout.readline().strip()
        try:
            with grpc.insecure_channel(f"127.0.0.1:{port}", options=[LIMIT]) as channel:
                yield analyzer_pb2_grpc.AnalyzerStub(channel)
        finally:
            process.kill()


def timed(command: Sequence[str], resources: Sequence[Given]) -> dict[str, float]:
    """Seconds from the start of the process to its readiness, per resource, and for the stack."""
    messages = [_message(number, *each) for number, each in enumerate(resources)]
    begin = time.perf_counter()
    with served(command) as stub:
        ready = time.perf_counter()
        for each in messages:
            stub.Analyze(each)
        asked = time.perf_counter()
        stub.AnalyzeStack(
            proto.AnalyzeStackRequest(
                resources=[
                    proto.AnalyzerResource(
                        type=each.type, name=each.name, urn=each.urn, properties=each.properties
                    )
                    for each in messages
                ]
            )
        )
        done = time.perf_counter()
    return {
        "start": round(ready - begin, 3),
        "resources": round(asked - ready, 3),
        "stack": round(done - asked, 3),
        "all": round(done - begin, 3),
    }


def _message(number: int, type_: str, props: Mapping[str, Any]) -> Any:
    encoded = struct_pb2.Struct()
    encoded.update(dict(props))
    return proto.AnalyzeRequest(
        type=type_,
        name=f"r{number}",
        urn=f"urn:pulumi:bench::evenkeel::{type_}::r{number}",
        properties=encoded,
    )


def main() -> None:
    """Time an empty pack and ours, and print seconds as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resources", type=int, default=10_000)
    count = parser.parse_args().resources
    resources = program(count)
    told: dict[str, Any] = {"resources": count, "rules": len(rules.collect())}
    told["empty pack"] = timed([sys.executable, "-c", EMPTY], resources)
    for name, folder in PACKS.items():
        told[name] = timed([sys.executable, str(folder), "127.0.0.1:1"], resources)
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
