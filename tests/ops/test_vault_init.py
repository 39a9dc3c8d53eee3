import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from ops import vault_init
from ops.vault_init import Vault, VaultInitError, Wanted, initialise

ARN = "arn:aws:iam::111122223333:role/provisioner"


class FakeVault(ThreadingHTTPServer):
    """Answers as Vault does on the way from nothing to configured."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.initialised, self.away, self.visible = False, 0, set()
        self.calls: list[tuple[str, str]] = []
        self.bodies: dict[str, dict] = {}
        self.refused: str = ""
        self.revoked = False
        self.electing = 0


class Handler(BaseHTTPRequestHandler):
    server: FakeVault

    def do_GET(self):
        if self.path.startswith("/v1/sys/health"):
            if self.server.away:
                self.server.away -= 1
                return self.answer(503, {})
            return self.answer(200 if self.server.initialised else 501, {})
        visible = {f"{each}/": {} for each in self.server.visible}
        return self.answer(200, {"data": {"auth": visible}})

    def do_PUT(self):
        path = self.path.removeprefix("/v1/")
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or "{}")
        self.server.calls.append((path, self.headers.get("X-Vault-Token", "")))
        self.server.bodies[path] = body
        if path == "sys/audit/file" and self.server.electing:
            self.server.electing -= 1
            said = "local node not active but active cluster node not found"
            return self.answer(500, {"errors": [said]})
        if path == self.server.refused:
            return self.answer(403, {"errors": ["permission denied"]})
        if path == "sys/init":
            self.server.initialised = True
            return self.answer(
                200, {"root_token": "root-1", "recovery_keys_base64": ["a", "b", "c", "d", "e"]}
            )
        if path == "sys/auth/aws/tune" and body.get("listing_visibility") == "unauth":
            self.server.visible.add("aws")
        if path == "auth/token/revoke-self":
            self.server.revoked = True
        return self.answer(204, None)

    do_POST = do_PUT  # noqa: N815 - the server's word

    def answer(self, status, body):
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Kms:
    def __init__(self):
        self.sealed = []

    def encrypt(self, *, KeyId, Plaintext):  # noqa: N803 - AWS's word
        self.sealed.append((KeyId, json.loads(Plaintext)))
        return {"CiphertextBlob": b"sealed"}


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(vault_init, "POLL_SECONDS", 0.01)
    fake = FakeVault()
    thread = threading.Thread(target=fake.serve_forever, daemon=True)
    thread.start()
    yield fake
    fake.shutdown()
    thread.join()
    fake.server_close()


@pytest.fixture
def wanted(tmp_path):
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    return Wanted.from_environment(
        {
            "VAULT_ADDR": "https://vault.us-east-1.evenkeel.internal:8200",
            "VAULT_SERVER_ID": "evenkeel-vault-us-east-1",
            "TRUST_BUNDLE": str(bundle),
            "VAULT_AUDIT_PATH": "stdout",
            "PROVISIONER_ARN": ARN,
            "REGION": "us-east-1",
            "RECOVERY_KEY_ID": "alias/evenkeel/vault",
        }
    )


@pytest.fixture
def run(server, wanted):
    def once():
        kms, kept = Kms(), []
        with httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}") as client:
            said = initialise(Vault(client), wanted, kms, kept.append)
        return said, kms, kept

    return once


def test_the_audit_log_is_on_before_anything_else_is_asked_with_a_token(server, run):
    run()
    with_token = [path for path, token in server.calls if token]

    assert with_token[0] == "sys/audit/file"
    assert server.bodies["sys/audit/file"]["options"] == {"file_path": "stdout"}


def test_the_root_token_is_revoked_last(server, run):
    said, _, _ = run()

    assert server.calls[-1] == ("auth/token/revoke-self", "root-1")
    assert server.revoked
    assert "root token is revoked" in said


def test_recovery_keys_leave_only_sealed(server, run):
    _, kms, kept = run()

    assert kms.sealed == [
        ("alias/evenkeel/vault", {"recovery_keys_base64": ["a", "b", "c", "d", "e"]})
    ]
    assert kept == [b"sealed"]


def test_only_the_provisioner_can_sign_in_and_only_to_this_vault(server, run):
    run()
    role = server.bodies["auth/aws/role/provisioner"]

    assert role["bound_iam_principal_arn"] == [ARN]
    assert role["token_policies"] == ["provisioner"]
    assert role["token_max_ttl"] <= 3600
    client = server.bodies["auth/aws/config/client"]
    assert client["iam_server_id_header_value"] == "evenkeel-vault-us-east-1"


def test_a_second_run_does_nothing(server, run):
    run()
    server.calls.clear()
    said, kms, kept = run()

    assert said == "already initialised, nothing to do"
    assert not server.calls
    assert not kms.sealed
    assert not kept


def test_a_run_that_was_ended_on_its_way_is_not_taken_for_done(server, run):
    server.refused = "sys/auth/aws"
    with pytest.raises(VaultInitError, match="refused POST sys/auth/aws: 403"):
        run()
    server.refused = ""

    with pytest.raises(VaultInitError, match="an earlier run was ended on its way"):
        run()


def test_it_waits_for_a_vault_that_is_not_up_yet(server, run):
    server.away = 3
    said, _, _ = run()

    assert said.startswith("initialised")


def test_it_waits_until_a_leader_is_chosen(server, run):
    server.electing = 3
    run()

    assert [path for path, _ in server.calls].count("sys/audit/file") == 4
    assert server.revoked


def test_a_vault_that_never_comes_is_named_with_what_was_last_seen(server, monkeypatch):
    monkeypatch.setattr(vault_init, "DEADLINE_SECONDS", 0)
    with httpx.Client(base_url="http://127.0.0.1:1") as client:
        vault = Vault(client)
        with pytest.raises(VaultInitError, match="last seen: ConnectError"):
            vault.wait((200,), "there", seconds=0)


def test_all_that_the_environment_lacks_is_said_at_once():
    with pytest.raises(VaultInitError) as caught:
        Wanted.from_environment({"REGION": "us-east-1"})

    for name in ("VAULT_ADDR", "TRUST_BUNDLE", "VAULT_AUDIT_PATH", "PROVISIONER_ARN"):
        assert name in str(caught.value)


def test_the_provisioner_configures_and_reads_no_secret():
    paths = {path: may for path, may, _ in vault_init.PROVISIONER}

    assert not [path for path in paths if path.startswith(("transit/decrypt", "database/static-c"))]
    assert not [
        path for path, may in paths.items() if path == "*" or ("sudo" in may and "kub" not in path)
    ]
    assert paths["pki/issue/*"] == ("deny",)
