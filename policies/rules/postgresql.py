"""Rules for what is inside of PostgreSQL: roles, grants, extensions and ways out."""

import re
from collections.abc import Iterator
from typing import Any

from policies.rule import UNKNOWN, Resource, ResourceRule, Severity, Stack, rule, stack_rule

_ROLE = "postgresql:index/role:Role"
_GRANT = "postgresql:index/grant:Grant"
_DEFAULTS = "postgresql:index/defaultPrivileges:DefaultPrivileges"
_DATABASE = "postgresql:index/database:Database"
_EXTENSION = "postgresql:index/extension:Extension"
_FUNCTION = "postgresql:index/function:Function"
_PROVIDER = "pulumi:providers:postgresql"
_MANUAL = "https://www.postgresql.org/docs/current"
_RISKY = frozenset(
    {"adminpack", "dblink", "file_fdw", "lo", "plperlu", "plpython3u", "plpythonu", "pltclu",
     "postgres_fdw", "xml2", "pg_read_binary_file"}
)  # fmt: skip
_VISITORS = re.compile(r"(readonly|read_only|breakglass|break_glass|support|analyst|person|human)")
_DIGESTS = re.compile(r"\b(md5|sha1|sha224|sha256|sha384|sha512|digest)\s*\(", re.IGNORECASE)


def role(**fields: object) -> dict[str, Any]:
    """A role that signs in."""
    return {"name": "payments_api", "login": True, **fields}


def grant(**fields: object) -> dict[str, Any]:
    """A grant on one table."""
    return {
        "database": "payments",
        "role": "payments_api",
        "schema": "public",
        "objectType": "table",
        "objects": ["payments"],
        "privileges": ["SELECT", "INSERT"],
        **fields,
    }


def _off(
    field: str, id_: str, title: str, why: str, pci: str, severity: Severity = Severity.HIGH
) -> ResourceRule:
    """The rule that a role lacks an attribute."""

    def judge(resource: Resource) -> Iterator[str]:
        if resource.get(field, False):
            yield f"{field} is on"

    judge.__doc__ = why
    judge.__module__ = __name__
    return rule(
        id=id_,
        title=title,
        on=(_ROLE,),
        pci=(pci,),
        severity=severity,
        fix=f"# leave `{field}` off",
        reference=f"{_MANUAL}/role-attributes.html",
        passes=(role(), role(**{field: False})),
        fails=(role(**{field: True}),),
        undecidable=(role(**{field: UNKNOWN}),),
    )(judge)


postgres_no_superuser = _off(
    "superuser",
    "postgres-no-superuser",
    "No role is a superuser",
    "Nothing is asked of a superuser: not grants, not row security, not even pgaudit's settings.",
    "7.2.2",
    Severity.CRITICAL,
)
postgres_no_database_making = _off(
    "createDatabase",
    "postgres-no-database-making",
    "No role makes databases",
    "A database that nobody reviewed is one that nobody watches.",
    "2.2.3",
    Severity.MEDIUM,
)
postgres_no_role_making = _off(
    "createRole",
    "postgres-no-role-making",
    "No role makes roles",
    "Who makes roles makes accounts that no list has; only Vault's own account should.",
    "7.2.3",
)
postgres_row_security_kept = _off(
    "bypassRowLevelSecurity",
    "postgres-row-security-kept",
    "No role passes over row security",
    "Which rows a query may see is decided in one place, and holds for everybody.",
    "7.2.6",
)
postgres_no_replication = _off(
    "replication",
    "postgres-no-replication",
    "No service's role may replicate",
    "A replication connection streams every table, whatever was granted on it.",
    "7.2.5",
)


@rule(
    id="postgres-password-elsewhere",
    title="No role's password is kept in the state",
    on=(_ROLE,),
    pci=("8.6.2",),
    severity=Severity.HIGH,
    fix="# password_wo=first_password, password_wo_version=1, and let Vault rotate it",
    reference="https://www.pulumi.com/registry/packages/postgresql/api-docs/role/",
    passes=(role(), role(passwordWo="made at first", passwordWoVersion=1)),
    fails=(role(password="opensesame"),),  # noqa: S106 - what the rule is about
)
def postgres_password_elsewhere(resource: Resource) -> Iterator[str]:
    """Whoever reads the state signs in."""
    # A password that is not known yet is kept in the state as soon as it is.
    if resource.props.get("password"):
        yield "Its password is kept in the state"


@rule(
    id="postgres-password-hashed",
    title="Passwords are sent to the database to be hashed",
    on=(_ROLE,),
    pci=("8.3.2",),
    severity=Severity.HIGH,
    fix="# leave `encrypted_password` at True, with password_encryption = scram-sha-256",
    reference=f"{_MANUAL}/auth-password.html",
    passes=(role(), role(encryptedPassword=True)),
    fails=(
        role(encryptedPassword=False),
        role(passwordWo="md5" + "0" * 32),
    ),
    undecidable=(role(encryptedPassword=UNKNOWN),),
)
def postgres_password_hashed(resource: Resource) -> Iterator[str]:
    """An MD5 hash is itself the password, to who has it."""
    if not resource.get("encryptedPassword", True):
        yield "Its password is stored in clear"
    for field in ("password", "passwordWo"):
        if re.fullmatch(r"md5[0-9a-f]{32}", str(resource.get(field, ""))):
            yield "Its password is an MD5 hash"


@rule(
    id="postgres-visitors-end",
    title="Accounts for people end on a day",
    on=(_ROLE,),
    pci=("8.2.7",),
    severity=Severity.MEDIUM,
    fix='# login=False, or valid_until="2026-12-31 00:00:00+00"',
    reference=f"{_MANUAL}/sql-createrole.html",
    passes=(
        role(),
        role(name="payments_breakglass", validUntil="2026-12-31 00:00:00+00"),
        role(name="payments_readonly", login=False),
    ),
    fails=(
        role(name="payments_breakglass"),
        role(name="payments_readonly", validUntil="infinity"),
    ),
    undecidable=(role(name="payments_breakglass", validUntil=UNKNOWN),),
)
def postgres_visitors_end(resource: Resource) -> Iterator[str]:
    """The account for the one bad night is still there on all the nights after it."""
    if not _VISITORS.search(resource.get("name", "")) or not resource.get("login", False):
        return
    if resource.get("validUntil", "infinity") == "infinity":
        yield "It never ends"


@rule(
    id="postgres-sessions-end",
    title="A transaction that is left open is ended within 15 minutes",
    on=(_ROLE,),
    pci=("8.2.8",),
    severity=Severity.LOW,
    fix="idle_in_transaction_session_timeout=60_000",
    reference=f"{_MANUAL}/runtime-config-client.html",
    passes=(role(idleInTransactionSessionTimeout=60000), role(login=False)),
    fails=(role(), role(idleInTransactionSessionTimeout=3600000)),
    undecidable=(role(idleInTransactionSessionTimeout=UNKNOWN),),
)
def postgres_sessions_end(resource: Resource) -> Iterator[str]:
    """A session that nobody is at is one that anybody can sit down at."""
    if not resource.get("login", False):
        return
    ms = int(resource.get("idleInTransactionSessionTimeout", 0))
    if not 0 < ms <= 15 * 60_000:
        yield "Its sessions stay open when nobody is there"


@rule(
    id="postgres-nothing-to-public",
    title="Nothing is granted to PUBLIC",
    on=(_GRANT, _DEFAULTS),
    pci=("7.3.3",),
    severity=Severity.HIGH,
    fix='role="payments_api"',
    reference=f"{_MANUAL}/ddl-priv.html",
    passes=(grant(), grant(role="public", privileges=[])),
    fails=(grant(role="public"), grant(role="PUBLIC", privileges=["SELECT"])),
    undecidable=(grant(role=UNKNOWN),),
)
def postgres_nothing_to_public(resource: Resource) -> Iterator[str]:
    """PUBLIC is every role there is, and every role that will be."""
    if resource.get("role", "").lower() == "public" and resource.has("privileges"):
        yield f"Gives {', '.join(resource.get('privileges'))} to every role"


@rule(
    id="postgres-privileges-listed",
    title="Grants list their privileges",
    on=(_GRANT, _DEFAULTS),
    pci=("7.2.2",),
    severity=Severity.HIGH,
    fix='privileges=["SELECT", "INSERT"]',
    reference=f"{_MANUAL}/ddl-priv.html",
    passes=(grant(), grant(privileges=[])),
    fails=(grant(privileges=["ALL"]), grant(privileges=["all privileges"])),
    undecidable=(grant(privileges=UNKNOWN),),
)
def postgres_privileges_listed(resource: Resource) -> Iterator[str]:
    """ALL holds TRUNCATE and TRIGGER, which no payment needs."""
    for each in resource.get("privileges", []):
        if each.upper().startswith("ALL"):
            yield f"Gives {each.upper()}"


@rule(
    id="postgres-tables-named",
    title="Grants on tables name the tables",
    on=(_GRANT,),
    pci=("7.2.6",),
    severity=Severity.MEDIUM,
    fix='objects=["payments", "outbox"]',
    reference=f"{_MANUAL}/ddl-priv.html",
    passes=(grant(), grant(objectType="schema", objects=[]), grant(objects=[], privileges=[])),
    fails=(grant(objects=[]), grant(objects=None)),
    undecidable=(grant(objects=UNKNOWN),),
)
def postgres_tables_named(resource: Resource) -> Iterator[str]:
    """Without a list the grant is on every table of the schema, that of the tokens included."""
    if (
        resource.get("objectType") == "table"
        and resource.has("privileges")
        and (not resource.has("objects"))
    ):
        yield "Is on every table of the schema"


@rule(
    id="postgres-grants-not-passed-on",
    title="What is granted cannot be passed on",
    on=(_GRANT, _DEFAULTS, "postgresql:index/grantRole:GrantRole"),
    pci=("7.2.3",),
    severity=Severity.MEDIUM,
    fix="# leave `with_grant_option` and `with_admin_option` off",
    reference=f"{_MANUAL}/sql-grant.html",
    passes=(grant(), grant(withGrantOption=False)),
    fails=(grant(withGrantOption=True), {"role": "a", "grantRole": "b", "withAdminOption": True}),
    undecidable=(grant(withGrantOption=UNKNOWN),),
)
def postgres_grants_not_passed_on(resource: Resource) -> Iterator[str]:
    """Access is approved here, in the program, and not by who has it."""
    if resource.get("withGrantOption", False) or resource.get("withAdminOption", False):
        yield "May be passed on to other roles"


def _stack(*grants: tuple[object, object]) -> list[dict[str, Any]]:
    """A database and grants of (database, privileges) to PUBLIC on it."""
    return [
        {"type": _DATABASE, "name": "payments", "props": {"name": "payments"}},
        *(
            {
                "type": _GRANT,
                "name": f"public-{index}",
                "props": grant(
                    database=database, role="public", objectType="database", privileges=privileges
                ),
            }
            for index, (database, privileges) in enumerate(grants)
        ),
    ]


@stack_rule(
    id="postgres-database-closed",
    title="Each database is closed to PUBLIC",
    on=(_DATABASE,),
    pci=("7.3.3",),
    severity=Severity.HIGH,
    fix=(
        'postgresql.Grant("closed", database=..., role="public", object_type="database", '
        "privileges=[])"
    ),
    reference=f"{_MANUAL}/ddl-priv.html",
    passes=(_stack(("payments", [])),),
    fails=(_stack(), _stack(("payments", ["CONNECT"])), _stack(("other", []))),
    undecidable=(_stack((UNKNOWN, [])),),
)
def postgres_database_closed(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """Every role may connect to a new database and make temporary tables in it, unless revoked."""
    closing = [
        each
        for each in stack.of(_GRANT)
        if each.get("objectType") == "database"
        and each.get("role", "").lower() == "public"
        and not each.has("privileges")
    ]
    for database in stack.of(_DATABASE):
        if not any(stack.refers(each, database, "database") for each in closing):
            yield database, "Every role may connect to it"


@rule(
    id="postgres-extensions-safe",
    title="No extension reaches out of the database",
    on=(_EXTENSION,),
    pci=("2.2.4",),
    severity=Severity.HIGH,
    fix="# take the extension out",
    reference=f"{_MANUAL}/contrib.html",
    passes=({"name": "pgaudit"}, {"name": "citus"}),
    fails=({"name": "dblink"}, {"name": "plpython3u"}, {"name": "file_fdw"}),
    undecidable=({"name": UNKNOWN},),
)
def postgres_extensions_safe(resource: Resource) -> Iterator[str]:
    """With these, a statement reads the server's files or calls another host."""
    if (name := resource.get("name", "")) in _RISKY:
        yield f"{name} reaches out of the database"


@rule(
    id="postgres-functions-run-as-caller",
    title="Functions run with the rights of who calls them",
    on=(_FUNCTION,),
    pci=("7.2.6",),
    severity=Severity.MEDIUM,
    fix="security_definer=False",
    reference=f"{_MANUAL}/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY",
    passes=({"name": "f", "body": "SELECT 1"},),
    fails=({"name": "f", "body": "SELECT 1", "securityDefiner": True},),
    undecidable=({"name": "f", "securityDefiner": UNKNOWN},),
)
def postgres_functions_run_as_caller(resource: Resource) -> Iterator[str]:
    """A SECURITY DEFINER function is a grant of everything its owner has, inside of it."""
    if resource.get("securityDefiner", False):
        yield "Runs with the rights of its owner"


@rule(
    id="postgres-hashes-keyed",
    title="No function hashes without a key",
    on=(_FUNCTION,),
    pci=("3.5.1.1",),
    severity=Severity.MEDIUM,
    fix="# take the fingerprint from Vault's transit/hmac",
    reference=f"{_MANUAL}/pgcrypto.html",
    passes=({"name": "f", "body": "SELECT hmac(pan, key, 'sha256')"},),
    fails=({"name": "f", "body": "SELECT digest(pan, 'sha256')"}, {"body": "SELECT md5(pan)"}),
    undecidable=({"name": "f", "body": UNKNOWN},),
)
def postgres_hashes_keyed(resource: Resource) -> Iterator[str]:
    """All card numbers there are can be hashed in an afternoon."""
    if found := _DIGESTS.search(resource.get("body", "")):
        yield f"Calls {found.group(1)}, which has no key"


def _columns(pattern: str, example: str, id_: str, title: str, why: str, pci: str) -> ResourceRule:
    """The rule that no function or grant handles a column by a name that must not be stored."""
    names = re.compile(pattern, re.IGNORECASE)

    def judge(resource: Resource) -> Iterator[str]:
        texts = [
            resource.get("body", ""),
            *resource.get("columns", []),
            *resource.get("objects", []),
        ]
        for text in texts:
            if found := names.search(text):
                yield f"Handles {found.group(0)}, which is never stored"

    judge.__doc__ = why
    judge.__module__ = __name__
    return rule(
        id=id_,
        title=title,
        on=(_GRANT, _FUNCTION),
        pci=(pci,),
        severity=Severity.CRITICAL,
        fix="# take the column out of the schema: it is passed to the acquirer, and kept nowhere",
        reference=f"{_MANUAL}/ddl-basics.html",
        passes=(grant(columns=["id", "token", "last_four"]),),
        fails=(grant(columns=["id", example]),),
        undecidable=(grant(columns=UNKNOWN),),
    )(judge)


postgres_no_track = _columns(
    r"\b(full_)?track_?[12]?(_data)?\b|\bmagstripe\b",
    "track2",
    "postgres-no-track",
    "The database keeps no track data",
    "With the track of a card one can make the card.",
    "3.3.1.1",
)
postgres_no_card_code = _columns(
    r"\b(cvv2?|cvc2?|cid|cav2|card_(verification_)?code)\b",
    "cvv",
    "postgres-no-card-code",
    "The database keeps no card verification code",
    "The code proves that the card is at hand; a stored one proves that it need not be.",
    "3.3.1.2",
)
postgres_no_pin = _columns(
    r"\b(pin|pin_?block|encrypted_pin)\b",
    "pin_block",
    "postgres-no-pin",
    "The database keeps no PIN",
    "Encrypted or not, a PIN is not kept once the payment is authorised.",
    "3.3.1.3",
)


@rule(
    id="postgres-provider-verified",
    title="The program verifies the database that it configures, and is no superuser there",
    on=(_PROVIDER,),
    pci=("2.2.7",),
    severity=Severity.HIGH,
    fix='postgresql.Provider("db", host=..., sslmode="verify-full", superuser=False)',
    reference="https://www.pulumi.com/registry/packages/postgresql/installation-configuration/",
    passes=({"host": "db", "sslmode": "verify-full", "superuser": "false"},),
    fails=(
        {"host": "db", "sslmode": "require", "superuser": "false"},
        {"host": "db", "superuser": "false"},
        {"host": "db", "sslmode": "verify-full"},
    ),
    undecidable=({"sslmode": UNKNOWN},),
)
def postgres_provider_verified(resource: Resource) -> Iterator[str]:
    """An administrator's session is the one worth taking over."""
    if resource.get("sslmode", "require") != "verify-full":
        yield "Does not verify the database's certificate"
    if str(resource.get("superuser", "true")).lower() == "true":
        yield "Works as a superuser"


@rule(
    id="postgres-subscription-encrypted",
    title="Subscriptions verify their publisher, and hold no password",
    on=("postgresql:index/subscription:Subscription",),
    pci=("4.2.1",),
    severity=Severity.HIGH,
    fix='conninfo="host=db.eu-west-1... sslmode=verify-full passfile=/run/secrets/pgpass"',
    reference=f"{_MANUAL}/sql-createsubscription.html",
    passes=({"conninfo": "host=db sslmode=verify-full"},),
    fails=(
        {"conninfo": "host=db"},
        {"conninfo": "host=db sslmode=verify-full password=opensesame"},
    ),
    undecidable=({"conninfo": UNKNOWN},),
)
def postgres_subscription_encrypted(resource: Resource) -> Iterator[str]:
    """It carries every change of every table, between regions."""
    text = resource.get("conninfo", "")
    if "sslmode=verify-full" not in text:
        yield "Does not verify its publisher"
    if re.search(r"password\s*=", text):
        yield "Holds a password"


@rule(
    id="postgres-publication-tables-named",
    title="Publications name their tables",
    on=("postgresql:index/publication:Publication",),
    pci=("1.2.4",),
    severity=Severity.MEDIUM,
    fix=('tables = ["public.payments"]\nall_tables = False'),
    reference=f"{_MANUAL}/sql-createpublication.html",
    passes=({"name": "peer", "tables": ["public.payments"]},),
    fails=({"name": "peer", "allTables": True},),
    undecidable=({"name": "peer", "allTables": UNKNOWN},),
)
def postgres_publication_tables_named(resource: Resource) -> Iterator[str]:
    """Which data leaves the database is part of the data-flow diagram; "all" is no diagram."""
    if resource.get("allTables", False):
        yield "Sends every table, those not made yet included"
