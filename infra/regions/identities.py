"""What each pod may do in AWS: one role for each ServiceAccount, by EKS Pod Identity."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import names
from infra.security.iam import Statement, role

PODS = "pods.eks.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """One ServiceAccount, and what it may do."""

    namespace: str
    service_account: str
    may: Sequence[Statement] = ()
    managed: Sequence[str] = ()
    fixed_session: bool = False
    """Whether it may take its own role anew under a session name of its own.

    Pod Identity makes up a session name for each pod and each renewal, and Kafka refuses a client
    that signs in again under another name. With a fixed one it stays the same principal.
    """

    @property
    def role_purpose(self) -> str:
        """What stands for the ServiceAccount in its role's name."""
        return self.service_account


@dataclass(frozen=True, kw_only=True)
class IdentitiesArgs:
    """Whose pods they are."""

    region: str
    account_id: str
    cluster_name: pulumi.Input[str]
    identities: Sequence[Identity]


class Identities(pulumi.ComponentResource):
    """A role and an association for each ServiceAccount that calls AWS."""

    role_arns: dict[str, pulumi.Output[str]]
    """By ServiceAccount."""

    def __init__(
        self, name: str, args: IdentitiesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:regions:Identities", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self.role_arns = {each.service_account: self._identity(each) for each in args.identities}
        self.register_outputs({"role_arns": self.role_arns})

    def _identity(self, each: Identity) -> pulumi.Output[str]:
        args, name = self._args, f"{self._name}-{each.service_account}"
        own = names.role_arn(each.role_purpose, args.region, args.account_id)
        trusts = [
            Statement(
                actions=["sts:AssumeRole", "sts:TagSession"],
                services=[PODS],
                conditions={
                    "StringEquals": {"aws:SourceAccount": args.account_id},
                    "ArnLike": {
                        "aws:SourceArn": (
                            f"arn:aws:eks:{args.region}:{args.account_id}:cluster/{names.PROJECT}"
                        )
                    },
                },
            )
        ]
        may = list(each.may)
        if each.fixed_session:
            trusts.append(_again(own, args.account_id, each.service_account))
            may.append(Statement(actions=["sts:AssumeRole"], resources=[own]))
        made = role(
            name,
            role_name=names.role(each.role_purpose, args.region),
            trusts=trusts,
            may=may,
            managed=each.managed,
            opts=self._child,
        )
        aws.eks.PodIdentityAssociation(
            name,
            cluster_name=args.cluster_name,
            namespace=each.namespace,
            service_account=each.service_account,
            role_arn=made.arn,
            opts=self._child,
        )
        return made.arn


def _again(own: str, account_id: str, session: str) -> Statement:
    """Let a role be taken by itself, under one session name only."""
    return Statement(
        actions=["sts:AssumeRole"],
        # A role named as principal would have to exist before its own trust policy.
        principals=[f"arn:aws:iam::{account_id}:root"],
        conditions={
            "ArnEquals": {"aws:PrincipalArn": own},
            "StringEquals": {"sts:RoleSessionName": session},
        },
    )
