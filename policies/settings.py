"""What a user may set about a pack, and the refusal of anything else by the name of its key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

from pulumi_policy import EnforcementLevel, Severity

from policies.scope import Scope

NAME: Final = "settings"
"""The policy under whose name the pack as a whole is configured."""

LEVELS: Final = ("advisory", "mandatory", "disabled")

Undecided = Literal["summary", "advisory", "mandatory"]

DEFAULT_LEVELS: Final[Mapping[Severity, EnforcementLevel]] = {
    Severity.CRITICAL: EnforcementLevel.MANDATORY,
    Severity.HIGH: EnforcementLevel.MANDATORY,
    Severity.MEDIUM: EnforcementLevel.MANDATORY,
    Severity.LOW: EnforcementLevel.ADVISORY,
}

SCHEMA: Final[dict[str, dict[str, Any]]] = {
    "enforcement": {
        "type": "object",
        "description": "Level by severity, for each rule that has no level of its own.",
        "properties": {each.value: {"type": "string", "enum": list(LEVELS)} for each in Severity},
        "additionalProperties": False,
    },
    "undecidable": {
        "type": "string",
        "enum": ["summary", "advisory", "mandatory"],
        "description": "How a property that is not known yet is told: counted in one line, one"
        " advisory each, or as a failure (for a run on a state, where all is known).",
    },
    "scope": {
        "type": "string",
        "enum": [each.value for each in Scope],
        "description": "Standing of a resource that nothing says anything about.",
    },
    "components": {
        "type": "object",
        "description": "Standing by component type, as in platform:kafka:KafkaCluster.",
        "additionalProperties": {"type": "string", "enum": [each.value for each in Scope]},
    },
    "waivers": {
        "type": "string",
        "minLength": 1,
        "description": "File of waivers, from the folder of the program.",
    },
}


class SettingsError(ValueError):
    """A setting that does not exist or has a wrong value; the sentence names the key."""


@dataclass(frozen=True)
class Settings:
    """The pack's settings, whole."""

    levels: Mapping[Severity, EnforcementLevel] = field(default_factory=lambda: DEFAULT_LEVELS)
    undecidable: Undecided = "summary"
    scope: Scope = Scope.CDE
    components: Mapping[str, Scope] = field(default_factory=dict[str, Scope])
    waivers: str = ""

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Settings":
        """From the configuration of the policy `settings`.

        Raises:
            SettingsError: Some key or value is not in the schema.

        """
        for key in given:
            if key not in SCHEMA:
                raise SettingsError(f"{NAME}.{key} is no setting; there are {', '.join(SCHEMA)}")
        levels = dict(DEFAULT_LEVELS)
        severities = {each.value: each for each in Severity}
        for key, level in _table(given, "enforcement").items():
            if key not in severities:
                raise SettingsError(
                    f"{NAME}.enforcement.{key} is no severity; there are {', '.join(severities)}"
                )
            levels[severities[key]] = EnforcementLevel(_one_of(level, LEVELS, f"enforcement.{key}"))
        scopes = tuple(each.value for each in Scope)
        undecided = _one_of(
            given.get("undecidable", "summary"), SCHEMA["undecidable"]["enum"], "undecidable"
        )
        waivers = given.get("waivers", "")
        if not isinstance(waivers, str):
            raise SettingsError(f"{NAME}.waivers is {waivers!r}; it must be the name of a file")
        return cls(
            levels=levels,
            undecidable=cast("Undecided", undecided),
            scope=Scope(_one_of(given.get("scope", "cde"), scopes, "scope")),
            components={
                key: Scope(_one_of(value, scopes, f"components.{key}"))
                for key, value in _table(given, "components").items()
            },
            waivers=waivers,
        )


def check_names(given: Mapping[str, Mapping[str, Any]], known: frozenset[str]) -> None:
    """Refuse configuration of a rule that there is not, or properties on one that takes none.

    Raises:
        SettingsError: With the key.

    """
    for name, properties in given.items():
        if name in (NAME, "all"):
            continue
        if name not in known:
            raise SettingsError(f"{name} is no rule of this pack (python -m policies list)")
        if properties:
            key = next(iter(properties))
            raise SettingsError(f"{name}.{key} is no setting: a rule takes enforcementLevel only")


def _table(given: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = given.get(key, {})
    if not isinstance(value, Mapping):
        raise SettingsError(f"{NAME}.{key} is {value!r}; it must be an object")
    return cast("Mapping[str, Any]", value)


def _one_of(value: object, allowed: tuple[str, ...] | list[str], key: str) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise SettingsError(f"{NAME}.{key} is {value!r}; it must be one of {', '.join(allowed)}")
    return value
