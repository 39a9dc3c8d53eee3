"""The Atlantic: toxiproxy between the regions, 75 ms there and back, and it can be cut.

The round trip from us-east-1 to eu-west-1 is 70 to 75 ms on AWS's network.
"""

import json
from collections.abc import Iterator

import httpx

from local import addresses, places, process, tools

ROUND_TRIP_MS = 75


def server() -> process.Process:
    """Return toxiproxy; its proxies have no delay before `delay` was called."""
    folder = places.home() / "wan"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "proxies.json"
    path.write_text(json.dumps(list(proxies()), indent=1))
    host, port = addresses.toxiproxy(), addresses.TOXIPROXY_PORT
    return process.Process(
        name="wan",
        command=[tools.path("toxiproxy"), "-host", host, "-port", str(port), "-config", path],
        environment={"LOG_LEVEL": "warn"},
        listens=[(host, port)],
        ready=lambda: httpx.get(f"{url()}/version", timeout=2).is_success,
    )


def url() -> str:
    """Return the address of toxiproxy's API."""
    return f"http://{addresses.toxiproxy()}:{addresses.TOXIPROXY_PORT}"


def proxies() -> Iterator[dict[str, object]]:
    """Yield each path from one region to a server of the other."""
    for region in addresses.REGIONS:
        for name, (asked, own) in addresses.WAN.items():
            yield {
                "name": f"{region}-{name}",
                "listen": f"{addresses.over_wan(region, name)}:{asked}",
                "upstream": f"{addresses.server(region, name)}:{own}",
                "enabled": True,
            }


def delay(round_trip_ms: int = ROUND_TRIP_MS) -> None:
    """Give every path its share of the round trip, in each direction."""
    for proxy in proxies():
        for stream, latency in (
            ("upstream", round_trip_ms // 2),
            ("downstream", round_trip_ms - round_trip_ms // 2),
        ):
            _toxic(str(proxy["name"]), stream, latency)


def _toxic(proxy: str, stream: str, latency_ms: int) -> None:
    name = f"latency-{stream}"
    httpx.delete(f"{url()}/proxies/{proxy}/toxics/{name}", timeout=5)
    answer = httpx.post(
        f"{url()}/proxies/{proxy}/toxics",
        json={
            "name": name,
            "type": "latency",
            "stream": stream,
            "attributes": {"latency": latency_ms, "jitter": 1},
        },
        timeout=5,
    )
    answer.raise_for_status()


def connect(*, enabled: bool) -> None:
    """Cut every path between the regions, or join them again."""
    for proxy in proxies():
        httpx.post(
            f"{url()}/proxies/{proxy['name']}", json={"enabled": enabled}, timeout=5
        ).raise_for_status()
