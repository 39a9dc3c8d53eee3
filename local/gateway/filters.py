"""What a request passes on its way: the connection manager, its filters, its access log."""

import copy
import sys
from collections.abc import Sequence
from typing import Any

Object = dict[str, Any]

MANAGER = "envoy.filters.network.http_connection_manager"
_MANAGER_TYPE = (
    "type.googleapis.com/envoy.extensions.filters.network"
    ".http_connection_manager.v3.HttpConnectionManager"
)
_HTTP = "type.googleapis.com/envoy.extensions.filters.http"
ROUTER = "envoy.filters.http.router"
BUFFER = "envoy.filters.http.buffer"
REQUEST_BYTES_MAX = 64 * 1024
"""Where the program sets no limit: the largest payment is below 4 KiB."""


def manager(name: str, hosts: Sequence[Object], patches: Sequence[Object]) -> Object:
    """Return the connection manager of one server, with the program's own patches in it."""
    filter_: Object = {
        "name": MANAGER,
        "typed_config": {
            "@type": _MANAGER_TYPE,
            "stat_prefix": name,
            "server_header_transformation": "PASS_THROUGH",
            "use_remote_address": True,
            # What a client says of its certificate is dropped; what we saw of it is written.
            "forward_client_cert_details": "SANITIZE_SET",
            "set_current_client_cert_details": {"subject": True},
            "normalize_path": True,
            "merge_slashes": True,
            "strip_any_host_port": True,
            "route_config": {"name": name, "virtual_hosts": list(hosts)},
            "access_log": [_access_log()],
            "http_filters": [
                {
                    "name": ROUTER,
                    "typed_config": {"@type": f"{_HTTP}.router.v3.Router"},
                }
            ],
        },
    }
    for patch in patches:
        _apply(filter_, patch)
    _limit_bodies(filter_["typed_config"])
    return filter_


def _access_log() -> Object:
    """Return a log of who asked for what: no body, no token, no query."""
    fields = {
        "time": "%START_TIME%",
        "method": "%REQ(:METHOD)%",
        "path": "%REQ_WITHOUT_QUERY(:PATH)%",
        "status": "%RESPONSE_CODE%",
        "flags": "%RESPONSE_FLAGS%",
        "bytes_in": "%BYTES_RECEIVED%",
        "bytes_out": "%BYTES_SENT%",
        "ms": "%DURATION%",
        "upstream": "%UPSTREAM_HOST%",
        "request_id": "%REQ(X-REQUEST-ID)%",
        "certificate": "%DOWNSTREAM_PEER_FINGERPRINT_256%",
        "tls": "%DOWNSTREAM_TLS_VERSION%",
    }
    return {
        "name": "envoy.access_loggers.stdout",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.stream.v3"
            ".StdoutAccessLog",
            "log_format": {
                "json_format": fields,
                "formatters": [
                    {
                        "name": "envoy.formatter.req_without_query",
                        "typed_config": {
                            "@type": "type.googleapis.com/envoy.extensions.formatter"
                            ".req_without_query.v3.ReqWithoutQuery"
                        },
                    }
                ],
            },
        },
    }


def _apply(filter_: Object, patch: Object) -> None:
    """Apply one patch of an EnvoyFilter, as far as it concerns the connection manager."""
    wanted, operation = patch["patch"].get("value", {}), patch["patch"]["operation"]
    if patch["applyTo"] == "NETWORK_FILTER" and operation == "MERGE":
        _merge(filter_, wanted)
    elif patch["applyTo"] == "HTTP_FILTER" and operation.startswith("INSERT"):
        _insert(filter_["typed_config"]["http_filters"], wanted)
    else:
        print(
            f"gateway: {operation} of {patch['applyTo']} is Istio's alone; left out",
            file=sys.stderr,
            flush=True,
        )


def _insert(filters: list[Object], wanted: Object) -> None:
    """Insert a filter before the router: those of Istio's own that it may stand before are not."""
    filters.insert(len(filters) - 1, copy.deepcopy(wanted))


def _merge(target: Object, wanted: Object) -> None:
    for key, value in wanted.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = copy.deepcopy(value)


def _limit_bodies(config: Object) -> None:
    if not any(each["name"] == BUFFER for each in config["http_filters"]):
        limit = {"@type": f"{_HTTP}.buffer.v3.Buffer", "max_request_bytes": REQUEST_BYTES_MAX}
        config["http_filters"].insert(0, {"name": BUFFER, "typed_config": limit})
