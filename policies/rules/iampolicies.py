"""Rules for what IAM policies allow."""

from collections.abc import Iterator, Sequence

from policies.rule import (
    UNKNOWN,
    Example,
    Resource,
    Severity,
    Statement,
    rule,
)
from policies.rules.documents import document, may, whose
from policies.rules.neighbours import must_accompany_a_network
from policies.rules.remedy import hub
from policies.rules.shapes import at

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
INLINE = (
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
)
IDENTITY = (POLICY, *INLINE)
ANY_IDENTITY = (*IDENTITY, ROLE)
DECRYPT = ("kms:decrypt", "kms:reencryptfrom", "kms:*", "*")
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
OWNER = "arn:aws:iam::111122223333:root"
READ = may("s3:GetObject", resource="arn:aws:s3:::data/*")


def statements(identity: Resource) -> list[Statement]:
    """What a policy, or a role's inline policies, say."""
    if identity.type != ROLE:
        return identity.document("policy")
    return [each for node in identity.items("inlinePolicies[]") for each in node.document("policy")]


def given_everywhere(statement: Statement, actions: Sequence[str]) -> list[str]:
    """Which of the actions a statement allows on every resource."""
    everywhere = "*" in statement.resources or "arn:aws:kms:*:*:key/*" in statement.resources
    if not statement.allows or not everywhere:
        return []
    return [each for each in statement.actions if each.lower() in actions]


@rule(
    id="iam-policy-not-all-powerful",
    title="No policy allows everything",
    on=ANY_IDENTITY,
    pci=("7.2.2",),
    controls=("IAM.1",),
    severity=Severity.HIGH,
    fix='aws.iam.Policy(..., policy=...)  # "Action": ["s3:GetObject"], "Resource": bucket.arn',
    reference=hub("IAM.1"),
    passes=({"policy": READ}, Example({"assumeRolePolicy": whose(OWNER)}, type=ROLE)),
    fails=(
        {"policy": may("*")},
        Example(at("inlinePolicies[].policy", may("*")), type=ROLE),
    ),
    undecidable=(
        {"policy": UNKNOWN},
        Example(at("inlinePolicies[].policy", UNKNOWN), type=ROLE),
    ),
)
def iam_policy_not_all_powerful(identity: Resource) -> Iterator[str]:
    """Least privilege ends where one policy allows whatever there will ever be."""
    for statement in statements(identity):
        if statement.allows and "*" in statement.actions and "*" in statement.resources:
            yield "It allows every action on every resource"


@rule(
    id="iam-policy-no-whole-service",
    title="No policy allows all actions of a service on everything",
    on=ANY_IDENTITY,
    pci=("7.2.2",),
    controls=("IAM.21",),
    severity=Severity.MEDIUM,
    fix='aws.iam.Policy(..., policy=...)  # "Action": ["s3:GetObject"], not "s3:*"',
    reference=hub("IAM.21"),
    passes=({"policy": READ}, {"policy": may("s3:*", resource="arn:aws:s3:::mine/*")}),
    fails=({"policy": may("s3:*")}, {"policy": may("*")}),
    undecidable=({"policy": UNKNOWN},),
)
def iam_policy_no_whole_service(identity: Resource) -> Iterator[str]:
    """`service:*` includes what deletes, what opens, and what AWS adds tomorrow."""
    for statement in statements(identity):
        whole = [each for each in statement.actions if each == "*" or each.endswith(":*")]
        if statement.allows and whole and "*" in statement.resources:
            yield f"It allows {', '.join(whole)} on every resource"


@rule(
    id="iam-policy-no-exception-list",
    title="Policies allow by a list, not by all but a list",
    on=ANY_IDENTITY,
    pci=("7.2.2", "7.3.3"),
    severity=Severity.MEDIUM,
    fix='aws.iam.Policy(..., policy=...)  # "Action": [...] in place of "NotAction"',
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html",
    passes=({"policy": READ},),
    fails=(
        {"policy": document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})},
        {"policy": document({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "a"})},
    ),
    undecidable=({"policy": UNKNOWN},),
)
def iam_policy_no_exception_list(identity: Resource) -> Iterator[str]:
    """All but a list is not denial by default: it allows what nobody has thought of."""
    for statement in statements(identity):
        if statement.allows and statement.not_actions:
            yield f"It allows everything but {', '.join(statement.not_actions)}"
        if statement.allows and statement.not_resources:
            yield f"It allows something everywhere but on {', '.join(statement.not_resources)}"


@rule(
    id="iam-policy-no-decryption-with-any-key",
    title="No managed policy lets its holder decrypt with every key",
    on=(POLICY,),
    pci=("3.6.1.3", "7.2.2"),
    controls=("KMS.1",),
    severity=Severity.HIGH,
    fix='aws.iam.Policy(..., policy=...)  # "Action": "kms:Decrypt", "Resource": key.arn',
    reference=hub("KMS.1"),
    passes=({"policy": may("kms:Decrypt", resource="arn:aws:kms:us-east-1:1:key/1")},),
    fails=({"policy": may("kms:Decrypt")}, {"policy": may("kms:*")}),
    undecidable=({"policy": UNKNOWN},),
)
def iam_policy_no_decryption_with_any_key(policy: Resource) -> Iterator[str]:
    """Keys of their own for each kind of data separate nothing if one role may use them all."""
    for statement in policy.document("policy"):
        for action in given_everywhere(statement, DECRYPT):
            yield f"It allows {action} with every key"


@rule(
    id="iam-inline-policy-no-decryption-with-any-key",
    title="No inline policy lets its holder decrypt with every key",
    on=(*INLINE, ROLE),
    pci=("3.6.1.3", "7.2.2"),
    controls=("KMS.2",),
    severity=Severity.HIGH,
    fix='aws.iam.RolePolicy(..., policy=...)  # "Action": "kms:Decrypt", "Resource": key.arn',
    reference=hub("KMS.2"),
    passes=({"policy": may("kms:Decrypt", resource="arn:aws:kms:us-east-1:1:key/1")},),
    fails=(
        {"policy": may("kms:Decrypt")},
        Example(at("inlinePolicies[].policy", may("kms:ReEncryptFrom")), type=ROLE),
    ),
    undecidable=({"policy": UNKNOWN},),
)
def iam_inline_policy_no_decryption_with_any_key(identity: Resource) -> Iterator[str]:
    """Keys of their own for each kind of data separate nothing if one role may use them all."""
    for statement in statements(identity):
        for action in given_everywhere(statement, DECRYPT):
            yield f"It allows {action} with every key"


@rule(
    id="iam-administrator-not-attached",
    title="AWS's administrator policy is attached to nobody",
    on=(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:iam/userPolicyAttachment:UserPolicyAttachment",
        "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
        "aws:iam/policyAttachment:PolicyAttachment",
    ),
    pci=("7.2.2", "7.2.5"),
    severity=Severity.HIGH,
    fix="aws.iam.RolePolicyAttachment(..., policy_arn=what_the_job_needs.arn)",
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    passes=({"policyArn": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"},),
    fails=({"policyArn": ADMINISTRATOR}, {"policyArn": "arn:aws:iam::aws:policy/IAMFullAccess"}),
    undecidable=({"policyArn": UNKNOWN},),
)
def iam_administrator_not_attached(attachment: Resource) -> Iterator[str]:
    """Whoever may do everything may also switch off what records it."""
    name = str(attachment.get("policyArn", "")).rsplit("/", 1)[-1]
    if name in ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess"):
        yield f"It gives {name}"


@rule(
    id="iam-second-factor-not-optional",
    title="A demand for a second factor holds when none was asked for",
    on=(*ANY_IDENTITY,),
    pci=("8.5.1",),
    severity=Severity.MEDIUM,
    fix="aws.iam.Policy(..., policy=...)"
    '  # "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, not "BoolIfExists"',
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent",
    passes=({"policy": READ},),
    fails=(
        {
            "policy": document(
                {
                    "Effect": "Allow",
                    "Action": "iam:CreateUser",
                    "Resource": "*",
                    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}},
                }
            )
        },
    ),
    undecidable=({"policy": UNKNOWN},),
)
def iam_second_factor_not_optional(identity: Resource) -> Iterator[str]:
    """With IfExists, a call by a plain access key, which carries no such mark, is let through."""
    documents = statements(identity)
    if identity.type == ROLE:
        documents = [*documents, *identity.document("assumeRolePolicy")]
    for statement in documents:
        if statement.allows and "aws:MultiFactorAuthPresent" in statement.conditions.get(
            "BoolIfExists", {}
        ):
            yield "Whoever signs in with a key alone passes its demand for a second factor"


iam_access_analyzed = must_accompany_a_network(
    "aws:accessanalyzer/analyzer:Analyzer",
    wants={"type": ("ACCOUNT", "ORGANIZATION")},
    defaults={"type": "ACCOUNT"},
    id="iam-access-analyzed",
    title="Access Analyzer watches for access from outside",
    pci=("7.2.4",),
    controls=("IAM.28",),
    severity=Severity.MEDIUM,
    says="Nothing looks for what this network's region gives to other accounts",
    why="Access is reviewed every six months; the analyzer reviews it at every change.",
)

iam_unused_access_found = must_accompany_a_network(
    "aws:accessanalyzer/analyzer:Analyzer",
    wants={"type": ("ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_UNUSED_ACCESS")},
    id="iam-unused-access-found",
    title="Access Analyzer watches for access that nobody uses",
    pci=("8.2.6", "7.2.5.1"),
    severity=Severity.LOW,
    says="Nothing looks for roles and keys that nobody uses any more",
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-findings.html",
    why="An account that nobody has used for 90 days is one that nobody would miss.",
)

iam_support_role = must_accompany_a_network(
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    wants={"policyArn": "arn:aws:iam::aws:policy/AWSSupportAccess"},
    id="iam-support-role",
    title="Somebody may call AWS Support",
    pci=("12.10.3",),
    controls=("IAM.18",),
    severity=Severity.LOW,
    says="No role may open a case with AWS during an incident",
    why="Who answers an incident at night must be able to ask for help.",
)
