"""A region's nodes: Bottlerocket, encrypted, without a shell, one group for each kind of pod."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.regions.settings import NodePool, NodesSettings
from infra.security.iam import Statement, role

LABEL = "evenkeel.dev/nodes"
"""Says what a node is for; pods ask for it, and the databases' nodes admit nobody else."""

MANAGED = (
    "arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy",
    "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
    # There is no shell and no key; what little can be done on a node goes through SSM.
    "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
)


@dataclass(frozen=True, kw_only=True)
class NodesArgs:
    """Where the nodes stand, and how many."""

    cluster_name: pulumi.Input[str]
    version: str
    subnet_ids: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]
    settings: NodesSettings


class Nodes(pulumi.ComponentResource):
    """The node groups, over all zones, and the role that their nodes have."""

    role_arn: pulumi.Output[str]
    groups: list[pulumi.Resource]
    """Whatever needs a node to run on waits for these."""

    def __init__(
        self, name: str, args: NodesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:regions:Nodes", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        node = role(
            f"{name}-node",
            trusts=[Statement(actions=["sts:AssumeRole"], services=["ec2.amazonaws.com"])],
            may=[],
            managed=MANAGED,
            opts=self._child,
        )
        pools = args.settings
        self.role_arn = node.arn
        self.groups = [
            self._group("system", pools.system, node),
            self._group("payments", pools.payments, node),
            self._group("database", pools.database, node, reserved=True),
        ]
        self.register_outputs({"role_arn": self.role_arn})

    def _group(
        self, purpose: str, pool: NodePool, node: aws.iam.Role, *, reserved: bool = False
    ) -> aws.eks.NodeGroup:
        name = f"{self._name}-{purpose}"
        template = self._template(name, pool)
        taints: list[aws.eks.NodeGroupTaintArgsDict] = [
            {"key": LABEL, "value": purpose, "effect": "NO_SCHEDULE"}
        ]
        return aws.eks.NodeGroup(
            name,
            cluster_name=self._args.cluster_name,
            version=self._args.version,
            node_role_arn=node.arn,
            subnet_ids=list(self._args.subnet_ids),
            ami_type=image_type(pool.instance_types),
            # What is taken away at two minutes' notice keeps no payment waiting.
            capacity_type="ON_DEMAND",
            instance_types=list(pool.instance_types),
            scaling_config={
                "min_size": pool.nodes_min,
                "max_size": pool.nodes_max,
                "desired_size": max(pool.nodes_min, 1),
            },
            launch_template={
                "id": template.id,
                "version": template.latest_version.apply(str),
            },
            labels={LABEL: purpose},
            taints=taints if reserved else None,
            # One at a time: a database's standby must be back before its primary's node goes.
            update_config={"max_unavailable": 1},
            node_repair_config={"enabled": True},
            opts=pulumi.ResourceOptions(
                parent=self,
                # The autoscaler decides it once the group is there.
                ignore_changes=["scalingConfig.desiredSize"],
            ),
        )

    def _template(self, name: str, pool: NodePool) -> aws.ec2.LaunchTemplate:
        volumes = (("/dev/xvda", 4), ("/dev/xvdb", pool.volume_gib))
        return aws.ec2.LaunchTemplate(
            name,
            update_default_version=True,
            # Version 2 only, and not from a pod's network: no pod takes its node's role.
            metadata_options={
                "http_endpoint": "enabled",
                "http_tokens": "required",
                "http_put_response_hop_limit": 1,
                "instance_metadata_tags": "disabled",
            },
            block_device_mappings=[
                {
                    "device_name": device,
                    "ebs": {
                        "volume_type": "gp3",
                        "volume_size": gib,
                        "encrypted": "true",
                        "kms_key_id": self._args.key_arn,
                        "delete_on_termination": "true",
                    },
                }
                # Bottlerocket's own system, which is read only, and all else.
                for device, gib in volumes
            ],
            monitoring={"enabled": True},
            tag_specifications=[
                {"resource_type": each, "tags": {"Name": name}} for each in ("instance", "volume")
            ],
            opts=self._child,
        )


def image_type(instance_types: Sequence[str]) -> str:
    """Choose the image that fits the processors; one group cannot have both kinds."""
    arm = {re.match(r"[a-z]+\d+[a-z]*g", each.split(".")[0]) is not None for each in instance_types}
    if len(arm) > 1:
        raise ValueError(f"{', '.join(instance_types)} are of two architectures; keep one a group")
    return "BOTTLEROCKET_ARM_64" if arm == {True} else "BOTTLEROCKET_x86_64"
