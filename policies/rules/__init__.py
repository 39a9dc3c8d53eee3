"""The rules, one module a service. A rule is in the pack because its module stands here."""

import importlib
import pkgutil
from types import ModuleType

from policies.rule import AnyRule, ResourceRule, StackRule


def modules() -> list[ModuleType]:
    """Every rule module of this folder, by name."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    return [importlib.import_module(f"{__name__}.{name}") for name in names]


def of(module: ModuleType) -> list[AnyRule]:
    """The rules that a module defines, in the order of its text."""
    return [each for each in vars(module).values() if isinstance(each, ResourceRule | StackRule)]


def collect() -> tuple[AnyRule, ...]:
    """Every rule of every module.

    Raises:
        ValueError: Two rules share an id.

    """
    rules: dict[str, AnyRule] = {}
    for module in modules():
        for each in of(module):
            if rules.setdefault(each.id, each) is not each:
                raise ValueError(f"two rules have the id {each.id!r}; the second is in {module}")
    return tuple(rules.values())
