"""Shapes of rules about a resource together with the others of its stack.

`must_have` asks for a neighbour that refers to the resource, such as a bucket's access log.
`must_accompany_a_network` asks for what watches a whole region: the stack that lays a region's
network has to bring it, or waive it by naming the stack that does.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NotRequired, TypeAlias, TypedDict, Unpack

from policies.rule import UNKNOWN, Resource, Severity, Stack, StackRule, Undecidable, stack_rule
from policies.rules.remedy import Code, hub, snippet
from policies.rules.shapes import at, caller, merged

NETWORK: Final = "aws:ec2/vpc:Vpc"

Finding: TypeAlias = tuple[Resource, str | Undecidable]


class Said(TypedDict):
    """What such a rule says about itself."""

    id: str
    title: str
    severity: Severity
    says: str
    """The violation where there is no such neighbour at all."""
    why: str
    pci: tuple[str, ...]
    controls: NotRequired[tuple[str, ...]]
    reference: NotRequired[str]
    """The first control's page where it is left out."""
    fix: NotRequired[str]
    """The neighbour declared, where it is left out."""


def must_have(  # the rule's data, each with its name
    on: tuple[str, ...],
    by: Mapping[str, str],
    *,
    wants: Mapping[str, Any] | None = None,
    inline: Mapping[str, Any] | None = None,
    unless: Mapping[str, Any] | None = None,
    not_when: Mapping[str, tuple[object, ...]] | None = None,
    **said: Unpack[Said],
) -> StackRule:
    """Make a rule that each resource has a neighbour.

    Args:
        on: Types of the resources.
        by: Type of a neighbour -> its property that refers to the resource.
        wants: Path in the neighbour -> the value it must hold there; a list must hold each, and
            one of a tuple will do.
        inline: Path in the resource itself that will do instead -> an example of its value.
        unless: Path that exempts the resource where something stands -> an example of its value.
        not_when: Path -> values that exempt the resource.
        said: The rest.

    """
    wanted, instead, exempt, others = wants or {}, inline or {}, unless or {}, not_when or {}

    def judge(stack: Stack) -> Iterator[Finding]:
        for resource in stack.of(*on):
            try:
                if any(resource.has(path) for path in (*exempt, *instead)):
                    continue
                if any(resource.get(path) in values for path, values in others.items()):
                    continue
                neighbours, doubt = _neighbours(stack, resource, by)
            except Undecidable as unknown:
                yield resource, unknown
                continue
            yield from _found(resource, neighbours, doubt, wanted, said["says"])

    subject: Mapping[str, Any] = {"type": on[0], "name": "subject", "props": {}}
    type_, path = next(iter(by.items()))

    def beside(props: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
        tied = {**at(path, "subject-id"), **props}
        return (
            subject,
            {"type": type_, "name": "other", "props": tied, "refs": {_top(path): "subject"}},
        )

    good = _placed(wanted)
    passes = [beside(good)]
    passes += [({**subject, "props": at(each, value)},) for each, value in instead.items()]
    passes += [({**subject, "props": at(each, value)},) for each, value in exempt.items()]
    passes += [({**subject, "props": at(each, values[0])},) for each, values in others.items()]
    fails = [(subject,), *(beside(wrong) for wrong in _wrong(wanted))]
    untold = (subject, {"type": type_, "name": "other", "props": {**good, **at(path, UNKNOWN)}})
    judge.__doc__, judge.__module__ = said["why"], caller()
    return _rule(judge, said, on, snippet(type_, {**at(path, Code("its.id")), **good}))(
        tuple(passes), tuple(fails), (untold,)
    )


def must_accompany_a_network(
    type_: str,
    *,
    wants: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
    **said: Unpack[Said],
) -> StackRule:
    """Make a rule that a stack with a network has a resource of a type; see `must_accompany`."""
    return must_accompany((NETWORK,), type_, wants=wants, defaults=defaults, **said)


def must_accompany(
    on: tuple[str, ...],
    type_: str,
    *,
    wants: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
    **said: Unpack[Said],
) -> StackRule:
    """Make a rule that a stack with some resources has one of another type too.

    Args:
        on: Types of the former.
        type_: Type of the latter.
        wants: Path in it -> the value it must hold there; a list must hold each.
        defaults: Path -> what the provider takes where nothing is given.
        said: The rest.

    """
    wanted = wants or {}

    def judge(stack: Stack) -> Iterator[Finding]:
        for subject in stack.of(*on):
            yield from _found(subject, stack.of(type_), None, wanted, said["says"], defaults)

    first: Mapping[str, Any] = {"type": on[0], "name": "subject", "props": {}}

    def beside(props: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
        return (first, {"type": type_, "name": "other", "props": props})

    good = _placed(wanted)
    fails = [(first,), *(beside(wrong) for wrong in _wrong(wanted))]
    untold = [beside(merged(good, at(each, UNKNOWN))) for each in wanted]
    judge.__doc__, judge.__module__ = said["why"], caller()
    return _rule(judge, said, on, snippet(type_, good))(
        (beside(good),), tuple(fails), tuple(untold)
    )


def _neighbours(
    stack: Stack, resource: Resource, by: Mapping[str, str]
) -> tuple[list[Resource], Undecidable | None]:
    """Those that refer to a resource; and the doubt where one of them cannot be told."""
    found: list[Resource] = []
    doubt: Undecidable | None = None
    for type_, path in by.items():
        for each in stack.of(type_):
            try:
                if stack.refers(each, resource, path):
                    found.append(each)
            except Undecidable as unknown:
                doubt = unknown
    return found, doubt


def _found(
    resource: Resource,
    neighbours: list[Resource],
    doubt: Undecidable | None,
    wanted: Mapping[str, Any],
    says: str,
    defaults: Mapping[str, Any] | None = None,
) -> Iterator[Finding]:
    """Nothing where a neighbour holds what is wanted; else what to say about the resource."""
    sentence = says
    for each in neighbours:
        try:
            lacking = _lacking(each, wanted, defaults or {})
        except Undecidable as unknown:
            doubt = unknown
            continue
        if not lacking:
            return
        sentence = f"{says}: {each.name} {lacking}"
    yield resource, doubt or sentence


def _lacking(neighbour: Resource, wanted: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """What of the wanted a neighbour does not hold; "" for nothing."""
    for path, value in wanted.items():
        held = neighbour.get(path, defaults.get(path))
        if isinstance(value, list):
            holds = isinstance(held, list) and all(each in held for each in value)
        else:
            allowed = value if isinstance(value, tuple) else (value,)
            found = held if "[]" in path else [held]
            holds = bool(found) and all(each in allowed for each in found)
        if not holds:
            return f"has {path} {held!r}"
    return ""


def _placed(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Properties that hold what is wanted."""
    firsts = {
        path: value[0] if isinstance(value, tuple) else value for path, value in wanted.items()
    }
    return merged(*(at(path, value) for path, value in firsts.items()))


def _wrong(wanted: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The wanted properties, each time with one of them wrong."""
    for path, value in wanted.items():
        bad: Any = (not value) if isinstance(value, bool) else ["other"]
        bad = "OTHER" if isinstance(value, str | tuple) else bad
        others = {each: right for each, right in wanted.items() if each != path}
        yield merged(_placed(others), at(path, bad))


def _top(path: str) -> str:
    return path.split(".", maxsplit=1)[0].removesuffix("[]")


def _rule(judge: Any, said: Said, on: tuple[str, ...], fix: str):  # noqa: ANN202
    controls: tuple[str, ...] = said.get("controls", ())

    def made(passes: Any, fails: Any, undecidable: Any) -> StackRule:
        return stack_rule(
            id=said["id"],
            title=said["title"],
            on=on,
            pci=said["pci"],
            severity=said["severity"],
            controls=controls,
            fix=said.get("fix") or fix,
            reference=said.get("reference") or hub(next(iter(controls))),
            passes=passes,
            fails=fails,
            undecidable=undecidable,
        )(judge)

    return made
