"""A stand-in as Pulumi's protocol sees it, over gRPC, with a kind that keeps files in memory."""

import asyncio
import contextlib
import signal
import subprocess
import sys

import grpc
import grpc.aio
import pulumi
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from local.plugins import serving
from local.plugins.standin import UNKNOWN, StandIn, StandInError
from local.plugins.values import changes, dotted, rendered

SECRET = rpc._special_secret_sig
URN = "urn:pulumi:dev::project::platform:kafka:Store$test:index:File::one"


class File:
    replaces = frozenset({"folder", "options.storage"})
    deletes_first = True

    def __init__(self):
        self.there, self.seen = {}, []

    def check(self, inputs):
        self.seen.append(inputs)
        return [(key, f"{key} is no property") for key in inputs if key.startswith("bad")]

    def create(self, resource):
        if resource.inputs.get("text") == "refused":
            raise StandInError("one can't be written; free some disk")
        self.there["id-1"] = resource.inputs
        return "id-1", {**resource.inputs, "size": 3}

    def read(self, resource):
        return resource.state if resource.id in self.there else None

    def update(self, resource):
        self.seen.append(resource)
        return {**resource.inputs, "size": 4}

    def delete(self, resource):
        self.seen.append(resource)
        del self.there[resource.id]


class Files(StandIn):
    def __init__(self):
        self.file = File()

    def kind(self, type_):
        return self.file if type_ == "test:index:File" else super().kind(type_)

    def computed(self, _):
        return ["size"]

    def volatile(self, _):
        return ["size"]

    def defaults(self, _, inputs, *__):
        return {"name": "given", **inputs}


def struct(values):
    return json_format.ParseDict(values, struct_pb2.Struct())


def ask(method, request, provider=None):
    """Send one request to a stand-in that is served for it."""

    async def run():
        server = serving.listener(provider or Files())
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            try:
                return await getattr(stub, method)(request)
            finally:
                await server.stop(None)

    return asyncio.run(run())


def check(urn=URN, provider=None, **news):
    return ask("Check", provider_pb2.CheckRequest(urn=urn, news=struct(news)), provider)


def diff(old, new):
    request = provider_pb2.DiffRequest(urn=URN, id="id-1", old_inputs=struct(old), news=struct(new))
    return ask("Diff", request)


def test_all_that_a_kind_refuses_is_told_with_its_property():
    answer = check(bad1="x", good="y", bad2="z")

    assert sorted((each.property, each.reason) for each in answer.failures) == [
        ("bad1", "bad1 is no property"),
        ("bad2", "bad2 is no property"),
    ]


def test_a_kind_sees_plain_values_and_the_engine_keeps_its_marks():
    provider = Files()
    secret = {rpc._special_sig_key: SECRET, "value": "hidden"}

    answer = check(provider=provider, text=secret, later=rpc.UNKNOWN, count=3, provider_name="a")

    assert provider.file.seen == [
        {"name": "given", "text": "hidden", "later": UNKNOWN, "count": 3, "provider_name": "a"}
    ]
    kept = json_format.MessageToDict(answer.inputs)
    assert kept["text"] == secret
    assert kept["later"] == rpc.UNKNOWN
    assert kept["name"] == "given"


def test_a_type_without_a_kind_is_named():
    answer = check(urn=URN.replace("File", "Folder"))

    assert answer.failures[0].reason == "the stand-in has no entry for test:index:Folder"


def test_the_same_inputs_are_no_change():
    answer = diff({"a": {"b": [1, {"c": 2}]}, "gone": None}, {"a": {"b": [1, {"c": 2}]}})

    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_deep_change_is_told_where_it_is():
    answer = diff({"a": {"b": [1, {"c.d": 2}]}}, {"a": {"b": [1, {"c.d": 3}]}})

    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(answer.detailedDiff) == ['a.b[1]["c.d"]']
    assert list(answer.replaces) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"folder": "a"}, {"folder": "b"}),
        ({"folder": "a"}, {"folder": rpc.UNKNOWN}),
        ({"options": {"storage": "a"}}, {"options": {"storage": "b"}}),
    ],
)
def test_a_property_that_is_fixed_replaces_the_resource(old, new):
    answer = diff(old, new)

    assert list(answer.replaces) == list(old)
    assert answer.deleteBeforeReplace


def test_a_neighbour_of_a_fixed_property_does_not_replace():
    assert not diff({"options": {"mode": 1}, "folders": 1}, {"options": {"mode": 2}}).replaces


def create(provider=None, *, preview=False, **inputs):
    request = provider_pb2.CreateRequest(urn=URN, properties=struct(inputs), preview=preview)
    return ask("Create", request, provider)


def test_a_preview_makes_nothing_and_does_not_know_what_is_computed():
    provider = Files()

    answer = create(provider, preview=True, text="abc")

    assert provider.file.there == {}
    assert answer.id == ""
    assert dict(answer.properties) == {"text": "abc", "size": rpc.UNKNOWN}


def test_an_output_that_mirrors_a_secret_input_stays_secret():
    answer = create(deep={"text": {rpc._special_sig_key: SECRET, "value": "hidden"}}, open="x")

    assert answer.properties["deep"][rpc._special_sig_key] == SECRET
    assert answer.properties["open"] == "x"


def test_what_went_wrong_reaches_the_engine_as_the_kinds_own_sentence():
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        create(text="refused")

    assert refused.value.details() == "one can't be written; free some disk"


def test_an_update_sees_the_old_inputs_and_the_state_apart():
    provider = Files()
    request = provider_pb2.UpdateRequest(
        urn=URN, id="id-1", olds=struct({"text": "a", "size": 1}), news=struct({"text": "b"}),
        old_inputs=struct({"text": "a"}),
    )  # fmt: skip

    answer = ask("Update", request, provider)

    (resource,) = provider.file.seen
    assert (resource.inputs, resource.old_inputs) == ({"text": "b"}, {"text": "a"})
    assert resource.state == {"text": "a", "size": 1}
    assert resource.type == "test:index:File"
    assert dict(answer.properties) == {"text": "b", "size": 4}


def test_a_previewed_update_does_not_know_what_it_changes():
    request = provider_pb2.UpdateRequest(
        urn=URN, id="id-1", olds=struct({"text": "a", "size": 1}), news=struct({"text": "b"}),
        preview=True,
    )  # fmt: skip

    assert dict(ask("Update", request).properties) == {"text": "b", "size": rpc.UNKNOWN}


def test_what_is_gone_is_read_without_an_id():
    answer = ask("Read", provider_pb2.ReadRequest(urn=URN, id="id-1"))

    assert answer.id == ""


def test_a_deletion_sees_what_the_resource_was_made_from():
    provider = Files()
    provider.file.there["id-1"] = {}
    request = provider_pb2.DeleteRequest(
        urn=URN, id="id-1", properties=struct({"size": 1}), old_inputs=struct({"text": "a"})
    )

    ask("Delete", request, provider)

    assert provider.file.there == {}
    assert provider.file.seen[0].inputs == {"text": "a"}
    assert provider.file.seen[0].state == {"size": 1}


def test_two_archives_of_the_same_content_are_the_same():
    def archive(text):
        return pulumi.AssetArchive({"README": pulumi.StringAsset(text)})

    assert list(changes({"a": archive("x")}, {"a": archive("x")})) == []
    ((path, _, _),) = changes({"a": archive("x")}, {"a": archive("y")})
    assert path == ("a",)


def test_what_is_not_known_differs_even_from_itself():
    assert len(list(changes({"a": UNKNOWN}, {"a": UNKNOWN}))) == 1


def test_a_path_is_shown_with_its_positions_and_compared_without():
    assert rendered(("a", 0, "b.c", "d")) == 'a[0]["b.c"].d'
    assert dotted(("a", 0, "b")) == "a.b"


def test_a_signal_ends_a_plugin_without_a_word():
    process = subprocess.Popen(
        [sys.executable, "-m", "local.plugins.aws", "127.0.0.1:1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with contextlib.closing(process.stdout), contextlib.closing(process.stderr):
        assert int(process.stdout.readline()) > 0
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == b""
