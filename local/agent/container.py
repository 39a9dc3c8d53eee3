"""One container of a pod: a process, started again when it ends, asked whether it is well."""

import asyncio
import datetime
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from local.agent import processes
from local.agent.probe import Probe
from local.agent.processes import Record

Object = dict[str, Any]

BACK_OFF_SECONDS = 1.0
BACK_OFF_SECONDS_MAX = 30.0
"""A kubelet begins with 10 s and goes to 300; here somebody sits and waits."""
STEADY_SECONDS = 60.0
"""After so long a run the next end is a new trouble, not the old one."""

LOST = "the node agent was ended while it ran"


class Container:
    """One container, from its first start to its last end."""

    def __init__(
        self,
        wanted: Object,
        restart_policy: str,
        environment: Mapping[str, str],
        address: str,
        log: Path,
        record: Record,
        changed: Callable[[], None],
        restarts: int = 0,
    ) -> None:
        self._wanted = wanted
        self._policy = restart_policy
        self._environment = environment
        self._log = log
        self._record = record
        self._changed = changed
        self._probes = {
            each: Probe(wanted[each], wanted, address)
            for each in ("startupProbe", "livenessProbe", "readinessProbe")
            if each in wanted
        }
        self._running: asyncio.subprocess.Process | None = None
        self.state: Object = {"waiting": {"reason": "ContainerCreating"}}
        self.last_state: Object = {}
        self._stopping = False
        self.restarts = restarts
        self.started = False
        self.ready = False

    @property
    def name(self) -> str:
        """The container's name."""
        return self._wanted["name"]

    @property
    def image(self) -> str:
        """The image that it would run."""
        return self._wanted["image"]

    async def run(self, http: httpx.AsyncClient) -> None:
        """Run it until it has ended for good; where its policy is Always, for ever."""
        wait = BACK_OFF_SECONDS
        while True:
            began = time.monotonic()
            code = await self._once(http)
            if self._stopping or self._policy == "Never":
                return
            if self._policy == "OnFailure" and code == 0:
                return
            if time.monotonic() - began > STEADY_SECONDS:
                wait = BACK_OFF_SECONDS
            self.last_state = self.state
            why = self.last_state["terminated"]["message"] or f"it ended with {code}"
            self._say({"waiting": {"reason": "CrashLoopBackOff", "message": why}})
            await asyncio.sleep(wait)
            wait = min(2 * wait, BACK_OFF_SECONDS_MAX)
            self.restarts += 1

    def lose(self) -> None:
        """Say that its process went with a former agent, and that there will be no other."""
        self._say({"terminated": {"exitCode": 137, "reason": "Error", "message": LOST}})

    async def end(self, grace_seconds: float, *, pauses: bool = True) -> None:
        """End its process in order: its own pause first, then the signal, then force."""
        self._stopping, self.ready = True, False
        running = self._running
        if running is None:
            return
        pause = self._wanted.get("lifecycle", {}).get("preStop", {}).get("sleep", {})
        seconds = min(pause.get("seconds", 0), grace_seconds) if pauses else 0
        try:
            await asyncio.wait_for(running.wait(), seconds)
        except TimeoutError:
            await processes.end(running, max(grace_seconds - seconds, 1))

    async def _once(self, http: httpx.AsyncClient) -> int:
        """Run it once and return its exit code."""
        started_at = now()
        command = [*self._wanted.get("command", []), *self._wanted.get("args", [])]
        running = await processes.start(command, self._environment, self._log)
        self._running = running
        self._record.add(running.pid)
        self.started = "startupProbe" not in self._probes
        self.ready = self.started and "readinessProbe" not in self._probes
        self._say({"running": {"startedAt": started_at}})
        probing = asyncio.create_task(self._probe(http, running))
        try:
            code = await running.wait()
        except asyncio.CancelledError:
            await processes.end(running, 0)
            raise
        finally:
            probing.cancel()
            self._record.remove(running.pid)
            self._running, self.ready, self.started = None, False, False
        self._say({"terminated": self._last_words(code, started_at)})
        return code

    async def _probe(self, http: httpx.AsyncClient, running: asyncio.subprocess.Process) -> None:
        """Follow the probes of one run; one that fails too often ends it."""
        startup = self._probes.get("startupProbe")
        if startup and not await startup.first_success(http):
            await processes.end(running, 1)
            return
        self.started = True
        readiness = self._probes.get("readinessProbe")
        liveness = self._probes.get("livenessProbe")
        self._be_ready(ready=readiness is None)
        following = (
            asyncio.create_task(readiness.follow(http, lambda well: self._be_ready(ready=well)))
            if readiness
            else None
        )
        try:
            await (liveness.failed(http) if liveness else running.wait())
        finally:
            if following:
                following.cancel()
        await processes.end(running, 1)

    def _be_ready(self, *, ready: bool) -> None:
        self.ready = ready
        self._changed()

    def _say(self, state: Object) -> None:
        self.state = state
        self._changed()

    def _last_words(self, code: int, started_at: str) -> Object:
        return {
            "exitCode": code if code >= 0 else 128 - code,
            "reason": "Completed" if code == 0 else "Error",
            "startedAt": started_at,
            "finishedAt": now(),
            # As FallbackToLogsOnError has it: who looks at the pod sees why.
            "message": processes.tail(self._log) if code else "",
        }


def now() -> str:
    """Return the time as the API server writes it."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
