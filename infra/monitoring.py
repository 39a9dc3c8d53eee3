"""Metrics: Prometheus inside the mesh, which scrapes each part as an identity that may."""

from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

_CERTIFICATES = "/etc/istio-output-certs"
_FOLDER = "/etc/prom-certs"


def values() -> dict[str, Any]:
    """Return the values of kube-prometheus-stack's chart."""
    return {
        # Dashboards are read elsewhere; a web interface here would be one more way in.
        "grafana": {"enabled": False},
        "kubeEtcd": {"enabled": False},
        "kubeControllerManager": {"enabled": False},
        "kubeScheduler": {"enabled": False},
        "prometheus": {
            "prometheusSpec": {
                "replicas": 2,
                "retention": "15d",
                "podAntiAffinity": "hard",
                "serviceMonitorSelectorNilUsesHelmValues": False,
                "ruleSelectorNilUsesHelmValues": False,
                "podMetadata": {
                    "labels": {"sidecar.istio.io/inject": "true"},
                    "annotations": _SIDECAR,
                },
                "volumes": [{"name": "istio-certs", "emptyDir": {"medium": "Memory"}}],
                "volumeMounts": [{"name": "istio-certs", "mountPath": _FOLDER}],
                "storageSpec": {
                    "volumeClaimTemplate": {
                        "spec": {
                            "storageClassName": "evenkeel-logs",
                            "accessModes": ["ReadWriteOnce"],
                            "resources": {"requests": {"storage": "50Gi"}},
                        }
                    }
                },
            }
        },
    }


_SIDECAR = {
    # The sidecar takes no traffic: it is there for its certificate, which it writes to a volume.
    "traffic.sidecar.istio.io/includeInboundPorts": "",
    "traffic.sidecar.istio.io/includeOutboundIPRanges": "",
    "proxy.istio.io/config": f'{{"proxyMetadata": {{"OUTPUT_CERTS": "{_CERTIFICATES}"}}}}',
    "sidecar.istio.io/userVolumeMount": (
        f'[{{"name": "istio-certs", "mountPath": "{_CERTIFICATES}"}}]'
    ),
}


class Scrape(pulumi.ComponentResource):
    """A ServiceMonitor of every part of the payment service.

    Not a PodMonitor: one of those takes no certificate from a file.
    """

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("platform:index:Scrape", name, None, opts)
        CustomResource(
            "payments-metrics",
            api_version="monitoring.coreos.com/v1",
            kind="ServiceMonitor",
            metadata={"name": "payments", "namespace": "payments"},
            spec={
                "selector": {"matchLabels": {"app.kubernetes.io/part-of": "payments"}},
                "endpoints": [
                    {
                        "port": "http",
                        "path": "/metrics",
                        "interval": "15s",
                        "scheme": "https",
                        "tlsConfig": _tls(),
                    }
                ],
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def _tls() -> dict[str, Any]:
    """Return how to speak the mesh's mutual TLS, whose names are no host names."""
    return {
        "caFile": f"{_FOLDER}/root-cert.pem",
        "certFile": f"{_FOLDER}/cert-chain.pem",
        "keyFile": f"{_FOLDER}/key.pem",
        # The certificate is a SPIFFE identity, and a pod's address stands in none; the network
        # policy lets this connection reach the payment service only.
        "insecureSkipVerify": True,
    }
