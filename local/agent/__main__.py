"""Run the node agent of one region: `python -m local.agent --region us-east-1`."""

import argparse
import asyncio
import signal

from local import addresses
from local.agent.node import Node
from local.places import Place


async def serve(place: Place) -> None:
    """Be the region's node until asked to end; then end the pods' processes."""
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    async with Node.at(place) as node:
        running = asyncio.create_task(node.run())
        asked = asyncio.create_task(ending.wait())
        await asyncio.wait({running, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        if not ending.is_set():
            running.result()  # says why it ended on its own


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m local.agent", description=__doc__)
    parser.add_argument("--region", required=True, choices=addresses.REGIONS)
    asyncio.run(serve(Place(parser.parse_args().region)))


if __name__ == "__main__":
    main()
