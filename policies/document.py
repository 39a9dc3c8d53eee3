"""A statement of an IAM policy document, in one form whatever form it was written in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Statement:
    """A statement of an IAM policy document, with each "one or many" made many."""

    effect: str
    sid: str = ""
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    """Account, role, service and federated names alike; `*` for anybody."""
    not_principals: tuple[str, ...] = ()
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]] = field(
        default_factory=dict[str, Mapping[str, tuple[str, ...]]]
    )
    """Operator -> condition key -> values."""

    @property
    def allows(self) -> bool:
        """Whether the statement gives rather than takes away."""
        return self.effect == "Allow"

    @property
    def public(self) -> bool:
        """Whether it gives something to anybody, whatever its conditions say."""
        return self.allows and ("*" in self.principals or bool(self.not_principals))

    @classmethod
    def read(cls, statement: Mapping[str, Any]) -> "Statement":
        """From the JSON form."""
        conditions = statement.get("Condition") or {}
        return cls(
            effect=str(statement.get("Effect", "")),
            sid=str(statement.get("Sid", "")),
            actions=_many(statement.get("Action")),
            not_actions=_many(statement.get("NotAction")),
            resources=_many(statement.get("Resource")),
            not_resources=_many(statement.get("NotResource")),
            principals=_principals(statement.get("Principal")),
            not_principals=_principals(statement.get("NotPrincipal")),
            conditions={
                operator: {key: _many(values) for key, values in pairs.items()}
                for operator, pairs in conditions.items()
            },
        )


def _many(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return tuple(str(each) for each in value)
    return (str(value),)


def _principals(value: object) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        return tuple(each for values in value.values() for each in _many(values))
    return _many(value)
