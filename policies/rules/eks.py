"""Rules for Amazon EKS."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, Undecidable, rule
from policies.rules import lifetimes
from policies.rules.remedy import Code, hub
from policies.rules.shapes import (
    must_be_false,
    must_be_given,
    must_be_one_of,
    must_be_true,
    must_contain,
)

CLUSTER: Final = "aws:eks/cluster:Cluster"
NODES: Final = "aws:eks/nodeGroup:NodeGroup"
ACCESS: Final = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
ENTRY: Final = "aws:eks/accessEntry:AccessEntry"
WORLD: Final = ("0.0.0.0/0", "::/0")
ADMINISTRATOR: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

eks_endpoint_private = must_be_false(
    "vpcConfig.endpointPublicAccess",
    default=True,
    id="eks-endpoint-private",
    title="The Kubernetes API does not answer on the internet",
    on=(CLUSTER,),
    pci=("1.4.4",),
    controls=("EKS.1",),
    severity=Severity.HIGH,
    says="Its API answers on the internet",
    why="Whoever reaches the API needs one stolen token, or one flaw, to own everything in it.",
)

eks_endpoint_reachable_inside = must_be_true(
    "vpcConfig.endpointPrivateAccess",
    id="eks-endpoint-reachable-inside",
    title="Nodes reach the Kubernetes API inside the network",
    on=(CLUSTER,),
    pci=("1.4.1",),
    severity=Severity.MEDIUM,
    says="Its own nodes reach the API by way of the internet",
    reference="https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html",
    why="Traffic between nodes and API stays behind the network's controls.",
)

eks_secrets_encrypted = must_contain(
    "encryptionConfig.resources",
    ("secrets",),
    beside={"encryptionConfig": {"provider": {"keyArn": Code("key.arn")}}},
    id="eks-secrets-encrypted",
    title="Kubernetes secrets are encrypted with a KMS key",
    on=(CLUSTER,),
    pci=("8.3.2",),
    controls=("EKS.3",),
    severity=Severity.HIGH,
    says="Secrets lie in etcd as they are",
    why="Authentication factors are unreadable wherever they are stored.",
)

eks_logs_audit = must_contain(
    "enabledClusterLogTypes",
    ("audit",),
    id="eks-logs-audit",
    title="EKS clusters log who did what",
    on=(CLUSTER,),
    pci=("10.2.1",),
    controls=("EKS.8",),
    severity=Severity.HIGH,
    says="What is done to it leaves no trace",
    why="Each action of an administrator is logged; in Kubernetes that is the audit log.",
)

eks_logs_sign_in = must_contain(
    "enabledClusterLogTypes",
    ("authenticator", "api"),
    id="eks-logs-sign-in",
    title="EKS clusters log who signs in",
    on=(CLUSTER,),
    pci=("10.2.1.4",),
    severity=Severity.MEDIUM,
    says="Failed sign-ins leave no trace",
    reference="https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html",
    why="Invalid access attempts are logged.",
)

eks_entries_only = must_be_one_of(
    "accessConfig.authenticationMode",
    ("API",),
    unlike="CONFIG_MAP",
    default="CONFIG_MAP",
    id="eks-entries-only",
    title="Access to a cluster is by access entries only",
    on=(CLUSTER,),
    pci=("7.3.1",),
    severity=Severity.MEDIUM,
    says="A ConfigMap inside the cluster may also say who gets in (mode {value})",
    reference="https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html",
    why="Who may edit one ConfigMap could make itself administrator, and no AWS log says so.",
)

eks_creator_no_administrator = must_be_false(
    "accessConfig.bootstrapClusterCreatorAdminPermissions",
    default=True,
    id="eks-creator-no-administrator",
    title="Who made a cluster is not its administrator for ever",
    on=(CLUSTER,),
    pci=("7.2.2",),
    severity=Severity.MEDIUM,
    says="The role that made it stays its administrator, and no access entry says so",
    reference="https://docs.aws.amazon.com/eks/latest/userguide/cluster-auth.html",
    why="Each right is given by an entry that a review finds.",
)

eks_support_standard = must_be_one_of(
    "upgradePolicy.supportType",
    ("STANDARD",),
    unlike="EXTENDED",
    default="EXTENDED",
    id="eks-upgraded-in-time",
    title="Clusters do not slip into extended support",
    on=(CLUSTER,),
    pci=("12.3.4", "6.3.3"),
    severity=Severity.LOW,
    says="It may stay on an old Kubernetes for two years (support {value})",
    reference="https://docs.aws.amazon.com/eks/latest/userguide/view-upgrade-policy.html",
    why="Extended support is how an old version is forgotten.",
)

eks_cluster_not_deleted_by_mistake = must_be_true(
    "deletionProtection",
    id="eks-cluster-not-deleted-by-mistake",
    title="Clusters are protected from deletion",
    on=(CLUSTER,),
    pci=("1.2.8",),
    severity=Severity.LOW,
    says="One call deletes it, with the controls that run in it",
    reference="https://docs.aws.amazon.com/eks/latest/userguide/deletion-protection.html",
    why="Network policies, admission and run-time detection live inside the cluster.",
)

eks_nodes_labelled = must_be_given(
    "labels",
    good={"role": "cde"},
    id="eks-nodes-labelled",
    title="Node groups say what they are for",
    on=(NODES,),
    pci=("2.2.3",),
    severity=Severity.LOW,
    says="Nothing tells what may run on its nodes",
    reference="https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html",
    why="Functions of different security levels do not share a node.",
)


@rule(
    id="eks-version-supported",
    title="Clusters run a Kubernetes in standard support",
    on=(CLUSTER, NODES),
    pci=("12.3.4",),
    controls=("EKS.2",),
    severity=Severity.HIGH,
    fix='aws.eks.Cluster(..., version="1.35")',
    reference=hub("EKS.2"),
    passes=({"version": "1.99"}, {}),
    fails=({"version": "1.28"}, {"version": "1.33"}),
    undecidable=({"version": UNKNOWN}, {"version": "latest"}),
)
def eks_version_supported(cluster: Resource) -> Iterator[str]:
    """A Kubernetes out of standard support gets fixes late, or never."""
    version = str(cluster.get("version", ""))
    if not version:
        return  # EKS takes the newest
    read = lifetimes.numbers(version)
    if not read:
        raise Undecidable("version", "is no version of Kubernetes")
    if read < lifetimes.OLDEST_KUBERNETES:
        yield f"Standard support of Kubernetes {version} has ended"


@rule(
    id="eks-endpoint-not-for-world",
    title="A public Kubernetes API answers to named addresses only",
    on=(CLUSTER,),
    pci=("1.3.1",),
    controls=("EKS.1",),
    severity=Severity.CRITICAL,
    fix='aws.eks.Cluster(..., vpc_config={"subnet_ids": subnets, "endpoint_public_access": False})',
    reference=hub("EKS.1"),
    passes=(
        {"vpcConfig": {"endpointPublicAccess": False}},
        {"vpcConfig": {"publicAccessCidrs": ["198.51.100.7/32"]}},
    ),
    fails=({}, {"vpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]}}),
    undecidable=({"vpcConfig": {"publicAccessCidrs": [UNKNOWN]}},),
)
def eks_endpoint_not_for_world(cluster: Resource) -> Iterator[str]:
    """Where it cannot be closed, the API answers to the addresses that have to reach it."""
    if not cluster.get("vpcConfig.endpointPublicAccess", default=True):
        return
    ranges = cluster.get("vpcConfig.publicAccessCidrs", default=list(WORLD))
    if any(each in WORLD for each in ranges):
        yield "Anybody on the internet reaches its API"


@rule(
    id="eks-nodes-without-ssh",
    title="Nobody signs in to nodes with SSH",
    on=(NODES,),
    pci=("1.5.1", "2.2.4"),
    severity=Severity.MEDIUM,
    fix="aws.eks.NodeGroup(...)  # no remote_access; people come in through Systems Manager",
    reference="https://docs.aws.amazon.com/eks/latest/best-practices/protecting-the-infrastructure.html",
    passes=({}, {"remoteAccess": {"ec2SshKey": ""}}),
    fails=({"remoteAccess": {"ec2SshKey": "operators"}},),
    undecidable=({"remoteAccess": {"ec2SshKey": UNKNOWN}},),
)
def eks_nodes_without_ssh(nodes: Resource) -> Iterator[str]:
    """Whoever is root on a node reads the secrets of every pod on it."""
    if nodes.has("remoteAccess.ec2SshKey"):
        where = nodes.get("remoteAccess.sourceSecurityGroupIds", default=[])
        yield "SSH is open on its nodes" + ("" if where else " to the whole internet")


@rule(
    id="eks-administrators-few",
    title="Nobody is administrator of a whole cluster",
    on=(ACCESS,),
    pci=("7.2.2",),
    severity=Severity.MEDIUM,
    fix="aws.eks.AccessPolicyAssociation(..., "
    'policy_arn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy")',
    reference="https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html",
    passes=(
        {"policyArn": ADMINISTRATOR.replace("ClusterAdmin", "View"), "accessScope": {}},
        {"policyArn": ADMINISTRATOR, "accessScope": {"type": "namespace", "namespaces": ["a"]}},
    ),
    fails=({"policyArn": ADMINISTRATOR, "accessScope": {"type": "cluster"}},),
    undecidable=({"policyArn": UNKNOWN, "accessScope": {"type": "cluster"}},),
)
def eks_administrators_few(association: Resource) -> Iterator[str]:
    """A cluster's administrator may also switch off what watches the cluster."""
    whole = association.get("accessScope.type", default="cluster") == "cluster"
    if whole and str(association.get("policyArn", "")).endswith("AmazonEKSClusterAdminPolicy"):
        yield "It makes its principal administrator of the whole cluster"


@rule(
    id="eks-entry-not-masters",
    title="No access entry joins Kubernetes' own administrators",
    on=(ENTRY,),
    pci=("7.2.2", "8.2.2"),
    severity=Severity.HIGH,
    fix='aws.eks.AccessEntry(..., kubernetes_groups=["payments:viewers"])',
    reference="https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html",
    passes=({"kubernetesGroups": ["payments:viewers"]}, {}),
    fails=({"kubernetesGroups": ["system:masters"]},),
    undecidable=({"kubernetesGroups": [UNKNOWN]},),
)
def eks_entry_not_masters(entry: Resource) -> Iterator[str]:
    """The group system:masters passes every check, and cannot be restricted by any role."""
    if "system:masters" in entry.get("kubernetesGroups", default=[]):
        yield "Its principal passes every check that Kubernetes makes"
