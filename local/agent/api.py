"""The API server as the agent needs it: requests without blocking, and mirrors of what is there."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Any

import httpx

from local.places import Place

Object = dict[str, Any]

ANSWER_SECONDS_MAX = 10.0
AGAIN_SECONDS = 1.0
"""How long to wait before a watch that broke is begun again."""
WATCH_SECONDS = 300
"""After so long the API server ends a watch, and all is listed anew."""


class RefusedError(Exception):
    """The API server refused; the message is its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """One region's API server."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    @classmethod
    def at(cls, place: Place) -> "Api":
        """Return a region's API server, as its administrator."""
        return cls(
            httpx.AsyncClient(
                base_url=place.kubernetes_url,
                headers={"Authorization": f"Bearer {place.kubernetes_token}"},
                verify=str(place.ca),
                timeout=ANSWER_SECONDS_MAX,
            )
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def call(
        self, method: str, path: str, body: Object | None = None, kind: str = "application/json"
    ) -> Object:
        """Return an answer. Raises RefusedError, or httpx.HTTPError where there is none."""
        answer = await self._http.request(
            method,
            path,
            content=None if body is None else json.dumps(body),
            headers={"Content-Type": kind},
        )
        if answer.is_error:
            try:
                message = answer.json()["message"]
            except (ValueError, KeyError):
                message = answer.text
            raise RefusedError(answer.status_code, message)
        return answer.json() if answer.content else {}

    async def patch(self, path: str, body: Object) -> Object:
        """Merge a patch into an object."""
        return await self.call("PATCH", path, body, "application/merge-patch+json")

    async def apply(self, path: str, wanted: Object) -> Object:
        """Make an object so, whoever set its fields before."""
        return await self.call(
            "PATCH",
            f"{path}?fieldManager=evenkeel-agent&force=true",
            wanted,
            "application/apply-patch+yaml",
        )

    async def watch(self, path: str, version: str) -> AsyncIterator[tuple[str, Object]]:
        """Yield what changes from a version on; ends when the API server ends it."""
        parameters = {
            "watch": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        timeout = httpx.Timeout(ANSWER_SECONDS_MAX, read=WATCH_SECONDS + ANSWER_SECONDS_MAX)
        async with self._http.stream("GET", path, params=parameters, timeout=timeout) as answer:
            if answer.is_error:
                raise RefusedError(answer.status_code, f"{path} can't be watched")
            async for line in answer.aiter_lines():
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise RefusedError(event["object"].get("code", 0), str(event["object"]))
                yield event["type"], event["object"]


class Mirror:
    """All objects of one path as they are now, by uid."""

    def __init__(self, api: Api, path: str, changed: Callable[[], None]) -> None:
        self._api = api
        self._path = path
        self._changed = changed
        self.objects: dict[str, Object] = {}

    async def run(self) -> None:
        """Follow the API server for ever; `changed` is called after each change."""
        while True:
            try:
                await self._follow()
            except (httpx.HTTPError, RefusedError, OSError) as error:
                if not _is_expected(error):
                    print(f"watch {self._path}: {error!r}", file=sys.stderr, flush=True)
                await asyncio.sleep(AGAIN_SECONDS)

    async def _follow(self) -> None:
        listed = await self._api.call("GET", self._path)
        self.objects = {each["metadata"]["uid"]: each for each in listed["items"]}
        self._changed()
        version = listed["metadata"]["resourceVersion"]
        async for type_, found in self._api.watch(self._path, version):
            uid = found["metadata"]["uid"]
            if type_ == "DELETED":
                self.objects.pop(uid, None)
            else:
                self.objects[uid] = found
            self._changed()


def _is_expected(error: Exception) -> bool:
    """Tell whether a break is in the order of things: a kind not defined yet, history compacted."""
    return isinstance(error, RefusedError) and error.status in {
        HTTPStatus.NOT_FOUND,
        HTTPStatus.GONE,
    }
