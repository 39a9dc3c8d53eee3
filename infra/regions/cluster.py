"""A region's Kubernetes: EKS, closed to the outside, its secrets under a key of our own."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import names
from infra.regions.settings import ClusterSettings
from infra.security.iam import Statement, role

ADMIN_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
SERVICE_CIDR = "172.20.0.0/16"
"""Within the cluster only; apart from every region's network, which all lie in 10.0.0.0/8."""


@dataclass(frozen=True, kw_only=True)
class EksClusterArgs:
    """What the control plane stands on, and who administrates it."""

    region: str
    account_id: str
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]
    log_key_arn: pulumi.Input[str]
    provisioner_arn: str
    settings: ClusterSettings
    protected: bool = True


class EksCluster(pulumi.ComponentResource):
    """Control plane, its log, and access entries; nodes and add-ons come on top."""

    cluster_name: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    certificate_authority: pulumi.Output[str]
    """PEM in base64."""
    security_group_id: pulumi.Output[str]
    """Of the control plane and of all nodes."""
    kubeconfig: pulumi.Output[str]
    """Signs in by `aws eks get-token`; there is no secret in it."""

    def __init__(
        self, name: str, args: EksClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:regions:EksCluster", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        cluster = self._control_plane()
        self.cluster_name = cluster.name
        self.endpoint = cluster.endpoint
        self.certificate_authority = cluster.certificate_authority.apply(_authority)
        self.security_group_id = cluster.vpc_config.apply(_security_group)
        admins = self._admins(cluster)
        # Known only once the provisioner may sign in: whatever uses it waits for that, and when
        # all is destroyed the access goes last.
        self.kubeconfig = pulumi.Output.all(
            cluster.name, cluster.endpoint, self.certificate_authority, *[a.id for a in admins]
        ).apply(lambda known: kubeconfig(known[0], known[1], known[2], args.region))
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "endpoint": self.endpoint,
                "kubeconfig": self.kubeconfig,
            }
        )

    def _control_plane(self) -> aws.eks.Cluster:
        args, chosen = self._args, self._args.settings
        # EKS takes the log group of this name; made first, it has our key and our retention.
        log = aws.cloudwatch.LogGroup(
            f"{self._name}-eks",
            name=f"/aws/eks/{names.PROJECT}/cluster",
            retention_in_days=chosen.log_retention_days,
            kms_key_id=args.log_key_arn,
            opts=self._child,
        )
        control = role(
            f"{self._name}-eks",
            trusts=[
                Statement(
                    actions=["sts:AssumeRole", "sts:TagSession"], services=["eks.amazonaws.com"]
                )
            ],
            may=[],
            managed=["arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"],
            opts=self._child,
        )
        public = list(chosen.public_access_cidrs)
        return aws.eks.Cluster(
            self._name,
            name=names.PROJECT,
            version=chosen.version,
            role_arn=control.arn,
            vpc_config={
                "subnet_ids": list(args.subnet_ids),
                "endpoint_private_access": True,
                "endpoint_public_access": bool(public),
                "public_access_cidrs": public or None,
            },
            access_config={
                "authentication_mode": "API",
                # The provisioner has an entry of its own, whoever was first.
                "bootstrap_cluster_creator_admin_permissions": False,
            },
            encryption_config={
                "provider": {"key_arn": args.key_arn},
                "resources": ["secrets"],
            },
            kubernetes_network_config={"ip_family": "ipv4", "service_ipv4_cidr": SERVICE_CIDR},
            enabled_cluster_log_types=LOG_TYPES,
            upgrade_policy={"support_type": chosen.support},
            zonal_shift_config={"enabled": True},
            # All add-ons are ours, pinned in infra/regions/addons.py.
            bootstrap_self_managed_addons=False,
            deletion_protection=args.protected,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[log]),
        )

    def _admins(self, cluster: aws.eks.Cluster) -> list[aws.eks.AccessPolicyAssociation]:
        """Let the provisioner, and whom the settings name, administrate."""
        admins = [self._args.provisioner_arn, *self._args.settings.admin_role_arns]
        associations: list[aws.eks.AccessPolicyAssociation] = []
        for principal in dict.fromkeys(admins):
            name = f"{self._name}-{principal.rsplit('/', 1)[-1]}"
            entry = aws.eks.AccessEntry(
                name, cluster_name=cluster.name, principal_arn=principal, opts=self._child
            )
            associations.append(
                aws.eks.AccessPolicyAssociation(
                    name,
                    cluster_name=cluster.name,
                    principal_arn=entry.principal_arn,
                    policy_arn=ADMIN_POLICY,
                    access_scope={"type": "cluster"},
                    opts=self._child,
                )
            )
        return associations


def _authority(authority: aws.eks.outputs.ClusterCertificateAuthority) -> str:
    return authority.data or ""


def _security_group(vpc_config: aws.eks.outputs.ClusterVpcConfig) -> str:
    return vpc_config.cluster_security_group_id or ""


def kubeconfig(cluster: str, endpoint: str, authority: str, region: str) -> str:
    """Write the file that kubectl and Pulumi sign in with."""
    arguments = ["eks", "get-token", "--cluster-name", cluster, "--region", region]
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": cluster,
                    "cluster": {"server": endpoint, "certificate-authority-data": authority},
                }
            ],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": cluster}}],
            "current-context": cluster,
            "users": [
                {
                    "name": cluster,
                    "user": {
                        "exec": {
                            "apiVersion": "client.authentication.k8s.io/v1",
                            "command": "aws",
                            "args": [*arguments, "--output", "json"],
                            "interactiveMode": "Never",
                        }
                    },
                }
            ],
        },
        sort_keys=True,
    )
