"""A Vault server, spoken to over HTTP by whoever may sign in to it by an IAM identity."""

import base64
import json
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

Body = dict[str, Any]

ANSWER_SECONDS_MAX = 60.0
_EARLY_SECONDS = 30.0
"""How long before its end a token is not relied on any more."""
_UNKNOWN_PARAMETER = "Endpoint ignored"


class VaultError(Exception):
    """Vault refused; the message is its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


SignIn = Callable[["Client"], tuple[str, float]]
"""Signs in; returns a token and how many seconds it is good for."""


class Client:
    """One Vault. The token stays in memory. Safe to use from several threads."""

    def __init__(self, http: httpx.Client, sign_in: SignIn) -> None:
        self._http = http
        self._sign_in = sign_in
        self._lock = threading.Lock()
        self._token, self._good_until = "", 0.0

    def call(self, method: str, path: str, body: Body | None = None) -> Body:
        """Return an answer's own content.

        Raises:
            VaultError: refused, or a parameter is none that Vault knows.

        """
        answer = self.send(method, path, body, {"X-Vault-Token": self._signed_in()})
        ignored = [
            each for each in answer.get("warnings") or [] if each.startswith(_UNKNOWN_PARAMETER)
        ]
        if ignored:
            raise VaultError(HTTPStatus.BAD_REQUEST, "; ".join(ignored))
        return answer

    def read(self, path: str) -> Body | None:
        """Return what is there, or None."""
        try:
            return self.call("GET", path)
        except VaultError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def send(self, method: str, path: str, body: Body | None, headers: dict[str, str]) -> Body:
        """Send one request without a token of its own. Raises VaultError."""
        answer = self._http.request(method, f"/v1/{path}", json=body, headers=headers)
        if answer.is_success:
            return answer.json() if answer.content else {}
        try:
            reasons = answer.json()["errors"]
        except (ValueError, KeyError):
            reasons = [answer.text]
        message = "; ".join(each.strip() for each in reasons) or answer.reason_phrase
        raise VaultError(answer.status_code, message)

    def _signed_in(self) -> str:
        with self._lock:
            if time.monotonic() > self._good_until:
                self._token, seconds = self._sign_in(self)
                self._good_until = time.monotonic() + seconds - _EARLY_SECONDS
            return self._token


def with_token(token: str) -> SignIn:
    """Sign in with a token that is given."""
    return lambda _: (token, float("inf"))


def with_iam(role: str, mount: str, region: str, server_id: str) -> SignIn:
    """Sign in as an IAM identity: Vault passes our signed question on to STS (its AWS auth method).

    On one machine the stand-in for STS answers, which asks for a signature's form alone.
    """

    def sign_in(client: Client) -> tuple[str, float]:
        url = f"https://sts.{region}.amazonaws.com/"
        body = "Action=GetCallerIdentity&Version=2011-06-15"
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        if server_id:
            headers["X-Vault-AWS-IAM-Server-ID"] = server_id
        request = AWSRequest(method="POST", url=url, data=body, headers=headers)
        SigV4Auth(Credentials("local", "local"), "sts", region).add_auth(request)
        signed = {key: [value] for key, value in request.headers.items()}
        answer = client.send(
            "POST",
            f"auth/{mount}/login",
            {
                "role": role,
                "iam_http_request_method": "POST",
                "iam_request_url": _encoded(url),
                "iam_request_body": _encoded(body),
                "iam_request_headers": _encoded(json.dumps(signed)),
            },
            {},
        )
        return answer["auth"]["client_token"], float(answer["auth"]["lease_duration"])

    return sign_in


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
