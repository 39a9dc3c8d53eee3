"""Rules of security groups: one port, one reason, and where it can be said, one other group."""

import pulumi
import pulumi_aws as aws


def let_in(
    name: str,
    *,
    group: pulumi.Input[str],
    port: int,
    why: str,
    opts: pulumi.ResourceOptions,
    source: pulumi.Input[str] | None = None,
    cidr: str | None = None,
) -> aws.vpc.SecurityGroupIngressRule:
    """Let TCP to one port into a group, from another group or, across networks, from a CIDR."""
    _one_of(name, source, cidr)
    return aws.vpc.SecurityGroupIngressRule(
        name,
        security_group_id=group,
        description=why,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        referenced_security_group_id=source,
        cidr_ipv4=cidr,
        opts=opts,
    )


def let_out(
    name: str,
    *,
    group: pulumi.Input[str],
    port: int,
    why: str,
    opts: pulumi.ResourceOptions,
    target: pulumi.Input[str] | None = None,
    cidr: str | None = None,
) -> aws.vpc.SecurityGroupEgressRule:
    """Let TCP to one port out of a group, to another group or, across networks, to a CIDR."""
    _one_of(name, target, cidr)
    return aws.vpc.SecurityGroupEgressRule(
        name,
        security_group_id=group,
        description=why,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        referenced_security_group_id=target,
        cidr_ipv4=cidr,
        opts=opts,
    )


def _one_of(name: str, group: pulumi.Input[str] | None, cidr: str | None) -> None:
    if (group is None) == (cidr is None):
        raise ValueError(f"{name}: a rule names either a group or a CIDR")
