"""A Kubernetes API server, spoken to over HTTP: discovery, server-side apply, read, delete."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

import httpx

from local.places import Place

Object = dict[str, Any]

FIELD_MANAGER = "evenkeel"
"""Who owns the fields that are applied, as `kubectl get --show-managed-fields` shows it."""

_ANSWER_SECONDS_MAX = 30.0
_POLL_SECONDS = 0.2
_KIND_SECONDS_MAX = 15.0
"""How long a kind may take to be served once its definition has been created."""


class ApiError(Exception):
    """The API server refused; the message is its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

    @property
    def is_absence(self) -> bool:
        """Whether what was asked for is not there."""
        return self.status == HTTPStatus.NOT_FOUND


class LateError(Exception):
    """What was waited for did not come in time."""


@dataclass(frozen=True)
class Served:
    """One kind of object, as the API server serves it."""

    prefix: str
    """`/api/v1` or `/apis/<group>/<version>`."""
    plural: str
    namespaced: bool

    def path(self, namespace: str, name: str = "") -> str:
        """Return the path of an object, or of all of a namespace."""
        within = f"/namespaces/{namespace}" if self.namespaced else ""
        return f"{self.prefix}{within}/{self.plural}" + (f"/{name}" if name else "")


class ApiServer:
    """One API server. Safe to use from several threads."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._served: dict[str, dict[str, Served]] = {}
        self._lock = threading.Lock()

    @classmethod
    def at(cls, place: Place) -> Self:
        """Return the API server of a region of the one-machine cloud, as its administrator.

        Raises:
            FileNotFoundError: the region was never up.

        """
        return cls(
            httpx.Client(
                base_url=place.kubernetes_url,
                headers={"Authorization": f"Bearer {place.kubernetes_token}"},
                verify=str(place.ca),
                timeout=_ANSWER_SECONDS_MAX,
            )
        )

    def served(self, api_version: str, kind: str) -> Served:
        """Return how a kind is served, waiting a little for one that was defined just now.

        Raises:
            ApiError: it is not served.

        """
        deadline = time.monotonic() + _KIND_SECONDS_MAX
        while True:
            with self._lock:
                found = self._served.get(api_version, {}).get(kind)
                found = found or self._discover(api_version).get(kind)
            if found:
                return found
            if time.monotonic() > deadline or not self._is_defined(api_version, kind):
                raise ApiError(
                    HTTPStatus.NOT_FOUND, f"the API server serves no {kind} of {api_version}"
                )
            time.sleep(_POLL_SECONDS)

    def _discover(self, api_version: str) -> dict[str, Served]:
        prefix = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        answer = self._http.get(prefix)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return {}
        found = {
            each["kind"]: Served(prefix, each["name"], each["namespaced"])
            for each in _checked(answer)["resources"]
            if "/" not in each["name"]
        }
        self._served[api_version] = found
        return found

    def _is_defined(self, api_version: str, kind: str) -> bool:
        """Tell whether a definition of the kind is there, so that waiting for it makes sense."""
        answer = self._http.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
        group = api_version.partition("/")[0]
        return any(
            each["spec"]["group"] == group and each["spec"]["names"]["kind"] == kind
            for each in _checked(answer)["items"]
        )

    def path(self, found: Object) -> str:
        """Return an object's own path. Raises ApiError where its kind is not served."""
        metadata = found["metadata"]
        served = self.served(found["apiVersion"], found["kind"])
        return served.path(metadata.get("namespace") or "default", metadata["name"])

    def apply(self, wanted: Object) -> Object:
        """Make an object so, by server-side apply; return it as it is then.

        Raises:
            ApiError: refused, unknown and misspelt fields included.

        """
        answer = self._http.patch(
            self.path(wanted),
            params={"fieldManager": FIELD_MANAGER, "force": "true", "fieldValidation": "Strict"},
            headers={"Content-Type": "application/apply-patch+yaml"},
            content=json.dumps(wanted),
        )
        return _checked(answer)

    def create(self, wanted: Object) -> Object:
        """Make an object that must not be there yet. Raises ApiError (409 where it is)."""
        path = self.path(wanted).rpartition("/")[0]
        answer = self._http.post(
            path,
            params={"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict"},
            json=wanted,
        )
        return _checked(answer)

    def read(self, known: Object) -> Object | None:
        """Return an object as it is now, or None where it, or its kind, is gone."""
        try:
            return _checked(self._http.get(self.path(known)))
        except ApiError as error:
            if error.is_absence:
                return None
            raise

    def get(self, path: str, **parameters: str) -> Any:
        """Return the answer to a GET. Raises ApiError."""
        return _checked(self._http.get(path, params=parameters))

    def token(self, namespace: str, account: str, seconds: int) -> str:
        """Return a token of a ServiceAccount for the API server itself. Raises ApiError."""
        answer = self._http.post(
            f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token",
            json={"spec": {"expirationSeconds": seconds}},
        )
        return _checked(answer)["status"]["token"]

    def delete(self, known: Object, propagation: str, seconds_max: float) -> None:
        """Remove an object and wait until it is gone.

        Raises:
            ApiError: refused.
            LateError: it was still there at the end of the time.

        """
        try:
            path = self.path(known)
            answer = self._http.request("DELETE", path, params={"propagationPolicy": propagation})
            _checked(answer)
        except ApiError as error:
            if error.is_absence:
                return
            raise
        uid = known["metadata"].get("uid")

        def gone() -> bool:
            found = self.read(known)
            return found is None or (uid is not None and found["metadata"]["uid"] != uid)

        wait(gone, seconds_max, lambda: f"{path} was still there; its finalizers hold it")


def wait(done: Callable[[], bool], seconds_max: float, late: Callable[[], str]) -> None:
    """Wait until something is so. Raises LateError with what `late` says."""
    deadline = time.monotonic() + seconds_max
    while not done():
        if time.monotonic() > deadline:
            raise LateError(f"after {seconds_max:.0f} s, {late()}")
        time.sleep(_POLL_SECONDS)


def _checked(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json() if answer.content else {}
    try:
        message = answer.json()["message"]
    except (ValueError, KeyError):
        message = answer.text.strip() or answer.reason_phrase
    raise ApiError(answer.status_code, message)
