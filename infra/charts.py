"""The Helm charts that bring the cluster's operators, each at one version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One chart of one repository."""

    name: str
    """The release's name."""
    chart: str
    repository: str
    version: str
    namespace: str
    why: str
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    after: tuple[str, ...] = ()
    """Releases that have to be ready before it."""


_ISTIO = "https://istio-release.storage.googleapis.com/charts"
_JETSTACK = "https://charts.jetstack.io"

CHARTS = (
    Chart(
        name="cert-manager",
        chart="cert-manager",
        repository=_JETSTACK,
        version="v1.18.2",
        namespace="cert-manager",
        why="certificates of servers, renewed long before they end",
        values={"crds": {"enabled": True}, "replicaCount": 2},
    ),
    Chart(
        name="trust-manager",
        chart="trust-manager",
        repository=_JETSTACK,
        version="v0.18.0",
        namespace="cert-manager",
        why="the bundle of authorities in each namespace",
        values={"replicaCount": 2, "app": {"trust": {"namespace": "cert-manager"}}},
        after=("cert-manager",),
    ),
    Chart(
        name="gatekeeper",
        chart="gatekeeper",
        repository="https://open-policy-agent.github.io/gatekeeper/charts",
        version="3.20.0",
        namespace="gatekeeper-system",
        why="admission by policy",
        values={"replicas": 3, "auditInterval": 300, "logDenies": True},
    ),
    Chart(
        name="istio-base",
        chart="base",
        repository=_ISTIO,
        version="1.27.1",
        namespace="istio-system",
        why="the mesh's kinds of objects",
        values={"defaultRevision": "default"},
    ),
    Chart(
        name="istio-cni",
        chart="cni",
        repository=_ISTIO,
        version="1.27.1",
        namespace="istio-system",
        why="redirects pods' traffic without a privileged container in each of them",
        after=("istio-base",),
    ),
    Chart(
        name="istiod",
        chart="istiod",
        repository=_ISTIO,
        version="1.27.1",
        namespace="istio-system",
        why="the mesh's control plane",
        after=("istio-base", "istio-cni"),
    ),
    Chart(
        name="gateway",
        chart="gateway",
        repository=_ISTIO,
        version="1.27.1",
        namespace="istio-ingress",
        why="where merchants' and the peer's requests come in",
        # Its pods take their configuration from istiod, which must be there before them.
        after=("istiod",),
    ),
    Chart(
        name="aws-load-balancer-controller",
        chart="aws-load-balancer-controller",
        repository="https://aws.github.io/eks-charts",
        version="1.13.4",
        namespace="kube-system",
        why="puts pods into the target groups that the program makes",
        values={"replicaCount": 2, "enableServiceMutatorWebhook": False},
    ),
    Chart(
        name="stackgres",
        chart="stackgres-operator",
        repository="https://stackgres.io/downloads/stackgres-k8s/stackgres/helm/",
        version="1.18.6",
        namespace="stackgres",
        why="the operator that knows Citus",
        after=("cert-manager",),
    ),
    Chart(
        name="falco",
        chart="falco",
        repository="https://falcosecurity.github.io/charts",
        version="6.2.5",
        namespace="falco",
        why="sees what runs on each node",
    ),
    Chart(
        name="eck-operator",
        chart="eck-operator",
        repository="https://helm.elastic.co",
        version="3.1.0",
        namespace="logging",
        why="Elasticsearch for the logs of the last weeks",
    ),
    Chart(
        name="prometheus",
        chart="kube-prometheus-stack",
        repository="https://prometheus-community.github.io/helm-charts",
        version="77.6.2",
        namespace="monitoring",
        why="metrics and alerts",
        values={"grafana": {"enabled": False}},
    ),
    Chart(
        name="prometheus-adapter",
        chart="prometheus-adapter",
        repository="https://prometheus-community.github.io/helm-charts",
        version="5.1.0",
        namespace="monitoring",
        why="gives the autoscaler kafka_consumer_lag",
        after=("prometheus",),
    ),
)
