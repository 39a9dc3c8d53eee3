"""A pod's volumes, as folders: tokens renewed in time, ConfigMaps and Secrets read again."""

import base64
import datetime
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.agent.api import Api, Object

RENEW_SHARE = 0.8
"""A kubelet asks for a new token when 80 % of the old one's life is over."""

_MODE = 0o600
_FOLDER_MODE = 0o700


class VolumeError(Exception):
    """A volume is of a kind that is not provided here."""


class Volumes:
    """The volumes of one pod."""

    def __init__(self, api: Api, pod: Object, folder: Path) -> None:
        self._api = api
        self._pod = pod
        self.folder = folder
        self._renew_at: dict[Path, float] = {}

    async def make(self) -> None:
        """Make what is missing and bring up to date what may have changed.

        Raises:
            RefusedError: something that a volume shows is not there (yet).
            VolumeError: a volume's kind is not provided.

        """
        for volume in self._pod["spec"].get("volumes", []):
            folder = self.folder / volume["name"]
            folder.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
            if "emptyDir" in volume:
                continue
            if "projected" in volume:
                for source in volume["projected"]["sources"]:
                    await self._source(folder, source)
            else:
                await self._source(folder, _as_source(volume))

    def remove(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _source(self, folder: Path, source: Object) -> None:
        if "serviceAccountToken" in source:
            await self._token(folder, source["serviceAccountToken"])
        elif "configMap" in source:
            found = await self._read("configmaps", source["configMap"])
            content = {key: value.encode() for key, value in found.get("data", {}).items()}
            _lay(folder, content, source["configMap"])
        elif "secret" in source:
            found = await self._read("secrets", source["secret"])
            content = {key: base64.b64decode(value) for key, value in found.get("data", {}).items()}
            _lay(folder, content, source["secret"])
        else:
            raise VolumeError(
                f"a volume of {', '.join(source)} is not provided on one machine; there are"
                " emptyDir, configMap, secret and serviceAccountToken"
            )

    async def _read(self, plural: str, source: Object) -> Object:
        namespace = self._pod["metadata"]["namespace"]
        return await self._api.call(
            "GET", f"/api/v1/namespaces/{namespace}/{plural}/{source['name']}"
        )

    async def _token(self, folder: Path, wanted: Object) -> None:
        path = folder / wanted["path"]
        if time.time() < self._renew_at.get(path, 0):
            return
        metadata = self._pod["metadata"]
        account = self._pod["spec"]["serviceAccountName"]
        asked_at = time.time()
        answer = await self._api.call(
            "POST",
            f"/api/v1/namespaces/{metadata['namespace']}/serviceaccounts/{account}/token",
            {
                "apiVersion": "authentication.k8s.io/v1",
                "kind": "TokenRequest",
                "spec": {
                    "audiences": [wanted["audience"]] if "audience" in wanted else [],
                    "expirationSeconds": wanted.get("expirationSeconds", 3600),
                    # It is worth nothing once the pod is gone.
                    "boundObjectRef": {
                        "apiVersion": "v1",
                        "kind": "Pod",
                        "name": metadata["name"],
                        "uid": metadata["uid"],
                    },
                },
            },
        )
        _write(path, answer["status"]["token"].encode())
        end = datetime.datetime.fromisoformat(answer["status"]["expirationTimestamp"])
        self._renew_at[path] = asked_at + RENEW_SHARE * (end.timestamp() - asked_at)


def _as_source(volume: Object) -> Object:
    """Return a volume as a source of a projected one, which names a Secret otherwise."""
    if "secret" in volume:
        secret = volume["secret"]
        return {"secret": {**secret, "name": secret["secretName"]}}
    return {key: value for key, value in volume.items() if key != "name"}


def _lay(folder: Path, content: Mapping[str, bytes], source: Mapping[str, Any]) -> None:
    """Lay an object's keys as files: all, or those that the source lists."""
    items = source.get("items")
    paths = {each["key"]: each["path"] for each in items} if items else {k: k for k in content}
    for key, path in paths.items():
        if key not in content:
            raise VolumeError(f"{source['name']} has no key {key!r}")
        target = folder / path
        if not target.exists() or target.read_bytes() != content[key]:
            _write(target, content[key])


def _write(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of the old or all of the new, and nobody else any."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
    scratch = path.with_name(f".{path.name}.new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as file:
        file.write(content)
    scratch.replace(path)
