"""Parameters of a database's parameter group: a list of names and values."""

from collections.abc import Mapping
from typing import Any

from policies.rule import Resource


def parameter(group: Resource, name: str, default: str) -> str:
    """What a group sets a parameter to, or else the engine's default.

    Raises:
        Undecidable: The value, or the name of a parameter, is unknown.

    """
    for each in group.items("parameters[]"):
        if str(each.get("name", default="")).lower() == name.lower():
            return str(each.get("value", default=""))
    return default


def with_parameter(name: str, value: str, family: str = "") -> Mapping[str, Any]:
    """An example: a group that sets one parameter."""
    parameters = {"parameters": [{"name": name, "value": value}]}
    return {"family": family, **parameters} if family else parameters
