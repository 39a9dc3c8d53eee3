"""Which loopback address and port each server of the one-machine cloud has.

Every server keeps its production port on an address of its own, so what a pod is told in AWS
is, but for the address, what it is told here. `EVENKEEL_LOCAL_NET` moves the whole cloud to
another 127.N.0.0/16, for two of them side by side.
"""

import os
from dataclasses import dataclass

REGIONS = ("us-east-1", "eu-west-1")
"""In the order in which their stacks are brought up."""

DEFAULT_NET = 77


@dataclass(frozen=True)
class Server:
    """One server of a region: its host number and the ports that it listens on."""

    host: int
    ports: tuple[int, ...]


SERVERS = {
    "etcd": Server(10, (2379, 2380)),
    "kubernetes": Server(11, (443,)),
    "kafka": Server(20, (9098, 9099, 9093)),
    "connect": Server(21, (8083,)),
    "postgres": Server(30, (5432,)),
    "vault": Server(40, (8200, 8201)),
    "gateway": Server(50, (443, 8443)),
    "aws": Server(60, (4566,)),
    "acquirer": Server(70, (443,)),
}

WAN = {
    "kafka": (9098, 9099),
    "postgres": (5432, 5432),
    "vault": (8200, 8200),
    "gateway": (8443, 8443),
}
"""What one region may reach of the other over the simulated Atlantic: the port that it asks for
and the server's own. Kafka has a listener for the WAN, since a broker tells its clients where to
connect."""

ACCELERATOR_PORT = 443
TOXIPROXY_PORT = 8474


def net() -> int:
    """Return N of 127.N.0.0/16.

    Raises:
        ValueError: `EVENKEEL_LOCAL_NET` is not a whole number from 1 to 254.

    """
    text = os.environ.get("EVENKEEL_LOCAL_NET", str(DEFAULT_NET))
    if not text.isdigit() or not 1 <= int(text) <= 254:  # noqa: PLR2004 - the range of an octet
        raise ValueError(f"EVENKEEL_LOCAL_NET is {text!r}; it must be a whole number, 1 to 254")
    return int(text)


def number(region: str) -> int:
    """Return 1 for the first region, 2 for the second.

    Raises:
        ValueError: the one-machine cloud has no such region.

    """
    if region not in REGIONS:
        raise ValueError(f"the one-machine cloud has no region {region!r}, only {REGIONS}")
    return REGIONS.index(region) + 1


def server(region: str, name: str) -> str:
    """Return the address of one server, as its own region sees it."""
    return f"127.{net()}.{number(region)}.{SERVERS[name].host}"


def over_wan(region: str, name: str) -> str:
    """Return the address of one server, as the other region sees it: toxiproxy's."""
    return f"127.{net()}.{200 + number(region)}.{SERVERS[name].host}"


def pod(region: str, index: int) -> str:
    """Return the address of a pod; `index` counts from 1 to 254."""
    return f"127.{net()}.{100 + number(region)}.{index}"


def accelerator() -> str:
    """Return the address that clients connect to."""
    return f"127.{net()}.0.1"


def toxiproxy() -> str:
    """Return the address of toxiproxy's own API."""
    return f"127.{net()}.0.2"
