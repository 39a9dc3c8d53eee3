"""The command line of the one-machine cloud: `python -m local COMMAND`."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable

from rich.console import Console

from local import addresses, cloud, demo, faults, judge, places, process, status, tools, up
from local.engine.stack import Engine, EngineError
from ops import preview_summary


def main() -> int:
    """Run one command; return its exit status: 0 well, 1 refused or unhealthy, 130 interrupted."""
    arguments = _parser().parse_args()
    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    try:
        return arguments.run(arguments, console) or 0
    except (tools.ToolError, process.ServerError, EngineError, demo.PaymentError) as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]error[/red]: {error}")
        return 1
    except KeyboardInterrupt:
        Console(stderr=True).print("interrupted; nothing that was started is left running")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace, Console], int | None], text: str
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    command("up", lambda _, console: up.up(console), "bring the platform up and pay in each region")
    command("down", _down, "stop everything")
    command("status", _status, "say what runs").add_argument("--json", action="store_true")
    command("preview", _preview, "show what the program would change in both stacks")
    command("policy", lambda _, console: judge.judge(console), "judge both stacks by the packs")
    command("demo", lambda _, console: demo.demo(console), "send all example payments")
    command("tools", lambda _, console: up.build(up.Progress(console)), "build what is missing")
    command("logs", _logs, "follow a server's or pod's log").add_argument("name")
    fault = command("fault", _fault, "break something, until Enter is pressed or Ctrl-C")
    fault.add_argument("name", choices=sorted(faults.FAULTS))
    fault.add_argument("--region", choices=addresses.REGIONS, default=addresses.REGIONS[0])
    return parser


def _down(_: argparse.Namespace, console: Console) -> None:
    stopped = cloud.stop(up.Progress(console))
    console.print(f"{stopped} servers stopped; the state stays in {places.home()}")


def _status(arguments: argparse.Namespace, console: Console) -> int:
    found = status.rows()
    if arguments.json:
        print(status.as_json(found))
    else:
        status.show(found, console)
    return 0 if status.is_healthy(found) else 1


def _preview(_: argparse.Namespace, console: Console) -> None:
    tell = up.Progress(console)
    places.home().mkdir(parents=True, exist_ok=True)
    tools.build("pulumi", tell)
    for region in addresses.REGIONS:
        engine = Engine(region)
        if earlier := engine.waits_for():
            tell(
                f"stack {region} reads what {earlier} exports, which was never up: `make up` first"
            )
            continue
        tell(f"pulumi preview, stack {region}")
        console.print(preview_summary.text(region, engine.preview()), markup=False)


def _logs(arguments: argparse.Namespace, console: Console) -> int:
    found = [
        *places.logs().glob(f"{arguments.name}.log"),
        *places.home().glob(f"*/pods/{arguments.name}*/log"),
    ]
    if not found:
        known = sorted(each.stem for each in places.logs().glob("*.log"))
        console.print(f"no log of {arguments.name!r}; servers: {', '.join(known)}; or a pod's name")
        return 1
    return subprocess.run(
        ["tail", "-n", "50", "-F", *found], check=False, env=dict(os.environ)
    ).returncode


def _fault(arguments: argparse.Namespace, console: Console) -> None:
    with faults.FAULTS[arguments.name](arguments.region):
        console.print(f"{arguments.name} in {arguments.region}: press Enter to heal it")
        input()
    console.print("healed")


if __name__ == "__main__":
    sys.exit(main())
