"""What Vault answers is taken at its word."""

import httpx
import pytest

from local.plugins.vault.client import Client, VaultError, with_iam, with_token


def client(answer, sign_in=None):
    http = httpx.Client(base_url="https://vault", transport=httpx.MockTransport(answer))
    return Client(http, sign_in or with_token("t"))


def test_a_parameter_that_vault_ignores_is_an_error():
    warning = "Endpoint ignored these unrecognized parameters: [max_conections]"
    ignoring = client(lambda _: httpx.Response(200, json={"warnings": [warning]}))

    with pytest.raises(VaultError, match="max_conections"):
        ignoring.call("POST", "database/config/x", {"max_conections": 1})


def test_what_is_not_there_reads_as_nothing_and_what_is_refused_does_not():
    answers = {"/v1/gone": 404, "/v1/refused": 403}
    asked = client(lambda it: httpx.Response(answers[it.url.path], json={"errors": ["no"]}))

    assert asked.read("gone") is None
    with pytest.raises(VaultError, match="no"):
        asked.read("refused")


def test_a_token_is_asked_for_again_before_it_ends():
    seen = []

    def answer(request):
        seen.append(request.url.path)
        return httpx.Response(200, json={"auth": {"client_token": "t", "lease_duration": 1}})

    short = client(answer, with_iam("provisioner", "aws", "us-east-1", "vault-1"))
    short.call("GET", "a")
    short.call("GET", "b")

    assert seen == ["/v1/auth/aws/login", "/v1/a", "/v1/auth/aws/login", "/v1/b"]
