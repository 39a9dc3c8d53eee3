import json

import pytest

from infra.security import gateway
from infra.security.settings import MeshSettings


@pytest.fixture
def made(deploy):
    args = gateway.GatewayArgs(
        region="us-east-1",
        domain="example.com",
        settings=MeshSettings(),
        target_group_arn="arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/edge/1",
    )
    return deploy(lambda: gateway.Gateway("gateway", args))


def test_the_door_for_merchants_is_mutual_and_both_doors_speak_tls_1_3_only(made):
    merchants, intake = made.only("kubernetes:networking.istio.io/v1:Gateway")["spec"]["servers"]

    assert merchants["hosts"] == ["pay.example.com", "us-east-1.pay.example.com"]
    assert (merchants["port"]["number"], merchants["tls"]["mode"]) == (443, "MUTUAL")
    assert merchants["tls"]["credentialName"] == "gateway-tls"
    assert intake["hosts"] == ["intake.us-east-1.evenkeel.internal"]
    assert intake["port"]["number"] == 8443
    assert {merchants["tls"]["minProtocolVersion"], intake["tls"]["minProtocolVersion"]} == {
        "TLSV1_3"
    }


def test_merchants_cannot_reach_what_is_for_the_peer_nor_the_peer_what_is_for_merchants(made):
    routes = {
        each["metadata"]["name"]: json.dumps(each["spec"]["http"][0]["match"])
        for each in made.all("kubernetes:networking.istio.io/v1:VirtualService")
    }

    assert "/internal" not in routes["merchants"]
    assert "/v1/payments" not in routes["intake"]
    assert '"/metrics"' not in "".join(routes.values())


def test_the_gateway_never_repeats_a_payment(made):
    for each in made.all("kubernetes:networking.istio.io/v1:VirtualService"):
        assert [http["retries"] for http in each["spec"]["http"]] == [{"attempts": 0}]


def test_what_a_client_says_about_its_own_certificate_is_thrown_away(made):
    hygiene = made.named(
        "kubernetes:networking.istio.io/v1alpha3:EnvoyFilter", "envoyfilter-hygiene"
    )
    value = hygiene["spec"]["configPatches"][0]["patch"]["value"]["typed_config"]

    assert value["forward_client_cert_details"] == "SANITIZE_SET"
    assert value["common_http_protocol_options"]["headers_with_underscores_action"] == (
        "REJECT_REQUEST"
    )
    assert value["path_with_escaped_slashes_action"] == "REJECT_REQUEST"


def test_bodies_and_rates_have_their_limits():
    filters = gateway.filters(MeshSettings(request_body_kib=8, requests_per_second=10))
    body = filters["body-limit"][0]["patch"]["value"]["typed_config"]
    rate = filters["rate-limit"][0]["patch"]["value"]["typed_config"]

    assert body["max_request_bytes"] == 8192
    assert rate["token_bucket"]["tokens_per_fill"] == 10
    assert rate["filter_enforced"]["default_value"] == {
        "numerator": 100,
        "denominator": "HUNDRED",
    }
