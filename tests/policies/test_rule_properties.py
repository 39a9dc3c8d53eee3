"""Every type that a rule judges, and every property in its examples, exists in the AWS SDK."""

import functools
import importlib
import inspect
import json
import re
import sys
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path

import pulumi
import pulumi_aws
import pytest

from policies.rule import AnyRule, Example, ResourceRule
from policies.rules import collect

RULES = [each for each in collect() if any(type_.startswith("aws:") for type_ in each.on)]
REGISTERED = re.search(
    r'resource_modules="""\n(.*?)"""', Path(pulumi_aws.__file__ or "").read_text(), re.DOTALL
)
CLASSES = {
    type_: (module["fqn"], name)
    for module in json.loads(REGISTERED.group(1) if REGISTERED else "[]")
    for type_, name in module["classes"].items()
}


@functools.cache
def properties(class_: type) -> Mapping[str, object]:
    """A resource's or an output type's properties by their names in the engine, with their type."""
    module = vars(sys.modules[class_.__module__])
    # With a local namespace of its own, each hint is looked up anew: typing shares the reference
    # `outputs.Rule` between modules, and would answer with the first module's class.
    return {
        name: typing.get_type_hints(each.fget, module, {}).get("return")
        for each in vars(class_).values()
        if isinstance(each, property)
        and (name := getattr(each.fget, "_pulumi_name", None)) is not None
    }


def nested(hint: object) -> tuple[object, bool]:
    """What an Output, an Optional or a list holds; and whether it is free of form."""
    while (origin := typing.get_origin(hint)) is not None:
        inner = [each for each in typing.get_args(hint) if each is not type(None)]
        if inspect.isclass(origin) and issubclass(origin, Mapping):
            return inner[-1], True
        if origin is pulumi.Output or len(inner) == 1:
            hint = inner[0]
        else:
            hint = next((each for each in inner if inspect.isclass(each)), object)
    return hint, hint in {str, object, typing.Any}


def strangers(class_: type, props: Mapping[str, object], where: str = "") -> Iterator[str]:
    """Paths in `props` that the class does not know."""
    known = properties(class_)
    for key, value in props.items():
        path = f"{where}.{key}" if where else key
        if key == "id" and not where:
            continue
        if key not in known:
            yield path
            continue
        hint, free = nested(known[key])
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Mapping) and not free:
                yield from strangers(typing.cast("type", hint), each, path)


def shown(rule: AnyRule) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Type and properties of each resource in a rule's examples."""
    for example in (*rule.passes, *rule.fails, *rule.undecidable, *rule.not_applicable):
        if isinstance(example, Example):
            yield example.type or rule.on[0], example.props
        elif isinstance(rule, ResourceRule):
            yield rule.on[0], typing.cast("Mapping[str, object]", example)
        else:
            for each in typing.cast("list[Mapping[str, typing.Any]]", example):
                yield each["type"], each.get("props", {})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_types_and_properties_are_the_sdks(rule: AnyRule):
    types = {type_ for type_, _ in shown(rule) if type_.startswith("aws:")}
    unknown = {each for each in (*rule.on, *types) if each.startswith("aws:")} - CLASSES.keys()
    assert not unknown

    for type_, props in shown(rule):
        if type_ in CLASSES:
            module, name = CLASSES[type_]
            class_ = getattr(importlib.import_module(module), name)
            assert list(strangers(class_, props)) == [], f"not of {type_}"
