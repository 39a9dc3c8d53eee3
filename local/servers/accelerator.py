"""The stand-in for Global Accelerator: a TCP front that follows the program's endpoint groups.

`python -m local.servers.accelerator`. The AWS stand-in writes each endpoint group that the
program declares to `<home>/accelerator/<region>.json`; this reads them again when they change.
A region is taken for new connections while its gateway answers, by its traffic dial; with no
healthy one, all are tried (Global Accelerator fails open, too).
"""

import asyncio
import contextlib
import json
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from local import addresses, places, process

PORT = addresses.ACCELERATOR_PORT
CHECK_SECONDS = 1.0
"""Global Accelerator checks every 10 s; a person who watches one machine should not wait that."""
UNHEALTHY_AFTER = 3
BUFFER_BYTES = 65536


def folder() -> Path:
    """Return where endpoint groups stand, one file a region."""
    return places.home() / "accelerator"


def server() -> process.Process:
    """Return the accelerator."""
    host = addresses.accelerator()
    return process.Process(
        name="accelerator",
        command=[sys.executable, "-m", "local.servers.accelerator"],
        listens=[(host, PORT)],
        ready=lambda: process.answers(host, PORT),
    )


@dataclass
class Endpoint:
    """A region's gateway, as the accelerator sees it."""

    region: str
    dial: float = 100.0
    """Per cent of the connections that would come here that do."""
    failures: int = UNHEALTHY_AFTER

    @property
    def is_healthy(self) -> bool:
        """Whether its gateway answered one of the last checks."""
        return self.failures < UNHEALTHY_AFTER


class Front:
    """Accepts connections and joins each to a region's gateway."""

    def __init__(self) -> None:
        self._endpoints: dict[str, Endpoint] = {}

    async def serve(self) -> None:
        """Serve until cancelled."""
        listener = await asyncio.start_server(self._accept, addresses.accelerator(), PORT)
        async with listener:
            await self._check_forever()

    async def _check_forever(self) -> None:
        while True:
            started = time.monotonic()
            self._read()
            await asyncio.gather(*(self._check(each) for each in self._endpoints.values()))
            await asyncio.sleep(max(0.0, CHECK_SECONDS - (time.monotonic() - started)))

    def _read(self) -> None:
        """Follow the endpoint groups that the program declares now."""
        dials: dict[str, float] = {}
        for path in sorted(folder().glob("*.json")):
            with contextlib.suppress(ValueError, OSError):
                dials[path.stem] = float(json.loads(path.read_text())["trafficDialPercentage"])
        for region in set(self._endpoints) - set(dials):
            del self._endpoints[region]
        for region, dial in dials.items():
            self._endpoints.setdefault(region, Endpoint(region)).dial = dial

    async def _check(self, endpoint: Endpoint) -> None:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                _, writer = await asyncio.open_connection(*_gateway(endpoint.region))
        except (OSError, TimeoutError):
            endpoint.failures = min(endpoint.failures + 1, UNHEALTHY_AFTER)
            return
        writer.close()
        endpoint.failures = 0

    def choose(self) -> list[str]:
        """Return the regions to try, the one to be taken first."""
        ordered = [self._endpoints[each] for each in addresses.REGIONS if each in self._endpoints]
        healthy = [each for each in ordered if each.is_healthy and each.dial > 0]
        taken = [each for each in healthy if random.uniform(0, 100) < each.dial]  # noqa: S311 - a share, not a secret
        first = taken or healthy or ordered
        others = [each for each in ordered if each not in first]
        return [each.region for each in [*first, *others]]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for region in self.choose():
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    inner_reader, inner_writer = await asyncio.open_connection(*_gateway(region))
            except (OSError, TimeoutError):
                continue
            await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
            return
        writer.close()


def _gateway(region: str) -> tuple[str, int]:
    return addresses.server(region, "gateway"), 443


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy bytes one way until that side ends; the other way ends by itself."""
    try:
        while data := await reader.read(BUFFER_BYTES):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


def main() -> None:
    """Serve until ended."""
    folder().mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(Front().serve())


if __name__ == "__main__":
    main()
