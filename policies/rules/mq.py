"""Rules for Amazon MQ."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.remedy import Code
from policies.rules.shapes import at, must_be_false, must_be_given, must_be_true

BROKER: Final = ("aws:mq/broker:Broker",)

mq_audited = must_be_true(
    "logs.audit",
    id="mq-audited",
    title="ActiveMQ brokers send their audit log away",
    on=BROKER,
    only={"engineType": ("ActiveMQ", "ACTIVEMQ")},
    pci=("10.3.3",),
    controls=("MQ.2",),
    severity=Severity.MEDIUM,
    says="What its administrators do leaves no trace",
    why="Each action of an administrator is logged, where the administrator cannot change it.",
)

mq_logs = must_be_true(
    "logs.general",
    id="mq-logs",
    title="Brokers send their log away",
    on=BROKER,
    pci=("10.2.1",),
    severity=Severity.MEDIUM,
    says="Its log ends with it",
    reference="https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/security-logging-monitoring.html",
    why="Refused sign-ins stand in the broker's log.",
)

mq_upgrades_itself = must_be_true(
    "autoMinorVersionUpgrade",
    id="mq-upgrades-itself",
    title="Brokers take minor versions by themselves",
    on=BROKER,
    pci=("6.3.3",),
    controls=("MQ.3",),
    severity=Severity.LOW,
    says="Security fixes wait for somebody to install them",
    why="Critical fixes have to be in within a month of their release.",
)

mq_private = must_be_false(
    "publiclyAccessible",
    default=False,
    id="mq-private",
    title="Brokers have no public address",
    on=BROKER,
    pci=("1.4.4",),
    severity=Severity.CRITICAL,
    says="It answers on a public address",
    reference="https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/using-amazon-mq-securely.html",
    why="Stored account data may not be reachable from an untrusted network.",
)

mq_own_key = must_be_given(
    "encryptionOptions.kmsKeyId",
    good=Code("key.arn"),
    beside={"encryptionOptions": {"useAwsOwnedKey": False}},
    id="mq-own-key",
    title="Brokers are encrypted with a key of our own",
    on=BROKER,
    pci=("3.6.1",),
    severity=Severity.LOW,
    says="Its messages are under a key whose policy is AWS's",
    reference="https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/data-protection.html",
    why="Only a customer-managed key has a policy that names its custodians.",
)


@rule(
    id="mq-console-closed",
    title="Programs' accounts do not open a broker's console",
    on=BROKER,
    pci=("8.6.1", "7.2.5"),
    severity=Severity.MEDIUM,
    fix='aws.mq.Broker(..., users=[{"username": "api", "console_access": False, **rest}])',
    reference="https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/listing-managing-users.html",
    passes=(at("users[].consoleAccess", value=False), {}),
    fails=({"users": [{"username": "api", "consoleAccess": True}]},),
    undecidable=(at("users[].consoleAccess", UNKNOWN),),
)
def mq_console_closed(broker: Resource) -> Iterator[str]:
    """A program's account is not for people; in the console it reads every message."""
    for user in broker.items("users[]"):
        if user.get("consoleAccess", default=False):
            yield f"{user.get('username', 'one')} may sign in to its console"
