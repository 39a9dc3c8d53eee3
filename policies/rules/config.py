"""Rules for AWS Config, which records every change of a resource."""

from collections.abc import Iterator

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.neighbours import must_accompany_a_network, must_have
from policies.rules.remedy import Code, hub
from policies.rules.shapes import must_be_at_least, must_be_given, must_be_one_of, must_be_true

RECORDER = "aws:cfg/recorder:Recorder"
STATUS = "aws:cfg/recorderStatus:RecorderStatus"

config_records = must_accompany_a_network(
    RECORDER,
    id="config-records",
    title="AWS Config records each region's changes",
    pci=("11.5.2", "1.2.2"),
    controls=("Config.1",),
    severity=Severity.HIGH,
    says="Nothing records what changes in this network's region",
    why="Without a record nobody can tell an approved change from an intruder's.",
)

config_recorder_started = must_have(
    (RECORDER,),
    {STATUS: "name"},
    wants={"isEnabled": True},
    id="config-recorder-started",
    title="Every configuration recorder is started",
    pci=("11.5.2",),
    controls=("Config.1",),
    severity=Severity.HIGH,
    says="The recorder is not started",
    why="A recorder that only exists records nothing.",
)

config_recorder_on = must_be_true(
    "isEnabled",
    id="config-recorder-on",
    title="The configuration recorder's switch is on",
    on=(STATUS,),
    pci=("11.5.2",),
    controls=("Config.1",),
    severity=Severity.HIGH,
    says="It stops the recorder",
    why="A recorder that only exists records nothing.",
)

config_keeps_history = must_be_at_least(
    "retentionPeriodInDays",
    365,
    default=None,
    id="config-keeps-history",
    title="AWS Config keeps a year of history",
    on=("aws:cfg/retentionConfiguration:RetentionConfiguration",),
    pci=("10.5.1",),
    severity=Severity.MEDIUM,
    says="It keeps {value} days",
    reference="https://docs.aws.amazon.com/config/latest/developerguide/delete-config-data-with-retention-period.html",
    why="An audit trail is kept for twelve months.",
)

config_delivery_encrypted = must_be_given(
    "s3KmsKeyArn",
    good=Code("key.arn"),
    id="config-delivery-encrypted",
    title="AWS Config delivers its history encrypted with our key",
    on=("aws:cfg/deliveryChannel:DeliveryChannel",),
    pci=("10.3.1",),
    severity=Severity.LOW,
    says="What it delivers has no key of our own",
    reference="https://docs.aws.amazon.com/config/latest/developerguide/s3-kms-key-policy.html",
    why="The history names every weak spot there ever was; only those who need it may read it.",
)

config_records_at_once = must_be_one_of(
    "recordingMode.recordingFrequency",
    ("CONTINUOUS",),
    unlike="DAILY",
    default="CONTINUOUS",
    id="config-records-at-once",
    title="AWS Config records changes as they happen",
    on=(RECORDER,),
    pci=("11.5.2",),
    severity=Severity.LOW,
    says="It records {value}: what is changed and changed back within a day is never seen",
    reference="https://docs.aws.amazon.com/config/latest/developerguide/select-resources-recording-frequency.html",
    why="Change detection that misses short changes misses the ones that hide.",
)


@rule(
    id="config-records-everything",
    title="AWS Config records every type of resource",
    on=(RECORDER,),
    pci=("10.2.1.7", "11.5.2"),
    controls=("Config.1",),
    severity=Severity.MEDIUM,
    fix='aws.cfg.Recorder(..., recording_group={"all_supported": True})',
    reference=hub("Config.1"),
    passes=({}, {"recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True}}),
    fails=({"recordingGroup": {"allSupported": False, "resourceTypes": ["AWS::EC2::VPC"]}},),
    undecidable=({"recordingGroup": {"allSupported": UNKNOWN}},),
)
def config_records_everything(recorder: Resource) -> Iterator[str]:
    """What is left out of the record is where a change goes unseen."""
    if not recorder.get("recordingGroup.allSupported", default=True):
        yield "It records some types of resources only"
