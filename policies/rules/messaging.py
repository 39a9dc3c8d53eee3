"""Rules for Amazon SNS and Amazon SQS."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.documents import open_to_anybody, whose
from policies.rules.remedy import Code, hub
from policies.rules.shapes import must_be_at_most, must_be_given, must_be_one_of

TOPIC: Final = "aws:sns/topic:Topic"
QUEUE: Final = "aws:sqs/queue:Queue"
TOPIC_POLICY: Final = "aws:sns/topicPolicy:TopicPolicy"
QUEUE_POLICY: Final = "aws:sqs/queuePolicy:QueuePolicy"
WEEK: Final = 604800

sns_encrypted = must_be_given(
    "kmsMasterKeyId",
    good=Code("key.id"),
    id="sns-encrypted",
    title="Topics are encrypted with a KMS key",
    on=(TOPIC,),
    pci=("3.5.1",),
    controls=("SNS.1",),
    severity=Severity.HIGH,
    says="Its messages lie in clear",
    why="A message that waits is stored data.",
)

sqs_forgets = must_be_at_most(
    "messageRetentionSeconds",
    WEEK,
    default=345600,
    id="sqs-forgets",
    title="Queues forget within a week",
    on=(QUEUE,),
    pci=("3.2.1",),
    severity=Severity.LOW,
    says="A message that nobody takes stays for {value} seconds",
    reference="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-architecture.html",
    why="Stored data is kept to the time that law and business ask for.",
)

sns_subscriber_over_tls = must_be_one_of(
    "protocol",
    ("https", "sqs", "lambda", "firehose", "email", "email-json", "sms", "application"),
    unlike="http",
    id="sns-subscriber-over-tls",
    title="Topics deliver over TLS",
    on=("aws:sns/topicSubscription:TopicSubscription",),
    pci=("4.2.1",),
    severity=Severity.HIGH,
    says="Messages go to their subscriber over {value}",
    reference="https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html",
    why="What arrives encrypted does not go on in clear.",
)

sns_data_not_to_mailboxes = must_be_one_of(
    "protocol",
    ("https", "sqs", "lambda", "firehose", "application"),
    unlike="sms",
    id="sns-data-not-to-mailboxes",
    title="Topics with account data do not go to mailboxes and telephones",
    on=("aws:sns/topicSubscription:TopicSubscription",),
    pci=("4.2.2",),
    severity=Severity.LOW,
    says="Its messages go out by {value}",
    reference="https://docs.aws.amazon.com/sns/latest/dg/sns-user-notifications.html",
    why="A card number never goes out by end-user messaging; an alarm in words may, by a waiver.",
)


@rule(
    id="sqs-encrypted",
    title="Queues are encrypted",
    on=(QUEUE,),
    pci=("3.5.1",),
    controls=("SQS.1",),
    severity=Severity.HIGH,
    fix="aws.sqs.Queue(..., kms_master_key_id=key.id)",
    reference=hub("SQS.1"),
    passes=({}, {"kmsMasterKeyId": "alias/payments"}, {"sqsManagedSseEnabled": True}),
    fails=({"sqsManagedSseEnabled": False},),
    undecidable=({"sqsManagedSseEnabled": UNKNOWN},),
)
def sqs_encrypted(queue: Resource) -> Iterator[str]:
    """A message that waits is stored data."""
    if not queue.get("sqsManagedSseEnabled", default=True) and not queue.has("kmsMasterKeyId"):
        yield "Its messages lie in clear"


@rule(
    id="sqs-own-key",
    title="Queues are encrypted with a key of our own",
    on=(QUEUE,),
    pci=("3.6.1",),
    severity=Severity.LOW,
    fix="aws.sqs.Queue(..., kms_master_key_id=key.id)",
    reference="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html",
    passes=({"kmsMasterKeyId": "arn:key"},),
    fails=({}, {"kmsMasterKeyId": "alias/aws/sqs"}),
    undecidable=({"kmsMasterKeyId": UNKNOWN},),
)
def sqs_own_key(queue: Resource) -> Iterator[str]:
    """Only a customer-managed key has a policy that names its custodians."""
    if queue.get("kmsMasterKeyId", default="alias/aws/sqs") == "alias/aws/sqs":
        yield "Whoever may read the queue may use its key"


@rule(
    id="sns-policy-not-public",
    title="Topic policies name who may publish and subscribe",
    on=(TOPIC_POLICY, TOPIC),
    pci=("7.2.1",),
    controls=("SNS.4",),
    severity=Severity.HIGH,
    fix='aws.sns.TopicPolicy(..., policy=...)  # "Principal": {"AWS": role.arn}',
    reference=hub("SNS.4"),
    passes=(
        {"policy": whose("arn:aws:iam::111122223333:role/api", "sns:Publish")},
        {
            "policy": whose(
                "*", "sns:Publish", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::mine"}}
            )
        },
    ),
    fails=({"policy": whose("*", "sns:Subscribe")},),
    undecidable=({"policy": UNKNOWN},),
)
def sns_policy_not_public(topic: Resource) -> Iterator[str]:
    """Whoever may subscribe reads every message; whoever may publish writes them."""
    for statement in topic.document("policy"):
        if open_to_anybody(statement):
            yield f"Anybody may {', '.join(statement.actions)}"


@rule(
    id="sqs-policy-not-public",
    title="Queue policies name who may send and receive",
    on=(QUEUE_POLICY, QUEUE),
    pci=("7.2.1",),
    controls=("SQS.3",),
    severity=Severity.HIGH,
    fix='aws.sqs.QueuePolicy(..., policy=...)  # "Principal": {"AWS": role.arn}',
    reference=hub("SQS.3"),
    passes=(
        {"policy": whose("arn:aws:iam::111122223333:role/api", "sqs:SendMessage")},
        {
            "policy": whose(
                "*", "sqs:SendMessage", Condition={"ArnEquals": {"aws:SourceArn": "arn:topic"}}
            )
        },
    ),
    fails=({"policy": whose("*", "sqs:ReceiveMessage")},),
    undecidable=({"policy": UNKNOWN},),
)
def sqs_policy_not_public(queue: Resource) -> Iterator[str]:
    """Whoever may receive takes the messages away; whoever may send writes them."""
    for statement in queue.document("policy"):
        if open_to_anybody(statement):
            yield f"Anybody may {', '.join(statement.actions)}"
