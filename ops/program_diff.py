"""What a change of the program means, from previews of both versions, with no state at hand."""

from collections.abc import Iterator, Mapping
from typing import Any

from ops.replacing import reasons

Preview = Mapping[str, Any]


def between(base: Preview, head: Preview) -> dict[str, Any]:
    """A preview of the change, in the form of `pulumi preview --json`.

    Both were made from an empty state, so each has everything that its version declares. What
    neither knows yet is taken to be the same.
    """
    before, after = _declared(base), _declared(head)
    steps: list[dict[str, Any]] = []
    for urn, inputs in after.items():
        if urn not in before:
            steps.append({"op": "create", "urn": urn})
            continue
        changed = list(_differences(before[urn], inputs))
        if not changed:
            continue
        replacing = reasons(urn.split("::")[2].rsplit("$", 1)[-1], changed)
        op = "replace" if replacing else "update"
        steps.append({"op": op, "urn": urn, "replaceReasons": list(replacing)})
    steps += [{"op": "delete", "urn": urn} for urn in before if urn not in after]
    return {"steps": steps, "diagnostics": head.get("diagnostics") or []}


def _declared(preview: Preview) -> dict[str, Any]:
    """Inputs by URN."""
    return {
        step["urn"]: (step.get("newState") or {}).get("inputs") or {}
        for step in preview.get("steps") or []
        if step.get("newState")
    }


def _differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Paths at which two values differ, as deep as both have a form in common."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from _differences(old.get(key), new.get(key), f"{path}.{key}" if path else key)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _differences(one, other, f"{path}[{index}]")
    elif old != new:
        yield path
