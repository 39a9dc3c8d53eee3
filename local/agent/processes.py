"""Processes of pods, and the record of them, by which what a killed agent left is found."""

import asyncio
import json
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from local import places, process

LOG_TAIL_BYTES = 2048
"""As much of a log's end as a kubelet puts into a container's last words."""


class Record:
    """The file of what runs: each process's id and when the kernel started it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._born: dict[int, int] = {}

    def clean(self) -> list[int]:
        """Kill what a former agent left running, never a process that is not its own."""
        try:
            left: dict[str, int] = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return []
        killed = [int(pid) for pid, born in left.items() if process.born(int(pid)) == born]
        for pid in killed:
            kill(pid, signal.SIGKILL)
        self._write()
        return killed

    def add(self, pid: int) -> None:
        """Write down a process that was just started."""
        born = process.born(pid)
        if born is not None:
            self._born[pid] = born
            self._write()

    def remove(self, pid: int) -> None:
        """Strike out one that ended."""
        self._born.pop(pid, None)
        self._write()

    def _write(self) -> None:
        scratch = self._path.with_suffix(".new")
        scratch.write_text(json.dumps(self._born))
        scratch.replace(self._path)


async def start(
    command: Sequence[str], environment: Mapping[str, str], log: Path
) -> asyncio.subprocess.Process:
    """Start a container's command as the leader of its own group.

    The kernel kills it when the agent dies: a lost region's pods are lost with it.

    Raises:
        OSError: the command can't be started.

    """
    with log.open("ab") as file:
        return await asyncio.create_subprocess_exec(
            "setpriv",
            "--pdeathsig",
            "KILL",
            "--",
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            cwd=places.REPOSITORY,
            env=dict(environment),
            start_new_session=True,
        )


async def end(running: asyncio.subprocess.Process, grace_seconds: float) -> None:
    """Ask a process to end, then kill its whole group."""
    if running.returncode is None:
        kill(running.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(running.wait(), grace_seconds)
        except TimeoutError:
            kill(running.pid, signal.SIGKILL)
            await running.wait()


def kill(pid: int, number: signal.Signals) -> None:
    """Signal a process and its group, where they are still there."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def tail(log: Path) -> str:
    """Return the end of a log, for those who look at the pod."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - LOG_TAIL_BYTES))
            return file.read().decode(errors="replace")
    except OSError:
        return ""
