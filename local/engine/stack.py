"""The program's stacks, driven by the real engine on the one-machine cloud."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from local import places
from local.engine import home

Tell = Callable[[str], None]


class EngineError(Exception):
    """The engine refused or failed; the message is what it said."""


class Engine:
    """One region's stack."""

    def __init__(self, region: str, program: Path = places.REPOSITORY) -> None:
        self._region = region
        self._program = program
        self._pulumi = home.make()
        self._project = self._copy_project()

    def up(self, tell: Tell = lambda _: None) -> Mapping[str, int]:
        """Bring the stack to what the program declares; return how many of each operation.

        Raises:
            EngineError: with the diagnostics.

        """
        self._heal()
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "events.jsonl"
            self._stream(
                ["up", "--yes", "--skip-preview", "--suppress-outputs", "--event-log", str(log)],
                tell,
            )
            return _summary(log)

    def preview(
        self, packs: Sequence[Path] = (), environment: Mapping[str, str] | None = None
    ) -> Any:
        """Return what an `up` would do, as `pulumi preview --json` has it.

        Raises:
            EngineError: with the diagnostics.

        """
        options = [word for each in packs for word in ("--policy-pack", str(each))]
        text = self._call(["preview", "--json", "--show-replacement-steps", *options], environment)
        return json.loads(text)

    def refresh(self, tell: Tell = lambda _: None) -> Mapping[str, int]:
        """Take what is there now into the state."""
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "events.jsonl"
            self._stream(["refresh", "--yes", "--skip-preview", "--event-log", str(log)], tell)
            return _summary(log)

    def destroy(self, tell: Tell = lambda _: None) -> None:
        """Remove everything that the stack has."""
        self._stream(["destroy", "--yes", "--skip-preview"], tell)

    def export(self) -> Any:
        """Return the stack's state."""
        return json.loads(self._call(["stack", "export"]))

    def waits_for(self) -> str | None:
        """Return the stack that this one reads and that was never up, None where there is none."""
        settings = yaml.safe_load((self._program / f"Pulumi.{self._region}.yaml").read_text())
        for peer in str(settings["config"].get("evenkeel:peer", "")).split(","):
            if peer and not Engine(peer, self._program).is_up():
                return peer
        return None

    def is_up(self) -> bool:
        """Tell whether the stack has anything."""
        return self.exists() and bool(self.export().get("deployment", {}).get("resources"))

    def exists(self) -> bool:
        """Tell whether the stack was ever brought up."""
        return any((home.path() / "state").glob(f".pulumi/stacks/*/{self._region}.json"))

    def _copy_project(self) -> Path:
        """Lay the project's own files in the engine's home: it writes its salt beside them.

        The program itself stays where it is: `main` points there.
        """
        folder = home.path() / "projects" / self._program.name
        folder.mkdir(parents=True, exist_ok=True)
        project = yaml.safe_load((self._program / "Pulumi.yaml").read_text())
        (folder / "Pulumi.yaml").write_text(
            yaml.safe_dump(project | {"main": str(self._program)}, sort_keys=False)
        )
        name = f"Pulumi.{self._region}.yaml"
        copy = folder / name
        salt = [
            line
            for line in (copy.read_text().splitlines() if copy.exists() else [])
            if line.startswith("encryptionsalt:")
        ]
        text = (self._program / name).read_text().rstrip("\n")
        copy.write_text("\n".join([text, *salt, ""]))
        return folder

    def _heal(self) -> None:
        """Take back what an interrupted run has left: its lock and its unfinished operations."""
        if not self.exists():
            return
        locks = (home.path() / "state" / ".pulumi" / "locks").rglob(f"*/{self._region}/*.json")
        if list(locks):
            self._call(["cancel", "--yes"])
        deployment = self.export().get("deployment", {})
        if deployment.pop("pending_operations", None):
            state = json.dumps({"version": 3, "deployment": deployment})
            self._call(["stack", "import"], given=state)

    def _command(self, words: Sequence[str]) -> list[str]:
        return [str(self._pulumi), *words, "--stack", self._region, "--non-interactive"]

    def _call(
        self,
        words: Sequence[str],
        environment: Mapping[str, str] | None = None,
        given: str | None = None,
    ) -> str:
        """Run a command to its end and return its output."""
        self._make_stack()
        result = subprocess.run(
            self._command(words),
            cwd=self._project,
            env=self._environment() | dict(environment or {}),
            input=given or "",
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise EngineError(_diagnostics(result.stdout + result.stderr))
        return result.stdout

    def _stream(self, words: Sequence[str], tell: Tell) -> None:
        """Run a command and tell each line of its output."""
        self._make_stack()
        lines: list[str] = []
        process = subprocess.Popen(
            self._command(words),
            cwd=self._project,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            for line in process.stdout or ():
                lines.append(line)
                if text := line.strip():
                    tell(text)
            if process.wait():
                raise EngineError(_diagnostics("".join(lines)))
        finally:
            if process.poll() is None:
                _end(process)

    def _make_stack(self) -> None:
        if self.exists():
            return
        result = subprocess.run(
            [str(self._pulumi), "stack", "init", self._region, "--no-select", "--non-interactive"],
            cwd=self._project,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise EngineError(_diagnostics(result.stdout + result.stderr))

    def _environment(self) -> dict[str, str]:
        found = home.settings() | {"AWS_REGION": self._region}
        password = places.Place(self._region).home / "postgres" / "provisioner.password"
        if password.exists():
            found["PGPASSWORD"] = password.read_text()
        return found


def _end(process: subprocess.Popen[str]) -> None:
    """Ask the engine to stop at the next step, then end it and its plugins."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _summary(log: Path) -> Mapping[str, int]:
    for event in _events(log):
        if "summaryEvent" in event:
            return event["summaryEvent"]["resourceChanges"]
    return {}


def _events(log: Path) -> Iterator[dict[str, Any]]:
    for line in log.read_text().splitlines():
        yield json.loads(line)


def _diagnostics(output: str) -> str:
    """Return what a person needs of the engine's output: from its diagnostics on."""
    if output.startswith("{"):
        told = json.JSONDecoder().raw_decode(output)[0].get("diagnostics", [])
        return "".join(each["message"] for each in told).strip()
    _, found, rest = output.partition("Diagnostics:")
    return (rest if found else output).strip()
