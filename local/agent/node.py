"""The node itself: known to the API server, it binds the project's pods to itself and runs them."""

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Self

import httpx

from local import addresses, gateway, places
from local.agent.api import Api, Mirror, Object, RefusedError
from local.agent.container import now
from local.agent.pod import Pod
from local.agent.processes import Record
from local.places import Place

NAME = "one-machine"
PODS_MAX = 254
"""Each has its own address in a /24."""
SETTLE_SECONDS = 0.05
"""Changes come in bursts; one look serves a whole burst."""
HEARTBEAT_SECONDS = 30.0
AGAIN_SECONDS = 1.0

_ROUTING = {
    "Service": "/api/v1/services",
    "Gateway": "/apis/networking.istio.io/v1/gateways",
    "VirtualService": "/apis/networking.istio.io/v1/virtualservices",
    "EnvoyFilter": "/apis/networking.istio.io/v1alpha3/envoyfilters",
}


class Node:
    """One region's node."""

    def __init__(self, place: Place, api: Api) -> None:
        self._place = place
        self._api = api
        self._changed = asyncio.Event()
        self._rerouted = asyncio.Event()
        self._pods = Mirror(api, "/api/v1/pods", self._on_change)
        self._routing = {
            kind: Mirror(api, path, self._rerouted.set) for kind, path in _ROUTING.items()
        }
        self._record = Record(place.folder("pods") / "running.json")
        self._runs: dict[str, tuple[Pod, asyncio.Task[None]]] = {}
        # Pods answer probes with certificates of their own making; a kubelet asks no further.
        self._http = httpx.AsyncClient(verify=False)  # noqa: S501 - as a kubelet does

    @classmethod
    def at(cls, place: Place) -> Self:
        """Return the node of a region."""
        return cls(place, Api.at(place))

    async def __aenter__(self) -> Self:
        self._record.clean()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the pods' processes; their objects stay, and the next agent takes them up."""
        tasks = [task for _, task in self._runs.values()]
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._http.aclose()
        await self._api.close()

    async def run(self) -> None:
        """Be a node for ever."""
        await self._register()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._heartbeat())
            group.create_task(self._pods.run())
            for each in self._routing.values():
                group.create_task(each.run())
            group.create_task(_on(self._changed, self._look))
            group.create_task(_on(self._rerouted, self._route))

    def _on_change(self) -> None:
        self._changed.set()
        self._rerouted.set()

    async def _register(self) -> None:
        host = addresses.server(self._place.region, "kubernetes")
        resources = {"cpu": "64", "memory": "256Gi", "pods": str(PODS_MAX)}
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NAME}}
        labels = {
            "kubernetes.io/hostname": NAME,
            "kubernetes.io/os": "linux",
            "topology.kubernetes.io/region": self._place.region,
            "topology.kubernetes.io/zone": f"{self._place.region}a",
        }
        path = f"/api/v1/nodes/{NAME}"
        await self._api.apply(path, {**node, "metadata": {"name": NAME, "labels": labels}})
        ready = {
            "type": "Ready",
            "status": "True",
            "reason": "AgentReady",
            "message": "pods run as processes of this machine",
            "lastHeartbeatTime": now(),
            "lastTransitionTime": now(),
        }
        status = {
            "addresses": [{"type": "InternalIP", "address": host}],
            "capacity": resources,
            "allocatable": resources,
            "conditions": [ready],
        }
        await self._api.apply(f"{path}/status", {**node, "status": status})

    async def _heartbeat(self) -> None:
        """Say from time to time that the node is there: no controller here judges by it."""
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                await self._register()
            except (RefusedError, httpx.HTTPError) as error:
                print(f"heartbeat: {error!r}", file=sys.stderr, flush=True)

    async def _look(self) -> None:
        """Take up pods that are new, tell those that run what is new, end those that are gone."""
        there = self._pods.objects
        for uid in self._runs.keys() - there.keys():
            self._runs[uid][1].cancel()
        for uid, found in list(there.items()):
            if uid in self._runs:
                self._runs[uid][0].see(found)
            elif is_ours(found) and not _is_over(found):
                await self._take(uid, found)
        self._sweep()

    async def _take(self, uid: str, found: Object) -> None:
        address = self._free_address(found.get("status", {}).get("podIP", ""))
        if address is None:
            return
        if not found["spec"].get("nodeName") and not await self._bind(found):
            return
        pod = Pod(self._place, self._api, self._http, found, address)
        pod.see(found)
        task = asyncio.create_task(pod.run(self._record), name=found["metadata"]["name"])
        task.add_done_callback(lambda done: self._forget(uid, done))
        self._runs[uid] = (pod, task)

    def _forget(self, uid: str, task: asyncio.Task[None]) -> None:
        self._runs.pop(uid, None)
        if not task.cancelled() and task.exception():
            print(f"{task.get_name()}: {task.exception()!r}", file=sys.stderr, flush=True)
        # A pod that could not be run is taken up again, a little later.
        asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._changed.set)

    async def _bind(self, found: Object) -> bool:
        metadata = found["metadata"]
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]},
            "target": {"apiVersion": "v1", "kind": "Node", "name": NAME},
        }
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}/binding"
        try:
            await self._api.call("POST", path, binding)
        except RefusedError as error:
            return error.status == HTTPStatus.CONFLICT  # bound by a former agent
        return True

    def _free_address(self, before: str) -> str | None:
        """Return an address that no pod has, the pod's own from before where it can be."""
        taken = {pod.address for pod, _ in self._runs.values()}
        all_ = [addresses.pod(self._place.region, each) for each in range(1, PODS_MAX + 1)]
        if before in all_ and before not in taken:
            return before
        # One that the API server still shows for another pod is left alone while others are free.
        shown = {each.get("status", {}).get("podIP") for each in self._pods.objects.values()}
        free = [each for each in all_ if each not in taken]
        return next((each for each in free if each not in shown), free[0] if free else None)

    def _sweep(self) -> None:
        """Remove the folders, logs included, of pods that are gone."""
        names = {each["metadata"]["name"] for each in self._pods.objects.values()}
        names |= {pod.found["metadata"]["name"] for pod, _ in self._runs.values()}
        for folder in self._place.folder("pods").iterdir():
            if folder.is_dir() and folder.name not in names:
                shutil.rmtree(folder, ignore_errors=True)

    async def _route(self) -> None:
        """Have the gateway serve what the API server has now."""
        kinds = {kind: list(mirror.objects.values()) for kind, mirror in self._routing.items()}
        pods = list(self._pods.objects.values())
        await asyncio.to_thread(gateway.write, self._place, kinds, pods)


def is_ours(pod: Object) -> bool:
    """Tell whether a pod runs this project's own code, and nothing else."""
    return all(_is_our_command(each.get("command", [])) for each in pod["spec"]["containers"])


def _is_our_command(command: list[str]) -> bool:
    if command[:2] != ["python", "-m"] or len(command) == 2:  # noqa: PLR2004 - no module given
        return False
    return (places.REPOSITORY / command[2].partition(".")[0]).is_dir()


def _is_over(pod: Object) -> bool:
    """Tell whether a pod has ended, or is deleted before this node had it."""
    if pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}:
        return True
    return "deletionTimestamp" in pod["metadata"] and not pod["spec"].get("nodeName")


async def _on(event: asyncio.Event, act: Callable[[], Awaitable[None]]) -> None:
    """Act after each burst of an event, for ever."""
    while True:
        await event.wait()
        await asyncio.sleep(SETTLE_SECONDS)
        event.clear()
        try:
            await act()
        except (RefusedError, httpx.HTTPError, OSError) as error:
            print(f"{error!r}", file=sys.stderr, flush=True)
            await asyncio.sleep(AGAIN_SECONDS)
            event.set()
