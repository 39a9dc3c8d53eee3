"""A run as OSCAL assessment results, for those who collect evidence by control.

A requirement is satisfied only where every verdict of its rules is a pass. One that is waived or
undecidable is not: the first carries an accepted risk, the second says that it is open.
"""

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from policies.verdict import Verdict

VERSION: Final = "1.1.3"
NAMESPACE: Final = "urn:evenkeel:policies"

_REASONS: Final = {
    Verdict.FAIL.value: "fail",
    Verdict.PASS.value: "pass",
    Verdict.WAIVED.value: "other",
    Verdict.UNDECIDABLE.value: "other",
}


def oscal(told: dict[str, Any]) -> dict[str, Any]:
    """The run as an assessment-results document."""
    run = told["run"]
    plan = _id(told, "plan")
    judged = [each for each in told["requirements"] if each["verdict"] in _REASONS]
    result: dict[str, Any] = {
        "uuid": _id(told, "result"),
        "title": f"{told['pack']['title']} on {run['project']}/{run['stack']}",
        "description": "Verdicts of policy rules on "
        + ("a program before its deployment." if run["preview"] else "a deployed state."),
        "start": run["at"],
        "end": run["at"],
        "reviewed-controls": {
            "control-selections": [
                {"include-controls": [{"control-id": _control(each["id"])} for each in judged]}
                if judged
                else {"description": "No rule applied.", "include-all": {}}
            ]
        },
    }
    observations = [_observation(told, each) for each in told["findings"] if _counts(each)]
    risks = [_risk(told, each) for each in told["findings"] if each["waiver"]]
    if observations:
        result["observations"] = observations
    if risks:
        result["risks"] = risks
    if judged:
        result["findings"] = [_finding(told, each) for each in judged]
    return {
        "assessment-results": {
            "uuid": _id(told, "document"),
            "metadata": {
                "title": result["title"],
                "last-modified": run["at"],
                "version": told["pack"]["version"],
                "oscal-version": VERSION,
            },
            "import-ap": {"href": f"#{plan}"},
            "results": [result],
            "back-matter": {
                "resources": [
                    {
                        "uuid": plan,
                        "title": f"Policy pack {told['pack']['name']} {told['pack']['version']}",
                        "description": "The plan is the pack: each rule is one test of each"
                        " resource of its types.",
                    }
                ]
            },
        }
    }


def _counts(found: dict[str, Any]) -> bool:
    """Whether it is evidence for or against something."""
    return found["verdict"] in _REASONS


def _id(told: dict[str, Any], *words: str) -> str:
    """A UUID that the same thing has in every report of the same run."""
    return str(uuid5(NAMESPACE_URL, "|".join([told["run"]["at"], told["run"]["stack"], *words])))


def _control(requirement: str) -> str:
    return f"pci-dss-{requirement.lower()}"


def _key(found: dict[str, Any]) -> str:
    return f"{found['rule']}|{found['resource']}"


def _observation(told: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    rule = told["rules"][found["rule"]]
    said = "; ".join(found["sentences"])
    return {
        "uuid": _id(told, "observation", _key(found)),
        "title": rule["title"],
        "description": f"{found['verdict']}: {said}" if said else found["verdict"],
        "props": [
            {"name": "rule", "ns": NAMESPACE, "value": found["rule"]},
            {"name": "verdict", "ns": NAMESPACE, "value": found["verdict"]},
            {"name": "scope", "ns": NAMESPACE, "value": found["scope"]},
        ],
        "methods": ["TEST"],
        "subjects": [
            {
                "subject-uuid": str(uuid5(NAMESPACE_URL, found["resource"] or "stack")),
                "type": "component",
                "title": found["resource"] or "stack",
            }
        ],
        "collected": told["run"]["at"],
    }


def _finding(told: dict[str, Any], requirement: dict[str, Any]) -> dict[str, Any]:
    verdict = requirement["verdict"]
    evidence = [
        each for each in told["findings"] if each["rule"] in requirement["rules"] and _counts(each)
    ]
    made: dict[str, Any] = {
        "uuid": _id(told, "finding", requirement["id"]),
        "title": f"PCI DSS {requirement['id']}",
        "description": requirement["summary"],
        "target": {
            "type": "objective-id",
            "target-id": _control(requirement["id"]),
            "status": {
                "state": "satisfied" if verdict == Verdict.PASS.value else "not-satisfied",
                "reason": _REASONS[verdict],
                "remarks": f"The worst verdict of its rules is: {verdict}.",
            },
        },
        "related-observations": [
            {"observation-uuid": _id(told, "observation", _key(each))} for each in evidence
        ],
    }
    accepted = [{"risk-uuid": _id(told, "risk", _key(each))} for each in evidence if each["waiver"]]
    if accepted:
        made["related-risks"] = accepted
    return made


def _risk(told: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    given = found["waiver"]
    return {
        "uuid": _id(told, "risk", _key(found)),
        "title": f"Waived: {told['rules'][found['rule']]['title']}",
        "description": "; ".join(found["sentences"]),
        "statement": f"{given['owner']} accepts it: {given['reason']}",
        "status": "deviation-approved",
        "mitigating-factors": [
            {
                "uuid": _id(told, "instead", _key(found)),
                "description": given["compensating"],
            }
        ],
        "deadline": f"{given['expires']}T23:59:59Z",
        "related-observations": [{"observation-uuid": _id(told, "observation", _key(found))}],
    }
