"""The catalogue says nothing that the SDK does not know."""

import re

import pytest

from local.plugins.aws import catalogue, sdk
from local.plugins.aws.template import derived

ENTRIES = catalogue.entries()


@pytest.mark.parametrize("token", ENTRIES)
def test_an_entry_names_only_properties_that_the_sdk_has(token):
    entry, shape = ENTRIES[token], sdk.inputs(token)
    assert shape is not None, "no such type"
    inputs = set(shape)

    assert {each.split(".")[0] for each in entry.replaces} <= inputs
    assert {*entry.counters, *entry.volatile, *entry.outputs} <= sdk.outputs(token)
    assert entry.names is None or entry.names in inputs
    assert bool(entry.arn) <= ("arn" in sdk.outputs(token))


@pytest.mark.parametrize("token", ENTRIES)
def test_a_nested_property_that_replaces_is_one_that_the_sdk_has(token):
    for path in ENTRIES[token].replaces:
        shape = sdk.inputs(token)
        for key in path.split("."):
            assert key in shape, path
            if isinstance(shape[key].type, sdk.Nested):
                shape = sdk.nested(shape[key].type)


@pytest.mark.parametrize("token", ENTRIES)
def test_a_templates_places_can_be_filled(token):
    entry, shape = ENTRIES[token], sdk.inputs(token)
    texts = f"{entry.id} {entry.arn} {entry.outputs}"

    for kind, rest in re.findall(r"\{(\w+)(?::([\w.]+))?\}", texts):
        if kind in ("in", "last", "tail"):
            assert rest.split(".")[0] in shape, rest
        elif kind == "name":
            assert entry.names
        elif kind not in ("account", "region", "id"):
            assert derived(kind, "text")


@pytest.mark.parametrize("token", ENTRIES)
def test_an_arn_that_the_sdk_gives_out_is_in_the_entry(token):
    gives_out = "arn" in sdk.outputs(token) and "arn" not in sdk.inputs(token)

    assert ENTRIES[token].arn or not gives_out
