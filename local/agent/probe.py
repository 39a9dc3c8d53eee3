"""A pod's probes: is it up, is it alive, is it ready for requests."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

Object = dict[str, Any]

_GOOD = range(200, 400)
"""What a kubelet takes for a success."""


class ProbeError(ValueError):
    """A probe is of a kind that is not provided here."""


class Probe:
    """One probe of one container."""

    def __init__(self, wanted: Object, container: Object, address: str) -> None:
        if "httpGet" not in wanted:
            raise ProbeError(
                f"a probe asks by {', '.join(wanted)}; on one machine all of them ask by httpGet"
            )
        get = wanted["httpGet"]
        port = _port(get["port"], container)
        self._url = f"{get.get('scheme', 'HTTP').lower()}://{address}:{port}{get.get('path', '/')}"
        self._delay: float = wanted.get("initialDelaySeconds", 0)
        self._timeout: float = wanted.get("timeoutSeconds", 1)
        self._failures_max: int = wanted.get("failureThreshold", 3)
        self._successes_min: int = wanted.get("successThreshold", 1)
        self.period: float = wanted.get("periodSeconds", 10)

    async def first_success(self, http: httpx.AsyncClient) -> bool:
        """Ask until it answers; tell whether it did before it had failed too often."""
        await asyncio.sleep(self._delay)
        for _ in range(self._failures_max):
            if await self._ask(http):
                return True
            await asyncio.sleep(self.period)
        return False

    async def failed(self, http: httpx.AsyncClient) -> None:
        """Return when it has failed too often in a row."""
        await asyncio.sleep(self._delay)
        failures = 0
        while failures < self._failures_max:
            failures = 0 if await self._ask(http) else failures + 1
            if failures < self._failures_max:
                await asyncio.sleep(self.period)

    async def follow(self, http: httpx.AsyncClient, tell: Callable[[bool], None]) -> None:
        """Tell for ever whether it is well, as often as that changes."""
        await asyncio.sleep(self._delay)
        well, in_a_row = False, 0
        while True:
            answered = await self._ask(http)
            in_a_row = 0 if answered == well else in_a_row + 1
            if in_a_row >= (self._successes_min if answered else self._failures_max):
                well, in_a_row = answered, 0
                tell(well)
            await asyncio.sleep(self.period)

    async def _ask(self, http: httpx.AsyncClient) -> bool:
        try:
            answer = await http.get(self._url, timeout=self._timeout)
        except httpx.HTTPError:
            return False
        return answer.status_code in _GOOD


def _port(wanted: str | int, container: Object) -> int:
    if isinstance(wanted, int):
        return wanted
    for each in container.get("ports", []):
        if each.get("name") == wanted:
            return int(each["containerPort"])
    raise ProbeError(f"container {container['name']} has no port of the name {wanted!r}")
