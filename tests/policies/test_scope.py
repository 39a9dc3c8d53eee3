"""Which resources a requirement reaches."""

import json
from dataclasses import replace

import pytest

from policies.properties import UNKNOWN, Resource
from policies.scope import Scope, Scoping
from tests.policies import samples

URN = "urn:pulumi:s::p::a:b:Outer$a:b:Inner$test:index:Store::x"
SCOPING = Scoping(components={"a:b:Outer": Scope.OUT, "a:b:Inner": Scope.CONNECTED})


@pytest.mark.parametrize(
    ("props", "wanted"),
    [
        ({}, Scope.CONNECTED),
        ({"tags": {"pci-scope": "out"}}, Scope.OUT),
        ({"tagsAll": {"pci-scope": "cde"}}, Scope.CDE),
        ({"metadata": {"labels": {"pci-scope": "out"}}}, Scope.OUT),
        ({"metadata": {"annotations": {"pci-scope": "connected"}}}, Scope.CONNECTED),
        ({"tags": {"pci-scope": "Out"}}, Scope.CDE),
        ({"tags": {"pci-scope": UNKNOWN}}, Scope.CDE),
        ({"tags": UNKNOWN}, Scope.CONNECTED),
    ],
)
def test_the_resource_speaks_first_and_what_is_unclear_is_inside(props, wanted):
    assert SCOPING.of(Resource(props, urn=URN)) is wanted


def test_a_providers_default_tag_speaks_for_its_resources():
    provider = {"defaultTags": json.dumps({"tags": {"pci-scope": "out"}})}
    assert Scoping().of(Resource({}, provider=provider)) is Scope.OUT


def test_silence_is_inside():
    assert Scoping().of(Resource({})) is Scope.CDE


def verdicts(scope):
    stores = {"s": {"lock": "weak", "tags": {"pci-scope": scope}}}
    return {each.rule.id: each.verdict.value for each in samples.run(stores).findings}


@pytest.mark.parametrize(
    ("scope", "locked", "watched"),
    [
        ("cde", "fail", "fail"),
        ("connected", "fail", "fail"),
        ("out", "not applicable", "not applicable"),
    ],
)
def test_a_rule_reaches_as_far_as_its_requirements(scope, locked, watched):
    assert verdicts(scope) == {"store-locked": locked, "store-watched": watched}


def test_what_is_about_stored_account_data_does_not_reach_connected_systems():
    rule = replace(samples.store_locked, pci=("3.5.1",))
    made = samples.run({"s": {"tags": {"pci-scope": "connected"}}}, rules=(rule,))
    assert [each.verdict.value for each in made.findings] == ["not applicable"]
