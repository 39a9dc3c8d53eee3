"""From what pulumi-policy's own runtime hands to a policy, to resources.

It hands out properties behind proxies that raise on an unknown. Rules here read by path and raise
by themselves, so what is behind the proxies is taken.
"""

from typing import Any

from pulumi_policy import PolicyResource, ResourceValidationArgs, StackValidationArgs

from policies.properties import Resource
from policies.stack import Stack

_BEHIND = "__target"
"""The key under which a proxy gives what it stands for."""


def resource(args: ResourceValidationArgs) -> Resource:
    """The resource that a resource policy is asked about."""
    return Resource(
        _bare(args.props),
        type=args.resource_type,
        name=args.name,
        urn=args.urn,
        protect=args.opts.protect,
        ignore_changes=tuple(args.opts.ignore_changes),
        parent=args.opts.parent or "",
        provider=_bare(args.provider.props) if args.provider else {},
    )


def stack(args: StackValidationArgs) -> Stack:
    """The stack that a stack policy is asked about."""
    return Stack(tuple(_member(each) for each in args.resources))


def _member(each: PolicyResource) -> Resource:
    return Resource(
        _bare(each.props),
        type=each.resource_type,
        name=each.name,
        urn=each.urn,
        protect=each.opts.protect,
        ignore_changes=tuple(each.opts.ignore_changes),
        parent=each.parent.urn if each.parent else "",
        dependencies={
            key: tuple(found.urn for found in sources)
            for key, sources in each.property_dependencies.items()
        },
        provider=_bare(each.provider.props) if each.provider else {},
    )


def _bare(value: Any) -> Any:
    if type(value).__name__ in ("_DictProxy", "_ListProxy"):
        value = value[_BEHIND]
    if isinstance(value, dict):
        return {key: _bare(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_bare(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
