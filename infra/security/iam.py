"""IAM policy documents from typed statements, so that `*` is never a slip of the keyboard."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

Texts = Sequence[pulumi.Input[str]]
Conditions = Mapping[str, Mapping[str, pulumi.Input[str] | Texts]]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One thing that is allowed, or denied."""

    actions: Sequence[str]
    resources: Texts = ()
    """Left empty in a trust policy only, which speaks of its own role."""
    everywhere: str = ""
    """Why the actions cannot be narrowed to resources; makes the resource `*`."""
    services: Sequence[str] = ()
    """AWS services that this speaks to, in a resource's or a trust policy."""
    principals: Texts = ()
    """ARNs that this speaks to, in a resource's or a trust policy."""
    conditions: Conditions = field(default_factory=dict[str, Mapping[str, str]])
    effect: Literal["Allow", "Deny"] = "Allow"
    sid: str = ""

    def __post_init__(self) -> None:
        if not self.actions:
            raise ValueError("a statement without actions says nothing")
        broad = [each for each in self.actions if each == "*" or each.endswith(":*")]
        if broad and self.effect == "Allow" and not self.is_key_administration:
            raise ValueError(f"{broad[0]} allows all of it; name the actions")
        if "*" in self.resources:
            raise ValueError("resources of * need their reason: say it in `everywhere` instead")
        if self.everywhere and self.resources:
            raise ValueError("either resources or everywhere, not both")

    @property
    def is_key_administration(self) -> bool:
        """Whether this is the one `kms:*`: a key's own policy, without which no one can mend it."""
        return tuple(self.actions) == ("kms:*",) and bool(self.principals)

    def render(self) -> dict[str, Any]:
        """Spell it out as IAM wants it."""
        rendered: dict[str, Any] = {"Effect": self.effect, "Action": list(self.actions)}
        if self.sid:
            rendered = {"Sid": self.sid, **rendered}
        if self.services or self.principals:
            anyone = list(self.principals) == ["*"]
            rendered["Principal"] = (
                "*"
                if anyone
                else {
                    **({"Service": list(self.services)} if self.services else {}),
                    **({"AWS": list(self.principals)} if self.principals else {}),
                }
            )
        if self.everywhere:
            rendered["Resource"] = "*"
        elif self.resources:
            rendered["Resource"] = list(self.resources)
        if self.conditions:
            rendered["Condition"] = {test: dict(values) for test, values in self.conditions.items()}
        return rendered


def document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """Write a policy document; known at preview where all its parts are."""
    body = {
        "Version": "2012-10-17",
        "Statement": [each.render() for each in statements],
    }
    return pulumi.Output.from_input(body).apply(json.dumps)


def trust(service: str, *, account_id: str, source_arn: str = "") -> Statement:
    """Let an AWS service take a role, in the name of our own account only (no confused deputy)."""
    conditions: dict[str, dict[str, str]] = {"StringEquals": {"aws:SourceAccount": account_id}}
    if source_arn:
        conditions["ArnLike"] = {"aws:SourceArn": source_arn}
    return Statement(actions=["sts:AssumeRole"], services=[service], conditions=conditions)


def role(
    name: str,
    *,
    trusts: Sequence[Statement],
    may: Sequence[Statement],
    opts: pulumi.ResourceOptions,
    role_name: str | None = None,
    managed: Sequence[str] = (),
) -> aws.iam.Role:
    """Make a role that some may take, and that may do just what is listed."""
    made = aws.iam.Role(
        name,
        name=role_name,
        assume_role_policy=document(trusts),
        # A session that leaked is worth an hour.
        max_session_duration=3600,
        opts=opts,
    )
    for policy in managed:
        aws.iam.RolePolicyAttachment(
            f"{name}-{policy.rsplit('/', 1)[-1]}", role=made.name, policy_arn=policy, opts=opts
        )
    if may:
        aws.iam.RolePolicy(name, role=made.name, policy=document(may), opts=opts)
    return made
