"""Rules for Amazon RDS and Aurora: their logs, their events and their parameters."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Example, NotApplicable, Resource, Severity, rule
from policies.rules.neighbours import must_accompany
from policies.rules.parameters import parameter, with_parameter
from policies.rules.rds import CLUSTER, INSTANCE, MEMBER
from policies.rules.remedy import hub
from policies.rules.shapes import must_be_at_least, must_contain

SUBSCRIPTION: Final = "aws:rds/eventSubscription:EventSubscription"
GROUP: Final = "aws:rds/parameterGroup:ParameterGroup"
CLUSTER_GROUP: Final = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
FORCED_BY_DEFAULT: Final = 15
"""From this version of PostgreSQL on, RDS forces TLS unless told otherwise."""

LOGS: Final = {
    "postgres": ("postgresql",),
    "mysql": ("audit", "error", "general", "slowquery"),
    "mariadb": ("audit", "error", "general", "slowquery"),
    "oracle": ("alert", "audit", "trace", "listener"),
    "sqlserver": ("error", "agent"),
}
"""Logs by the beginning of an engine's name."""

rds_aurora_mysql_audited = must_contain(
    "enabledCloudwatchLogsExports",
    ("audit",),
    id="rds-aurora-mysql-audited",
    title="Aurora MySQL sends its audit log away",
    on=(CLUSTER,),
    only={"engine": ("aurora-mysql",)},
    pci=("10.2.1",),
    controls=("RDS.34",),
    severity=Severity.MEDIUM,
    says="Who read what in it is kept nowhere else",
    why="Access to account data is traced to a person, on a log that the person cannot change.",
)

rds_aurora_postgresql_logs = must_contain(
    "enabledCloudwatchLogsExports",
    ("postgresql",),
    id="rds-aurora-postgresql-logs",
    title="Aurora PostgreSQL sends its log away",
    on=(CLUSTER,),
    only={"engine": ("aurora-postgresql",)},
    pci=("10.4.2",),
    controls=("RDS.37",),
    severity=Severity.MEDIUM,
    says="Its log is kept nowhere else",
    why="A log that only its own server holds is lost with the server.",
)

rds_postgresql_logs = must_contain(
    "enabledCloudwatchLogsExports",
    ("postgresql",),
    id="rds-postgresql-logs",
    title="PostgreSQL instances send their log away",
    on=(INSTANCE,),
    only={"engine": ("postgres",)},
    pci=("10.4.2",),
    controls=("RDS.36",),
    severity=Severity.MEDIUM,
    says="Its log is kept nowhere else",
    why="A log that only its own server holds is lost with the server.",
)

rds_instance_events = must_accompany(
    (INSTANCE, MEMBER),
    SUBSCRIPTION,
    wants={
        "sourceType": "db-instance",
        "enabled": True,
        "eventCategories": ["maintenance", "configuration change", "failure"],
    },
    defaults={"enabled": True},
    id="rds-instance-events",
    title="Somebody is told when a database instance changes or fails",
    pci=("11.5.2",),
    controls=("RDS.20",),
    severity=Severity.LOW,
    says="Nobody is told when it changes or fails",
    why="Change detection tells somebody, at once.",
)

rds_parameter_events = must_accompany(
    (GROUP,),
    SUBSCRIPTION,
    wants={
        "sourceType": "db-parameter-group",
        "enabled": True,
        "eventCategories": ["configuration change"],
    },
    defaults={"enabled": True},
    id="rds-parameter-events",
    title="Somebody is told when a database's parameters change",
    pci=("11.5.2",),
    controls=("RDS.21",),
    severity=Severity.LOW,
    says="Nobody is told when a parameter is changed",
    why="One parameter turns TLS or the audit log off.",
)

rds_security_group_events = must_accompany(
    (INSTANCE, CLUSTER),
    SUBSCRIPTION,
    wants={
        "sourceType": "db-security-group",
        "enabled": True,
        "eventCategories": ["configuration change", "failure"],
    },
    defaults={"enabled": True},
    id="rds-security-group-events",
    title="Somebody is told when a database's access groups change",
    pci=("11.5.2",),
    controls=("RDS.22",),
    severity=Severity.LOW,
    says="Nobody is told when who may reach it changes",
    why="Change detection tells somebody, at once.",
)

rds_watched_inside = must_be_at_least(
    "monitoringInterval",
    1,
    default=0,
    id="rds-watched-inside",
    title="Databases report what goes on in their servers",
    on=(INSTANCE, MEMBER),
    pci=("10.4.2",),
    controls=("RDS.6",),
    severity=Severity.LOW,
    says="What runs on its server shows nowhere",
    why="Load that no query explains is seen in the server's own numbers.",
)


@rule(
    id="rds-engine-logs",
    title="Database instances send their engine's logs away",
    on=(INSTANCE,),
    pci=("10.2.1",),
    controls=("RDS.9",),
    severity=Severity.MEDIUM,
    fix='aws.rds.Instance(..., enabled_cloudwatch_logs_exports=["postgresql", "upgrade"])',
    reference=hub("RDS.9"),
    passes=(
        {"engine": "postgres", "enabledCloudwatchLogsExports": ["postgresql"]},
        {"engine": "mysql", "enabledCloudwatchLogsExports": list(LOGS["mysql"])},
    ),
    fails=(
        {"engine": "postgres"},
        {"engine": "mysql", "enabledCloudwatchLogsExports": ["error"]},
        {"engine": "oracle-ee", "enabledCloudwatchLogsExports": ["alert"]},
    ),
    undecidable=(
        {"engine": UNKNOWN},
        {"engine": "postgres", "enabledCloudwatchLogsExports": UNKNOWN},
    ),
    not_applicable=({"engine": "db2-se"},),
)
def rds_engine_logs(instance: Resource) -> Iterator[str]:
    """A log that only its own server holds is lost with the server."""
    engine = str(instance.get("engine", default=""))
    wanted = next((logs for name, logs in LOGS.items() if engine.startswith(name)), None)
    if wanted is None:
        raise NotApplicable(f"which logs {engine or 'its engine'} has is not known")
    sent = instance.get("enabledCloudwatchLogsExports", default=[])
    missing = [each for each in wanted if each not in sent]
    if missing:
        yield f"It keeps its logs to itself: {', '.join(missing)}"


@rule(
    id="rds-postgresql-forces-tls",
    title="PostgreSQL's parameters force TLS",
    on=(GROUP, CLUSTER_GROUP),
    pci=("4.2.1",),
    controls=("RDS.38",),
    severity=Severity.HIGH,
    fix='aws.rds.ParameterGroup(..., parameters=[{"name": "rds.force_ssl", "value": "1"}])',
    reference=hub("RDS.38"),
    passes=(
        with_parameter("rds.force_ssl", "1", family="postgres14"),
        {"family": "postgres16"},
        Example(with_parameter("rds.force_ssl", "1", "aurora-postgresql15"), type=CLUSTER_GROUP),
    ),
    fails=(
        {"family": "postgres14"},
        with_parameter("rds.force_ssl", "0", family="postgres16"),
        Example({"family": "aurora-postgresql15"}, type=CLUSTER_GROUP),
    ),
    undecidable=(with_parameter("rds.force_ssl", UNKNOWN, family="postgres16"),),
    not_applicable=({"family": "mysql8.0"},),
)
def rds_postgresql_forces_tls(group: Resource) -> Iterator[str]:
    """Without it, a client that does not ask for TLS is served in clear."""
    family = str(group.get("family", default=""))
    if "postgres" not in family:
        raise NotApplicable(f"{family or 'its family'} is not PostgreSQL")
    version = family.removeprefix("postgres").split(".")[0]
    forced = version.isdecimal() and int(version) >= FORCED_BY_DEFAULT
    if parameter(group, "rds.force_ssl", "1" if forced else "0") != "1":
        yield "A client that does not ask for TLS is served in clear"


@rule(
    id="rds-mysql-forces-tls",
    title="MySQL's parameters force TLS",
    on=(GROUP, CLUSTER_GROUP),
    pci=("4.2.1",),
    controls=("RDS.39",),
    severity=Severity.HIGH,
    fix="aws.rds.ParameterGroup(..., "
    'parameters=[{"name": "require_secure_transport", "value": "ON"}])',
    reference=hub("RDS.39"),
    passes=(with_parameter("require_secure_transport", "ON", family="mysql8.0"),),
    fails=({"family": "mysql8.0"}, with_parameter("require_secure_transport", "0", "mariadb10.6")),
    undecidable=(with_parameter("require_secure_transport", UNKNOWN, family="mysql8.0"),),
    not_applicable=({"family": "postgres16"},),
)
def rds_mysql_forces_tls(group: Resource) -> Iterator[str]:
    """Without it, a client that does not ask for TLS is served in clear."""
    family = str(group.get("family", default=""))
    if "mysql" not in family and "mariadb" not in family:
        raise NotApplicable(f"{family or 'its family'} is not MySQL")
    if parameter(group, "require_secure_transport", "0").upper() not in ("1", "ON"):
        yield "A client that does not ask for TLS is served in clear"


@rule(
    id="rds-postgresql-audited",
    title="PostgreSQL's parameters load the audit extension",
    on=(GROUP, CLUSTER_GROUP),
    pci=("10.2.1.1", "7.2.6"),
    severity=Severity.MEDIUM,
    fix="aws.rds.ClusterParameterGroup(..., "
    'parameters=[{"name": "shared_preload_libraries", "value": "pg_stat_statements,pgaudit"}])',
    reference="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.pgaudit.html",
    passes=(
        with_parameter("shared_preload_libraries", "pg_stat_statements,pgaudit", "postgres16"),
    ),
    fails=({"family": "postgres16"},),
    undecidable=(with_parameter("shared_preload_libraries", UNKNOWN, family="postgres16"),),
    not_applicable=({"family": "mysql8.0"},),
)
def rds_postgresql_audited(group: Resource) -> Iterator[str]:
    """PostgreSQL's own log says what was asked, not which rows of which table it was about."""
    family = str(group.get("family", default=""))
    if "postgres" not in family:
        raise NotApplicable(f"{family or 'its family'} is not PostgreSQL")
    if "pgaudit" not in parameter(group, "shared_preload_libraries", ""):
        yield "Who read which table leaves no trace"


@rule(
    id="rds-postgresql-hashes-passwords",
    title="PostgreSQL's parameters keep passwords as SCRAM verifiers",
    on=(GROUP, CLUSTER_GROUP),
    pci=("8.3.2",),
    severity=Severity.MEDIUM,
    fix="aws.rds.ClusterParameterGroup(..., "
    'parameters=[{"name": "password_encryption", "value": "scram-sha-256"}])',
    reference="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL_Password_Encryption_configuration.html",
    passes=(with_parameter("password_encryption", "scram-sha-256", family="postgres14"),),
    fails=(with_parameter("password_encryption", "md5", family="postgres14"),),
    undecidable=(with_parameter("password_encryption", UNKNOWN, family="postgres14"),),
    not_applicable=({"family": "mysql8.0"},),
)
def rds_postgresql_hashes_passwords(group: Resource) -> Iterator[str]:
    """An MD5 of a password is as good as the password, to whoever reads it."""
    family = str(group.get("family", default=""))
    if "postgres" not in family:
        raise NotApplicable(f"{family or 'its family'} is not PostgreSQL")
    if parameter(group, "password_encryption", "scram-sha-256") == "md5":
        yield "Its passwords are kept as MD5"
