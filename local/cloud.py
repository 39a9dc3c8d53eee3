"""All the servers of the one-machine cloud, in the order in which they depend on one another."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from local import addresses, crds, pki, process
from local.places import Place
from local.process import Process
from local.servers import (
    accelerator,
    acquirer,
    agent,
    aws,
    etcd,
    gateway,
    kafka,
    kubernetes,
    postgres,
    vault,
    wan,
)

Tell = Callable[[str], None]

_REGIONAL: Sequence[tuple[str, Callable[[Place], Process]]] = (
    ("etcd", etcd.server),
    ("kube-apiserver", kubernetes.apiserver),
    ("kube-controller-manager", kubernetes.controllers),
    ("aws", aws.server),
    ("vault", vault.server),
    ("postgres", postgres.server),
    ("kafka", kafka.broker),
    ("connect", kafka.connect),
    ("acquirer", acquirer.server),
    ("gateway", gateway.server),
    ("agent", agent.server),
)
_GLOBAL: Sequence[tuple[str, Callable[[], Process]]] = (
    ("wan", wan.server),
    ("accelerator", accelerator.server),
)


def names() -> list[str]:
    """Return each server's name, in the order of starting."""
    regional = [f"{region}-{name}" for region in addresses.REGIONS for name, _ in _REGIONAL]
    return [*(name for name, _ in _GLOBAL), *regional]


def start(tell: Tell) -> None:
    """Start what does not run, and wait until all of it is ready.

    Raises:
        ServerError: one could not be started or did not get ready; the others stay as they are.

    """
    pki.make()
    for _, factory in _GLOBAL:
        _start(factory(), tell)
    with ThreadPoolExecutor(len(addresses.REGIONS)) as pool:
        regions = [pool.submit(start_region, Place(each), tell) for each in addresses.REGIONS]
        for each in regions:
            each.result()
    wan.delay()


def start_region(place: Place, tell: Tell) -> None:
    """Start one region's servers, each after those that it needs."""
    for name, factory in _REGIONAL:
        _start(factory(place), tell)
        if name == "kube-apiserver":
            crds.install(place)


def _start(server: Process, tell: Tell) -> None:
    if server.start():
        tell(f"starting {server.name}")
    server.wait()


def stop(tell: Tell) -> int:
    """Stop everything in reverse; return how many ran."""
    stopped = 0
    for name in reversed(names()):
        if process.running(name):
            tell(f"stopping {name}")
        stopped += process.stop(name)
    return stopped


def stop_region(place: Place, *, kill: bool) -> None:
    """Stop one region's servers: at once, as a lost region would, or in order."""
    for name, _ in reversed(_REGIONAL):
        process.stop(f"{place.region}-{name}", kill=kill)
