"""Rules for what is inside of Kafka: topics, broker settings, connectors and who may do what."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.rule import (
    UNKNOWN,
    NotApplicable,
    Resource,
    Severity,
    Statement,
    Undecidable,
    rule,
)

TOPIC = "aws:msk/topic:Topic"
CONFIGURATION = "aws:msk/configuration:Configuration"
CONNECTOR = "aws:mskconnect/connector:Connector"
_POLICIES = ("aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy")
_BROKER_DOCS = "https://kafka.apache.org/documentation/#brokerconfigs"
_TOPIC_DOCS = "https://kafka.apache.org/documentation/#topicconfigs"
_MIRROR_DOCS = "https://kafka.apache.org/documentation/#georeplication"
_ACTIONS = "https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html"
_MONTH_MS = 31 * 24 * 3_600_000
_HOUR_MS = 3_600_000
_TRIAL = re.compile(r"(^|[._-])(test|demo|tmp|temp|sandbox|poc)([._-]|$)", re.IGNORECASE)
_SENSITIVE = re.compile(
    r"(^|[._-])(pan|pans|cards?|cardnumbers?|cvv|track|pin)([._-]|$)", re.IGNORECASE
)
_MIRROR = "org.apache.kafka.connect.mirror.Mirror"


def topic(configs: object = None, **fields: object) -> dict[str, Any]:
    """A topic; `configs` is what its JSON says."""
    text = json.dumps(configs) if isinstance(configs, Mapping) else configs
    named = {"name": "payments.incoming", "partitionCount": 60, "replicationFactor": 3}
    return named | ({"configs": text} if text else {}) | fields


def settings(resource: Resource) -> dict[str, str]:
    """What a topic's configuration says, by Kafka's names.

    Raises:
        UndecidableError: It is unknown, or is no JSON object.

    """
    text = resource.get("configs")
    if not text:
        return {}
    try:
        return {key: str(value) for key, value in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError):
        raise Undecidable("configs", "is no JSON object") from None


def brokers(**properties: object) -> dict[str, Any]:
    """A broker configuration; `_` in a name stands for a dot."""
    lines = [f"{key.replace('_', '.')}={value}" for key, value in properties.items()]
    return {"kafkaVersions": ["3.8.x"], "serverProperties": "\n".join(lines)}


def server_properties(resource: Resource) -> dict[str, str]:
    """The lines of a broker configuration.

    Raises:
        UndecidableError: They are unknown.

    """
    pairs = (line.split("=", 1) for line in str(resource.get("serverProperties", "")).splitlines()
             if "=" in line and not line.lstrip().startswith("#"))  # fmt: skip
    return {key.strip(): value.strip() for key, value in pairs}


def mirror(**changes: object) -> dict[str, Any]:
    """A MirrorMaker connector; `__` in a key stands for a dot, and None takes a key out."""
    configuration = {
        "connector.class": f"{_MIRROR}SourceConnector",
        "source.cluster.alias": "us-east-1",
        "source.cluster.security.protocol": "SASL_SSL",
        "source.cluster.sasl.mechanism": "AWS_MSK_IAM",
        "target.cluster.security.protocol": "SASL_SSL",
        "topics": "payments.incoming,payments.settled",
        "groups": "payment-processor",
        "replication.factor": "3",
        "sync.topic.acls.enabled": "false",
    } | {key.replace("__", "."): value for key, value in changes.items()}
    return {"connectorConfiguration": {k: v for k, v in configuration.items() if v is not None}}


@rule(
    id="kafka-topic-forgets",
    title="Topics keep their messages for a month at most",
    on=(TOPIC,),
    pci=("3.2.1",),
    severity=Severity.MEDIUM,
    fix='configs=json.dumps({"retention.ms": "604800000"})',
    reference=_TOPIC_DOCS,
    passes=(topic(), topic({"retention.ms": "604800000"})),
    fails=(topic({"retention.ms": "-1"}), topic({"retention.ms": "31536000000"})),
    undecidable=(topic(UNKNOWN), topic("not JSON")),
)
def kafka_topic_forgets(resource: Resource) -> Iterator[str]:
    """Data is kept for as long as it is needed; a topic is a way, not a store."""
    kept = int(settings(resource).get("retention.ms", "604800000"))
    if not 0 <= kept <= _MONTH_MS:
        yield f"Keeps messages for {kept} ms" if kept > 0 else "Keeps messages for ever"


@rule(
    id="kafka-topic-not-compacted-only",
    title="No topic keeps the last message of each key for ever",
    on=(TOPIC,),
    pci=("3.2.1",),
    severity=Severity.LOW,
    fix='configs=json.dumps({"cleanup.policy": "compact,delete", "retention.ms": "604800000"})',
    reference=_TOPIC_DOCS,
    passes=(topic(), topic({"cleanup.policy": "compact,delete"})),
    fails=(topic({"cleanup.policy": "compact"}),),
    undecidable=(topic(UNKNOWN),),
)
def kafka_topic_not_compacted_only(resource: Resource) -> Iterator[str]:
    """A compacted topic has every customer that there ever was."""
    if settings(resource).get("cleanup.policy", "delete").strip() == "compact":
        yield "Keeps the last message of each key for ever"


@rule(
    id="kafka-topic-not-for-cards",
    title="No topic is for card numbers",
    on=(TOPIC,),
    pci=("3.5.1.2",),
    severity=Severity.HIGH,
    fix="# send the token, and let who needs the card number ask Vault for it",
    reference=_TOPIC_DOCS,
    passes=(topic(), topic(name="payments.settled")),
    fails=(topic(name="cards"), topic(name="payments.pan"), topic(name="cvv-checks")),
    undecidable=(topic(name=UNKNOWN),),
)
def kafka_topic_not_for_cards(resource: Resource) -> Iterator[str]:
    """Brokers encrypt their disks and nothing else: each consumer reads a message in clear."""
    if _SENSITIVE.search(resource.get("name", resource.name)):
        yield f"{resource.get('name', resource.name)} is named after card data"


@rule(
    id="kafka-topic-not-for-trials",
    title="No topic for tests or demonstrations",
    on=(TOPIC,),
    pci=("6.5.6",),
    severity=Severity.LOW,
    fix="# take the topic out",
    reference=_TOPIC_DOCS,
    passes=(topic(),),
    fails=(topic(name="payments.test"), topic(name="demo")),
    undecidable=(topic(name=UNKNOWN),),
)
def kafka_topic_not_for_trials(resource: Resource) -> Iterator[str]:
    """Test data leaves before a system goes into production."""
    if _TRIAL.search(resource.get("name", resource.name)):
        yield f"{resource.get('name', resource.name)} is for trials"


@rule(
    id="kafka-broker-forgets",
    title="Topics without a limit of their own keep messages for a month at most",
    on=(CONFIGURATION,),
    pci=("3.2.1",),
    severity=Severity.MEDIUM,
    fix='server_properties="log.retention.hours=168"',
    reference=_BROKER_DOCS,
    passes=(brokers(), brokers(log_retention_hours=168), brokers(log_retention_ms=604800000)),
    fails=(brokers(log_retention_hours=-1), brokers(log_retention_ms=31536000000)),
    undecidable=({"serverProperties": UNKNOWN},),
)
def kafka_broker_forgets(resource: Resource) -> Iterator[str]:
    """The topic that nobody thought about is the one that keeps everything."""
    lines = server_properties(resource)
    hours = int(lines.get("log.retention.hours", "168"))
    kept = int(lines.get("log.retention.ms", str(hours * _HOUR_MS)))
    if not 0 <= kept <= _MONTH_MS:
        yield "Keeps messages for ever" if kept < 0 else f"Keeps messages for {kept} ms"


def _mirrors(resource: Resource) -> None:
    """Leave other connectors out.

    Raises:
        NotApplicableError: The connector is no MirrorMaker.

    """
    if not resource.get(("connectorConfiguration", "connector.class"), "").startswith(_MIRROR):
        raise NotApplicable("it is no MirrorMaker connector")


_OTHER = {"connectorConfiguration": {"connector.class": "com.example.Sink"}}


def _configuration(resource: Resource, key: str, default: str) -> str:
    return str(resource.get(("connectorConfiguration", key), default))


@rule(
    id="kafka-mirror-encrypted",
    title="MirrorMaker speaks TLS to both clusters",
    on=(CONNECTOR,),
    pci=("4.2.1",),
    severity=Severity.HIGH,
    fix='# connector_configuration={"source.cluster.security.protocol": "SASL_SSL", ...}',
    reference=_MIRROR_DOCS,
    passes=(mirror(),),
    fails=(
        mirror(source__cluster__security__protocol="SASL_PLAINTEXT"),
        mirror(target__cluster__security__protocol=None),
    ),
    undecidable=(mirror(source__cluster__security__protocol=UNKNOWN),),
    not_applicable=(_OTHER,),
)
def kafka_mirror_encrypted(resource: Resource) -> Iterator[str]:
    """Between regions the payments go through networks of others."""
    _mirrors(resource)
    configuration = next(resource.items("connectorConfiguration"), resource)
    for key in configuration.props:
        if key.endswith("security.protocol") and "PLAINTEXT" in configuration.get((key,)):
            yield f"{key} is {configuration.get((key,))}"
    if configuration.get(("connector.class",), "").startswith(f"{_MIRROR}Source"):
        for side in ("source", "target"):
            key = f"{side}.cluster.security.protocol"
            if configuration.get((key,)) is None:
                yield f"{key} is left at PLAINTEXT"


@rule(
    id="kafka-mirror-access-not-copied",
    title="MirrorMaker copies no access lists",
    on=(CONNECTOR,),
    pci=("7.3.1",),
    severity=Severity.MEDIUM,
    fix='{"sync.topic.acls.enabled": "false"}',
    reference=_MIRROR_DOCS,
    passes=(mirror(),),
    fails=(mirror(sync__topic__acls__enabled=None), mirror(sync__topic__acls__enabled="true")),
    undecidable=(mirror(sync__topic__acls__enabled=UNKNOWN),),
    not_applicable=(_OTHER,),
)
def kafka_mirror_access_not_copied(resource: Resource) -> Iterator[str]:
    """Who may read in a region is decided there, in its program, and by nothing from elsewhere."""
    _mirrors(resource)
    if "SourceConnector" not in _configuration(resource, "connector.class", ""):
        raise NotApplicable("it copies no topics")
    if _configuration(resource, "sync.topic.acls.enabled", "true").lower() != "false":
        yield "Writes the other region's access lists into this one"


def _policy(*actions: str, resource: str = "*") -> dict[str, Any]:
    """An IAM policy that allows some actions."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


def _statements(resource: Resource) -> Iterator[Statement]:
    """What a policy allows on Kafka clusters."""
    for statement in resource.document("policy"):
        if statement.allows and any(
            each.startswith("kafka-cluster:") for each in statement.actions
        ):
            yield statement


_PATH = "arn:aws:kafka:us-east-1:123456789012:{}/payments/0000-1/{}"


@rule(
    id="kafka-actions-named",
    title="Policies name the actions that they allow on Kafka",
    on=_POLICIES,
    pci=("7.2.2",),
    severity=Severity.HIGH,
    fix='{"Action": ["kafka-cluster:Connect", "kafka-cluster:ReadData"]}',
    reference=_ACTIONS,
    passes=(_policy("kafka-cluster:Connect", "kafka-cluster:ReadData"), _policy("s3:GetObject")),
    fails=(_policy("kafka-cluster:*"), _policy("kafka-cluster:Connect", "kafka-cluster:*Topic*")),
    undecidable=({"policy": UNKNOWN},),
)
def kafka_actions_named(resource: Resource) -> Iterator[str]:
    """`*` holds the deletion of topics and the change of who may read them."""
    for statement in _statements(resource):
        for action in statement.actions:
            if action.startswith("kafka-cluster:") and "*" in action:
                yield f"Allows {action}"


@rule(
    id="kafka-topics-named-in-policies",
    title="Policies name the topics and groups that they are about",
    on=_POLICIES,
    pci=("7.2.5",),
    severity=Severity.HIGH,
    fix='{"Resource": [f"{topic_prefix}/payments.incoming"]}',
    reference=_ACTIONS,
    passes=(
        _policy("kafka-cluster:ReadData", resource=_PATH.format("topic", "payments.incoming")),
        _policy("kafka-cluster:Connect", resource=_PATH.format("cluster", "*")),
    ),
    fails=(
        _policy("kafka-cluster:ReadData", resource=_PATH.format("topic", "*")),
        _policy("kafka-cluster:WriteData"),
        _policy("kafka-cluster:AlterGroup", resource=_PATH.format("group", "*")),
    ),
    undecidable=({"policy": UNKNOWN},),
)
def kafka_topics_named_in_policies(resource: Resource) -> Iterator[str]:
    """One principal for a service, and for each only the topics of its work."""
    for statement in _statements(resource):
        if set(statement.actions) <= {"kafka-cluster:Connect", "kafka-cluster:DescribeCluster"}:
            continue
        for target in statement.resources:
            if target == "*" or re.search(r":(topic|group)/(.*/)?\*$", target):
                yield f"Is about {target}"


@rule(
    id="kafka-topics-not-deletable",
    title="No policy lets a service delete topics or change the cluster",
    on=_POLICIES,
    pci=("6.5.1",),
    severity=Severity.HIGH,
    fix='# take "kafka-cluster:DeleteTopic" out',
    reference=_ACTIONS,
    passes=(_policy("kafka-cluster:ReadData"),),
    fails=(
        _policy("kafka-cluster:DeleteTopic"),
        _policy("kafka-cluster:AlterCluster"),
        _policy("kafka-cluster:AlterTopicDynamicConfiguration"),
    ),
    undecidable=({"policy": UNKNOWN},),
)
def kafka_topics_not_deletable(resource: Resource) -> Iterator[str]:
    """Topics change with the program, reviewed, and not with a bug of a service."""
    changing = (
        "kafka-cluster:DeleteTopic",
        "kafka-cluster:AlterCluster",
        "kafka-cluster:AlterClusterDynamicConfiguration",
        "kafka-cluster:AlterTopicDynamicConfiguration",
    )
    for statement in _statements(resource):
        for action in statement.actions:
            if action in changing:
                yield f"Allows {action}"
