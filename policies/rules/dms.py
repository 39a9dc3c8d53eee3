"""Rules for AWS Database Migration Service."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.rule import UNKNOWN, NotApplicable, Resource, Severity, Undecidable, rule
from policies.rules.remedy import Code, hub
from policies.rules.shapes import (
    must_be_false,
    must_be_given,
    must_be_one_of,
    must_be_true,
    must_not_be,
)

INSTANCE: Final = ("aws:dms/replicationInstance:ReplicationInstance",)
ENDPOINT: Final = ("aws:dms/endpoint:Endpoint",)
TASK: Final = ("aws:dms/replicationTask:ReplicationTask",)
WITHOUT_TLS_MODE: Final = (
    "dynamodb",
    "elasticsearch",
    "kafka",
    "kinesis",
    "neptune",
    "opensearch",
    "redis",
    "s3",
)
"""Engines whose TLS is set elsewhere, or is not a choice."""
SEVERE: Final = (
    "LOGGER_SEVERITY_DEFAULT",
    "LOGGER_SEVERITY_DEBUG",
    "LOGGER_SEVERITY_DETAILED_DEBUG",
)

dms_private = must_be_false(
    "publiclyAccessible",
    default=False,
    id="dms-private",
    title="Replication instances have no public address",
    on=INSTANCE,
    pci=("1.4.4",),
    controls=("DMS.1",),
    severity=Severity.CRITICAL,
    says="It has a public address",
    why="It reads whole databases; nothing outside has to reach it.",
)

dms_upgrades_itself = must_be_true(
    "autoMinorVersionUpgrade",
    id="dms-upgrades-itself",
    title="Replication instances take minor versions by themselves",
    on=INSTANCE,
    pci=("6.3.3",),
    controls=("DMS.6",),
    severity=Severity.MEDIUM,
    says="Security fixes wait for somebody to install them",
    why="Critical fixes have to be in within a month of their release.",
)

dms_own_key = must_be_given(
    "kmsKeyArn",
    good=Code("key.arn"),
    id="dms-own-key",
    title="Replication instances are encrypted with a key of our own",
    on=INSTANCE,
    pci=("3.6.1",),
    severity=Severity.LOW,
    says="What it caches is under a key whose policy is AWS's",
    reference="https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Security.html",
    why="Only a customer-managed key has a policy that names its custodians.",
)

dms_speaks_tls = must_be_one_of(
    "sslMode",
    ("require", "verify-ca", "verify-full"),
    unlike="none",
    default="none",
    id="dms-speaks-tls",
    title="Endpoints reach their databases over TLS",
    on=ENDPOINT,
    unless={"engineName": WITHOUT_TLS_MODE},
    pci=("4.2.1",),
    controls=("DMS.9",),
    severity=Severity.MEDIUM,
    says="Whole tables travel in clear (mode {value})",
    why="A migration moves every row there is.",
)

dms_mongodb_signs_in = must_not_be(
    "mongodbSettings.authType",
    ("no",),
    good="password",
    id="dms-mongodb-signs-in",
    title="Endpoints sign in to MongoDB",
    on=ENDPOINT,
    only={"engineName": ("mongodb", "docdb")},
    pci=("7.3.1",),
    controls=("DMS.11",),
    severity=Severity.MEDIUM,
    says="It signs in to the database as nobody",
    why="A database that lets a migration in as nobody lets everybody in.",
)

dms_redis_speaks_tls = must_be_one_of(
    "redisSettings.sslSecurityProtocol",
    ("ssl-encryption",),
    unlike="plaintext",
    default="ssl-encryption",
    id="dms-redis-speaks-tls",
    title="Endpoints reach Redis over TLS",
    on=ENDPOINT,
    only={"engineName": ("redis",)},
    pci=("4.2.1",),
    controls=("DMS.12",),
    severity=Severity.MEDIUM,
    says="What it writes travels in clear ({value})",
    why="A migration moves every row there is.",
)

dms_kafka_speaks_tls = must_be_one_of(
    "kafkaSettings.securityProtocol",
    ("ssl-encryption", "ssl-authentication", "sasl-ssl"),
    unlike="plaintext",
    id="dms-kafka-speaks-tls",
    title="Endpoints reach Kafka over TLS",
    on=ENDPOINT,
    only={"engineName": ("kafka",)},
    pci=("4.2.1",),
    severity=Severity.MEDIUM,
    says="What it writes travels in clear",
    reference="https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.Kafka.html",
    why="A migration moves every row there is.",
)


@rule(
    id="dms-password-not-in-program",
    title="Endpoints read their passwords from Secrets Manager",
    on=ENDPOINT,
    pci=("8.6.2", "8.3.2"),
    severity=Severity.HIGH,
    fix="aws.dms.Endpoint(..., secrets_manager_arn=secret.arn, "
    "secrets_manager_access_role_arn=role.arn)",
    reference="https://docs.aws.amazon.com/dms/latest/userguide/security_iam_secretsmanager.html",
    passes=({"secretsManagerArn": "arn:secret"}, {}),
    fails=({"username": "migration", "password": "generated"},),
    undecidable=({"username": "migration", "password": UNKNOWN},),
)
def dms_password_not_in_program(endpoint: Resource) -> Iterator[str]:
    """A password that a program gives stands in its state, and nothing rotates it."""
    if endpoint.has("password"):
        yield "The program gives it a password, which its state keeps and nothing rotates"


@rule(
    id="dms-neptune-asks-who",
    title="Endpoints reach Neptune with IAM",
    on=ENDPOINT,
    pci=("7.3.1",),
    controls=("DMS.10",),
    severity=Severity.MEDIUM,
    fix="aws.dms.Endpoint(..., "
    'extra_connection_attributes="IamAuthEnabled=true", service_access_role=role.arn)',
    reference=hub("DMS.10"),
    passes=({"engineName": "neptune", "extraConnectionAttributes": "IamAuthEnabled=true"},),
    fails=(
        {"engineName": "neptune"},
        {"engineName": "neptune", "extraConnectionAttributes": "IamAuthEnabled=false"},
    ),
    undecidable=({"engineName": "neptune", "extraConnectionAttributes": UNKNOWN},),
    not_applicable=({"engineName": "postgres"},),
)
def dms_neptune_asks_who(endpoint: Resource) -> Iterator[str]:
    """Neptune has no passwords: without IAM, everybody is nobody."""
    if endpoint.get("engineName") != "neptune":
        raise NotApplicable("it is no Neptune endpoint")
    attributes = str(endpoint.get("extraConnectionAttributes", default="")).lower()
    if "iamauthenabled=true" not in attributes.replace(" ", ""):
        yield "It writes to Neptune as nobody"


def settings(*components: str, severity: str = SEVERE[0]) -> Mapping[str, Any]:
    """A task whose settings log some components at a severity."""
    logged = [{"Id": each, "Severity": severity} for each in components]
    logging = {"EnableLogging": True, "LogComponents": logged}
    return {"replicationTaskSettings": json.dumps({"Logging": logging})}


def unlogged(task: Resource, wanted: tuple[str, ...]) -> list[str]:
    """Components that a task does not log well enough.

    Raises:
        Undecidable: The settings are unknown, or are no JSON.

    """
    text = task.get("replicationTaskSettings", default="{}")
    try:
        logging = json.loads(str(text)).get("Logging", {})
        components = logging.get("LogComponents", []) if logging.get("EnableLogging") else []
        logged = {each["Id"] for each in components if each.get("Severity") in SEVERE}
    except (ValueError, AttributeError, KeyError, TypeError):
        raise Undecidable("replicationTaskSettings", "is no JSON of a task's settings") from None
    return [each for each in wanted if each not in logged]


@rule(
    id="dms-task-logs-target",
    title="Migrations log what they do to their target",
    on=TASK,
    pci=("10.4.2",),
    controls=("DMS.7",),
    severity=Severity.MEDIUM,
    fix='aws.dms.ReplicationTask(..., replication_task_settings=json.dumps({"Logging":'
    ' {"EnableLogging": True, "LogComponents":'
    ' [{"Id": "TARGET_APPLY", "Severity": "LOGGER_SEVERITY_DEFAULT"}]}}))',
    reference=hub("DMS.7"),
    passes=(settings("TARGET_APPLY", "TARGET_LOAD"),),
    fails=({}, settings("TARGET_APPLY"), settings("TARGET_APPLY", severity="LOGGER_SEVERITY_INFO")),
    undecidable=({"replicationTaskSettings": UNKNOWN}, {"replicationTaskSettings": "no"}),
)
def dms_task_logs_target(task: Resource) -> Iterator[str]:
    """Rows that were not written are found in the migration's log only."""
    missing = unlogged(task, ("TARGET_APPLY", "TARGET_LOAD"))
    if missing:
        yield f"It does not log {' and '.join(missing)}"


@rule(
    id="dms-task-logs-source",
    title="Migrations log what they read from their source",
    on=TASK,
    pci=("10.4.2",),
    controls=("DMS.8",),
    severity=Severity.MEDIUM,
    fix='aws.dms.ReplicationTask(..., replication_task_settings=json.dumps({"Logging":'
    ' {"EnableLogging": True, "LogComponents":'
    ' [{"Id": "SOURCE_CAPTURE", "Severity": "LOGGER_SEVERITY_DEFAULT"}]}}))',
    reference=hub("DMS.8"),
    passes=(settings("SOURCE_CAPTURE", "SOURCE_UNLOAD"),),
    fails=({}, settings("SOURCE_UNLOAD")),
    undecidable=({"replicationTaskSettings": UNKNOWN},),
)
def dms_task_logs_source(task: Resource) -> Iterator[str]:
    """Who read every row of a database has to leave a trace."""
    missing = unlogged(task, ("SOURCE_CAPTURE", "SOURCE_UNLOAD"))
    if missing:
        yield f"It does not log {' and '.join(missing)}"
