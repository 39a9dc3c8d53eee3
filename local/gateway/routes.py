"""Which request goes to which Service: the program's VirtualServices, as Envoy's routes."""

from collections.abc import Iterator, Sequence
from typing import Any

from local import addresses
from local.places import Place

Object = dict[str, Any]

_MATCHES = {"exact": "path", "prefix": "prefix"}
RETRIES = 2
"""What Istio does where a VirtualService does not say; here only where nothing was sent yet."""


def virtual_hosts(
    place: Place, gateway: Object, server: Object, services: Sequence[Object]
) -> list[Object]:
    """Return the virtual hosts of one server: those of the VirtualServices bound to it."""
    found: list[Object] = []
    addressed = False
    for each in sorted(services, key=lambda it: it["metadata"]["name"]):
        hosts = [host for host in each["spec"]["hosts"] if host in server["hosts"]]
        if hosts and _is_bound(each, gateway):
            # Names are not in any DNS here: the first to serve a name serves its address too.
            domains = hosts if addressed else [*hosts, *_addresses(place)]
            addressed = True
            found.append(
                {
                    "name": f"{each['metadata']['namespace']}-{each['metadata']['name']}",
                    "domains": domains,
                    "routes": [
                        route for http in each["spec"].get("http", []) for route in _routes(http)
                    ],
                }
            )
    return found


def _is_bound(service: Object, gateway: Object) -> bool:
    own, theirs = service["metadata"]["namespace"], gateway["metadata"]
    wanted = {
        each if "/" in each else f"{own}/{each}" for each in service["spec"].get("gateways", [])
    }
    return f"{theirs['namespace']}/{theirs['name']}" in wanted


def _addresses(place: Place) -> list[str]:
    return [
        place.address("gateway"),
        addresses.over_wan(place.region, "gateway"),
        addresses.accelerator(),
    ]


def _routes(http: Object) -> Iterator[Object]:
    action: Object = {
        "timeout": http.get("timeout", "0s"),
        **_targets(http["route"]),
        **_retries(http.get("retries")),
    }
    headers = http.get("headers", {}).get("response", {})
    for match in http.get("match") or [{"uri": {"prefix": "/"}}]:
        yield {
            "match": _match(match.get("uri", {"prefix": "/"})),
            "route": action,
            "response_headers_to_add": [
                {
                    "header": {"key": key, "value": value},
                    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
                }
                for key, value in headers.get("set", {}).items()
            ],
            "response_headers_to_remove": headers.get("remove", []),
        }


def _match(uri: Object) -> Object:
    if "regex" in uri:
        return {"safe_regex": {"regex": uri["regex"]}}
    (kind, value), *_ = uri.items()
    return {_MATCHES[kind]: value}


def _targets(wanted: Sequence[Object]) -> Object:
    names = [_cluster(each["destination"]) for each in wanted]
    if len(names) == 1:
        return {"cluster": names[0]}
    return {
        "weighted_clusters": {
            "clusters": [
                {"name": name, "weight": each.get("weight", 0)}
                for name, each in zip(names, wanted, strict=True)
            ]
        }
    }


def _cluster(destination: Object) -> str:
    return f"{destination['port']['number']}|{destination['host']}"


def _retries(wanted: Object | None) -> Object:
    attempts = RETRIES if wanted is None else wanted.get("attempts", RETRIES)
    if not attempts:
        return {}
    return {"retry_policy": {"retry_on": "connect-failure", "num_retries": attempts}}
