"""A connector: the Connect worker of its region runs it with the configuration of the program.

What differs on one machine: clients sign in with certificates instead of IAM, brokers' names are
resolved to this machine's addresses, and internal topics have the one replica that one broker can
keep.
"""

import re
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import httpx

from local import names
from local.places import Place
from local.plugins.aws.declared import Declared
from local.plugins.standin import Properties, Resource, StandInError

CLIENT = "connect"
"""Whose certificate a connector shows to both clusters."""

READY_SECONDS_MAX = 300.0
RESTART_SECONDS = 30.0
POLL_SECONDS = 0.25

_SIGN_IN = re.compile(r"(?P<prefix>.*?)(security\.protocol|sasl\..*)")


class Connector(Declared):
    """`aws:mskconnect/connector:Connector`."""

    def create(self, resource: Resource) -> tuple[str, Properties]:
        """Have the worker run it, and wait until it runs."""
        identity, outputs = super().create(resource)
        self._put(resource)
        return identity, outputs

    def read(self, resource: Resource) -> Properties | None:
        """See whether the worker still has it, and with what configuration."""
        place = Place(self.region(resource.inputs))
        answer = _call(place, "GET", f"/connectors/{resource.inputs['name']}")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        wanted = configuration(resource.inputs["connectorConfiguration"], place)
        has: dict[str, str] = answer.json()["config"]
        has.pop("name", None)
        return resource.state if has == wanted else resource.state | {"connectorConfiguration": has}

    def update(self, resource: Resource) -> Properties:
        """Have the worker run it with the new configuration."""
        outputs = super().update(resource)
        self._put(resource)
        return outputs

    def delete(self, resource: Resource) -> None:
        """Have the worker stop it."""
        place, name = Place(self.region(resource.inputs)), str(resource.inputs["name"])
        answer = _call(place, "DELETE", f"/connectors/{name}")
        if not answer.is_success and answer.status_code != HTTPStatus.NOT_FOUND:
            raise StandInError(
                f"connector {name}: Connect of {place.region} does not remove it: {answer.text}"
            )

    def _put(self, resource: Resource) -> None:
        place, name = Place(self.region(resource.inputs)), str(resource.inputs["name"])
        wanted = configuration(resource.inputs["connectorConfiguration"], place)
        answer = _call(place, "PUT", f"/connectors/{name}/config", wanted)
        if not answer.is_success:
            raise StandInError(
                f"connector {name}: Connect of {place.region} refuses its configuration:"
                f" {answer.json().get('message', answer.text)}"
            )
        _wait(place, name)


def configuration(given: Mapping[str, Any], place: Place) -> dict[str, str]:
    """Return a connector's configuration as the worker on this machine can run it."""
    found: dict[str, str] = {}
    prefixes: set[str] = set()
    for key, value in given.items():
        sign_in = _SIGN_IN.fullmatch(key)
        if sign_in:
            prefixes.add(sign_in["prefix"])
        elif key.endswith("replication.factor"):
            found[key] = "1"
        elif key.endswith("bootstrap.servers"):
            found[key] = names.resolve_all(str(value), place.region)
        else:
            found[key] = str(value)
    for prefix in sorted(prefixes):
        found |= {f"{prefix}{key}": value for key, value in _certificate(place).items()}
    return found


def _certificate(place: Place) -> dict[str, str]:
    keystore = place.certificate(CLIENT).with_suffix(".keystore")
    return {
        "security.protocol": "SSL",
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(place.ca),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keystore),
    }


def _wait(place: Place, name: str) -> None:
    """Wait until a connector runs, and a mirror of topics has something to do.

    A MirrorSourceConnector that needed longer than its admin clients wait to make its topics says
    that it runs, has no task and never asks for one: it is started again.

    Raises:
        StandInError: it failed, or did not run in time; its own words are in the message.

    """
    deadline = time.monotonic() + READY_SECONDS_MAX
    started = time.monotonic()
    said = "nothing"
    while time.monotonic() < deadline:
        answer = _call(place, "GET", f"/connectors/{name}/status")
        if answer.is_success:
            status = answer.json()
            parts = [status["connector"], *status["tasks"]]
            said = ", ".join(each["state"] for each in parts)
            if any(each["state"] == "FAILED" for each in parts):
                traces = [each["trace"].splitlines()[0] for each in parts if each.get("trace")]
                raise StandInError(f"connector {name} failed: {(traces or [said])[0]}")
            if parts[0]["state"] == "RUNNING":
                if status["tasks"] or not _must_have_tasks(place, name):
                    return
                if time.monotonic() - started > RESTART_SECONDS:
                    _call(place, "POST", f"/connectors/{name}/restart?includeTasks=true")
                    started = time.monotonic()
        time.sleep(POLL_SECONDS)
    raise StandInError(
        f"connector {name} does not run after {READY_SECONDS_MAX:.0f} s ({said}); see"
        f" `python -m local logs {place.region}-connect`"
    )


def _must_have_tasks(place: Place, name: str) -> bool:
    found = _call(place, "GET", f"/connectors/{name}/config")
    return str(found.json().get("connector.class", "")).endswith("MirrorSourceConnector")


def _call(
    place: Place, method: str, path: str, body: Mapping[str, str] | None = None
) -> httpx.Response:
    """Ask the worker; while it settles who does what it says so and is asked again."""
    deadline = time.monotonic() + READY_SECONDS_MAX
    while True:
        try:
            answer = httpx.request(method, f"{place.connect_url}{path}", json=body, timeout=30)
        except httpx.HTTPError as error:
            raise StandInError(
                f"Connect of {place.region} at {place.connect_url} can't be reached ({error});"
                " `make status` tells whether it is up"
            ) from error
        if answer.status_code != HTTPStatus.CONFLICT or time.monotonic() > deadline:
            return answer
        time.sleep(POLL_SECONDS)
