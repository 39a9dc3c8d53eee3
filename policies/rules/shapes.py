"""The shapes that most rules have: a property must be true, be one of a few, be given at all.

Each function here makes a rule out of data. It derives the remedy from the path, and the examples
of every verdict from the values, so that an entry of a family is as long as what differs.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict, Unpack

from policies.rule import (
    UNKNOWN,
    Example,
    Node,
    NotApplicable,
    Resource,
    ResourceRule,
    Severity,
    Undecidable,
    rule,
)
from policies.rules.remedy import hub, snippet


class Said(TypedDict):
    """What a rule says about itself, whatever its shape."""

    id: str
    title: str
    on: tuple[str, ...]
    severity: Severity
    says: str
    """The violation, a sentence; `{value}` stands for the value found."""
    why: str
    pci: tuple[str, ...]
    controls: NotRequired[tuple[str, ...]]
    reference: NotRequired[str]
    """The first control's page where it is left out."""
    fix: NotRequired[str]
    """The property set to its good value where it is left out."""
    each: NotRequired[str]
    """Such as `disks[]`: the rule is about every one of them, and the judged path starts there."""
    only: NotRequired[Mapping[str, tuple[str | bool, ...]]]
    """Path -> values for which the rule applies; absent or different means that it does not."""
    unless: NotRequired[Mapping[str, tuple[str | bool, ...]]]
    """Path -> values for which it does not apply; absent means that it does."""
    beside: NotRequired[Mapping[str, Any]]
    """Other properties that an example needs."""


@dataclass(frozen=True)
class _Test:
    """What is judged: the value at a path, and values to show it with."""

    path: str
    accept: Callable[[Any], bool]
    default: object
    """What the provider takes when the property is not given; None where it takes nothing."""
    good: tuple[object, ...]
    bad: tuple[object, ...]
    present: bool = False
    """Only whether something stands there is asked, not what."""


def must_be_true(path: str, *, default: bool = False, **said: Unpack[Said]) -> ResourceRule:
    """Make a rule that the boolean at `path` is true."""
    return _made(_Test(path, is_true, default, (True,), (False,)), said)


def must_be_false(path: str, *, default: bool = True, **said: Unpack[Said]) -> ResourceRule:
    """Make a rule that the boolean at `path` is false."""
    return _made(_Test(path, is_false, default, (False,), (True,)), said)


def must_be_one_of(
    path: str,
    allowed: tuple[str, ...],
    *,
    unlike: str,
    default: str | None = None,
    **said: Unpack[Said],
) -> ResourceRule:
    """Make a rule that `path` holds one of the allowed values; `unlike` is one that it may not."""
    return _made(_Test(path, lambda value: value in allowed, default, allowed, (unlike,)), said)


def must_not_be(
    path: str,
    banned: tuple[str, ...],
    *,
    good: str,
    default: str | None = None,
    **said: Unpack[Said],
) -> ResourceRule:
    """Make a rule that `path` holds none of the banned values; `default` None is fine."""
    return _made(_Test(path, lambda value: value not in banned, default, (good,), banned), said)


def must_be_given(path: str, *, good: object, **said: Unpack[Said]) -> ResourceRule:
    """Make a rule that something stands at `path`, such as `good`."""
    return _made(_Test(path, bool, None, (good,), (None,), present=True), said)


def must_be_at_least(
    path: str,
    least: int,
    *,
    default: int | None,
    zero_is_endless: bool = False,
    **said: Unpack[Said],
) -> ResourceRule:
    """Make a rule that the number at `path` is `least` or more; without `default`, it is given."""

    def accept(value: Any) -> bool:
        if zero_is_endless and value == 0:
            return True
        return value is not None and number(value, path) >= least

    return _made(_Test(path, accept, default, (least, least + 1), (least - 1,)), said)


def must_be_at_most(
    path: str, most: int, *, default: int | None, **said: Unpack[Said]
) -> ResourceRule:
    """Make a rule that the number at `path` is `most` or less; without `default`, it is given."""

    def accept(value: Any) -> bool:
        return value is not None and number(value, path) <= most

    return _made(_Test(path, accept, default, (most,), (most + 1,)), said)


def must_contain(path: str, wanted: tuple[str, ...], **said: Unpack[Said]) -> ResourceRule:
    """Make a rule that the list at `path` holds all the wanted values."""

    def accept(value: Any) -> bool:
        return isinstance(value, list | tuple) and set(wanted) <= {str(each) for each in value}

    return _made(_Test(path, accept, None, (list(wanted),), (["other"], [])), said)


def must_contain_one_of(path: str, wanted: tuple[str, ...], **said: Unpack[Said]) -> ResourceRule:
    """Make a rule that the list at `path` holds at least one of the wanted values."""

    def accept(value: Any) -> bool:
        return isinstance(value, list | tuple) and bool(set(wanted) & {str(each) for each in value})

    return _made(_Test(path, accept, None, tuple([each] for each in wanted), (["other"], [])), said)


def is_true(value: object) -> bool:
    """Whether a property says yes; some of AWS's booleans are texts."""
    return value is True or (isinstance(value, str) and value.lower() in {"true", "enabled"})


def is_false(value: object) -> bool:
    """Whether a property says no."""
    return value is False or (isinstance(value, str) and value.lower() in {"false", "disabled"})


def number(value: object, path: str) -> float:
    """A number, which may be written as text.

    Raises:
        Undecidable: It is none.

    """
    try:
        return float(str(value))
    except ValueError:
        raise Undecidable(path, "is no number") from None


def at(path: str, value: object) -> dict[str, Any]:
    """Properties with one value at a path: `at("a.b[].c", 1)` is {"a": {"b": [{"c": 1}]}}."""
    built: Any = value
    for key in reversed(path.split(".") if path else []):
        built = {key[:-2]: [built]} if key.endswith("[]") else {key: built}
    return built


def merged(*trees: Mapping[str, Any]) -> dict[str, Any]:
    """Several property trees as one; the later wins where two give the same leaf."""
    whole: dict[str, Any] = {}
    for tree in trees:
        for key, value in tree.items():
            before = whole.get(key)
            if isinstance(before, Mapping) and isinstance(value, Mapping):
                whole[key] = merged(before, value)
            elif isinstance(before, list) and isinstance(value, list) and before and value:
                whole[key] = [merged(before[0], value[0]), *value[1:]]
            else:
                whole[key] = value
    return whole


def caller() -> str:
    """The module that calls a shape, to which the rule belongs."""
    # collections.namedtuple finds its caller so, too.
    frame = sys._getframe(1)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    while frame.f_back and frame.f_globals["__name__"] == __name__:
        frame = frame.f_back
    return frame.f_globals["__name__"]


def _made(test: _Test, said: Said) -> ResourceRule:
    each, only = said.get("each", ""), said.get("only", {})
    whole_path = f"{each}.{test.path}" if each else test.path
    controls: tuple[str, ...] = said.get("controls", ())

    def judge(resource: Resource):  # noqa: ANN202 - the shape of policies.rule.Judge
        for path, values in only.items():
            if resource.get(path) not in values:
                raise NotApplicable(f"{path} is none of {', '.join(map(str, values))}")
        for path, values in said.get("unless", {}).items():
            if resource.get(path) in values:
                raise NotApplicable(f"{path} is {resource.get(path)}")
        nodes: list[Node] = list(resource.items(each)) if each else [resource]
        if not nodes:
            raise NotApplicable(f"it has no {each}")
        for node in nodes:
            value = node.has(test.path) if test.present else node.get(test.path, test.default)
            if not test.accept(value):
                yield said["says"].format(value=value)

    judge.__doc__ = said["why"]
    judge.__module__ = caller()
    passing, failing = _examples(test, whole_path, said)
    return rule(
        id=said["id"],
        title=said["title"],
        on=said["on"],
        pci=said["pci"],
        severity=said["severity"],
        controls=controls,
        fix=said.get("fix") or snippet(said["on"][0], at(whole_path, test.good[0])),
        reference=said.get("reference") or hub(next(iter(controls))),
        passes=passing,
        fails=failing,
        undecidable=tuple(_shown(said, at(whole_path, UNKNOWN))),
        not_applicable=_elsewhere(said),
    )(judge)


def _examples(
    test: _Test, path: str, said: Said
) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Examples that pass and that fail: each value, and the property left out."""
    passing = [shown for value in test.good for shown in _shown(said, at(path, value))]
    failing = [
        shown for value in test.bad if value is not None for shown in _shown(said, at(path, value))
    ]
    each = said.get("each")
    without = _shown(said, at(each, {}) if each else {})
    (passing if not test.present and test.accept(test.default) else failing).extend(without)
    return tuple(passing), tuple(failing)


def _shown(said: Said, props: Mapping[str, Any]) -> list[Example]:
    """An example for each type that the rule judges, with what else it needs to apply."""
    needed = [at(path, values[0]) for path, values in said.get("only", {}).items()]
    whole = merged(said.get("beside", {}), *needed, props)
    return [Example(whole, type=type_) for type_ in said["on"]]


def _elsewhere(said: Said) -> tuple[Example, ...]:
    """Resources that the rule has nothing to say about."""
    if said.get("only"):
        others = merged(*(at(path, "something-else") for path in said.get("only", {})))
        return (Example(others, type=said["on"][0]),)
    if said.get("unless"):
        those = merged(*(at(path, values[0]) for path, values in said.get("unless", {}).items()))
        return (Example(those, type=said["on"][0]),)
    return (Example({}, type=said["on"][0]),) if said.get("each") else ()
