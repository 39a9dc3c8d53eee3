"""What Envoy listens on: each server of the program's Gateway, with its TLS and its routes."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from local import addresses
from local.gateway import filters, routes
from local.places import Place

Object = dict[str, Any]
Kinds = Mapping[str, Sequence[Object]]

_TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
_VERSIONS = {"TLSV1_2": "TLSv1_2", "TLSV1_3": "TLSv1_3"}
PORTS = addresses.SERVERS["gateway"].ports


def every(place: Place, kinds: Kinds) -> list[Object]:
    """Return Envoy's listeners: one a server of a Gateway whose port the gateway has here."""
    found: list[Object] = []
    for gateway in kinds.get("Gateway", []):
        for server in gateway["spec"]["servers"]:
            if server["port"]["number"] in PORTS:
                found.append(_listener(place, gateway, server, kinds))
            else:
                print(
                    f"gateway: port {server['port']['number']} is not one of {PORTS}; left out",
                    file=sys.stderr,
                    flush=True,
                )
    return found


def clusters(value: Any) -> Iterator[str]:
    """Yield each cluster that a listener's routes lead to."""
    if isinstance(value, dict):
        for key, each in cast("Object", value).items():
            if key == "cluster" and isinstance(each, str):
                yield each
            elif key == "weighted_clusters":
                yield from (one["name"] for one in each["clusters"])
            else:
                yield from clusters(each)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from clusters(each)


def _listener(place: Place, gateway: Object, server: Object, kinds: Kinds) -> Object:
    port = server["port"]["number"]
    hosts = routes.virtual_hosts(place, gateway, server, kinds.get("VirtualService", []))
    manager = filters.manager(server["port"]["name"], hosts, _patches(gateway, kinds))
    return {
        "name": f"{gateway['metadata']['namespace']}-{server['port']['name']}-{port}",
        "address": {"socket_address": {"address": place.address("gateway"), "port_value": port}},
        # A client that reads slowly must not fill the gateway's memory.
        "per_connection_buffer_limit_bytes": 32768,
        "filter_chains": [
            {
                "transport_socket": {
                    "name": "envoy.transport_sockets.tls",
                    "typed_config": _tls(place, server["tls"]),
                },
                "transport_socket_connect_timeout": "5s",
                "filters": [manager],
            }
        ],
    }


def _tls(place: Place, wanted: Object) -> Object:
    """Return the TLS of a server; one certificate here stands for whichever credential it names."""
    name = f"{place.region}-gateway"
    minimum = _VERSIONS[wanted.get("minProtocolVersion", "TLSV1_2")]
    context: Object = {
        "alpn_protocols": ["h2", "http/1.1"],
        "tls_params": {"tls_minimum_protocol_version": minimum},
        "tls_certificates": [
            {
                "certificate_chain": {"filename": str(place.certificate(name))},
                "private_key": {"filename": str(place.key(name))},
            }
        ],
    }
    if wanted["mode"] == "MUTUAL":
        context["validation_context"] = {"trusted_ca": {"filename": str(place.ca)}}
    return {
        "@type": _TLS,
        "common_tls_context": context,
        "require_client_certificate": wanted["mode"] == "MUTUAL",
        # A resumed session would keep what was checked when its certificate was still good.
        "disable_stateless_session_resumption": True,
        "disable_stateful_session_resumption": True,
    }


def _patches(gateway: Object, kinds: Kinds) -> list[Object]:
    """Return the patches of the EnvoyFilters that hold for a Gateway's pods."""
    selector = gateway["spec"].get("selector", {})
    return [
        patch
        for each in sorted(kinds.get("EnvoyFilter", []), key=lambda it: it["metadata"]["name"])
        if each["metadata"]["namespace"] == gateway["metadata"]["namespace"]
        and each["spec"].get("workloadSelector", {}).get("labels", {}).items() <= selector.items()
        for patch in each["spec"]["configPatches"]
    ]
