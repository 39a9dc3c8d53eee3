"""Rules for who may do what in Vault: its policies, and the roles that hand them out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policies.rule import UNKNOWN, Example, Resource, ResourceRule, Severity, rule
from policies.rules.vault_keys import duration_s

_POLICY = "vault:index/policy:Policy"
_POLICY_DOCS = "https://developer.hashicorp.com/vault/docs/concepts/policies"
_TOKEN_DOCS = "https://developer.hashicorp.com/vault/docs/concepts/tokens"  # noqa: S105 - an address
_KUBERNETES = "vault:kubernetes/authBackendRole:AuthBackendRole"
_JWT = "vault:jwt/authBackendRole:AuthBackendRole"
_APP_ROLE = "vault:appRole/authBackendRole:AuthBackendRole"
_AWS = "vault:aws/authBackendRole:AuthBackendRole"
ROLES = (_KUBERNETES, _JWT, _APP_ROLE, _AWS, "vault:index/certAuthBackendRole:CertAuthBackendRole")
_PATH = re.compile(r'path\s+"([^"]*)"\s*\{(.*?)\}', re.DOTALL)
_CAPABILITIES = re.compile(r"capabilities\s*=\s*\[(.*?)\]", re.DOTALL)
_CHANGES = frozenset({"create", "update", "patch", "delete", "sudo"})
_HOUR, _DAY = 3600, 86400


@dataclass(frozen=True)
class Grant:
    """A path of a policy and what it allows there."""

    path: str
    capabilities: frozenset[str]


def grants(resource: Resource) -> Iterator[Grant]:
    """What a policy grants.

    Raises:
        UndecidableError: Its text is unknown.

    """
    text = re.sub(r"(?m)^\s*(#|//).*$", "", str(resource.get("policy", "")))
    for path, body in _PATH.findall(text):
        listed = _CAPABILITIES.search(body)
        yield Grant(path, frozenset(re.findall(r'"(\w+)"', listed.group(1) if listed else "")))


def covers(granted: str, path: str) -> bool:
    """Whether a policy's path, with `+` for a segment and `*` at its end, takes in a path."""
    pattern = re.escape(granted).replace(r"\+", "[^/]+")
    if pattern.endswith(r"\*"):
        pattern = pattern[:-2] + ".*"
    return re.fullmatch(pattern, path) is not None


def policy(*paths: tuple[str, str]) -> dict[str, Any]:
    """A policy of (path, capabilities with commas)."""
    lines = [
        'path "%s" {\n  capabilities = [%s]\n}'  # noqa: UP031 - braces are HCL's own
        % (path, ", ".join(f'"{each}"' for each in capabilities.split(",")))
        for path, capabilities in paths
    ]
    return {"name": "payments-api", "policy": "\n".join(lines)}


_ENCRYPT = ("transit/encrypt/cards", "update")


@rule(
    id="vault-policy-paths-named",
    title="Policies name the paths that they open",
    on=(_POLICY,),
    pci=("7.2.1",),
    severity=Severity.HIGH,
    fix='policy=\'path "transit/encrypt/cards" { capabilities = ["update"] }\'',
    reference=_POLICY_DOCS,
    passes=(policy(_ENCRYPT), policy(("secret/data/payments/*", "read")), policy(("*", "deny"))),
    fails=(
        policy(("*", "read")),
        policy(_ENCRYPT, ("+/*", "list")),
        policy(("transit/*", "update")),
    ),
    undecidable=({"name": "payments-api", "policy": UNKNOWN},),
)
def vault_policy_paths_named(resource: Resource) -> Iterator[str]:
    """A path that ends after its mount holds every key and every secret that will be in it."""
    for grant in grants(resource):
        if re.fullmatch(r"[^/]*/?\*|\+/\*", grant.path) and "deny" not in grant.capabilities:
            yield f'Path "{grant.path}" is a whole engine'


@rule(
    id="vault-policy-no-sudo",
    title="No policy gives root's own paths",
    on=(_POLICY,),
    pci=("7.2.2",),
    severity=Severity.CRITICAL,
    fix='# take "sudo" out of the capabilities',
    reference=_POLICY_DOCS + "#root-protected-api-endpoints",
    passes=(policy(_ENCRYPT),),
    fails=(policy(("sys/rotate", "update,sudo")),),
    undecidable=({"name": "payments-api", "policy": UNKNOWN},),
)
def vault_policy_no_sudo(resource: Resource) -> Iterator[str]:
    """The paths that ask for sudo are those that change Vault itself."""
    for grant in grants(resource):
        if "sudo" in grant.capabilities:
            yield f'Path "{grant.path}" is given with sudo'


def _closed(
    paths: tuple[str, ...], id_: str, title: str, why: str, pci: str, severity: Severity
) -> ResourceRule:
    """The rule that no policy changes, or calls, any of some paths."""

    def judge(resource: Resource) -> Iterator[str]:
        for grant in grants(resource):
            if grant.capabilities & _CHANGES and any(covers(grant.path, path) for path in paths):
                yield f'Path "{grant.path}" may be changed'

    judge.__doc__ = why
    judge.__module__ = __name__
    head = paths[0].rsplit("/", 1)[0]
    return rule(
        id=id_,
        title=title,
        on=(_POLICY,),
        pci=(pci,),
        severity=severity,
        fix=f'# take the path "{paths[0]}" out, or give it "read" only',
        reference=_POLICY_DOCS,
        passes=(policy(_ENCRYPT), policy((paths[0], "read")), policy((paths[0], "deny"))),
        fails=(policy((paths[0], "create,update")), policy(_ENCRYPT, (f"{head}/*", "update"))),
        undecidable=({"name": "payments-api", "policy": UNKNOWN},),
    )(judge)


vault_audit_guarded = _closed(
    ("sys/audit/file", "sys/audit/socket"),
    "vault-audit-guarded",
    "No policy switches an audit device off",
    "Who stops the trail does so just before doing what it would have shown.",
    "10.2.1.6",
    Severity.CRITICAL,
)
vault_policies_guarded = _closed(
    ("sys/policies/acl/payments-api", "sys/policy/payments-api"),
    "vault-policies-guarded",
    "No policy changes policies",
    "Who writes policies has every permission one step later.",
    "7.2.3",
    Severity.CRITICAL,
)
vault_seal_guarded = _closed(
    ("sys/seal", "sys/step-down", "sys/generate-root/attempt"),
    "vault-seal-guarded",
    "No policy seals Vault or makes a root token",
    "Sealing stops all payments, and a root token starts a trail that names nobody.",
    "2.2.2",
    Severity.CRITICAL,
)
vault_keys_not_taken_out = _closed(
    ("transit/export/encryption-key/cards", "transit/backup/cards", "transit/byok-export/a/cards"),
    "vault-keys-not-taken-out",
    "No policy takes keys out of Vault",
    "A key in clear in one person's hands is what split knowledge is there to prevent.",
    "3.7.6",
    Severity.CRITICAL,
)
vault_keys_guarded = _closed(
    ("transit/keys/cards/config", "transit/keys/cards", "transit/restore/cards"),
    "vault-keys-guarded",
    "No policy changes or replaces keys",
    "A key that somebody else put in the place of ours opens everything written after that.",
    "3.7.7",
    Severity.HIGH,
)


@rule(
    id="vault-policy-decrypts-one-key",
    title="Policies that decrypt name the key",
    on=(_POLICY,),
    pci=("3.6.1.3",),
    severity=Severity.HIGH,
    fix='# path "transit/decrypt/cards" { capabilities = ["update"] }',
    reference=_POLICY_DOCS,
    passes=(policy(("transit/decrypt/cards", "update")), policy(_ENCRYPT)),
    fails=(
        policy(("transit/decrypt/*", "update")),
        policy(("transit/+/cards", "update")),
        policy(("transit/*", "update")),
    ),
    undecidable=({"name": "payments-api", "policy": UNKNOWN},),
)
def vault_policy_decrypts_one_key(resource: Resource) -> Iterator[str]:
    """Few may see card numbers in clear, and each of them by a permission that says so."""
    for grant in grants(resource):
        wild = "*" in grant.path or "+" in grant.path
        path = re.sub(r"^[^/*+]+/", "transit/", grant.path)
        if wild and "update" in grant.capabilities and covers(path, "transit/decrypt/cards"):
            yield f'Path "{grant.path}" decrypts with any key'


def _role(type_: str, **fields: object) -> Example:
    """A role of an auth method."""
    bound: dict[str, dict[str, object]] = {
        _KUBERNETES: {
            "roleName": "payments-api",
            "boundServiceAccountNames": ["payments-api"],
            "boundServiceAccountNamespaces": ["payments"],
            "audience": "vault",
        },
        _JWT: {
            "roleName": "operators",
            "userClaim": "sub",
            "boundAudiences": ["vault"],
            "boundClaims": {"groups": "operators"},
        },
        _APP_ROLE: {"roleName": "collector", "secretIdNumUses": 1, "secretIdTtl": 600},
        _AWS: {
            "role": "provisioner",
            "authType": "iam",
            "boundIamPrincipalArns": ["arn:aws:iam::123456789012:role/provisioner"],
        },
    }
    tokens = {"tokenPolicies": ["payments-api"], "tokenTtl": 900, "tokenMaxTtl": 3600}
    return Example({**bound.get(type_, {}), **tokens, **fields}, type=type_)


@rule(
    id="vault-token-ends-soon",
    title="Tokens of Vault end within an hour, and cannot be renewed past a day",
    on=ROLES,
    pci=("8.2.5",),
    severity=Severity.MEDIUM,
    fix=("token_ttl = 900\ntoken_max_ttl = 3600"),
    reference=_TOKEN_DOCS,
    passes=(_role(_KUBERNETES), _role(_JWT), _role(_APP_ROLE), _role(_AWS)),
    fails=(
        _role(_KUBERNETES, tokenTtl=86400),
        _role(_KUBERNETES, tokenTtl=0),
        _role(_AWS, tokenMaxTtl=604800),
        _role(_JWT, tokenMaxTtl=0),
        _role(_KUBERNETES, tokenPeriod=3600),
    ),
    undecidable=(_role(_KUBERNETES, tokenTtl=UNKNOWN),),
)
def vault_token_ends_soon(resource: Resource) -> Iterator[str]:
    """Access ends the day somebody leaves, without anybody having to think of it."""
    limits = (("tokenTtl", _HOUR), ("tokenMaxTtl", _DAY))
    for field, limit in limits:
        if not 0 < duration_s(resource.get(field, 0)) <= limit:
            yield f"{field} is {resource.get(field, 0)} seconds"
    if duration_s(resource.get("tokenPeriod", 0)):
        yield "Its tokens can be renewed for ever"


@rule(
    id="vault-role-not-root",
    title="No role hands out root, or no policy at all",
    on=ROLES,
    pci=("2.2.2",),
    severity=Severity.CRITICAL,
    fix="token_policies=[policy.name]",
    reference=_TOKEN_DOCS,
    passes=(_role(_KUBERNETES), _role(_AWS)),
    fails=(_role(_KUBERNETES, tokenPolicies=["root"]), _role(_AWS, tokenPolicies=[])),
    undecidable=(_role(_KUBERNETES, tokenPolicies=UNKNOWN),),
)
def vault_role_not_root(resource: Resource) -> Iterator[str]:
    """Root has no limits and no owner."""
    policies = resource.get("tokenPolicies", [])
    if "root" in policies:
        yield "Hands out root"
    if not policies:
        yield "Names no policy, and leaves it to the default one"


@rule(
    id="vault-role-of-one-workload",
    title="Each role of Vault is for one workload",
    on=(_KUBERNETES,),
    pci=("7.2.5",),
    severity=Severity.HIGH,
    fix='bound_service_account_names=["payments-api"]  # and one namespace',
    reference="https://developer.hashicorp.com/vault/api-docs/auth/kubernetes#create-update-role",
    passes=(_role(_KUBERNETES),),
    fails=(
        _role(_KUBERNETES, boundServiceAccountNames=["*"]),
        _role(_KUBERNETES, boundServiceAccountNamespaces=["*"]),
        _role(_KUBERNETES, boundServiceAccountNames=["payments-api", "payment-relay"]),
        _role(_KUBERNETES, boundServiceAccountNames=["default"]),
    ),
    undecidable=(_role(_KUBERNETES, boundServiceAccountNames=UNKNOWN),),
)
def vault_role_of_one_workload(resource: Resource) -> Iterator[str]:
    """What two workloads share, neither of them can be shown to have done."""
    names = resource.get("boundServiceAccountNames", [])
    if len(names) != 1 or "*" in names[0] or names == ["default"]:
        yield f"Is for the service accounts {', '.join(names) or '(none)'}"
    if any("*" in each for each in resource.get("boundServiceAccountNamespaces", [])):
        yield "Is for any namespace"


@rule(
    id="vault-role-audience-named",
    title="Vault takes only tokens that were made for it",
    on=(_KUBERNETES, _JWT),
    pci=("8.3.11",),
    severity=Severity.MEDIUM,
    fix='audience="vault"  # bound_audiences=["vault"] for a JWT role',
    reference="https://developer.hashicorp.com/vault/api-docs/auth/kubernetes#audience",
    passes=(_role(_KUBERNETES), _role(_JWT)),
    fails=(_role(_KUBERNETES, audience=None), _role(_JWT, boundAudiences=[])),
    undecidable=(_role(_KUBERNETES, audience=UNKNOWN),),
)
def vault_role_audience_named(resource: Resource) -> Iterator[str]:
    """Otherwise whoever is shown a token, to prove something else, can sign in with it."""
    field = "audience" if resource.type == _KUBERNETES else "boundAudiences"
    if not resource.has(field):
        yield "Takes tokens for any audience"


@rule(
    id="vault-people-by-group",
    title="People sign in to Vault by a claim of their identity provider",
    on=(_JWT,),
    pci=("8.2.4",),
    severity=Severity.MEDIUM,
    fix='bound_claims={"groups": "payments-operators"}',
    reference="https://developer.hashicorp.com/vault/docs/auth/jwt#bound-claims",
    passes=(_role(_JWT), _role(_JWT, boundClaims=None, boundSubject="repo:pay/platform")),
    fails=(_role(_JWT, boundClaims=None), _role(_JWT, boundClaims={})),
    undecidable=(_role(_JWT, boundClaims=UNKNOWN),),
)
def vault_people_by_group(resource: Resource) -> Iterator[str]:
    """Without a claim everybody whom the provider knows has the role."""
    if not resource.has("boundClaims") and not resource.has("boundSubject"):
        yield "Is for everybody whom the provider knows"


@rule(
    id="vault-app-role-secret-limited",
    title="Secret ids of AppRole are for one use and end within a day",
    on=(_APP_ROLE,),
    pci=("8.6.3",),
    severity=Severity.HIGH,
    fix=("secret_id_num_uses = 1\nsecret_id_ttl = 600"),
    reference="https://developer.hashicorp.com/vault/api-docs/auth/approle",
    passes=(_role(_APP_ROLE),),
    fails=(
        _role(_APP_ROLE, secretIdNumUses=0),
        _role(_APP_ROLE, secretIdTtl=0),
        _role(_APP_ROLE, bindSecretId=False),
    ),
    undecidable=(_role(_APP_ROLE, secretIdTtl=UNKNOWN),),
)
def vault_app_role_secret_limited(resource: Resource) -> Iterator[str]:
    """A secret id is a system's password."""
    if not resource.get("bindSecretId", True):
        yield "Asks for no secret id"
    if not int(resource.get("secretIdNumUses", 0)):
        yield "Its secret ids can be used for ever"
    if not 0 < duration_s(resource.get("secretIdTtl", 0)) <= _DAY:
        yield "Its secret ids do not end within a day"


@rule(
    id="vault-aws-role-of-named-principals",
    title="AWS principals that sign in to Vault are named",
    on=(_AWS,),
    pci=("8.2.1",),
    severity=Severity.HIGH,
    fix='bound_iam_principal_arns=[role.arn], auth_type="iam"',
    reference="https://developer.hashicorp.com/vault/api-docs/auth/aws#create-update-role",
    passes=(_role(_AWS),),
    fails=(
        _role(_AWS, boundIamPrincipalArns=["arn:aws:iam::123456789012:*"]),
        _role(_AWS, boundIamPrincipalArns=[], boundAccountIds=["123456789012"]),
    ),
    undecidable=(_role(_AWS, boundIamPrincipalArns=UNKNOWN),),
)
def vault_aws_role_of_named_principals(resource: Resource) -> Iterator[str]:
    """An account is not somebody."""
    principals = resource.get("boundIamPrincipalArns", [])
    if not principals or any("*" in each for each in principals):
        yield f"Is for {', '.join(principals) or 'principals that are not named'}"
