"""Rules for AWS IAM: the account's password policy, and people in the account itself."""

from collections.abc import Iterator

from policies.rule import UNKNOWN, Example, Resource, Severity, rule
from policies.rules.remedy import hub
from policies.rules.shapes import (
    must_be_at_least,
    must_be_at_most,
    must_be_false,
    must_be_given,
    must_be_true,
)

PASSWORDS = ("aws:iam/accountPasswordPolicy:AccountPasswordPolicy",)
USER = "aws:iam/user:User"
TO_USERS = ("aws:iam/userPolicy:UserPolicy", "aws:iam/userPolicyAttachment:UserPolicyAttachment")
TO_JOBS = (
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
)

iam_password_long = must_be_at_least(
    "minimumPasswordLength",
    12,
    default=6,
    id="iam-password-long",
    title="Passwords have at least twelve characters",
    on=PASSWORDS,
    pci=("8.3.6",),
    controls=("IAM.7",),
    severity=Severity.MEDIUM,
    says="{value} characters are enough",
    why="A password that stands alone has to be longer than guessing reaches.",
)

iam_password_has_upper_case = must_be_true(
    "requireUppercaseCharacters",
    id="iam-password-has-upper-case",
    title="Passwords hold an upper-case letter",
    on=PASSWORDS,
    pci=("8.3.6", "8.6.3"),
    controls=("IAM.11", "IAM.7"),
    severity=Severity.MEDIUM,
    says="No upper-case letter is asked for",
    why="A larger alphabet makes each character harder to guess.",
)

iam_password_has_lower_case = must_be_true(
    "requireLowercaseCharacters",
    id="iam-password-has-lower-case",
    title="Passwords hold a lower-case letter",
    on=PASSWORDS,
    pci=("8.3.6", "8.6.3"),
    controls=("IAM.12", "IAM.7"),
    severity=Severity.MEDIUM,
    says="No lower-case letter is asked for",
    why="A larger alphabet makes each character harder to guess.",
)

iam_password_has_digit = must_be_true(
    "requireNumbers",
    id="iam-password-has-digit",
    title="Passwords hold a digit",
    on=PASSWORDS,
    pci=("8.3.6", "8.6.3"),
    controls=("IAM.14", "IAM.7"),
    severity=Severity.MEDIUM,
    says="No digit is asked for",
    why="Letters and digits both are asked for by the standard.",
)

iam_password_has_symbol = must_be_true(
    "requireSymbols",
    id="iam-password-has-symbol",
    title="Passwords hold a symbol",
    on=PASSWORDS,
    pci=("8.3.6",),
    controls=("IAM.7", "IAM.13"),
    severity=Severity.LOW,
    says="No symbol is asked for",
    why="A larger alphabet makes each character harder to guess.",
)

iam_password_new = must_be_at_least(
    "passwordReusePrevention",
    24,
    default=0,
    id="iam-password-new",
    title="The last 24 passwords cannot be used again",
    on=PASSWORDS,
    pci=("8.3.7",),
    controls=("IAM.16",),
    severity=Severity.MEDIUM,
    says="Only the last {value} are remembered",
    why="A changed password that is an old one again was not changed.",
)

iam_password_expires = must_be_at_most(
    "maxPasswordAge",
    90,
    default=None,
    id="iam-password-expires",
    title="Passwords are changed every 90 days",
    on=PASSWORDS,
    pci=("8.3.9", "8.3.10.1"),
    controls=("IAM.17",),
    severity=Severity.MEDIUM,
    says="A password may be used for ever, or for {value} days",
    why="A password that was stolen unnoticed works no longer than this.",
)

iam_password_changeable = must_be_true(
    "allowUsersToChangePassword",
    default=True,
    id="iam-password-changeable",
    title="People change their own passwords",
    on=PASSWORDS,
    pci=("8.3.5",),
    severity=Severity.LOW,
    says="Only an administrator can set a password, and then knows it",
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html",
    why="A password that is set for somebody is changed by its owner at first use.",
)

iam_first_password_changed = must_be_true(
    "passwordResetRequired",
    id="iam-first-password-changed",
    title="A first password has to be changed at once",
    on=("aws:iam/userLoginProfile:UserLoginProfile",),
    pci=("8.3.5",),
    severity=Severity.MEDIUM,
    says="Its first password, which the program's state knows, stays",
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_admin-change-user.html",
    why="A password that is set for somebody is changed by its owner at first use.",
)

iam_user_bounded = must_be_given(
    "permissionsBoundary",
    good="arn:aws:iam::111122223333:policy/boundary",
    id="iam-user-bounded",
    title="IAM users have a permissions boundary",
    on=(USER,),
    pci=("7.2.1",),
    severity=Severity.LOW,
    says="Whatever policy it is given by mistake takes effect",
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
    why="A boundary holds where somebody with the right to attach policies goes too far.",
)

iam_user_removed_with_keys = must_be_false(
    "forceDestroy",
    default=False,
    id="iam-user-removal-noticed",
    title="A user with keys made by hand is not removed silently",
    on=(USER,),
    pci=("8.2.4",),
    severity=Severity.LOW,
    says="Keys and devices that nobody knows of go with it unseen",
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_remove.html",
    why="A key that the program did not make is a finding; removing it hides it.",
)


@rule(
    id="iam-no-lasting-keys",
    title="No access key is made",
    on=("aws:iam/accessKey:AccessKey",),
    pci=("8.6.3", "8.3.9"),
    controls=("IAM.3",),
    severity=Severity.HIGH,
    fix="aws.iam.Role(...)  # a role gives keys that end by themselves",
    reference=hub("IAM.3"),
    passes=({"user": "robot", "status": "Inactive"},),
    fails=({"user": "robot"}, {"user": UNKNOWN, "status": "Active"}),
    undecidable=({"user": "robot", "status": UNKNOWN},),
)
def iam_no_lasting_keys(key: Resource) -> Iterator[str]:
    """A key that does not end by itself stands in files and in state until somebody steals it."""
    if key.get("status", "Active") != "Inactive":
        yield "It works until somebody thinks of changing it"


@rule(
    id="iam-no-passwords-in-account",
    title="People sign in through the company's directory",
    on=("aws:iam/userLoginProfile:UserLoginProfile",),
    pci=("8.2.1", "8.4.2"),
    controls=("IAM.5",),
    severity=Severity.MEDIUM,
    fix="aws.ssoadmin.AccountAssignment(...)",
    reference=hub("IAM.5"),
    passes=({"user": "break-glass", "passwordResetRequired": True},),
    fails=({"user": "alice"},),
    undecidable=({"user": UNKNOWN},),
)
def iam_no_passwords_in_account(login: Resource) -> Iterator[str]:
    """A console password of the account's own has no second factor that a program can see."""
    user = str(login.get("user", ""))
    if "break" not in user.lower():
        yield f"{user} signs in to the account itself, with a password and perhaps no second factor"


@rule(
    id="iam-nothing-attached-to-user",
    title="Policies are attached to groups and roles, not to users",
    on=(*TO_USERS, *TO_JOBS),
    pci=("7.2.2", "7.3.2"),
    controls=("IAM.2",),
    severity=Severity.LOW,
    fix="aws.iam.GroupPolicyAttachment(..., group=auditors.name, policy_arn=policy.arn)",
    reference=hub("IAM.2"),
    passes=tuple(Example({}, type=each) for each in TO_JOBS),
    fails=tuple(Example({"user": UNKNOWN}, type=each) for each in TO_USERS),
)
def iam_nothing_attached_to_user(attachment: Resource) -> Iterator[str]:
    """What a job allows is reviewed once for the job, not once for every person who has it."""
    if attachment.type in TO_USERS:
        yield "It gives a right to one person, whatever her job"


@rule(
    id="iam-policy-attachment-shared-safely",
    title="No attachment owns everybody's policies",
    on=("aws:iam/policyAttachment:PolicyAttachment",),
    pci=("7.2.2",),
    controls=("IAM.2",),
    severity=Severity.LOW,
    fix="aws.iam.RolePolicyAttachment(..., role=role.name, policy_arn=policy.arn)",
    reference="https://www.pulumi.com/registry/packages/aws/api-docs/iam/policyattachment/",
    passes=({"roles": ["api"], "policyArn": "arn:aws:iam::111122223333:policy/read"},),
    fails=({"users": ["alice"], "policyArn": "arn:aws:iam::111122223333:policy/read"},),
    undecidable=({"users": UNKNOWN},),
)
def iam_policy_attachment_shared_safely(attachment: Resource) -> Iterator[str]:
    """Rights belong to a job; this kind of attachment also takes away everybody else's."""
    if attachment.has("users"):
        yield "It gives a right to single people"
