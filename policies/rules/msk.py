"""Rules for Amazon MSK: how brokers and clients talk, and who may."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Example, Resource, Severity, Stack, Undecidable, rule, stack_rule
from policies.rules import lifetimes
from policies.rules.documents import open_to_anybody, whose
from policies.rules.remedy import Code, hub
from policies.rules.shapes import (
    at,
    must_be_false,
    must_be_given,
    must_be_one_of,
    must_be_true,
    must_not_be,
)

CLUSTER: Final = "aws:msk/cluster:Cluster"
SERVERLESS: Final = "aws:msk/serverlessCluster:ServerlessCluster"
CONFIGURATION: Final = "aws:msk/configuration:Configuration"

msk_brokers_speak_tls = must_be_true(
    "encryptionInfo.encryptionInTransit.inCluster",
    default=True,
    id="msk-brokers-speak-tls",
    title="Brokers replicate to one another over TLS",
    on=(CLUSTER,),
    pci=("4.2.1",),
    controls=("MSK.1",),
    severity=Severity.HIGH,
    says="Brokers replicate to one another in plaintext",
    why="Payment events cross zones of a region, over wires that others share.",
)

msk_clients_speak_tls = must_be_one_of(
    "encryptionInfo.encryptionInTransit.clientBroker",
    ("TLS",),
    unlike="TLS_PLAINTEXT",
    default="TLS",
    id="msk-clients-speak-tls",
    title="Clients reach brokers over TLS only",
    on=(CLUSTER,),
    pci=("4.2.1",),
    severity=Severity.HIGH,
    says="Clients may connect with {value}",
    reference="https://docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html",
    why="Payment events cross the network, and a listener that accepts plaintext will get some.",
)

msk_encrypted_with_own_key = must_be_given(
    "encryptionInfo.encryptionAtRestKmsKeyArn",
    good=Code("key.arn"),
    id="msk-encrypted-with-own-key",
    title="Brokers' volumes are encrypted with a key of our own",
    on=(CLUSTER,),
    pci=("3.5.1", "3.6.1"),
    severity=Severity.MEDIUM,
    says="It uses AWS's key for MSK, whose policy nobody here can change",
    reference="https://docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html",
    why="Events stay on brokers for days; only a key of ours says who may read them.",
)

msk_private = must_not_be(
    "brokerNodeGroupInfo.connectivityInfo.publicAccess.type",
    ("SERVICE_PROVIDED_EIPS",),
    good="DISABLED",
    id="msk-private",
    title="Brokers have no public address",
    on=(CLUSTER,),
    pci=("1.4.4",),
    controls=("MSK.4",),
    severity=Severity.CRITICAL,
    says="Its brokers answer on public addresses",
    why="Stored account data may not be reachable from an untrusted network.",
)

msk_knows_its_clients = must_be_false(
    "clientAuthentication.unauthenticated",
    default=False,
    id="msk-knows-its-clients",
    title="Brokers take nobody who does not sign in",
    on=(CLUSTER,),
    pci=("7.2.1", "8.3.1"),
    controls=("MSK.6",),
    severity=Severity.HIGH,
    says="Whoever reaches a broker may read and write every topic",
    why="Each component signs in, so that each right can be given and taken singly.",
)

msk_watched_by_topic = must_be_one_of(
    "enhancedMonitoring",
    ("PER_TOPIC_PER_PARTITION", "PER_TOPIC_PER_BROKER"),
    unlike="DEFAULT",
    default="DEFAULT",
    id="msk-watched-by-topic",
    title="Brokers report by topic",
    on=(CLUSTER,),
    pci=("10.7.2",),
    controls=("MSK.2",),
    severity=Severity.LOW,
    says="A topic that stalls is lost in the cluster's sums (monitoring {value})",
    why="A log or a replication that has stopped is noticed by its own numbers.",
)


@rule(
    id="msk-clients-sign-in",
    title="Clients sign in to brokers with IAM, a certificate or a password",
    on=(CLUSTER, SERVERLESS),
    pci=("8.3.1", "7.3.1"),
    controls=("MSK.6",),
    severity=Severity.HIGH,
    fix='aws.msk.Cluster(..., client_authentication={"sasl": {"iam": True}})',
    reference=hub("MSK.6"),
    passes=(
        at("clientAuthentication.sasl.iam", value=True),
        at("clientAuthentication.sasl.scram", value=True),
        at("clientAuthentication.tls.certificateAuthorityArns", ["arn:ca"]),
        Example(at("clientAuthentication.sasl.iam.enabled", value=True), type=SERVERLESS),
    ),
    fails=({}, at("clientAuthentication.sasl.iam", value=False)),
    undecidable=(at("clientAuthentication", UNKNOWN),),
)
def msk_clients_sign_in(cluster: Resource) -> Iterator[str]:
    """Without a way to sign in, every client is the same nobody."""
    ways = [cluster.get(f"clientAuthentication.sasl.{way}", default=False) for way in SASL]
    if not any(ways) and not cluster.has("clientAuthentication.tls.certificateAuthorityArns"):
        yield "No way to sign in is on"


SASL: Final = ("iam", "scram")


@rule(
    id="msk-brokers-log",
    title="Brokers send their logs away",
    on=(CLUSTER,),
    pci=("10.2.1", "10.3.3"),
    severity=Severity.MEDIUM,
    fix='aws.msk.Cluster(..., logging_info={"broker_logs": {"cloudwatch_logs": '
    '{"enabled": True, "log_group": log.name}}})',
    reference="https://docs.aws.amazon.com/msk/latest/developerguide/msk-logging.html",
    passes=tuple(
        at(f"loggingInfo.brokerLogs.{where}.enabled", value=True)
        for where in ("cloudwatchLogs", "firehose", "s3")
    ),
    fails=({}, at("loggingInfo.brokerLogs.s3.enabled", value=False)),
    undecidable=(at("loggingInfo.brokerLogs.cloudwatchLogs.enabled", UNKNOWN),),
)
def msk_brokers_log(cluster: Resource) -> Iterator[str]:
    """Refused sign-ins and lost leaders stand in the brokers' logs, which die with the broker."""
    places = ("cloudwatchLogs", "firehose", "s3")
    if not any(cluster.get(f"loggingInfo.brokerLogs.{each}.enabled", False) for each in places):
        yield "Its brokers' logs go nowhere"


@rule(
    id="msk-version-supported",
    title="Brokers run a Kafka that MSK supports",
    on=(CLUSTER,),
    pci=("12.3.4", "6.3.3"),
    severity=Severity.HIGH,
    fix='aws.msk.Cluster(..., kafka_version="3.9.x")',
    reference="https://docs.aws.amazon.com/msk/latest/developerguide/supported-kafka-versions.html",
    passes=({"kafkaVersion": "9.9.x"}, {"kafkaVersion": "9.9.x.kraft"}),
    fails=({"kafkaVersion": "2.8.1"}, {"kafkaVersion": "3.5.1"}),
    undecidable=({"kafkaVersion": UNKNOWN}, {}),
)
def msk_version_supported(cluster: Resource) -> Iterator[str]:
    """A Kafka out of support gets no fixes."""
    version = str(cluster.get("kafkaVersion", ""))
    read = lifetimes.numbers(version)
    if not read:
        raise Undecidable("kafkaVersion", "is no version of Kafka")
    if read < lifetimes.OLDEST_KAFKA:
        yield f"MSK no longer supports Kafka {version}"


@rule(
    id="msk-policy-not-public",
    title="Cluster policies name who may connect",
    on=("aws:msk/clusterPolicy:ClusterPolicy",),
    pci=("7.2.1",),
    severity=Severity.CRITICAL,
    fix='aws.msk.ClusterPolicy(..., policy=...)  # "Principal": {"AWS": account}',
    reference="https://docs.aws.amazon.com/msk/latest/developerguide/mvpc-cluster-owner-action-policy.html",
    passes=({"policy": whose("arn:aws:iam::111122223333:root", "kafka:CreateVpcConnection")},),
    fails=({"policy": whose("*", "kafka:CreateVpcConnection")},),
    undecidable=({"policy": UNKNOWN},),
)
def msk_policy_not_public(policy: Resource) -> Iterator[str]:
    """A cluster that any account may connect to is public, whatever its addresses are."""
    for statement in policy.document("policy"):
        if open_to_anybody(statement):
            yield f"Anybody may {', '.join(statement.actions)}"


@rule(
    id="msk-configuration-denies-by-default",
    title="A topic without an access list is for nobody",
    on=(CONFIGURATION,),
    pci=("7.3.3",),
    severity=Severity.MEDIUM,
    fix="aws.msk.Configuration(..., "
    'server_properties="allow.everyone.if.no.acl.found=false\\n...")',
    reference="https://docs.aws.amazon.com/msk/latest/developerguide/msk-acls.html",
    passes=({"serverProperties": "allow.everyone.if.no.acl.found=false\n"},),
    fails=(
        {"serverProperties": "min.insync.replicas=2\n"},
        {"serverProperties": "allow.everyone.if.no.acl.found = true"},
    ),
    undecidable=({"serverProperties": UNKNOWN},),
)
def msk_configuration_denies_by_default(configuration: Resource) -> Iterator[str]:
    """MSK's own default lets everybody who signed in read a topic that has no list yet."""
    lines = str(configuration.get("serverProperties", "")).splitlines()
    pairs = dict(line.split("=", 1) for line in lines if "=" in line and line[:1] != "#")
    settings = {key.strip(): value.strip().lower() for key, value in pairs.items()}
    if settings.get("allow.everyone.if.no.acl.found", "true") != "false":
        yield "Whoever signs in may use a topic that has no access list"


@rule(
    id="msk-topics-made-on-purpose",
    title="Brokers make no topic that somebody merely mentions",
    on=(CONFIGURATION,),
    pci=("2.2.4", "3.2.1"),
    severity=Severity.LOW,
    fix='aws.msk.Configuration(..., server_properties="auto.create.topics.enable=false\\n...")',
    reference="https://docs.aws.amazon.com/msk/latest/developerguide/msk-default-configuration.html",
    passes=(
        {"serverProperties": "auto.create.topics.enable=false\n"},
        {"serverProperties": "min.insync.replicas=2\n"},  # MSK's default is false
    ),
    fails=({"serverProperties": "auto.create.topics.enable=true\n"},),
    undecidable=({"serverProperties": UNKNOWN},),
)
def msk_topics_made_on_purpose(configuration: Resource) -> Iterator[str]:
    """A misspelt topic would take payment events, with retention and replication of nobody's."""
    for line in str(configuration.get("serverProperties", "")).splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "auto.create.topics.enable" and value.strip().lower() == "true":
            yield "A topic that somebody misspells comes into being"


@stack_rule(
    id="msk-passwords-encrypted-with-own-key",
    title="Passwords for brokers are secrets under a key of our own",
    on=("aws:msk/scramSecretAssociation:ScramSecretAssociation",),
    pci=("8.3.2",),
    severity=Severity.MEDIUM,
    fix="aws.secretsmanager.Secret(..., kms_key_id=key.id)",
    reference="https://docs.aws.amazon.com/msk/latest/developerguide/msk-password.html",
    passes=(
        (
            {
                "type": "aws:msk/scramSecretAssociation:ScramSecretAssociation",
                "name": "passwords",
                "refs": {"secretArnLists": ["secret"]},
            },
            {
                "type": "aws:secretsmanager/secret:Secret",
                "name": "secret",
                "props": {"kmsKeyId": "key"},
            },
        ),
    ),
    fails=(
        (
            {
                "type": "aws:msk/scramSecretAssociation:ScramSecretAssociation",
                "name": "passwords",
                "refs": {"secretArnLists": ["secret"]},
            },
            {"type": "aws:secretsmanager/secret:Secret", "name": "secret"},
        ),
    ),
    undecidable=(
        (
            {
                "type": "aws:msk/scramSecretAssociation:ScramSecretAssociation",
                "name": "passwords",
                "refs": {"secretArnLists": ["secret"]},
            },
            {
                "type": "aws:secretsmanager/secret:Secret",
                "name": "secret",
                "props": {"kmsKeyId": UNKNOWN},
            },
        ),
    ),
)
def msk_passwords_encrypted_with_own_key(
    stack: Stack,
) -> Iterator[tuple[Resource, str | Undecidable]]:
    """MSK refuses a secret under the account's shared key only when it is already deployed."""
    for association in stack.of("aws:msk/scramSecretAssociation:ScramSecretAssociation"):
        for secret in stack.of("aws:secretsmanager/secret:Secret"):
            try:
                named = stack.refers(association, secret, "secretArnLists")
                if named and not secret.has("kmsKeyId"):
                    yield association, f"{secret.name} is under the key that all secrets share"
            except Undecidable as unknown:
                yield association, unknown
