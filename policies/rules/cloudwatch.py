"""Rules for Amazon CloudWatch: how long logs are kept, and who hears an alarm."""

from policies.rule import Severity
from policies.rules.remedy import Code
from policies.rules.shapes import (
    must_be_at_least,
    must_be_given,
    must_be_one_of,
    must_be_true,
    must_not_be,
)

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ALARMS = (ALARM, "aws:cloudwatch/compositeAlarm:CompositeAlarm")
LOG = "aws:cloudwatch/logGroup:LogGroup"
KEPT_FOR_EVER = 3653
"""Longer than the longest retention that can be chosen; none at all, and 0, mean for ever."""

cloudwatch_alarm_is_heard = must_be_given(
    "alarmActions",
    good=[Code("topic.arn")],
    id="cloudwatch-alarm-is-heard",
    title="Alarms tell somebody",
    on=ALARMS,
    pci=("10.7.2", "12.10.5"),
    controls=("CloudWatch.15",),
    severity=Severity.HIGH,
    says="Nobody is told when it goes off",
    why="A failed security control has to be noticed, answered and recorded.",
)

cloudwatch_alarm_acts = must_be_true(
    "actionsEnabled",
    default=True,
    id="cloudwatch-alarm-acts",
    title="No alarm is muted",
    on=ALARMS,
    pci=("10.7.2",),
    controls=("CloudWatch.17",),
    severity=Severity.HIGH,
    says="Its actions are switched off",
    why="A failed security control has to be noticed, answered and recorded.",
)

cloudwatch_log_encrypted = must_be_given(
    "kmsKeyId",
    good=Code("key.arn"),
    id="cloudwatch-log-encrypted",
    title="Log groups are encrypted with a key of our own",
    on=(LOG,),
    pci=("10.3.1",),
    severity=Severity.MEDIUM,
    says="Whoever may read CloudWatch may read it; no key of ours stands between",
    reference="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    why="Reading audit logs is for those whose job asks for it; the key's policy says who.",
)

cloudwatch_log_class_can_be_watched = must_not_be(
    "logGroupClass",
    ("INFREQUENT_ACCESS", "DELIVERY"),
    good="STANDARD",
    id="cloudwatch-log-class-can-be-watched",
    title="Log groups are of the class that alarms can watch",
    on=(LOG,),
    pci=("10.4.1.1",),
    severity=Severity.LOW,
    says="No metric filter can watch a log of class {value}",
    reference="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html",
    why="Daily review is done by filters and alarms, which cheaper classes do not have.",
)

cloudwatch_log_kept = must_be_at_least(
    "retentionInDays",
    365,
    default=KEPT_FOR_EVER,
    zero_is_endless=True,
    id="cloudwatch-log-kept",
    title="Log groups keep a year",
    on=(LOG,),
    pci=("10.5.1",),
    controls=("CloudWatch.16",),
    severity=Severity.MEDIUM,
    says="It keeps {value} days",
    why="An audit trail is kept for twelve months.",
)

cloudwatch_event_rule_on = must_be_one_of(
    "state",
    ("ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"),
    unlike="DISABLED",
    default="ENABLED",
    id="cloudwatch-event-rule-on",
    title="Event rules are on",
    on=("aws:cloudwatch/eventRule:EventRule",),
    pci=("10.4.3",),
    severity=Severity.MEDIUM,
    says="It is {value}: its events start nothing",
    reference="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-delete-rule.html",
    why="Findings and anomalies are answered because a rule carries them to somebody.",
)
