"""Which kinds of objects the platform's operators bring, and where their definitions come from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """An operator's Go module, and where in it the definitions are."""

    module: str
    sum: str
    """The module's checksum, as in a go.sum."""
    files: tuple[str, ...]
    """Patterns below the module's folder."""


_MONITORING = "example/prometheus-operator-crd/monitoring.coreos.com"
SOURCES = (
    Source(
        "istio.io/api@v1.27.1",
        "h1:Ti9SqTsD+jHfwYpjLGqkHof+QBZZSUXepmqX+bxFhVo=",
        ("kubernetes/customresourcedefinitions.gen.yaml",),
    ),
    Source(
        "github.com/cert-manager/cert-manager@v1.18.2",
        "h1:H2P75ycGcTMauV3gvpkDqLdS3RSXonWF2S49QGA1PZE=",
        ("deploy/crds/crd-*.yaml",),
    ),
    Source(
        "github.com/cert-manager/trust-manager@v0.25.0",
        "h1:nGtkHH9wEacI5uACdsq8wqCKWsCw1PMrwHPJcrUFUXA=",
        ("deploy/crds/*.yaml",),
    ),
    Source(
        "github.com/open-policy-agent/gatekeeper/v3@v3.23.1",
        "h1:njHTm0SJ6ZEhhEgmQTpJKTGQbc99fSs4hGiEp1OIKck=",
        ("charts/gatekeeper/crds/constrainttemplate-customresourcedefinition.yaml",),
    ),
    Source(
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        # Not those of its own servers, which are ten times as large and not used.
        tuple(
            f"{_MONITORING}_{each}.yaml"
            for each in ("podmonitors", "probes", "prometheusrules", "servicemonitors")
        ),
    ),
)


@dataclass(frozen=True)
class Open:
    """A kind that is defined here without a schema."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True


_STACKGRES = "stackgres.io"
"""A Java program: its definitions are in no module."""
OPEN = (
    Open(_STACKGRES, "v1", "SGInstanceProfile", "sginstanceprofiles"),
    Open(_STACKGRES, "v1", "SGPostgresConfig", "sgpgconfigs"),
    Open(_STACKGRES, "v1", "SGPoolingConfig", "sgpoolconfigs"),
    Open(_STACKGRES, "v1beta1", "SGObjectStorage", "sgobjectstorages"),
    Open(_STACKGRES, "v1", "SGCluster", "sgclusters"),
    Open(_STACKGRES, "v1alpha1", "SGShardedCluster", "sgshardedclusters"),
    Open(_STACKGRES, "v1", "SGBackup", "sgbackups"),
    Open(_STACKGRES, "v1", "SGShardedBackup", "sgshardedbackups"),
    Open(_STACKGRES, "v1", "SGScript", "sgscripts"),
    Open(_STACKGRES, "v1", "SGDistributedLogs", "sgdistributedlogs"),
    Open("elbv2.k8s.aws", "v1beta1", "TargetGroupBinding", "targetgroupbindings"),
    Open("elasticsearch.k8s.elastic.co", "v1", "Elasticsearch", "elasticsearches"),
    Open("kibana.k8s.elastic.co", "v1", "Kibana", "kibanas"),
    Open("karpenter.sh", "v1", "NodePool", "nodepools", namespaced=False),
    Open("karpenter.k8s.aws", "v1", "EC2NodeClass", "ec2nodeclasses", namespaced=False),
)
