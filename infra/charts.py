"""The Helm charts that bring the cluster's operators, each at one version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from infra import monitoring, names, naming
from infra.kafka import lag
from infra.security import istio, logs, runtime
from infra.security.settings import AdmissionSettings, MeshSettings


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


@dataclass(frozen=True, kw_only=True)
class ChartsArgs:
    """What charts' values depend on."""

    cluster_name: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    region: str
    log_bucket: pulumi.Input[str]
    mesh: MeshSettings
    admission: AdmissionSettings


_ISTIO = "https://istio-release.storage.googleapis.com/charts"
_ISTIO_VERSION = "1.27.1"
_JETSTACK = "https://charts.jetstack.io"
_PROMETHEUS = "https://prometheus-community.github.io/helm-charts"


def charts(args: ChartsArgs) -> tuple[Chart, ...]:
    """Return the charts in an order in which each stands after what it needs."""
    chosen = (
        *_certificates(),
        *_mesh(args.mesh),
        _gatekeeper(args.admission),
        _load_balancers(args),
        _names(args),
        _stackgres(),
        *_metrics(),
        _collector(args),
    )
    if args.admission.runtime_detection:
        chosen = (*chosen, _falco())
    if args.admission.log_store == "elastic":
        chosen = (*chosen, _eck())
    return chosen


def _certificates() -> tuple[Chart, ...]:
    return (
        Chart(
            name="cert-manager",
            chart="cert-manager",
            repository=_JETSTACK,
            version="v1.18.2",
            namespace="cert-manager",
            why="certificates of servers, renewed long before they end",
            values={
                "crds": {"enabled": True, "keep": True},
                "replicaCount": 2,
                "podDisruptionBudget": {"enabled": True},
                "webhook": {"replicaCount": 3},
                "cainjector": {"replicaCount": 2},
            },
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
    )


def _mesh(settings: MeshSettings) -> tuple[Chart, ...]:
    def part(name: str, why: str, *after: str, **values: Any) -> Chart:
        return Chart(
            name=name,
            chart=name.removeprefix("istio-"),
            repository=_ISTIO,
            version=_ISTIO_VERSION,
            namespace="istio-ingress" if name == "gateway" else "istio-system",
            why=why,
            values=values,
            after=after,
        )

    return (
        part("istio-base", "the mesh's kinds of objects", defaultRevision="default"),
        part(
            "istio-cni",
            "redirects pods' traffic without a privileged container in each of them",
            "istio-base",
        ),
        part("istiod", "the mesh's control plane", "istio-base", "istio-cni", **istio.istiod()),
        # Its pods take their image and settings from istiod, which must be there before them.
        part("gateway", "where requests come in", "istiod", **istio.gateway(settings)),
    )


def _gatekeeper(settings: AdmissionSettings) -> Chart:
    return Chart(
        name="gatekeeper",
        chart="gatekeeper",
        repository="https://open-policy-agent.github.io/gatekeeper/charts",
        version="3.20.0",
        namespace="gatekeeper-system",
        why="admission by policy",
        values={
            "replicas": 3,
            "auditInterval": 300,
            "logDenies": True,
            "validatingWebhookFailurePolicy": "Fail" if settings.fail_closed else "Ignore",
            "validatingWebhookTimeoutSeconds": 5,
            # Pods of the cluster's own and of what repairs it are let in while it is away.
            "validatingWebhookExemptNamespacesLabels": {
                "kubernetes.io/metadata.name": ["kube-system", "gatekeeper-system"]
            },
        },
    )


def _load_balancers(args: ChartsArgs) -> Chart:
    return Chart(
        name="aws-load-balancer-controller",
        chart="aws-load-balancer-controller",
        repository="https://aws.github.io/eks-charts",
        version="1.13.4",
        namespace="kube-system",
        why="puts pods into the target groups that the program makes",
        values={
            "clusterName": args.cluster_name,
            "vpcId": args.vpc_id,
            "region": args.region,
            "replicaCount": 2,
            # Load balancers are the program's; a Service asks for none.
            "enableServiceMutatorWebhook": False,
        },
    )


def _names(args: ChartsArgs) -> Chart:
    return Chart(
        name="external-dns",
        chart="external-dns",
        repository="https://kubernetes-sigs.github.io/external-dns/",
        version="1.18.0",
        namespace="kube-system",
        why="names in the private zone for Vault, the database and the peer's way in",
        values=naming.values(args.region, names.internal_domain(args.region)),
    )


def _stackgres() -> Chart:
    return Chart(
        name="stackgres",
        chart="stackgres-operator",
        repository="https://stackgres.io/downloads/stackgres-k8s/stackgres/helm/",
        version="1.18.6",
        namespace="stackgres",
        why="the operator that knows Citus",
        values={"adminui": {"service": {"exposeHTTP": False}}, "grafana": {"autoEmbed": False}},
        after=("cert-manager",),
    )


def _metrics() -> tuple[Chart, ...]:
    return (
        Chart(
            name="prometheus",
            chart="kube-prometheus-stack",
            repository=_PROMETHEUS,
            version="77.6.2",
            namespace="monitoring",
            why="metrics and alerts",
            values=monitoring.values(),
            after=("istiod",),
        ),
        Chart(
            name="prometheus-adapter",
            chart="prometheus-adapter",
            repository=_PROMETHEUS,
            version="5.1.0",
            namespace="monitoring",
            why="gives the autoscaler kafka_consumer_lag",
            values=lag.adapter_values(),
            after=("prometheus",),
        ),
    )


def _collector(args: ChartsArgs) -> Chart:
    elastic = args.admission.log_store == "elastic"
    return Chart(
        name="collector",
        chart="fluent-bit",
        repository="https://fluent.github.io/helm-charts",
        version="0.50.0",
        namespace="logging",
        why="takes each node's logs, masks card numbers, ships them",
        values=logs.values(args.log_bucket, args.region, elastic=elastic),
    )


def _falco() -> Chart:
    return Chart(
        name="falco",
        chart="falco",
        repository="https://falcosecurity.github.io/charts",
        version="6.2.5",
        namespace="falco",
        why="sees what runs on each node",
        values=runtime.values(),
    )


def _eck() -> Chart:
    return Chart(
        name="eck-operator",
        chart="eck-operator",
        repository="https://helm.elastic.co",
        version="3.1.0",
        namespace="logging",
        why="runs Elasticsearch for the logs of the last three months",
        values={"installCRDs": True, "managedNamespaces": ["logging"]},
    )
