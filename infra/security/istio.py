"""The values of Istio's charts: what holds for the whole mesh."""

from typing import Any

from infra.pod import TRUST_BUNDLE, TRUST_FOLDER
from infra.security.settings import MeshSettings

GATEWAY_PORT, HEALTH_PORT = 8443, 15021
"""Of the gateway's pods; none below 1024, so that they need no privilege."""


def istiod() -> dict[str, Any]:
    """Return the values of istiod's chart."""
    return {
        "autoscaleMin": 2,
        "cni": {"enabled": True},
        "env": {
            # The gateway fetches the signers' keys itself, over TLS that it verifies.
            "PILOT_JWT_ENABLE_REMOTE_JWKS": "envoy",
        },
        "meshConfig": {
            "accessLogFile": "/dev/stdout",
            "accessLogEncoding": "JSON",
            "outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"},
            "meshMTLS": {"minProtocolVersion": "TLSV1_3"},
            "tlsDefaults": {"minProtocolVersion": "TLSV1_3"},
            "pathNormalization": {"normalization": "DECODE_AND_MERGE_SLASHES"},
            "extensionProviders": [
                {"name": "envoy", "envoyFileAccessLog": {"path": "/dev/stdout"}}
            ],
            "defaultConfig": {
                "holdApplicationUntilProxyStarts": True,
                "proxyMetadata": {"ISTIO_META_DNS_CAPTURE": "true"},
                # The gateway says who the client is; a sidecar passes that on and adds nothing.
                "proxyHeaders": {"forwardedClientCert": "FORWARD_ONLY"},
            },
        },
        "resources": {"requests": {"cpu": "500m", "memory": "2Gi"}, "limits": {"memory": "2Gi"}},
    }


def gateway(settings: MeshSettings) -> dict[str, Any]:
    """Return the values of the gateway's chart."""
    return {
        "labels": {"istio": "ingress"},
        "serviceAccount": {"create": True, "name": "gateway"},
        "service": {
            # The load balancer is the program's own, and its target group takes the pods.
            "type": "ClusterIP",
            "ports": [
                {"name": "status", "port": HEALTH_PORT, "targetPort": HEALTH_PORT},
                {"name": "https", "port": 443, "targetPort": GATEWAY_PORT},
                {"name": "intake", "port": 8443, "targetPort": GATEWAY_PORT},
            ],
        },
        "autoscaling": {
            "enabled": True,
            "minReplicas": settings.gateway_replicas,
            "maxReplicas": 10 * settings.gateway_replicas,
            "targetCPUUtilizationPercentage": 60,
        },
        "podDisruptionBudget": {"maxUnavailable": 1},
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "topology.kubernetes.io/zone",
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": {"istio": "ingress"}},
            }
        ],
        "podAnnotations": {
            "proxy.istio.io/config": (
                '{"gatewayTopology": {"numTrustedProxies": 0,'
                ' "forwardClientCertDetails": "SANITIZE_SET"}}'
            )
        },
        "resources": {
            "requests": {"cpu": "500m", "memory": "256Mi"},
            "limits": {"cpu": "2", "memory": "1Gi"},
        },
        "volumes": [{"name": "trust", "configMap": {"name": TRUST_BUNDLE}}],
        "volumeMounts": [{"name": "trust", "mountPath": TRUST_FOLDER, "readOnly": True}],
    }
