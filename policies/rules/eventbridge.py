"""Rules for Amazon EventBridge and AWS Step Functions."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.documents import open_to_anybody, whose
from policies.rules.neighbours import must_have
from policies.rules.remedy import Code
from policies.rules.shapes import must_be_false, must_be_given, must_be_one_of, must_be_true

BUS: Final = "aws:cloudwatch/eventBus:EventBus"
POLICY: Final = "aws:cloudwatch/eventBusPolicy:EventBusPolicy"
MACHINE: Final = ("aws:sfn/stateMachine:StateMachine",)

eventbridge_bus_has_policy = must_have(
    (BUS,),
    {POLICY: "eventBusName"},
    id="eventbridge-bus-has-policy",
    title="Event buses have a policy",
    pci=("10.3.3", "7.3.1"),
    controls=("EventBridge.3",),
    severity=Severity.LOW,
    says="Nothing says who may send it events",
    why="An event that anybody may send is one that nobody may act on.",
)

eventbridge_bus_own_key = must_be_given(
    "kmsKeyIdentifier",
    good=Code("key.arn"),
    id="eventbridge-bus-own-key",
    title="Event buses are encrypted with a key of our own",
    on=(BUS,),
    pci=("3.6.1",),
    severity=Severity.LOW,
    says="Its events are under a key whose policy is AWS's",
    reference="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption.html",
    why="Only a customer-managed key has a policy that names its custodians.",
)

stepfunctions_logs = must_be_one_of(
    "loggingConfiguration.level",
    ("ALL", "ERROR", "FATAL"),
    unlike="OFF",
    default="OFF",
    id="stepfunctions-logs",
    title="State machines log what they do",
    on=MACHINE,
    pci=("10.4.2",),
    controls=("StepFunctions.1",),
    severity=Severity.MEDIUM,
    says="What it did leaves no trace (level {value})",
    why="What a machine did in somebody's name is traced to who asked for it.",
)

stepfunctions_log_without_data = must_be_false(
    "loggingConfiguration.includeExecutionData",
    default=False,
    id="stepfunctions-log-without-data",
    title="State machines' logs hold no payload",
    on=MACHINE,
    pci=("3.3.1", "3.4.1"),
    severity=Severity.MEDIUM,
    says="Whatever passes through it stands in its log",
    reference="https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
    why="Account data in a log is stored account data, where nobody looks for it.",
)

stepfunctions_traced = must_be_true(
    "tracingConfiguration.enabled",
    id="stepfunctions-traced",
    title="State machines are traced",
    on=MACHINE,
    pci=("10.4.2",),
    severity=Severity.LOW,
    says="Nobody can tell which request made which call",
    reference="https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html",
    why="What happened across services is put together from their traces.",
)


@rule(
    id="eventbridge-policy-not-public",
    title="Event bus policies name who may send",
    on=(POLICY,),
    pci=("7.2.1",),
    severity=Severity.HIGH,
    fix='aws.cloudwatch.EventBusPolicy(..., policy=...)  # "Principal": {"AWS": account}',
    reference="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-permissions.html",
    passes=({"policy": whose("arn:aws:iam::111122223333:root", "events:PutEvents")},),
    fails=({"policy": whose("*", "events:PutEvents")},),
    undecidable=({"policy": UNKNOWN},),
)
def eventbridge_policy_not_public(policy: Resource) -> Iterator[str]:
    """Whoever may send an event starts what follows on it."""
    for statement in policy.document("policy"):
        if open_to_anybody(statement):
            yield f"Anybody may {', '.join(statement.actions)}"
