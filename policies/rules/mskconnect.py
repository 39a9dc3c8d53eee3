"""Rules for Amazon MSK Connect and MSK's own replicator."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.literals import secret_variables
from policies.rules.remedy import hub
from policies.rules.shapes import at, must_be_one_of

CONNECTOR: Final = "aws:mskconnect/connector:Connector"
PLACES: Final = ("cloudwatchLogs", "firehose", "s3")

mskconnect_speaks_tls = must_be_one_of(
    "kafkaClusterEncryptionInTransit.encryptionType",
    ("TLS",),
    unlike="PLAINTEXT",
    default="PLAINTEXT",
    id="mskconnect-speaks-tls",
    title="Connectors reach brokers over TLS",
    on=(CONNECTOR,),
    pci=("4.2.1",),
    controls=("MSK.3",),
    severity=Severity.HIGH,
    says="It talks to brokers in {value}",
    why="MirrorMaker carries every payment event from one region to the other.",
)

mskconnect_signs_in = must_be_one_of(
    "kafkaClusterClientAuthentication.authenticationType",
    ("IAM",),
    unlike="NONE",
    default="NONE",
    id="mskconnect-signs-in",
    title="Connectors sign in to brokers with their role",
    on=(CONNECTOR,),
    pci=("8.3.1", "7.2.5"),
    severity=Severity.HIGH,
    says="It signs in to brokers with {value}",
    reference="https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-service-execution-role.html",
    why="A connector reads whole topics; its role says which.",
)


@rule(
    id="mskconnect-logs",
    title="Connectors send their logs away",
    on=(CONNECTOR,),
    pci=("10.2.1",),
    controls=("MSK.5",),
    severity=Severity.MEDIUM,
    fix='aws.mskconnect.Connector(..., log_delivery={"worker_log_delivery": '
    '{"cloudwatch_logs": {"enabled": True, "log_group": log.name}}})',
    reference=hub("MSK.5"),
    passes=tuple(
        at(f"logDelivery.workerLogDelivery.{each}.enabled", value=True) for each in PLACES
    ),
    fails=({}, at("logDelivery.workerLogDelivery.s3.enabled", value=False)),
    undecidable=(at("logDelivery.workerLogDelivery.s3.enabled", UNKNOWN),),
)
def mskconnect_logs(connector: Resource) -> Iterator[str]:
    """A connector that has stopped, or was refused, says so in its log only."""
    where = "logDelivery.workerLogDelivery"
    if not any(connector.get(f"{where}.{each}.enabled", default=False) for each in PLACES):
        yield "Its logs go nowhere"


@rule(
    id="mskconnect-no-secret-in-configuration",
    title="A connector's settings hold no secret",
    on=(CONNECTOR,),
    pci=("8.6.2",),
    severity=Severity.HIGH,
    fix="aws.mskconnect.Connector(..., connector_configuration={**settings, "
    '"sasl.jaas.config": "${secretManager:connector:jaas}"})',
    reference="https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-config-provider.html",
    passes=({"connectorConfiguration": {"database.password": "${secretManager:db:password}"}},),
    fails=({"connectorConfiguration": {"database.password": "hunter2-and-more"}},),
    undecidable=({"connectorConfiguration": {"database.password": UNKNOWN}},),
)
def mskconnect_no_secret_in_configuration(connector: Resource) -> Iterator[str]:
    """Whoever may describe a connector reads its settings."""
    for name in secret_variables(connector, "connectorConfiguration"):
        yield f"{name} is written out in its settings"


@rule(
    id="mskconnect-mirrors-named-topics",
    title="Replication copies the topics that are named",
    on=(CONNECTOR,),
    pci=("3.2.1", "1.3.2"),
    severity=Severity.MEDIUM,
    fix="aws.mskconnect.Connector(..., "
    'connector_configuration={**settings, "topics": "payments.incoming"})',
    reference="https://kafka.apache.org/documentation/#georeplication-config-syntax",
    passes=(
        {"connectorConfiguration": {"topics": "payments.incoming,payments.settled"}},
        {"connectorConfiguration": {"connector.class": "FileStreamSource"}},
    ),
    fails=({"connectorConfiguration": {"topics": ".*"}},),
    undecidable=({"connectorConfiguration": {"topics": UNKNOWN}},),
)
def mskconnect_mirrors_named_topics(connector: Resource) -> Iterator[str]:
    """A pattern that matches everything also copies the topic that is added tomorrow."""
    if connector.get(["connectorConfiguration", "topics"], "") in (".*", "*", "^.*$"):
        yield "It copies every topic there is and will be"
