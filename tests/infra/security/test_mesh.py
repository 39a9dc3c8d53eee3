import pytest

from infra.security.mesh import Mesh
from infra.services import DEPLOYED

ALLOW = "kubernetes:security.istio.io/v1:AuthorizationPolicy"


@pytest.fixture
def mesh(deploy):
    return deploy(lambda: Mesh("mesh"))


def test_mutual_tls_is_strict_in_the_whole_mesh(mesh):
    peers = mesh.only("kubernetes:security.istio.io/v1:PeerAuthentication")

    assert peers["metadata"]["namespace"] == "istio-system"
    assert peers["spec"] == {"mtls": {"mode": "STRICT"}}


def test_the_mesh_denies_what_no_policy_allows(mesh):
    deny = next(e for e in mesh.all(ALLOW) if e["metadata"]["namespace"] == "istio-system")

    assert deny["spec"] == {}


def test_each_part_names_its_callers_by_identity(mesh):
    policies = {e["metadata"]["name"]: e["spec"] for e in mesh.all(ALLOW)}

    for service in DEPLOYED:
        for rule in policies[service.name]["rules"]:
            (source,) = rule["from"]
            (principal,) = source["source"]["principals"]
            assert principal.startswith("cluster.local/ns/")
    assert policies["payments-api"]["rules"][0]["from"][0]["source"]["principals"] == [
        "cluster.local/ns/istio-ingress/sa/gateway"
    ]


def test_prometheus_may_read_metrics_and_no_more(mesh):
    policies = {e["metadata"]["name"]: e["spec"] for e in mesh.all(ALLOW)}

    assert policies["payment-fraud"]["rules"] == [
        {
            "from": [
                {
                    "source": {
                        "principals": [
                            "cluster.local/ns/monitoring/sa/prometheus-kube-prometheus-prometheus"
                        ]
                    }
                }
            ],
            "to": [{"operation": {"ports": ["8080"], "methods": ["GET"], "paths": ["/metrics"]}}],
        }
    ]
