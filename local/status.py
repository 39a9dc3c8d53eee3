"""What runs where, since when, and in what health."""

import dataclasses
import datetime
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from local import addresses, cloud, process
from local.places import Place
from local.servers import kubernetes, vault

OK = 200


@dataclasses.dataclass(frozen=True)
class Row:
    """One thing that runs, or should."""

    region: str
    name: str
    kind: str
    """`server` or `pod`."""
    address: str
    since: str | None
    """RFC 3339, None where it does not run."""
    health: str
    """`healthy`, else what is wrong, in words."""


def rows() -> list[Row]:
    """Look at everything and say how it is; nothing here raises for a server that is away."""
    return [*_servers(), *(row for region in addresses.REGIONS for row in _pods(Place(region)))]


def is_healthy(found: list[Row]) -> bool:
    """Tell whether everything runs and is well."""
    return all(each.health == "healthy" for each in found)


def _servers() -> Iterator[Row]:
    for name in cloud.names():
        region = next((each for each in addresses.REGIONS if name.startswith(each)), "-")
        server = name.removeprefix(f"{region}-")
        pid = process.running(name)
        known = process.record(name)
        since = known["since"] if pid and known else None
        yield Row(
            region=region,
            name=server,
            kind="server",
            address=_address(region, server),
            since=_time(since),
            health=_health(region, server) if pid else "does not run",
        )


def _address(region: str, server: str) -> str:
    if server == "accelerator":
        return f"{addresses.accelerator()}:{addresses.ACCELERATOR_PORT}"
    if server == "wan":
        return f"{addresses.toxiproxy()}:{addresses.TOXIPROXY_PORT}"
    server = {"kube-apiserver": "kubernetes", "kube-controller-manager": "kubernetes"}.get(
        server, server
    )
    if server not in addresses.SERVERS:
        return "-"
    return f"{addresses.server(region, server)}:{addresses.SERVERS[server].ports[0]}"


def _health(region: str, server: str) -> str:
    """Ask a running server how it is."""
    try:
        if server == "vault":
            return _vault(Place(region))
        if server == "connect":
            return _connect(Place(region))
        if server == "kube-apiserver":
            return "healthy" if kubernetes.ready(Place(region)) else "not ready"
        host, _, port = _address(region, server).partition(":")
        if port and server not in {"gateway", "kube-controller-manager"}:
            return "healthy" if process.answers(host, int(port)) else "does not answer"
    except (OSError, httpx.HTTPError, ValueError) as error:
        return f"does not answer: {error}"
    return "healthy"


def _vault(place: Place) -> str:
    words = {
        vault.SEALED: "sealed",
        vault.UNINITIALISED: "not initialised: no `up` has finished yet",
    }
    return words.get(vault.health(place), "healthy")


def _connect(place: Place) -> str:
    answer = httpx.get(f"{place.connect_url}/connectors?expand=status", timeout=3)
    answer.raise_for_status()
    failed = [
        name
        for name, each in answer.json().items()
        if any(
            part["state"] == "FAILED"
            for part in (each["status"]["connector"], *each["status"]["tasks"])
        )
    ]
    return f"failed: {', '.join(failed)}" if failed else "healthy"


def _pods(place: Place) -> Iterator[Row]:
    try:
        answer = httpx.get(
            f"{place.kubernetes_url}/api/v1/namespaces/payments/pods",
            headers={"Authorization": f"Bearer {place.kubernetes_token}"},
            verify=str(place.ca),
            timeout=3,
        )
        answer.raise_for_status()
    except (OSError, httpx.HTTPError):
        return
    for pod in answer.json()["items"]:
        status = pod.get("status", {})
        if status.get("phase") == "Succeeded":
            continue
        ready = any(
            each["type"] == "Ready" and each["status"] == "True"
            for each in status.get("conditions", [])
        )
        yield Row(
            region=place.region,
            name=pod["metadata"]["name"],
            kind="pod",
            address=status.get("podIP", "-"),
            since=status.get("startTime"),
            health="healthy" if ready else f"not ready ({status.get('phase', 'Pending')})",
        )


def _time(seconds: object) -> str | None:
    if not isinstance(seconds, float):
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="seconds")


def show(found: list[Row], console: Console) -> None:
    """Print the table that a person reads."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("region", "what", "address", "since", "health"):
        table.add_column(column, overflow="fold")
    for each in found:
        style = "" if each.health == "healthy" else "red"
        table.add_row(
            each.region, each.name, each.address, each.since or "-", each.health, style=style
        )
    console.print(table)


def as_json(found: list[Row]) -> str:
    """Return the same for machines."""
    return json.dumps([dataclasses.asdict(each) for each in found], indent=1)


def memory_mib() -> int:
    """Return what all the cloud's processes hold in memory, shared pages counted once each."""
    total = 0
    for name in cloud.names():
        pid = process.running(name)
        for each in process.descendants(pid) if pid else ():
            total += _resident_kib(each)
    return total // 1024


def _resident_kib(pid: int) -> int:
    """Return a process's proportional set size, KiB; 0 where it has just ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(each.split()[1]) for each in lines if each.startswith("Pss:")), 0)
