"""A run as OCSF compliance findings, for those who collect events."""

from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from policies.verdict import Verdict

VERSION: Final = "1.8.0"
CLASS: Final = 2003
"""Compliance Finding."""
CREATE: Final = 1
"""The activity: a finding is created."""

SEVERITIES: Final = {"low": (2, "Low"), "medium": (3, "Medium"), "high": (4, "High")}
CRITICAL: Final = (5, "Critical")

STATUSES: Final = {
    Verdict.PASS.value: (1, "Pass"),
    Verdict.UNDECIDABLE.value: (2, "Warning"),
    Verdict.FAIL.value: (3, "Fail"),
    Verdict.WAIVED.value: (3, "Fail"),
}
SUPPRESSED: Final = 3
NEW: Final = 1


def ocsf(told: dict[str, Any]) -> list[dict[str, Any]]:
    """An event for each verdict that says something; not for "not applicable"."""
    return [_event(told, each) for each in told["findings"] if each["verdict"] in STATUSES]


def _event(told: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    rule = told["rules"][found["rule"]]
    severity_id, severity = SEVERITIES.get(rule["severity"], CRITICAL)
    status_id, status = STATUSES[found["verdict"]]
    said = "; ".join(found["sentences"]) or rule["title"]
    compliance: dict[str, Any] = {
        "control": found["rule"],
        "status_id": status_id,
        "status": status,
        "status_detail": found["verdict"],
    }
    if told["pack"]["standard"]:
        compliance["standards"] = [told["pack"]["standard"]]
        compliance["requirements"] = rule["requirements"]
    remediation: dict[str, Any] = {"desc": rule["fix"]}
    if rule["reference"].startswith("https://"):
        remediation["references"] = [rule["reference"]]
    waived = found["waiver"] is not None
    return {
        "activity_id": CREATE,
        "activity_name": "Create",
        "category_uid": CLASS // 1000,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Compliance Finding",
        "type_uid": CLASS * 100 + CREATE,
        "type_name": "Compliance Finding: Create",
        "time": int(datetime.fromisoformat(told["run"]["at"]).timestamp() * 1000),
        "severity_id": severity_id,
        "severity": severity,
        "status_id": SUPPRESSED if waived else NEW,
        "status": "Suppressed" if waived else "New",
        "message": said,
        "metadata": {
            "version": VERSION,
            "product": {
                "name": told["pack"]["name"],
                "vendor_name": "Evenkeel",
                "version": told["pack"]["version"],
            },
        },
        "finding_info": {
            "uid": sha256(f"{found['rule']} {found['resource']}".encode()).hexdigest(),
            "title": rule["title"],
            "desc": rule["why"],
        },
        "compliance": compliance,
        "remediation": remediation,
        "resources": [
            {
                "uid": found["resource"] or "stack",
                "name": found["name"] or "stack",
                "type": found["type"],
            }
        ],
    }
