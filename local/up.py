"""Bringing the platform up: tools, servers, both stacks, a payment in each region."""

import signal
import time
from types import FrameType

from rich.console import Console

from local import addresses, cloud, demo, merchants, places, process, status, tools
from local.engine.stack import Engine
from local.places import Place


class Progress:
    """Says what is going on, with the seconds since the beginning."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()

    def __call__(self, line: str) -> None:
        """Print one line."""
        self._console.print(f"[dim]{self.seconds:5.0f} s[/dim]  {line}", highlight=False)

    @property
    def seconds(self) -> float:
        """The time since the beginning."""
        return time.monotonic() - self._started


def up(console: Console) -> None:
    """Bring everything up, pay in each region, print what happened and what runs.

    Whatever interrupts it, nothing that it started is left running.

    Raises:
        ToolError, ServerError, EngineError: what is wrong and what to do.

    """
    tell = Progress(console)
    ran_before = {each for each in cloud.names() if process.running(each)}
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        build(tell)
        cloud.start(tell)
        for region in addresses.REGIONS:
            deploy(region, tell)
        merchants.register(tell)
        demo.first_payments(console)
    except BaseException:
        if not ran_before:
            tell("stopping what was started")
            cloud.stop(lambda _: None)
        raise
    finally:
        signal.signal(signal.SIGTERM, previous)
    _finish(console, tell)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Treat the request to end as Ctrl-C."""
    del number, frame
    raise KeyboardInterrupt


def build(tell: cloud.Tell) -> None:
    """Build what the cache has not."""
    places.home().mkdir(parents=True, exist_ok=True)
    for name in tools.TOOLS:
        tools.build(name, tell)
    tools.kafka_classpath(tell)


def deploy(region: str, tell: cloud.Tell) -> None:
    """Run the program for one region's stack with the real engine."""
    tell(f"pulumi up, stack {region}")
    summary = Engine(region).up(lambda line: tell(line) if _is_news(line) else None)
    place = Place(region)
    changes = {key: value for key, value in summary.items() if key != "same" and value}
    words = ", ".join(f"{value} {key}" for key, value in changes.items()) or "0 changes"
    tell(f"stack {place.region}: {words}; {summary.get('same', 0)} unchanged")


def _is_news(line: str) -> bool:
    """Tell whether a person wants to see a line: what is done or went wrong, not what begins."""
    return not line.startswith("@") and " creating (" not in line


def _finish(console: Console, tell: Progress) -> None:
    found = status.rows()
    console.print()
    status.show(found, console)
    console.print(
        f"\nThe platform is up: {tell.seconds:.0f} s, {status.memory_mib()} MiB of memory."
        f" Merchants connect to https://pay.example.com at {addresses.accelerator()}:443."
        f" State and logs: {places.home()}\n\nNext, try:\n"
        "  make demo       all example payments into both regions, reconciled\n"
        "  make status     what runs, in what health\n"
        "  make preview    what the program would change: nothing\n",
        highlight=False,
    )
