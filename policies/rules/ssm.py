"""Rules for AWS Systems Manager."""

import json
from collections.abc import Iterator
from typing import Any, Final

from policies.rule import UNKNOWN, NotApplicable, Resource, Severity, Undecidable, rule
from policies.rules.remedy import hub
from policies.rules.shapes import must_be_one_of, number

PARAMETER: Final = "aws:ssm/parameter:Parameter"
DOCUMENT: Final = "aws:ssm/document:Document"
MINUTES: Final = 15

ssm_parameter_encrypted = must_be_one_of(
    "type",
    ("SecureString",),
    unlike="String",
    default="String",
    id="ssm-parameter-encrypted",
    title="Parameters are encrypted",
    on=(PARAMETER,),
    pci=("8.3.2", "3.5.1"),
    severity=Severity.LOW,
    says="Whoever may list parameters reads it (type {value})",
    reference="https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html",
    why="A parameter store fills with passwords; each is stored so that it may hold one.",
)


@rule(
    id="ssm-document-private",
    title="Documents of Systems Manager are not public",
    on=(DOCUMENT,),
    pci=("1.4.4",),
    controls=("SSM.4",),
    severity=Severity.CRITICAL,
    fix='aws.ssm.Document(..., permissions={"type": "Share", "account_ids": "111122223333"})',
    reference=hub("SSM.4"),
    passes=({}, {"permissions": {"type": "Share", "account_ids": "111122223333"}}),
    fails=({"permissions": {"type": "Share", "account_ids": "All"}},),
    undecidable=({"permissions": {"type": "Share", "account_ids": UNKNOWN}},),
)
def ssm_document_private(document: Resource) -> Iterator[str]:
    """A document tells how servers are set up, and sometimes with which words."""
    if str(document.get("permissions.account_ids", default="")).lower() == "all":
        yield "Anybody in any account reads it"


def preferences(**inputs: object) -> dict[str, object]:
    """The document that sets up sessions in Systems Manager."""
    return {
        "documentType": "Session",
        "content": json.dumps({"sessionType": "Standard_Stream", "inputs": inputs}),
    }


def session(document: Resource) -> dict[str, Any]:
    """What such a document sets.

    Raises:
        NotApplicable: It is about something else.
        Undecidable: It is unknown, or no JSON.

    """
    if document.get("documentType") != "Session":
        raise NotApplicable("it does not set up sessions")
    try:
        inputs = json.loads(str(document.get("content", default="{}"))).get("inputs", {})
    except (ValueError, AttributeError):
        raise Undecidable("content", "is no JSON document") from None
    return inputs if isinstance(inputs, dict) else {}


@rule(
    id="ssm-sessions-logged",
    title="Sessions on servers are logged",
    on=(DOCUMENT,),
    pci=("10.2.1.2", "1.5.1"),
    severity=Severity.MEDIUM,
    fix='aws.ssm.Document(..., document_type="Session", content=json.dumps('
    '{"inputs": {"cloudWatchLogGroupName": "sessions", "cloudWatchEncryptionEnabled": True}}))',
    reference="https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-logging.html",
    passes=(preferences(cloudWatchLogGroupName="sessions"), preferences(s3BucketName="sessions")),
    fails=(preferences(), preferences(cloudWatchLogGroupName="")),
    undecidable=({"documentType": "Session", "content": UNKNOWN},),
    not_applicable=({"documentType": "Command"},),
)
def ssm_sessions_logged(document: Resource) -> Iterator[str]:
    """Each action of an administrator is logged."""
    inputs = session(document)
    if not inputs.get("cloudWatchLogGroupName") and not inputs.get("s3BucketName"):
        yield "What somebody types on a server leaves no trace"


@rule(
    id="ssm-sessions-end",
    title="Idle sessions on servers end within a quarter of an hour",
    on=(DOCUMENT,),
    pci=("8.2.8",),
    severity=Severity.LOW,
    fix='aws.ssm.Document(..., document_type="Session", '
    'content=json.dumps({"inputs": {"idleSessionTimeout": "15"}}))',
    reference="https://docs.aws.amazon.com/systems-manager/latest/userguide/session-preferences-timeout.html",
    passes=(preferences(idleSessionTimeout="15"),),
    fails=(preferences(), preferences(idleSessionTimeout="60")),
    undecidable=({"documentType": "Session", "content": UNKNOWN},),
    not_applicable=({"documentType": "Command"},),
)
def ssm_sessions_end(document: Resource) -> Iterator[str]:
    """A session that somebody walked away from has to end; Systems Manager waits for 20 minutes."""
    idle = number(session(document).get("idleSessionTimeout") or "20", "content")
    if idle > MINUTES:
        yield f"An idle session goes on for {idle:.0f} minutes"
