"""etcd: where the region's API server keeps its objects."""

from local import process, tools
from local.places import Place


def server(place: Place) -> process.Process:
    """Return the region's etcd; it listens on loopback alone, as the API server's private store."""
    host = place.address("etcd")
    client, peer = f"http://{host}:2379", f"http://{host}:2380"
    return process.Process(
        name=f"{place.region}-etcd",
        command=[
            tools.path("etcd"),
            f"--data-dir={place.folder('etcd')}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--log-level=warn",
        ],
        listens=[(host, 2379), (host, 2380)],
        ready=lambda: process.answers(host, 2379),
    )
