"""A run as SARIF 2.1.0, which code hosts show beside the change.

Failures and waived findings are results. What is undecidable is told as a notification: hosts
raise an alert for each result, and a value that is not known yet is nothing to be alarmed about.
"""

from hashlib import sha256
from typing import Any, Final

from policies.verdict import Verdict

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
LEVELS: Final = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
SCORES: Final = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}
"""What code hosts sort by; the middle of each severity's band in CVSS."""


def sarif(told: dict[str, Any]) -> dict[str, Any]:
    """The run as a SARIF log."""
    order = {rule: number for number, rule in enumerate(told["rules"])}
    shown = (Verdict.FAIL.value, Verdict.WAIVED.value)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": told["pack"]["name"],
                        "semanticVersion": told["pack"]["version"],
                        "rules": [_rule(id_, rule) for id_, rule in told["rules"].items()],
                    }
                },
                "automationDetails": {
                    "id": f"{told['pack']['name']}/{told['run']['stack'] or 'stack'}/"
                },
                "invocations": [_invocation(told, order)],
                "columnKind": "unicodeCodePoints",
                "results": [
                    _result(told, each, order)
                    for each in told["findings"]
                    if each["verdict"] in shown
                ],
            }
        ],
    }


def _rule(id_: str, rule: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": id_,
        "shortDescription": {"text": rule["title"]},
        "fullDescription": {"text": rule["why"]},
        "help": {
            "text": f"{rule['why']}\n\n{rule['fix']}\n\n{rule['reference']}",
            "markdown": f"{rule['why']}\n\n```python\n{rule['fix']}\n```\n\n{rule['reference']}",
        },
        "defaultConfiguration": {"level": LEVELS[rule["severity"]]},
        "properties": {
            "security-severity": SCORES[rule["severity"]],
            "tags": ["security", *(f"PCI DSS {each}" for each in rule["requirements"])],
        },
    }
    if rule["reference"].startswith("https://"):
        made["helpUri"] = rule["reference"]
    return made


def _invocation(told: dict[str, Any], order: dict[str, int]) -> dict[str, Any]:
    notes = [
        {
            "level": "note",
            "message": {"text": f"undecidable on {each['name']}: {'; '.join(each['sentences'])}"},
            "associatedRule": {"id": each["rule"], "index": order[each["rule"]]},
            "locations": [_location(told, each)],
        }
        for each in told["findings"]
        if each["verdict"] == Verdict.UNDECIDABLE.value
    ]
    complaints = [
        {"level": "error", "message": {"text": f"waiver: {each['sentence']}"}}
        for each in told["complaints"]
    ]
    return {
        "executionSuccessful": told["run"]["complete"],
        "endTimeUtc": told["run"]["at"].replace("+00:00", "Z"),
        "toolExecutionNotifications": complaints + notes,
    }


def _result(told: dict[str, Any], found: dict[str, Any], order: dict[str, int]) -> dict[str, Any]:
    rule = told["rules"][found["rule"]]
    made: dict[str, Any] = {
        "ruleId": found["rule"],
        "ruleIndex": order[found["rule"]],
        "kind": "fail",
        "level": LEVELS[rule["severity"]],
        "message": {"text": "; ".join(found["sentences"]) or rule["title"]},
        "locations": [_location(told, found)],
        "partialFingerprints": {
            "ruleAndResource/v1": sha256(
                f"{found['rule']} {found['resource']}".encode()
            ).hexdigest()
        },
        "properties": {"scope": found["scope"]},
    }
    if found["waiver"]:
        given = found["waiver"]
        made["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": f"{given['owner']}, until {given['expires']}: {given['reason']}"
                f" Instead: {given['compensating']}",
            }
        ]
    return made


def _location(told: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """A resource has no line, so the file is the stack's settings and the place is its URN."""
    stack = told["run"]["stack"]
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": f"Pulumi.{stack}.yaml" if stack else "Pulumi.yaml"},
            "region": {"startLine": 1},
        },
        "logicalLocations": [
            {
                "name": found["name"] or "stack",
                "fullyQualifiedName": found["resource"] or "stack",
                "kind": "resource",
            }
        ],
    }
