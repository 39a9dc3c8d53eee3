"""One pod on this node, from its binding to its end."""

import asyncio
import sys
from http import HTTPStatus
from pathlib import Path

import httpx

from local.agent import trust
from local.agent.api import Api, Object, RefusedError
from local.agent.container import Container, now
from local.agent.processes import Record
from local.agent.status import status
from local.agent.surroundings import environment
from local.agent.volumes import VolumeError, Volumes
from local.places import Place

RETRY_SECONDS = 1.0
REFRESH_SECONDS = 30.0
"""How often volumes are looked at again; a kubelet takes up to a minute."""
GRACE_SECONDS = 30
"""What the API server fills in where a pod does not say."""
STOP_SECONDS = 10.0
"""How long a pod has when not it but the agent ends: nobody routes requests to it any more."""


class Pod:
    """A pod that this node runs."""

    def __init__(
        self, place: Place, api: Api, http: httpx.AsyncClient, found: Object, address: str
    ) -> None:
        self._place = place
        self._api = api
        self._http = http
        self.found = found
        self.address = address
        metadata = found["metadata"]
        self._path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
        self.folder: Path = place.folder("pods") / metadata["name"]
        self.folder.mkdir(exist_ok=True, mode=0o700)
        self._volumes = Volumes(api, found, self.folder / "volumes")
        self._containers: list[Container] = []
        self._trouble = ""
        self._changed = asyncio.Event()
        self._publishing = asyncio.Lock()
        self._ending = asyncio.Event()
        self._published: Object = found.get("status", {})
        self._former: list[Object] = self._published.get("containerStatuses", [])
        self._ended = False

    def see(self, found: Object) -> None:
        """Take note of the pod's newest version."""
        self.found = found
        if "deletionTimestamp" in found["metadata"]:
            self._ending.set()

    async def run(self, record: Record) -> None:
        """Run it until it ends or is deleted. Cancelled, it ends the processes and nothing else."""
        publishing = asyncio.create_task(self._publish_changes())
        living = asyncio.create_task(self._live(record))
        ending = asyncio.create_task(self._ending.wait())
        try:
            await asyncio.wait({living, ending}, return_when=asyncio.FIRST_COMPLETED)
            if not self._ending.is_set():
                living.result()
                self._ended = True
                await self._publish()
                await ending
            await self._end(self._grace_seconds())
            await _finish(living)
            self._ended = True
            await self._publish()
            await self._remove()
        except asyncio.CancelledError:
            await self._end(STOP_SECONDS, pauses=False)
            await _finish(living)
            raise
        finally:
            publishing.cancel()
            ending.cancel()
            self._volumes.remove()

    async def _live(self, record: Record) -> None:
        await trust.give(self._api, self._place, self.found["metadata"]["namespace"])
        await self._make_volumes()
        self._trouble = ""
        try:
            self._containers = [self._container(each, record) for each in self._specification()]
        except ValueError as error:
            await self._complain(str(error))
            await self._ending.wait()
            return
        if self._was_lost():
            for each in self._containers:
                each.lose()
            return
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(each.run(self._http)) for each in self._containers]
            refreshing = group.create_task(self._refresh())
            await asyncio.gather(*running)
            refreshing.cancel()

    def _specification(self) -> list[Object]:
        return self.found["spec"]["containers"]

    def _container(self, wanted: Object, record: Record) -> Container:
        before = [
            each["restartCount"] + 1
            for each in self._former
            if each["name"] == wanted["name"] and "running" in each.get("state", {})
        ]
        return Container(
            wanted,
            self.found["spec"].get("restartPolicy", "Always"),
            environment(self._place, self.found, wanted, self.address, self._volumes.folder),
            self.address,
            self.folder / "log",
            record,
            self._changed.set,
            restarts=before[0] if before else 0,
        )

    def _was_lost(self) -> bool:
        """Tell whether it ran under a former agent and must not run twice."""
        return self.found["spec"].get("restartPolicy") == "Never" and any(
            each.restarts for each in self._containers
        )

    async def _make_volumes(self) -> None:
        """Make the volumes, waiting for what they show, as a kubelet does."""
        while True:
            try:
                await self._volumes.make()
            except (RefusedError, VolumeError, httpx.HTTPError) as error:
                await self._complain(f"its volumes can't be made yet: {error}")
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def _refresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await self._volumes.make()
            except (RefusedError, VolumeError, httpx.HTTPError) as error:
                print(f"{self._path}: {error}", file=sys.stderr, flush=True)

    async def _end(self, grace_seconds: float, *, pauses: bool = True) -> None:
        ends = [each.end(grace_seconds, pauses=pauses) for each in self._containers]
        await asyncio.gather(*ends)

    def _grace_seconds(self) -> float:
        given = self.found["metadata"].get("deletionGracePeriodSeconds")
        if given is None:
            given = self.found["spec"].get("terminationGracePeriodSeconds", GRACE_SECONDS)
        return float(given)

    async def _complain(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            self._changed.set()

    async def _publish_changes(self) -> None:
        self._changed.set()
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._publish()

    async def _publish(self) -> None:
        """Tell the API server how the pod is, if that is news; again later where it can't hear.

        One at a time: of two at once, the older news could be the last to arrive, and stay.
        """
        async with self._publishing:
            await self._tell()

    async def _tell(self) -> None:
        told = status(self._containers, self.address, self._published, now(), ended=self._ended)
        if not self._containers:
            # Nothing is known of them yet: what a former agent said of them stays.
            told["phase"] = self._published.get("phase", told["phase"])
            del told["containerStatuses"]
        if self._trouble:
            told["conditions"][-1] |= {"message": self._trouble}
        if told.items() <= self._published.items():
            return
        try:
            await self._api.patch(f"{self._path}/status", {"status": told})
            self._published = {**self._published, **told}
        except RefusedError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                print(f"{self._path}: {error}", file=sys.stderr, flush=True)
        except httpx.HTTPError:
            await asyncio.sleep(RETRY_SECONDS)
            self._changed.set()

    async def _remove(self) -> None:
        """Say the last word on a deleted pod: its processes are gone, so may it be."""
        options = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "gracePeriodSeconds": 0,
            "preconditions": {"uid": self.found["metadata"]["uid"]},
        }
        try:
            await self._api.call("DELETE", self._path, options)
        except RefusedError as error:
            if error.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}:
                raise


async def _finish(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
