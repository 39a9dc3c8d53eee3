"""Rules for the Vault server, what it records, and the passwords that it manages."""

import re
from collections.abc import Iterator
from typing import Any

from policies.rule import (
    ROOT,
    UNKNOWN,
    NotApplicable,
    Resource,
    ResourceRule,
    Severity,
    Stack,
    rule,
    stack_rule,
)
from policies.rules.vault_keys import duration_s

_AUDIT = "vault:index/audit:Audit"
_AUDIT_DOCS = "https://developer.hashicorp.com/vault/docs/audit"
_SERVER_DOCS = "https://developer.hashicorp.com/vault/docs/configuration"
_CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
_MOUNTS = ("vault:index/mount:Mount", "vault:database/secretsMount:SecretsMount")
_DATABASE = "vault:database/secretBackendConnection:SecretBackendConnection"
_STATIC = "vault:database/secretBackendStaticRole:SecretBackendStaticRole"
_DATABASE_DOCS = "https://developer.hashicorp.com/vault/api-docs/secret/databases"
_PROVIDER = "pulumi:providers:vault"
_QUARTER_S = 90 * 86400
_PASSWORD_LENGTH = 12

_SERVER = """
ui = false
listener "tcp" {
  address         = "[::]:8200"
  tls_cert_file   = "/vault/tls/tls.crt"
  tls_key_file    = "/vault/tls/tls.key"
  tls_min_version = "tls13"
}
seal "awskms" {
  kms_key_id = "alias/vault"
}
storage "raft" {
  path = "/vault/data"
}
"""


def server(text: object = _SERVER, **change: str) -> dict[str, Any]:
    """Vault's configuration in a ConfigMap; each keyword is replaced by its value."""
    if isinstance(text, str):
        for old, new in change.items():
            text = text.replace(old, new)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "vault", "namespace": "vault"},
        "data": {"vault.hcl": text},
    }


def configurations(resource: Resource) -> Iterator[str]:
    """Each text of a ConfigMap that configures a Vault server, without its comments.

    Raises:
        NotApplicableError: There is none.
        UndecidableError: A text is unknown.

    """
    found = False
    for text in resource.get("data", {}).values():
        if re.search(r'listener\s+"tcp"', str(text)) and re.search(r'storage\s+"', str(text)):
            found = True
            yield re.sub(r"(?m)^\s*(#|//).*$", "", text)
    if not found:
        raise NotApplicable("it configures no Vault server")


_OTHER = {"metadata": {"name": "settings"}, "data": {"port": "8080"}}


def _configured(
    wrong: str,
    id_: str,
    title: str,
    why: str,
    pci: str,
    fix: str,
    bad: tuple[dict[str, Any], ...],
    sentence: str,
    severity: Severity = Severity.HIGH,
    *,
    absent: bool = False,
) -> ResourceRule:
    """The rule that a pattern is not in a server's configuration, or (`absent`) that it is."""
    pattern = re.compile(wrong)

    def judge(resource: Resource) -> Iterator[str]:
        for text in configurations(resource):
            if bool(pattern.search(text)) != absent:
                yield sentence

    judge.__doc__ = why
    judge.__module__ = __name__
    return rule(
        id=id_,
        title=title,
        on=(_CONFIG_MAP,),
        pci=(pci,),
        severity=severity,
        fix=f"# {fix}",
        reference=_SERVER_DOCS,
        passes=(server(),),
        fails=bad,
        undecidable=(server(UNKNOWN),),
        not_applicable=(_OTHER,),
    )(judge)


vault_listens_on_tls = _configured(
    r'tls_disable\s*=\s*("?true"?|"?1"?)',
    "vault-listens-on-tls",
    "Vault is reached over TLS only",
    "Every secret that Vault gives out passes through this listener.",
    "2.2.7",
    'tls_cert_file = "...", tls_key_file = "..." in the listener, without tls_disable',
    (server(tls_min_version="tls_disable = true\n  tls_min_version"),),
    "A listener is in clear",
    Severity.CRITICAL,
)
vault_listens_on_tls_1_3 = _configured(
    r'tls_min_version\s*=\s*"tls1[23]"',
    "vault-listens-on-tls-1-2-or-later",
    "Vault's listener names TLS 1.2 or 1.3 as its least version",
    "A version that is written down is reviewed; the default changes with an upgrade.",
    "12.3.3",
    'tls_min_version = "tls13"',
    (server(tls13="tls10"), server(tls_min_version="# tls_min_version")),
    "A listener names no version from TLS 1.2 on as its least",
    Severity.MEDIUM,
    absent=True,
)
vault_sealed_by_kms = _configured(
    r'seal\s+"(awskms|gcpckms|azurekeyvault|pkcs11|ocikms|transit)"',
    "vault-sealed-by-kms",
    "Vault's own key is sealed by a hardware module",
    "Otherwise the shares that unseal it are typed in by people, from where they keep them.",
    "3.7.3",
    'seal "awskms" { kms_key_id = "alias/vault" }',
    (server(seal="# seal"), server(awskms="shamir")),
    "Nothing seals it but shares in people's hands",
    absent=True,
)
vault_storage_not_raw = _configured(
    r"raw_storage_endpoint\s*=\s*true|introspection_endpoint\s*=\s*true",
    "vault-storage-not-raw",
    "Vault's raw storage cannot be read over its API",
    "The raw endpoint reads around every policy.",
    "3.6.1.2",
    "leave raw_storage_endpoint out",
    (server(ui="raw_storage_endpoint = true\nui"),),
    "Its raw storage can be read",
)
vault_no_web_console = _configured(
    r"(?m)^\s*ui\s*=\s*true",
    "vault-no-web-console",
    "Vault serves no web console",
    "A platform that is changed by a program has no use for a page to change it by hand.",
    "2.2.4",
    "ui = false",
    (server(false="true"),),
    "Its web console is on",
    Severity.LOW,
)
vault_metrics_authenticated = _configured(
    r"unauthenticated_(metrics|pprof|in_flight_request)\w*\s*=\s*(\"?true\"?)",
    "vault-metrics-authenticated",
    "Vault's metrics and profiles are not open to everybody",
    "A profile holds memory, and memory holds secrets.",
    "8.3.1",
    "leave unauthenticated_metrics_access out",
    (server(tls_min_version="telemetry {\n unauthenticated_metrics_access = true\n}\n  tls_min"),),
    "Its metrics are open to everybody",
    Severity.MEDIUM,
)


@rule(
    id="vault-audit-not-raw",
    title="Audit devices write secrets as hashes",
    on=(_AUDIT,),
    pci=("3.3.1",),
    severity=Severity.CRITICAL,
    fix='options={"file_path": "/vault/audit/audit.log"}  # without log_raw',
    reference=_AUDIT_DOCS,
    passes=({"type": "file", "options": {"file_path": "/vault/audit/audit.log"}},),
    fails=({"type": "file", "options": {"file_path": "a", "log_raw": "true"}},),
    undecidable=({"type": "file", "options": UNKNOWN},),
)
def vault_audit_not_raw(resource: Resource) -> Iterator[str]:
    """With log_raw each card number that is encrypted stands in the log in clear."""
    if str(resource.get("options.log_raw", "false")).lower() in ("true", "1"):
        yield "Writes requests and answers in clear"


@stack_rule(
    id="vault-audited",
    title="Each Vault that the program configures has an audit device",
    on=(ROOT,),
    pci=("10.2.1.1",),
    severity=Severity.CRITICAL,
    fix='vault.Audit("file", type="file", options={"file_path": "/vault/audit/audit.log"})',
    reference=_AUDIT_DOCS,
    passes=(
        [{"type": ROOT, "name": "stack"}],
        [
            {"type": ROOT, "name": "stack"},
            {"type": _MOUNTS[0], "name": "transit", "props": {"type": "transit"}},
            {"type": _AUDIT, "name": "file", "props": {"type": "file"}},
        ],
    ),
    fails=(
        [
            {"type": ROOT, "name": "stack"},
            {"type": _MOUNTS[0], "name": "transit", "props": {"type": "transit"}},
        ],
    ),
)
def vault_audited(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """Each look at a card number is a decryption in Vault: its log is the only witness."""
    if stack.of("vault:*/*:*") and not stack.of(_AUDIT):
        yield stack.root, "Vault has no audit device"


@rule(
    id="vault-mount-hides-all-fields",
    title="No engine's fields are left in clear in the audit log",
    on=_MOUNTS,
    pci=("3.4.1",),
    severity=Severity.HIGH,
    fix="# leave `audit_non_hmac_request_keys` and `audit_non_hmac_response_keys` out",
    reference="https://developer.hashicorp.com/vault/api-docs/system/mounts",
    passes=({"path": "transit", "type": "transit"},),
    fails=(
        {"path": "transit", "type": "transit", "auditNonHmacRequestKeys": ["plaintext"]},
        {"path": "transit", "type": "transit", "auditNonHmacResponseKeys": ["plaintext"]},
    ),
    undecidable=({"path": "transit", "auditNonHmacRequestKeys": UNKNOWN},),
)
def vault_mount_hides_all_fields(resource: Resource) -> Iterator[str]:
    """`plaintext` is one such field."""
    for field in ("auditNonHmacRequestKeys", "auditNonHmacResponseKeys"):
        if resource.has(field):
            yield f"{', '.join(resource.get(field))} stand in the audit log in clear"


@rule(
    id="vault-mount-leases-end",
    title="Leases of an engine end within 90 days",
    on=_MOUNTS,
    pci=("8.3.9",),
    severity=Severity.LOW,
    fix="max_lease_ttl_seconds=86400",
    reference="https://developer.hashicorp.com/vault/docs/concepts/lease",
    passes=({"path": "database", "type": "database"}, {"maxLeaseTtlSeconds": 86400}),
    fails=({"path": "database", "type": "database", "maxLeaseTtlSeconds": 31536000},),
    undecidable=({"maxLeaseTtlSeconds": UNKNOWN},),
    not_applicable=({"type": "pki", "maxLeaseTtlSeconds": 315360000},),
)
def vault_mount_leases_end(resource: Resource) -> Iterator[str]:
    """Vault's own limit is 32 days; what raises it brings passwords that outlive their owners."""
    if resource.get("type") == "pki":
        raise NotApplicable("its leases are certificates, which their roles limit")
    if int(resource.get("maxLeaseTtlSeconds", 0)) > _QUARTER_S:
        yield f"Its leases last {resource.get('maxLeaseTtlSeconds')} seconds"


@rule(
    id="vault-no-password-sign-in",
    title="Nobody signs in to Vault with a password alone",
    on=("vault:index/authBackend:AuthBackend",),
    pci=("8.4.2",),
    severity=Severity.HIGH,
    fix='# type="oidc", or "kubernetes" and "aws" for machines',
    reference="https://developer.hashicorp.com/vault/docs/auth",
    passes=({"type": "kubernetes"}, {"type": "aws"}, {"type": "oidc"}),
    fails=({"type": "userpass"}, {"type": "ldap"}, {"type": "radius"}),
    undecidable=({"type": UNKNOWN},),
)
def vault_no_password_sign_in(resource: Resource) -> Iterator[str]:
    """Access to card data takes two factors; these methods ask for one."""
    if (kind := resource.get("type")) in ("userpass", "ldap", "radius", "okta"):
        yield f"People sign in with {kind}"


def _database(**postgresql: object) -> dict[str, Any]:
    """A connection of the database engine."""
    url = "postgresql://{{username}}:{{password}}@db:5432/payments?sslmode=verify-full"
    return {
        "backend": "database",
        "name": "payments",
        "allowedRoles": ["payments_api"],
        "postgresql": {"connectionUrl": url, "username": "vault_manager", **postgresql},
    }


@rule(
    id="vault-database-verified",
    title="Vault verifies the database that it connects to",
    on=(_DATABASE,),
    pci=("4.2.1",),
    severity=Severity.HIGH,
    fix='connection_url="postgresql://{{username}}:{{password}}@db/payments?sslmode=verify-full"',
    reference=_DATABASE_DOCS + "/postgresql",
    passes=(_database(),),
    fails=(
        _database(connectionUrl="postgresql://{{username}}:{{password}}@db/payments"),
        _database(connectionUrl="postgresql://db/payments?sslmode=require"),
    ),
    undecidable=(_database(connectionUrl=UNKNOWN),),
)
def vault_database_verified(resource: Resource) -> Iterator[str]:
    """Vault sends the password of the account that makes accounts."""
    for url in (part.get("connectionUrl", "") for part in resource.items("postgresql")):
        if "sslmode=verify-full" not in url:
            yield "Does not verify the database's certificate"


@rule(
    id="vault-database-password-elsewhere",
    title="The password that Vault starts with does not stay in the program",
    on=(_DATABASE,),
    pci=("8.6.2",),
    severity=Severity.HIGH,
    fix='# postgresql={"password_wo": first_password, "password_wo_version": 1, ...}',
    reference=_DATABASE_DOCS + "#rotate-root-credentials",
    passes=(_database(), _database(passwordWo="made at first", passwordWoVersion=1)),
    fails=(
        _database(password="opensesame"),  # noqa: S106 - what the rule is about
        _database(connectionUrl="postgresql://vault:opensesame@db/payments?sslmode=verify-full"),
    ),
    undecidable=(_database(connectionUrl=UNKNOWN),),
)
def vault_database_password_elsewhere(resource: Resource) -> Iterator[str]:
    """What is written there is read by whoever reads the state."""
    for part in resource.items("postgresql"):
        if part.props.get("password"):
            yield "The password is kept in the state"
        if re.search(r"://[^{/:@]+:[^{@/]+@", part.get("connectionUrl", "")):
            yield "The password stands in the connection's URL"


@rule(
    id="vault-database-roles-named",
    title="A database connection names the roles that may use it",
    on=(_DATABASE,),
    pci=("7.2.2",),
    severity=Severity.MEDIUM,
    fix='allowed_roles=["payments_api", "payments_relay"]',
    reference=_DATABASE_DOCS + "#allowed_roles",
    passes=(_database(),),
    fails=({**_database(), "allowedRoles": ["*"]},),
    undecidable=({**_database(), "allowedRoles": UNKNOWN},),
)
def vault_database_roles_named(resource: Resource) -> Iterator[str]:
    """With `*` any role that somebody adds is let into the payments database."""
    if any("*" in each for each in resource.get("allowedRoles", [])):
        yield "Any role may use it"


@rule(
    id="vault-database-passwords-change",
    title="Passwords of database accounts change within 90 days",
    on=(_STATIC,),
    pci=("8.3.9",),
    severity=Severity.MEDIUM,
    fix="rotation_period=86400",
    reference=_DATABASE_DOCS + "#create-static-role",
    passes=({"rotationPeriod": 86400}, {"rotationSchedule": "0 3 * * SAT"}),
    fails=({}, {"rotationPeriod": 31536000}, {"rotationPeriod": 0}),
    undecidable=({"rotationPeriod": UNKNOWN},),
)
def vault_database_passwords_change(resource: Resource) -> Iterator[str]:
    """Vault changes them without anybody noticing, so there is no reason to wait."""
    if resource.has("rotationSchedule"):
        return
    if not 0 < duration_s(resource.get("rotationPeriod", 0)) <= _QUARTER_S:
        yield f"Its password changes every {resource.get('rotationPeriod', 0)} seconds"


@rule(
    id="vault-dynamic-passwords-end",
    title="Accounts that Vault makes in a database end within a day",
    on=("vault:database/secretBackendRole:SecretBackendRole",),
    pci=("8.2.6",),
    severity=Severity.MEDIUM,
    fix=("default_ttl = 3600\nmax_ttl = 86400"),
    reference=_DATABASE_DOCS + "#create-role",
    passes=({"defaultTtl": 3600, "maxTtl": 86400},),
    fails=({"defaultTtl": 3600}, {"maxTtl": 864000}),
    undecidable=({"maxTtl": UNKNOWN},),
)
def vault_dynamic_passwords_end(resource: Resource) -> Iterator[str]:
    """An account that nobody uses is gone before anybody would have looked for it."""
    if not 0 < duration_s(resource.get("maxTtl", 0)) <= 86400:  # noqa: PLR2004 - a day
        yield "Its accounts live longer than a day"


@rule(
    id="vault-password-policy-strong",
    title="Passwords that Vault makes have 12 characters or more, with digits and letters",
    on=("vault:index/passwordPolicy:PasswordPolicy",),
    pci=("8.3.6",),
    severity=Severity.MEDIUM,
    fix='policy=\'length = 32 rule "charset" { charset = "0123456789" min-chars = 1 } ...\'',
    reference="https://developer.hashicorp.com/vault/docs/concepts/password-policies",
    passes=(
        {
            "policy": 'length = 32\nrule "charset" { charset = "abc" }\n'
            'rule "charset" { charset = "0123456789" }'
        },
    ),
    fails=(
        {"policy": 'length = 8\nrule "charset" {\n charset = "abc0123"\n}'},
        {"policy": 'length = 32\nrule "charset" {\n charset = "abc"\n}'},
    ),
    undecidable=({"policy": UNKNOWN},),
)
def vault_password_policy_strong(resource: Resource) -> Iterator[str]:
    """A machine types any length; there is no reason for a short one."""
    text = resource.get("policy", "")
    length = re.search(r"length\s*=\s*(\d+)", text)
    characters = "".join(re.findall(r'charset\s*=\s*"([^"]*)"', text))
    if not length or int(length.group(1)) < _PASSWORD_LENGTH:
        yield f"Its passwords have fewer than {_PASSWORD_LENGTH} characters"
    if not re.search(r"\d", characters) or not re.search(r"[a-zA-Z]", characters):
        yield "Its passwords need not have both digits and letters"


@rule(
    id="vault-no-secret-in-the-program",
    title="The program writes no secret into Vault",
    on=("vault:kv/secretV2:SecretV2", "vault:kv/secret:Secret", "vault:generic/secret:Secret"),
    pci=("8.6.2",),
    severity=Severity.HIGH,
    fix="# data_json_wo=..., or let Vault make the secret",
    reference="https://developer.hashicorp.com/vault/docs/secrets/kv",
    passes=({"mount": "secret", "name": "a", "dataJsonWo": "{}"},),
    fails=({"mount": "secret", "name": "a", "dataJson": '{"password": "opensesame"}'},),
    undecidable=(),
)
def vault_no_secret_in_the_program(resource: Resource) -> Iterator[str]:
    """Then the program, its state and its history have it too, and Vault is only one more copy."""
    # A value that is not known yet comes through the program all the same.
    if resource.props.get("dataJson"):
        yield "Its contents come through the program"


@rule(
    id="vault-no-token-in-the-program",
    title="The program makes no tokens of Vault",
    on=("vault:index/token:Token", "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId"),
    pci=("8.2.2",),
    severity=Severity.HIGH,
    fix="# let the workload sign in with its service account, and take the token out",
    reference="https://developer.hashicorp.com/vault/docs/concepts/tokens",
    passes=({"wrappingTtl": "60s"},),
    fails=({"policies": ["payments-api"]}, {}),
    undecidable=({"wrappingTtl": UNKNOWN},),
)
def vault_no_token_in_the_program(resource: Resource) -> Iterator[str]:
    """A token in the state of a stack is a shared account without an owner."""
    if not resource.has("wrappingTtl"):
        yield "Its token is kept in the state"


@rule(
    id="vault-provider-signs-in",
    title="The program signs in to Vault, and verifies it",
    on=(_PROVIDER,),
    pci=("8.4.1",),
    severity=Severity.HIGH,
    fix='vault.Provider("vault", address="https://...", auth_login_aws={"role": "..."})',
    reference="https://www.pulumi.com/registry/packages/vault/installation-configuration/",
    passes=({"address": "https://vault:8200", "authLoginAws": '{"role": "provisioner"}'},),
    fails=(
        {"address": "http://vault:8200"},
        {"address": "https://vault:8200", "skipTlsVerify": "true"},
        {"address": "https://vault:8200", "token": "hvs.opensesame"},
    ),
    undecidable=({"address": UNKNOWN},),
)
def vault_provider_signs_in(resource: Resource) -> Iterator[str]:
    """A token in the configuration is administrator's access with one factor, which never ends."""
    if not resource.get("address", "https://").startswith("https://"):
        yield "Speaks to Vault in clear"
    if str(resource.get("skipTlsVerify", "false")).lower() == "true":
        yield "Does not verify Vault's certificate"
    if resource.props.get("token"):
        yield "Holds a token"
