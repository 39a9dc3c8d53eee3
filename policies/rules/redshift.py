"""Rules for Amazon Redshift."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.neighbours import must_have
from policies.rules.parameters import parameter, with_parameter
from policies.rules.remedy import hub
from policies.rules.shapes import must_be_false, must_be_true, must_not_be

CLUSTER: Final = ("aws:redshift/cluster:Cluster",)
SERVERLESS: Final = ("aws:redshiftserverless/workgroup:Workgroup",)

redshift_private = must_be_false(
    "publiclyAccessible",
    default=False,
    id="redshift-private",
    title="Redshift has no public address",
    on=(*CLUSTER, *SERVERLESS),
    pci=("1.4.4",),
    controls=("Redshift.1",),
    severity=Severity.CRITICAL,
    says="It answers on a public address",
    why="Stored account data may not be reachable from an untrusted network.",
)

redshift_encrypted = must_be_true(
    "encrypted",
    default=True,
    id="redshift-encrypted",
    title="Redshift encrypts its storage",
    on=CLUSTER,
    pci=("3.5.1",),
    controls=("Redshift.10",),
    severity=Severity.HIGH,
    says="Its storage and snapshots lie in clear",
    why="A copied snapshot or a lost disk must not give away what the warehouse holds.",
)

redshift_stays_inside = must_be_true(
    "enhancedVpcRouting",
    id="redshift-stays-inside",
    title="Redshift loads and unloads through our network",
    on=(*CLUSTER, *SERVERLESS),
    pci=("1.3.2",),
    controls=("Redshift.7",),
    severity=Severity.MEDIUM,
    says="What it unloads leaves past every network control",
    why="What leaves is limited to what is necessary, and goes where somebody sees it.",
)

redshift_logged = must_have(
    CLUSTER,
    {"aws:redshift/logging:Logging": "clusterIdentifier"},
    id="redshift-logged",
    title="Redshift logs who asks what",
    pci=("10.2.1",),
    controls=("Redshift.4",),
    severity=Severity.MEDIUM,
    says="Who read what in it leaves no trace",
    why="Access to account data is traced to a person.",
)

redshift_upgrades_itself = must_be_true(
    "allowVersionUpgrade",
    default=True,
    id="redshift-upgrades-itself",
    title="Redshift takes new versions by itself",
    on=CLUSTER,
    pci=("6.3.3",),
    controls=("Redshift.6",),
    severity=Severity.MEDIUM,
    says="Security fixes wait for somebody to install them",
    why="Critical fixes have to be in within a month of their release.",
)

redshift_administrator_named = must_not_be(
    "masterUsername",
    ("awsuser", "admin", "root"),
    good="warehouse_owner",
    id="redshift-administrator-named",
    title="Redshift's administrator does not have the vendor's default name",
    on=CLUSTER,
    pci=("2.2.2",),
    controls=("Redshift.8",),
    severity=Severity.MEDIUM,
    says="Its administrator is called {value}",
    why="Default account names are the first that guessing tries.",
)

redshift_password_not_in_program = must_be_true(
    "manageMasterPassword",
    id="redshift-password-not-in-program",
    title="Redshift keeps the administrator's password, not the program",
    on=CLUSTER,
    pci=("8.3.2", "8.6.3"),
    severity=Severity.HIGH,
    says="The program's state knows the administrator's password, and nothing rotates it",
    reference="https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-secrets-manager-integration.html",
    why="A password that a program gives stands in its state, and nothing rotates it.",
)


@rule(
    id="redshift-demands-tls",
    title="Redshift's parameters demand TLS",
    on=("aws:redshift/parameterGroup:ParameterGroup",),
    pci=("4.2.1",),
    controls=("Redshift.2",),
    severity=Severity.HIGH,
    fix='aws.redshift.ParameterGroup(..., parameters=[{"name": "require_ssl", "value": "true"}])',
    reference=hub("Redshift.2"),
    passes=(with_parameter("require_ssl", "true", family="redshift-1.0"),),
    fails=(
        {"family": "redshift-1.0"},
        with_parameter("require_ssl", "false", family="redshift-2.0"),
    ),
    undecidable=(with_parameter("require_ssl", UNKNOWN, family="redshift-1.0"),),
)
def redshift_demands_tls(group: Resource) -> Iterator[str]:
    """Without it, a client that does not ask for TLS is served in clear."""
    default = "true" if group.get("family", default="redshift-1.0") == "redshift-2.0" else "false"
    if parameter(group, "require_ssl", default).lower() != "true":
        yield "A client that does not ask for TLS is served in clear"


@rule(
    id="redshift-logs-queries",
    title="Redshift's parameters log every query",
    on=("aws:redshift/parameterGroup:ParameterGroup",),
    pci=("10.2.1.1",),
    controls=("Redshift.4",),
    severity=Severity.LOW,
    fix="aws.redshift.ParameterGroup(..., "
    'parameters=[{"name": "enable_user_activity_logging", "value": "true"}])',
    reference=hub("Redshift.4"),
    passes=(with_parameter("enable_user_activity_logging", "true", family="redshift-1.0"),),
    fails=({"family": "redshift-1.0"},),
    undecidable=(with_parameter("enable_user_activity_logging", UNKNOWN, family="redshift-1.0"),),
)
def redshift_logs_queries(group: Resource) -> Iterator[str]:
    """Connections alone do not say which rows somebody read."""
    if parameter(group, "enable_user_activity_logging", "false").lower() != "true":
        yield "What somebody asks it for leaves no trace"
