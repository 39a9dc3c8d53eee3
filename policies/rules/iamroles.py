"""Rules for who may assume an IAM role, and for how long."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, NotApplicable, Resource, Severity, rule
from policies.rules.documents import document, whose
from policies.rules.shapes import must_be_at_most

ROLE: Final = "aws:iam/role:Role"
OWNER: Final = "arn:aws:iam::111122223333:root"

iam_role_session_short = must_be_at_most(
    "maxSessionDuration",
    14400,
    default=3600,
    id="iam-role-session-short",
    title="A role's session ends within four hours",
    on=(ROLE,),
    pci=("8.2.8",),
    severity=Severity.LOW,
    says="A session lasts {value} seconds",
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use.html",
    why="A session that somebody walked away from has to end.",
)


@rule(
    id="iam-role-not-for-everybody",
    title="A role says who may assume it",
    on=(ROLE,),
    pci=("7.2.5", "8.2.7"),
    severity=Severity.CRITICAL,
    fix="aws.iam.Role(..., assume_role_policy=...)"
    '  # "Principal": {"Service": "ec2.amazonaws.com"}',
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html",
    passes=({"assumeRolePolicy": whose(OWNER, "sts:AssumeRole")},),
    fails=({"assumeRolePolicy": whose("*", "sts:AssumeRole")},),
    undecidable=({"assumeRolePolicy": UNKNOWN},),
)
def iam_role_not_for_everybody(role: Resource) -> Iterator[str]:
    """A role that anybody may assume is a public key to all that it can do."""
    for statement in role.document("assumeRolePolicy"):
        if statement.public and not statement.conditions:
            yield "Anybody in any account may assume it"


@rule(
    id="iam-federated-role-names-its-audience",
    title="A role for a web identity says which identity",
    on=(ROLE,),
    pci=("7.2.5", "8.6.1"),
    severity=Severity.HIGH,
    fix="aws.iam.Role(..., assume_role_policy=...)"
    '  # "Condition": {"StringEquals": {f"{issuer}:sub": "system:serviceaccount:ns:name"}}',
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html",
    passes=(
        {
            "assumeRolePolicy": document(
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": "arn:aws:iam::1:oidc-provider/issuer"},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {"StringEquals": {"issuer:sub": "system:serviceaccount:a:b"}},
                }
            )
        },
    ),
    fails=(
        {
            "assumeRolePolicy": document(
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": "arn:aws:iam::1:oidc-provider/issuer"},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {"StringEquals": {"issuer:aud": "sts.amazonaws.com"}},
                }
            )
        },
    ),
    undecidable=({"assumeRolePolicy": UNKNOWN},),
    not_applicable=({"assumeRolePolicy": whose(OWNER, "sts:AssumeRole")},),
)
def iam_federated_role_names_its_audience(role: Resource) -> Iterator[str]:
    """Without its subject, every workload that the issuer knows may take the role."""
    federated = [
        each
        for each in role.document("assumeRolePolicy")
        if each.allows and "sts:AssumeRoleWithWebIdentity" in each.actions
    ]
    if not federated:
        raise NotApplicable("no web identity assumes it")
    for statement in federated:
        keys = [key for pairs in statement.conditions.values() for key in pairs]
        if not any(key.endswith(":sub") for key in keys):
            yield "Every workload that the issuer knows may assume it"


@rule(
    id="iam-person-assumes-with-second-factor",
    title="A person needs a second factor to assume a role",
    on=(ROLE,),
    pci=("8.4.2",),
    severity=Severity.HIGH,
    fix="aws.iam.Role(..., assume_role_policy=...)"
    '  # "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}',
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html",
    passes=(
        {
            "assumeRolePolicy": whose(
                "arn:aws:iam::1:user/alice",
                "sts:AssumeRole",
                Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            )
        },
    ),
    fails=({"assumeRolePolicy": whose("arn:aws:iam::1:user/alice", "sts:AssumeRole")},),
    undecidable=({"assumeRolePolicy": UNKNOWN},),
    not_applicable=({"assumeRolePolicy": whose("arn:aws:iam::1:role/api", "sts:AssumeRole")},),
)
def iam_person_assumes_with_second_factor(role: Resource) -> Iterator[str]:
    """All access to account data by people takes two factors."""
    people = [
        each
        for each in role.document("assumeRolePolicy")
        if each.allows and any(":user/" in who for who in each.principals)
    ]
    if not people:
        raise NotApplicable("no user assumes it")
    for statement in people:
        if "aws:MultiFactorAuthPresent" not in statement.conditions.get("Bool", {}):
            yield f"{', '.join(statement.principals)} may assume it with a password alone"
