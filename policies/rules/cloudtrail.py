"""Rules for AWS CloudTrail, the record of who did what."""

from collections.abc import Iterator
from typing import Any, Final

from policies.rule import UNKNOWN, Node, Resource, Severity, Stack, Undecidable, rule, stack_rule
from policies.rules.neighbours import must_accompany_a_network
from policies.rules.remedy import Code, hub
from policies.rules.s3 import ALL_FLAGS, BLOCK, BUCKETS, FLAGS
from policies.rules.shapes import at, is_true, must_be_at_least, must_be_given, must_be_true

TRAIL: Final = "aws:cloudtrail/trail:Trail"
STORE: Final = "aws:cloudtrail/eventDataStore:EventDataStore"
OBJECTS: Final = "AWS::S3::Object"
EVERY_BUCKET: Final = ("arn:aws:s3", "arn:aws:s3:::")

cloudtrail_records = must_accompany_a_network(
    TRAIL,
    wants={"enableLogging": True},
    defaults={"enableLogging": True},
    id="cloudtrail-records",
    title="A trail records what is done in the account",
    pci=("10.2.1",),
    controls=("CloudTrail.3",),
    severity=Severity.HIGH,
    says="Nothing records what is done in this network's account",
    why="Every action of every person and program is traced to who did it.",
)

cloudtrail_on = must_be_true(
    "enableLogging",
    default=True,
    id="cloudtrail-on",
    title="Trails are not switched off",
    on=(TRAIL,),
    pci=("10.2.1", "10.2.1.6"),
    controls=("CloudTrail.3",),
    severity=Severity.CRITICAL,
    says="The trail records nothing",
    why="A trail that is switched off looks like a record in every inventory.",
)

cloudtrail_encrypted = must_be_given(
    "kmsKeyId",
    good=Code("key.arn"),
    id="cloudtrail-encrypted",
    title="Trails are encrypted with a key of our own",
    on=(TRAIL, STORE),
    pci=("10.3.2",),
    controls=("CloudTrail.2",),
    severity=Severity.MEDIUM,
    says="Whoever may read its bucket may read it",
    why="With a key, reading the record takes a second permission, and each use of it is logged.",
)

cloudtrail_tamper_evident = must_be_true(
    "enableLogFileValidation",
    id="cloudtrail-tamper-evident",
    title="A changed log file is noticed",
    on=(TRAIL,),
    pci=("10.3.2", "10.3.4"),
    controls=("CloudTrail.4",),
    severity=Severity.MEDIUM,
    says="A log file that somebody changed looks like any other",
    why="Signed digests show that nothing was altered or taken out.",
)

cloudtrail_everywhere = must_be_true(
    "isMultiRegionTrail",
    id="cloudtrail-everywhere",
    title="Trails record every region",
    on=(TRAIL,),
    pci=("10.2.1",),
    controls=("CloudTrail.1",),
    severity=Severity.HIGH,
    says="What is done in other regions leaves no trace",
    why="An intruder works in the region that nobody looks at.",
)

cloudtrail_global_events = must_be_true(
    "includeGlobalServiceEvents",
    default=True,
    id="cloudtrail-global-events",
    title="Trails record IAM and other global services",
    on=(TRAIL,),
    pci=("10.2.1.5",),
    controls=("CloudTrail.1",),
    severity=Severity.HIGH,
    says="Changes of users, roles and keys leave no trace",
    why="Changes to identification and authentication are logged.",
)

cloudtrail_watched = must_be_given(
    "cloudWatchLogsGroupArn",
    good=Code('pulumi.Output.concat(log.arn, ":*")'),
    id="cloudtrail-watched",
    title="Trails feed CloudWatch Logs",
    on=(TRAIL,),
    pci=("10.3.3", "10.4.1.1"),
    controls=("CloudTrail.5",),
    severity=Severity.MEDIUM,
    says="Nothing can be alarmed by what it records",
    why="Files in a bucket are read after the incident; a log group raises an alarm in it.",
)

cloudtrail_unusual_calls = must_be_given(
    "insightSelectors",
    good=[{"insightType": "ApiCallRateInsight"}, {"insightType": "ApiErrorRateInsight"}],
    id="cloudtrail-unusual-calls",
    title="Trails point out unusual calls",
    on=(TRAIL,),
    pci=("10.4.1.1", "10.4.3"),
    severity=Severity.LOW,
    says="Unusual numbers of calls or of refusals are not pointed out",
    reference="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-insights-events-with-cloudtrail.html",
    why="Review is done by a machine that knows what is usual.",
)

cloudtrail_lake_kept = must_be_at_least(
    "retentionPeriod",
    365,
    default=2555,
    id="cloudtrail-lake-kept",
    title="CloudTrail Lake keeps a year",
    on=(STORE,),
    pci=("10.5.1",),
    severity=Severity.MEDIUM,
    says="It keeps {value} days",
    reference="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-lake.html",
    why="An audit trail is kept for twelve months.",
)

cloudtrail_lake_stays = must_be_true(
    "terminationProtectionEnabled",
    default=True,
    id="cloudtrail-lake-stays",
    title="CloudTrail Lake is protected from deletion",
    on=(STORE,),
    pci=("10.3.2",),
    severity=Severity.MEDIUM,
    says="One call deletes the record",
    reference="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-lake.html",
    why="Who has something to hide starts with the record of it.",
)


@rule(
    id="cloudtrail-administration",
    title="Trails record every management event",
    on=(TRAIL,),
    pci=("10.2.1.2", "10.2.1.7"),
    controls=("CloudTrail.1",),
    severity=Severity.HIGH,
    fix='aws.cloudtrail.Trail(..., event_selectors=[{"include_management_events": True,'
    ' "read_write_type": "All"}])',
    reference=hub("CloudTrail.1"),
    passes=(
        {},
        {"eventSelectors": [{"readWriteType": "All", "includeManagementEvents": True}]},
        {
            "advancedEventSelectors": [
                {"fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}]}
            ]
        },
    ),
    fails=(
        {"eventSelectors": [{"includeManagementEvents": False}]},
        {"eventSelectors": [{"readWriteType": "WriteOnly"}]},
        {"eventSelectors": [{"excludeManagementEventSources": ["kms.amazonaws.com"]}]},
        {
            "advancedEventSelectors": [
                {"fieldSelectors": [{"field": "eventCategory", "equals": ["Data"]}]}
            ]
        },
    ),
    undecidable=({"eventSelectors": [{"readWriteType": UNKNOWN}]}, {"eventSelectors": UNKNOWN}),
)
def cloudtrail_administration(trail: Resource) -> Iterator[str]:
    """Each action of an administrator is logged, reading included."""
    advanced = list(trail.items("advancedEventSelectors[]"))
    selectors = list(trail.items("eventSelectors[]"))
    if advanced:
        if not any(_holds(each, "eventCategory", "Management") for each in advanced):
            yield "It records no management events"
        return
    if selectors and not any(_whole(each) for each in selectors):
        yield "It leaves some management events out"


def _whole(selector: Node) -> bool:
    """Whether a selector takes every management event."""
    included = is_true(selector.get("includeManagementEvents", default=True))
    everything = selector.get("readWriteType", default="All") == "All"
    return included and everything and not selector.has("excludeManagementEventSources")


def _holds(selector: Node, field: str, value: str) -> bool:
    """Whether an advanced selector picks a value of a field."""
    return any(
        each.get("field") == field and value in each.get("equals", default=[])
        for each in selector.items("fieldSelectors[]")
    )


def _objects(trail: Resource, refused: str) -> bool:
    """Whether a trail records S3 objects, with a selector that does not say `refused` only."""
    for each in trail.items("eventSelectors[]"):
        kinds = [kind for kind in each.items("dataResources[]") if kind.get("type") == OBJECTS]
        wide = any(set(kind.get("values", default=[])) & set(EVERY_BUCKET) for kind in kinds)
        if wide and each.get("readWriteType", default="All") != refused:
            return True
    only = "true" if refused == "ReadOnly" else "false"
    return any(
        _holds(each, "resources.type", OBJECTS) and not _holds(each, "readOnly", only)
        for each in trail.items("advancedEventSelectors[]")
    )


def _data(kind: str, **more: Any) -> dict[str, Any]:
    """An event selector of a kind for all objects."""
    every = [{"type": OBJECTS, "values": ["arn:aws:s3"]}]
    return {"eventSelectors": [{"readWriteType": kind, "dataResources": every, **more}]}


ADVANCED: Final = at(
    "advancedEventSelectors[].fieldSelectors",
    [
        {"field": "eventCategory", "equals": ["Data"]},
        {"field": "resources.type", "equals": [OBJECTS]},
    ],
)


@rule(
    id="cloudtrail-object-writes",
    title="Trails record who writes S3 objects",
    on=(TRAIL,),
    pci=("10.2.1", "10.2.1.1"),
    controls=("S3.22",),
    severity=Severity.MEDIUM,
    fix='aws.cloudtrail.Trail(..., event_selectors=[{"read_write_type": "All", "data_resources":'
    ' [{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}]}])',
    reference=hub("S3.22"),
    passes=(_data("All"), _data("WriteOnly"), ADVANCED),
    fails=({}, _data("ReadOnly")),
    undecidable=(_data(UNKNOWN), {"eventSelectors": UNKNOWN}),
)
def cloudtrail_object_writes(trail: Resource) -> Iterator[str]:
    """Access to stored account data is logged, for each person."""
    if not _objects(trail, "ReadOnly"):
        yield "Who writes or deletes files leaves no trace"


@rule(
    id="cloudtrail-object-reads",
    title="Trails record who reads S3 objects",
    on=(TRAIL,),
    pci=("10.2.1", "10.2.1.1"),
    controls=("S3.23",),
    severity=Severity.MEDIUM,
    fix='aws.cloudtrail.Trail(..., event_selectors=[{"read_write_type": "All", "data_resources":'
    ' [{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}]}])',
    reference=hub("S3.23"),
    passes=(_data("All"), _data("ReadOnly"), ADVANCED),
    fails=({}, _data("WriteOnly")),
    undecidable=(_data(UNKNOWN), {"eventSelectors": UNKNOWN}),
)
def cloudtrail_object_reads(trail: Resource) -> Iterator[str]:
    """Access to stored account data is logged, for each person."""
    if not _objects(trail, "WriteOnly"):
        yield "Who reads files leaves no trace"


BUCKET: Final = {"type": BUCKETS[0], "name": "bucket"}
OF_BUCKET: Final = {"type": TRAIL, "name": "trail", "refs": {"s3BucketName": "bucket"}}


@stack_rule(
    id="cloudtrail-bucket-private",
    title="The bucket of a trail refuses public access",
    on=(TRAIL,),
    pci=("1.4.4", "10.3.1"),
    controls=("CloudTrail.6",),
    severity=Severity.CRITICAL,
    fix="aws.s3.BucketPublicAccessBlock(..., bucket=trail_bucket.id, block_public_acls=True,"
    " block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True)",
    reference=hub("CloudTrail.6"),
    passes=(
        (
            OF_BUCKET,
            BUCKET,
            {"type": BLOCK, "name": "block", "props": ALL_FLAGS, "refs": {"bucket": "bucket"}},
        ),
    ),
    fails=(
        (OF_BUCKET, BUCKET),
        (OF_BUCKET, BUCKET, {"type": BLOCK, "name": "block", "refs": {"bucket": "bucket"}}),
    ),
    undecidable=(
        ({"type": TRAIL, "name": "trail", "props": {"s3BucketName": UNKNOWN}}, BUCKET),
        ({"type": TRAIL, "name": "trail", "props": {"s3BucketName": "of-another-stack"}},),
    ),
)
def cloudtrail_bucket_private(stack: Stack) -> Iterator[tuple[Resource, str | Undecidable]]:
    """The record names every resource, every key and every person of the account."""
    for trail in stack.of(TRAIL):
        try:
            buckets = [
                each for each in stack.of(*BUCKETS) if stack.refers(trail, each, "s3BucketName")
            ]
            if not buckets:
                yield trail, Undecidable("s3BucketName", "is the bucket of another stack")
            for bucket in buckets:
                blocks = list(stack.referring(bucket, BLOCK, path="bucket"))
                if not any(all(block.get(flag) for flag in FLAGS) for block in blocks):
                    yield trail, f"Nothing stops its bucket, {bucket.name}, from being made public"
        except Undecidable as unknown:
            yield trail, unknown
