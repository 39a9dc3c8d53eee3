"""Names in a region's private zone for what runs in its cluster: external-dns writes the records.

A headless Service's name leads straight to its pods, whose addresses are the network's own, so
whoever is in it or its peers' networks reaches them without a load balancer: the provisioner too.
"""

from typing import Any

import pulumi
import pulumi_kubernetes as k8s

TTL_SECONDS = 10


def named(host: str) -> dict[str, str]:
    """Return the annotations that give a Service a name in the zone."""
    return {
        "external-dns.alpha.kubernetes.io/hostname": host,
        # A primary that has moved is found again within seconds.
        "external-dns.alpha.kubernetes.io/ttl": str(TTL_SECONDS),
    }


def headless(
    name: str,
    namespace: str,
    host: str,
    select: dict[str, str],
    port: int,
    opts: pulumi.ResourceOptions,
) -> k8s.core.v1.Service:
    """Make a Service whose name in the zone leads to the pods that it selects."""
    return k8s.core.v1.Service(
        name,
        metadata={
            "name": name,
            "namespace": namespace,
            # Its pods come from an operator, in their own time.
            "annotations": {"pulumi.com/skipAwait": "true", **named(host)},
        },
        spec={
            "cluster_ip": "None",
            "selector": select,
            "ports": [{"name": "tls", "port": port, "target_port": port}],
        },
        opts=opts,
    )


def values(region: str, domain: str) -> dict[str, Any]:
    """Return the values of external-dns's chart."""
    return {
        "provider": {"name": "aws"},
        "env": [{"name": "AWS_DEFAULT_REGION", "value": region}],
        "extraArgs": ["--aws-zone-type=private"],
        "sources": ["service"],
        "domainFilters": [domain],
        "policy": "sync",
        "txtOwnerId": domain,
        "interval": "30s",
        "triggerLoopOnEvent": True,
    }
