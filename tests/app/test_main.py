"""The parts as the platform runs them: processes with an environment, ended by SIGTERM."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.app.postgres import free_port
from tests.app.region import CERTIFICATE, payment

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 180


def environment(servers, database, part, **more):
    return {
        "PATH": os.environ["PATH"],
        "REGION": "east",
        "PEER_REGION": "west",
        "POD_IP": "127.0.0.1",
        "POD_NAME": part,
        "VAULT_ADDR": servers.vault.addr,
        "VAULT_ROLE": "payments",
        "VAULT_TOKEN_FILE": str(servers.token_file),
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": str(servers.database.port),
        "DATABASE_NAME": database,
        **more,
    }


@pytest.fixture
def migrated(servers):
    """A database that a migrating process has made ready, twice over."""
    name = f"main_{uuid4().hex[:8]}"
    servers.database.execute(f"CREATE DATABASE {name} OWNER payments_owner")
    env = environment(servers, name, "migrate", DATABASE_ROLE="payments_migrator")
    for _ in range(2):
        subprocess.run(
            [sys.executable, "-m", "app", "migrate"], cwd=ROOT, env=env, check=True, timeout=180
        )
    yield name
    servers.database.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_the_api_process_takes_a_payment_and_drains_on_sigterm(servers, migrated, tmp_path):
    with servers.database.connect(migrated) as superuser:
        superuser.execute(
            "SELECT register_merchant('harbour', %s, %s, 'east')",
            (CERTIFICATE, ["payments:read", "payments:write"]),
        )
    port = free_port()
    env = environment(
        servers, migrated, "api", DATABASE_ROLE="payments_api", HTTP_PORT=str(port),
        TOKEN_ISSUER="https://pay.example.test", TRUSTED_PROXY="true",
        PEER_INTAKE_URL="http://127.0.0.1:9",
    )  # fmt: skip
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", "app", "api"], cwd=ROOT, env=env,
                                   stderr=out)  # fmt: skip
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            wait_until_ready(http, process)
            http.headers["x-forwarded-client-cert"] = f"Hash={CERTIFICATE}"
            form = {"grant_type": "client_credentials", "client_id": "harbour"}
            token = http.post("/oauth/token", data=form).json()["access_token"]
            answer = http.post(
                "/v1/payments",
                json=payment(),
                headers={"authorization": f"Bearer {token}", "idempotency-key": "k"},
            )
            assert answer.status_code == 201, answer.text
            assert "payments_accepted_total" in http.get("/metrics").text
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0
    finally:
        process.kill()
        process.wait()
    for line in log.read_text().splitlines():
        json.loads(line)


def wait_until_ready(http, process):
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if http.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the API did not become ready")


def test_a_part_that_lacks_its_environment_names_all_that_is_missing():
    result = subprocess.run(
        [sys.executable, "-m", "app", "processor"],
        cwd=ROOT, env={"PATH": os.environ["PATH"], "HTTP_PORT": "0"}, capture_output=True,
        text=True, check=False, timeout=180,
    )  # fmt: skip
    assert result.returncode == 2
    for name in ("REGION", "VAULT_ADDR", "KAFKA_BROKERS", "ACQUIRER_URL", "HTTP_PORT is '0'"):
        assert name in result.stderr
