"""Envoy serves what the program's Gateway, VirtualServices and EnvoyFilters say."""

import json
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from local import gateway, pki
from local.gateway import endpoints, listeners
from local.places import Place
from local.plugins.kubernetes.api import wait
from local.servers import gateway as envoy
from tests.local.plugins import servers

NET = "88"
HOST = "payments-api.payments.svc.cluster.local"
INTAKE = "intake.us-east-1.evenkeel.internal"
HTTP_FILTERS = "type.googleapis.com/envoy.extensions.filters.http"


def metadata(name, namespace):
    return {"name": name, "namespace": namespace}


def server(name, port, hosts, mode):
    tls = {"mode": mode, "credentialName": "gateway-tls", "minProtocolVersion": "TLSV1_3"}
    return {"port": {"name": name, "number": port, "protocol": "HTTPS"}, "hosts": hosts, "tls": tls}


def virtual_service(name, hosts, prefix):
    destination = {"host": HOST, "port": {"number": 8080}}
    http = {
        "match": [{"uri": {"prefix": prefix}}],
        "route": [{"destination": destination}],
        "timeout": "15s",
        "retries": {"attempts": 0},
        "headers": {"response": {"set": {"cache-control": "no-store"}, "remove": ["x-inner"]}},
    }
    spec = {"hosts": hosts, "gateways": ["payments"], "http": [http]}
    return {"metadata": metadata(name, "istio-ingress"), "spec": spec}


def envoy_filter(name, applied_to, operation, value):
    patch = {"applyTo": applied_to, "patch": {"operation": operation, "value": value}}
    spec = {"workloadSelector": {"labels": {"istio": "ingress"}}, "configPatches": [patch]}
    return {"metadata": metadata(name, "istio-ingress"), "spec": spec}


def objects():
    public = ["pay.example.com"]
    manager = {
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.network"
            ".http_connection_manager.v3.HttpConnectionManager",
            "max_request_headers_kb": 16,
            "path_with_escaped_slashes_action": "REJECT_REQUEST",
        },
    }
    buffer = {
        "name": "envoy.filters.http.buffer",
        "typed_config": {"@type": f"{HTTP_FILTERS}.buffer.v3.Buffer", "max_request_bytes": 1024},
    }
    spec = {
        "selector": {"istio": "ingress"},
        "servers": [
            server("merchants", 443, public, "MUTUAL"),
            server("intake", 8443, [INTAKE], "SIMPLE"),
        ],
    }
    return {
        "Gateway": [{"metadata": metadata("payments", "istio-ingress"), "spec": spec}],
        "VirtualService": [
            virtual_service("merchants", public, "/v1/"),
            virtual_service("intake", [INTAKE], "/internal/"),
        ],
        "EnvoyFilter": [
            envoy_filter("hygiene", "NETWORK_FILTER", "MERGE", manager),
            envoy_filter("limit", "HTTP_FILTER", "INSERT_BEFORE", buffer),
        ],
        "Service": [
            {
                "metadata": metadata("payments-api", "payments"),
                "spec": {
                    "selector": {"app": "api"},
                    "ports": [{"port": 8080, "targetPort": "http"}],
                },
            }
        ],
    }


def pod(address, *, ready=True, labels=None, **more):
    return {
        "metadata": {"namespace": "payments", "labels": labels or {"app": "api"}, **more},
        "spec": {"containers": [{"ports": [{"name": "http", "containerPort": 8080}]}]},
        "status": {
            "podIP": address,
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
        },
    }


def test_only_ready_pods_of_the_service_get_requests():
    pods = [
        pod("127.0.9.1"),
        pod("127.0.9.2", ready=False),
        pod("127.0.9.3", deletionTimestamp="2026-01-01T00:00:00Z"),
        pod("127.0.9.4", labels={"app": "other"}),
    ]

    found = endpoints.ready(f"8080|{HOST}", objects()["Service"], pods)

    (locality,) = found["endpoints"]
    assert [each["endpoint"]["address"]["socket_address"] for each in locality["lb_endpoints"]] == [
        {"address": "127.0.9.1", "port_value": 8080}
    ]


def test_a_client_certificate_is_asked_for_where_the_gateway_says_so():
    merchants, intake = listeners.every(Place("us-east-1"), objects())

    def tls(listener):
        return listener["filter_chains"][0]["transport_socket"]["typed_config"]

    assert tls(merchants)["require_client_certificate"] is True
    assert tls(intake)["require_client_certificate"] is False
    for each in (merchants, intake):
        minimum = tls(each)["common_tls_context"]["tls_params"]["tls_minimum_protocol_version"]
        assert minimum == "TLSv1_3"


def test_the_access_log_has_neither_body_nor_token_nor_query():
    (merchants, _) = listeners.every(Place("us-east-1"), objects())

    manager = merchants["filter_chains"][0]["filters"][0]["typed_config"]
    text = json.dumps(manager["access_log"]).lower()
    assert "authorization" not in text
    assert "body" not in text
    assert "%req(:path)%" not in text


class App(BaseHTTPRequestHandler):
    """What stands behind the gateway: it answers with what reached it."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Inner", "not for the outside")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST  # noqa: N815 - http.server's name

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def home():
    with servers.region(NET, [_configured]) as home:
        yield home


def _configured(place):
    gateway.bootstrap(place)
    gateway.write(place, objects(), [pod(f"127.{NET}.101.1")])
    return envoy.server(place)


@pytest.fixture
def place(home):
    with servers.environment(home, NET):
        yield Place(servers.REGION)


@pytest.fixture(scope="module")
def app():
    server = HTTPServer((f"127.{NET}.101.1", 8080), App)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def client(place, certificate=None):
    context = ssl.create_default_context(cafile=str(place.ca))
    if certificate:
        context.load_cert_chain(place.certificate(certificate), place.key(certificate))
    return httpx.Client(verify=context, base_url=f"https://{place.address('gateway')}", timeout=10)


def reached(place):
    try:
        client(place, "admin").get("/")
    except httpx.ConnectError:
        return False
    return True


@pytest.fixture
def merchant(place, app):
    wait(lambda: reached(place), 30, lambda: "the gateway did not listen")
    with client(place, "admin") as merchant:
        merchant.headers["host"] = "pay.example.com"
        yield merchant


@pytest.mark.engine
def test_envoy_itself_finds_the_configuration_good(place):
    path = place.folder("gateway") / "bootstrap.json"
    result = subprocess.run(
        [envoy.binary(), "--mode", "validate", "-c", path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert result.returncode == 0, result.stderr


@pytest.mark.engine
def test_the_service_learns_the_clients_certificate_from_the_gateway_alone(merchant, place):
    with servers.environment(place.home.parent, NET):
        thumbprint = pki.thumbprint("admin").hex()
    forged = {"x-forwarded-client-cert": f"Hash={'0' * 64}"}

    answer = merchant.post("/v1/payments", headers=forged)

    seen = {key.lower(): value for key, value in answer.json().items()}
    assert seen["x-forwarded-client-cert"] == f'Hash={thumbprint};Subject="CN=admin"'
    assert answer.headers["cache-control"] == "no-store"
    assert "x-inner" not in answer.headers


@pytest.mark.engine
def test_nobody_comes_in_without_a_certificate(merchant, place):
    with pytest.raises(httpx.TransportError), client(place) as stranger:
        stranger.get("/v1/payments")


@pytest.mark.engine
def test_what_no_route_names_is_not_found(merchant):
    assert merchant.get("/metrics").status_code == 404
    assert merchant.get("/internal/v1/forward").status_code == 404
    assert merchant.get("/v1/x", headers={"host": "example.org"}).status_code == 404


@pytest.mark.engine
def test_a_body_beyond_the_programs_own_limit_is_refused(merchant):
    assert merchant.post("/v1/payments", content=b"x" * 1024).status_code == 200
    assert merchant.post("/v1/payments", content=b"x" * 1025).status_code == 413


@pytest.mark.engine
def test_a_path_that_hides_another_is_refused(merchant):
    assert merchant.get("/v1/..%2finternal").status_code == 400


@pytest.mark.engine
def test_a_pod_that_is_not_ready_any_more_gets_nothing(merchant, place):
    assert merchant.get("/v1/x").status_code == 200
    gateway.write(place, objects(), [pod(f"127.{NET}.101.1", ready=False)])
    wait(lambda: merchant.get("/v1/x").status_code == 503, 30, lambda: "it still got requests")

    gateway.write(place, objects(), [pod(f"127.{NET}.101.1")])
    wait(lambda: merchant.get("/v1/x").status_code == 200, 30, lambda: "it got no requests")
