"""Rules for Amazon Kinesis and Data Firehose."""

from typing import Final

from policies.rule import Severity
from policies.rules.remedy import Code
from policies.rules.shapes import must_be_at_most, must_be_given, must_be_one_of, must_be_true

STREAM: Final = ("aws:kinesis/stream:Stream",)
FIREHOSE: Final = ("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",)
WEEK: Final = 168

kinesis_encrypted = must_be_one_of(
    "encryptionType",
    ("KMS",),
    unlike="NONE",
    default="NONE",
    id="kinesis-encrypted",
    title="Streams are encrypted with a KMS key",
    on=STREAM,
    pci=("3.5.1",),
    controls=("Kinesis.1",),
    severity=Severity.HIGH,
    says="Its records lie in clear (encryption {value})",
    why="A record that waits is stored data.",
)

kinesis_own_key = must_be_given(
    "kmsKeyId",
    good=Code("key.id"),
    beside={"encryptionType": "KMS"},
    id="kinesis-own-key",
    title="Streams are encrypted with a key of our own",
    on=STREAM,
    pci=("3.6.1",),
    severity=Severity.LOW,
    says="It uses the key that all of the account's streams share",
    reference="https://docs.aws.amazon.com/streams/latest/dev/server-side-encryption.html",
    why="Only a customer-managed key has a policy that names its custodians.",
)

kinesis_forgets = must_be_at_most(
    "retentionPeriod",
    WEEK,
    default=24,
    id="kinesis-forgets",
    title="Streams forget within a week",
    on=STREAM,
    pci=("3.2.1",),
    severity=Severity.LOW,
    says="It keeps records for {value} hours",
    reference="https://docs.aws.amazon.com/streams/latest/dev/kinesis-extended-retention.html",
    why="Stored data is kept to the time that law and business ask for.",
)

kinesis_firehose_encrypted = must_be_true(
    "serverSideEncryption.enabled",
    id="kinesis-firehose-encrypted",
    title="Delivery streams encrypt what waits in them",
    on=FIREHOSE,
    pci=("3.5.1",),
    severity=Severity.MEDIUM,
    says="What waits in it lies in clear",
    reference="https://docs.aws.amazon.com/firehose/latest/dev/encryption.html",
    why="A record that waits is stored data.",
)
