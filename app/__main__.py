"""`python -m app PART`: the only place where signals are handled."""

import asyncio
import logging
import signal
import sys
from typing import get_args

import uvloop

from app import journal, traces
from app.settings import Part, Settings, SettingsError


async def _run(settings: Settings) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    # A part loads its own modules only: many start at once when a region comes up.
    if settings.part == "migrate":
        from app import migrate  # noqa: PLC0415 - said above

        await migrate.run(settings)
    elif settings.part == "reconcile":
        from app import reconcile  # noqa: PLC0415 - said above

        return int(await reconcile.run(settings) > 0)
    elif settings.part == "api":
        from app import api  # noqa: PLC0415 - said above

        await api.run(settings, stop)
    else:
        from app import worker  # noqa: PLC0415 - said above

        await worker.run(settings, stop)
    return 0


def main(argv: list[str]) -> int:
    """Run one part until SIGTERM; return the exit status."""
    part = next((each for each in get_args(Part) if argv == [each]), None)
    if part is None:
        sys.stderr.write(f"usage: python -m app {'|'.join(get_args(Part))}\n")
        return 2
    try:
        settings = Settings.from_env(part)
    except SettingsError as error:
        sys.stderr.write(f"{part} cannot start: {error}\n")
        return 2
    journal.start(part=part, region=settings.region, pod=settings.pod)
    provider = traces.start(
        service=f"payments-{part}", region=settings.region, endpoint=settings.otlp_endpoint
    )
    try:
        return uvloop.run(_run(settings))
    except Exception:
        logging.getLogger("app").exception("%s ends", part)
        return 1
    finally:
        provider.shutdown()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
