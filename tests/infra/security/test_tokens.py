import pytest

from infra.security.tokens import Tokens, TokensArgs


@pytest.fixture
def made(deploy):
    args = TokensArgs(region="us-east-1", domain="example.com", peers=("eu-west-1",))
    return deploy(lambda: Tokens("tokens", args))


def test_a_token_of_either_region_is_checked_with_keys_that_come_over_verified_tls(made):
    rules = made.only("kubernetes:security.istio.io/v1:RequestAuthentication")["spec"]["jwtRules"]

    assert [each["jwksUri"] for each in rules] == [
        "https://intake.us-east-1.evenkeel.internal:8443/.well-known/jwks.json",
        "https://intake.eu-west-1.evenkeel.internal:8443/.well-known/jwks.json",
    ]
    for each in made.all("kubernetes:networking.istio.io/v1:DestinationRule"):
        tls = each["spec"]["trafficPolicy"]["tls"]
        assert tls["subjectAltNames"] == [each["spec"]["host"]]
        assert tls["caCertificates"].endswith("/ca.pem")


def test_payments_need_a_token_and_only_named_paths_do_not(made):
    policies = {
        each["metadata"]["name"]: each["spec"]["rules"]
        for each in made.all("kubernetes:security.istio.io/v1:AuthorizationPolicy")
    }

    with_token = policies["with-token"]
    assert with_token[0]["from"] == [
        {"source": {"requestPrincipals": ["https://pay.example.com/*"]}}
    ]
    assert with_token[0]["to"] == [{"operation": {"paths": ["/v1/*"]}}]
    assert with_token[1]["from"] == [
        {"source": {"requestPrincipals": ["https://pay.example.com/eu-west-1"]}}
    ]
    open_paths = policies["without-token"][0]["to"][0]["operation"]["paths"]
    assert not [path for path in open_paths if path.startswith("/v1") or "*" in path]
