"""Where requests go: a Service's ready pods, each in its turn."""

from collections.abc import Iterator, Sequence
from typing import Any

Object = dict[str, Any]

_HTTP = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def cluster(name: str, source: Object) -> Object:
    """Return Envoy's cluster of a Service's port, its endpoints from a file."""
    return {
        "name": name,
        "type": "EDS",
        "eds_cluster_config": {"eds_config": source},
        "connect_timeout": "1s",
        "lb_policy": "ROUND_ROBIN",
        # No pod that is not ready gets a request, not even where none is.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": _HTTP,
                # Shorter than the service keeps an idle connection: a request must not be sent
                # into one that is just being closed, since a payment is not sent twice.
                "common_http_protocol_options": {"idle_timeout": "3s"},
                "explicit_http_config": {"http_protocol_options": {}},
            }
        },
    }


def ready(name: str, services: Sequence[Object], pods: Sequence[Object]) -> Object:
    """Return the ready endpoints of a cluster of the name `<port>|<host>`."""
    port, _, host = name.partition("|")
    found = [
        endpoint
        for service in services
        if _is_named(service, host)
        for endpoint in _endpoints(service, int(port), pods)
    ]
    return {
        "cluster_name": name,
        "endpoints": [
            {
                "lb_endpoints": [
                    {
                        "endpoint": {
                            "address": {
                                "socket_address": {"address": address, "port_value": number}
                            }
                        }
                    }
                    for address, number in sorted(found)
                ]
            }
        ],
    }


def _is_named(service: Object, host: str) -> bool:
    name = f"{service['metadata']['name']}.{service['metadata']['namespace']}"
    return host in {f"{name}.svc.cluster.local", f"{name}.svc", name}


def _endpoints(service: Object, number: int, pods: Sequence[Object]) -> Iterator[tuple[str, int]]:
    selector = service["spec"].get("selector") or {}
    ports = [each for each in service["spec"].get("ports", []) if each["port"] == number]
    if not selector or not ports:
        return
    for pod in pods:
        labels = pod["metadata"].get("labels", {})
        if (
            pod["metadata"]["namespace"] == service["metadata"]["namespace"]
            and selector.items() <= labels.items()
            and _is_ready(pod)
        ):
            target = _port(ports[0].get("targetPort", number), pod)
            if target is not None:
                yield pod["status"]["podIP"], target


def _is_ready(pod: Object) -> bool:
    status = pod.get("status", {})
    return (
        "deletionTimestamp" not in pod["metadata"]
        and bool(status.get("podIP"))
        and any(
            each["type"] == "Ready" and each["status"] == "True"
            for each in status.get("conditions", [])
        )
    )


def _port(wanted: str | int, pod: Object) -> int | None:
    if isinstance(wanted, int):
        return wanted
    for container in pod["spec"]["containers"]:
        for each in container.get("ports", []):
            if each.get("name") == wanted:
                return int(each["containerPort"])
    return None
