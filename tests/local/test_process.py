"""A server's process, with small servers of Python's own."""

import json
import os
import socket
import sys
import time

import pytest

from local import process

LISTEN = """
import signal, socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", flush=True)
while True:
    time.sleep(1)
"""


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def server(port, script=LISTEN, **more):
    return process.Process(
        name="server",
        command=[sys.executable, "-c", script, str(port)],
        listens=[("127.0.0.1", port)],
        ready=lambda: process.answers("127.0.0.1", port),
        **more,
    )


def test_a_server_runs_until_it_is_stopped(home, port):
    assert server(port).start()
    server(port).wait()
    pid = process.running("server")

    assert process.stop("server")
    assert process.running("server") is None
    assert process.born(pid) is None


def test_starting_what_runs_starts_nothing(home, port):
    server(port).start()
    first = process.running("server")

    assert not server(port).start()
    assert process.running("server") == first


def test_a_port_that_is_taken_is_refused_and_its_holder_named(home, port):
    taken = pytest.raises(process.ServerError, match=f"{port}, which is taken by")
    with socket.create_server(("127.0.0.1", port)), taken as refused:
        server(port).start()

    assert f"process {os.getpid()}" in str(refused.value)
    assert process.running("server") is None


def test_a_server_that_ends_at_once_is_told_with_its_last_words(home, port):
    ending = server(port, script="raise SystemExit('no such setting: frobnicate')")
    ending.start()

    with pytest.raises(process.ServerError, match="no such setting: frobnicate"):
        ending.wait()


def test_a_server_that_never_gets_ready_is_told_with_its_log(home, port):
    slow = server(port, script="import time; time.sleep(60)", ready_seconds_max=0.3)
    slow.start()

    with pytest.raises(process.ServerError, match="was not ready within"):
        slow.wait()


def test_a_command_that_is_not_there_is_told(home):
    missing = process.Process(name="server", command=["/no/such/binary"], ready=lambda: True)

    with pytest.raises(process.ServerError, match="/no/such/binary"):
        missing.start()


def test_a_server_that_ignores_the_request_to_end_is_killed(home, port, monkeypatch):
    monkeypatch.setattr(process, "STOP_SECONDS_MAX", 0.3)
    deaf = server(
        port, script="import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + LISTEN
    )
    deaf.start()
    deaf.wait()

    assert process.stop("server")
    assert process.running("server") is None


def test_a_number_that_another_process_has_now_is_never_signalled(home):
    (home / "run").mkdir()
    (home / "run" / "server.json").write_text(
        json.dumps({"pid": os.getpid(), "born": 1, "since": time.time(), "command": []})
    )

    assert process.running("server") is None
    assert not process.stop("server")


def test_what_a_server_has_started_ends_with_it(home, port):
    script = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("child", child.pid, flush=True)
"""
    parent = server(port, script=script + LISTEN)
    parent.start()
    parent.wait()
    child = int(parent.tail().split()[1])
    assert process.born(child)

    process.stop("server")

    deadline = time.monotonic() + 30
    while process.born(child) is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert process.born(child) is None


def test_the_users_own_settings_of_other_systems_are_not_inherited(home, port, monkeypatch):
    monkeypatch.setenv("VAULT_ADDR", "https://vault.example.com")
    monkeypatch.setenv("PGHOST", "db.example.com")
    shown = server(port, script="import os; print(sorted(os.environ))" + LISTEN)
    shown.start()
    shown.wait()

    assert "VAULT_ADDR" not in shown.tail()
    assert "PGHOST" not in shown.tail()
    assert "EVENKEEL_HOME" in shown.tail()
