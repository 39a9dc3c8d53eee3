"""A server's process: started detached, waited for until it really answers, stopped by its id.

What runs is written down in `<home>/run/<name>.json`, with the moment that the kernel started
it, so that a number that the kernel has given to somebody else meanwhile is never signalled.
"""

import errno
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from local import environment, places, ports

STOP_SECONDS_MAX = 20.0


class ServerError(Exception):
    """A server could not be started; the message says why and where its log is."""


@dataclass(frozen=True, kw_only=True)
class Process:
    """One server: how to start it and how to tell that it is ready."""

    name: str
    command: Sequence[str | Path]
    ready: Callable[[], bool]
    listens: Sequence[tuple[str, int]] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    folder: Path | None = None
    user: str | None = None
    """Run as this user, where we are root and the server refuses to be."""
    ready_seconds_max: float = 90.0

    @property
    def log(self) -> Path:
        """The file of its output."""
        return places.logs() / f"{self.name}.log"

    def start(self) -> bool:
        """Start it unless it runs; return whether it had to be started.

        Raises:
            ServerError: a port of its own is taken (by whom), or the command is missing.

        """
        if running(self.name):
            return False
        for host, port in self.listens:
            taken = ports.holder(host, port)
            if taken:
                raise ServerError(
                    f"{self.name} needs {host}:{port}, which is taken by {taken}; stop that, or"
                    " set EVENKEEL_LOCAL_NET to another number than it uses"
                )
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            started = _spawn(self, log.fileno())
        _write(self.name, started.pid, [str(each) for each in self.command])
        return True

    def wait(self) -> None:
        """Wait until it is ready.

        Raises:
            ServerError: it ended, or was not ready in time; the end of its log is in the message.

        """
        deadline = time.monotonic() + self.ready_seconds_max
        while not self.is_ready():
            if not running(self.name):
                raise ServerError(f"{self.name} ended at once; {self.log} ends:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise ServerError(
                    f"{self.name} was not ready within {self.ready_seconds_max:.0f} s;"
                    f" {self.log} ends:\n{self.tail()}"
                )
            time.sleep(0.1)

    def is_ready(self) -> bool:
        """Tell whether it answers now."""
        try:
            return self.ready()
        except (OSError, ValueError, httpx.HTTPError):
            return False

    def tail(self, lines: int = 12) -> str:
        """Return the last lines of its log."""
        if not self.log.exists():
            return "(nothing)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def _spawn(process: Process, log: int) -> subprocess.Popen[bytes]:
    as_root = os.geteuid() == 0
    user = process.user if as_root else None
    try:
        return subprocess.Popen(
            [str(each) for each in process.command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=process.folder or places.REPOSITORY,
            env=environment.inherited() | dict(process.environment),
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
    except OSError as error:
        raise ServerError(f"{process.name} can't be started: {error}") from error


def _record(name: str) -> Path:
    return places.home() / "run" / f"{name}.json"


def _write(name: str, pid: int, command: list[str]) -> None:
    record = _record(name)
    record.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(
        {"pid": pid, "born": born(pid), "since": time.time(), "command": command}, indent=1
    )
    scratch = record.with_suffix(".new")
    scratch.write_text(text)
    scratch.replace(record)


def born(pid: int) -> int | None:
    """Return when the kernel started a process, in its ticks; None where it is gone or dead."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def record(name: str) -> dict[str, object] | None:
    """Return what was written down when a server was started, or None."""
    try:
        return json.loads(_record(name).read_text())
    except (OSError, ValueError):
        return None


def running(name: str) -> int | None:
    """Return the process id of a server that was started and still runs."""
    known = record(name)
    if known is None:
        return None
    pid = known["pid"]
    if isinstance(pid, int) and known["born"] is not None and born(pid) == known["born"]:
        _reap(pid)
        return pid if born(pid) == known["born"] else None
    return None


def _reap(pid: int) -> None:
    """Take the exit status of a child of ours that has ended, or it stays as a zombie."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except OSError as error:
        if error.errno != errno.ECHILD:
            raise


def stop(name: str, *, kill: bool = False) -> bool:
    """End a server and what it started: ask first, then kill; return whether it ran."""
    pid = running(name)
    if pid is not None:
        _signal(pid, signal.SIGKILL if kill else signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS_MAX
        while running(name) is not None:
            if time.monotonic() > deadline:
                _signal(pid, signal.SIGKILL)
            time.sleep(0.05)
    _record(name).unlink(missing_ok=True)
    return pid is not None


def _signal(pid: int, number: signal.Signals) -> None:
    """Signal a server's whole process group: it was made the leader of its own."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def run(
    command: Sequence[str | Path], user: str | None = None, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its output, both streams, is in `stdout`."""
    return subprocess.run(
        [str(each) for each in command],
        cwd=folder or places.REPOSITORY,
        env=environment.inherited(),
        user=user,
        group=user,
        extra_groups=[] if user else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def descendants(leader: int) -> Iterator[int]:
    """Yield a process and all that descend from it, each parent before its children."""
    parents: dict[int, list[int]] = {}
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                fields = (each / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(each.name))
    waiting = [leader]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += parents.get(pid, [])


def answers(host: str, port: int, seconds_max: float = 1.0) -> bool:
    """Tell whether somebody accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=seconds_max):
            return True
    except OSError:
        return False
