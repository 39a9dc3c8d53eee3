"""A kube-apiserver with its etcd, in a folder, on free ports of the loopback, for one test run."""

import json
import re
import secrets
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from local import tools

READY_SECONDS_MAX = 90
STOP_SECONDS_MAX = 20
_WARNING = re.compile(r"Validation failed for ValidatingAdmissionPolicy '([^']+)'")


def free_ports(count):
    """Ports that nobody listens on, all held at once so that they differ."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


class Api:
    """The API as its administrator sees it."""

    def __init__(self, port: int, token: str, certificate: Path):
        context = ssl.create_default_context(cafile=str(certificate))
        self.client = httpx.Client(
            base_url=f"https://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {token}"},
            verify=context,
            timeout=30,
        )

    def path(self, made, plural) -> str:
        """Where objects of a kind are created."""
        root = "/api/v1" if made["apiVersion"] == "v1" else f"/apis/{made['apiVersion']}"
        namespace = made["metadata"].get("namespace")
        return f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}"

    def create(self, made, plural, *, dry: bool = False) -> httpx.Response:
        """Create an object, or only ask what would happen."""
        return self.client.post(
            self.path(made, plural),
            params={"fieldValidation": "Strict"} | ({"dryRun": "All"} if dry else {}),
            json=made,
        )


def warned(response: httpx.Response) -> set[str]:
    """The admission policies that an answer warns about."""
    return {
        name for header in response.headers.get_list("warning") for name in _WARNING.findall(header)
    }


def wait(condition, seconds=READY_SECONDS_MAX):
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{condition} did not come true in {seconds} s")
        time.sleep(0.1)


@contextmanager
def apiserver(folder: Path) -> Iterator[Api]:
    """An API server, from nothing to nothing."""
    client, peer, port = free_ports(3)
    token = secrets.token_urlsafe(24)
    (folder / "tokens.csv").write_text(f'{token},administrator,1,"system:masters"\n')
    key, public = folder / "accounts.key", folder / "accounts.pub"
    curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    for command in (
        ["openssl", "genpkey", *curve, "-out", str(key)],
        ["openssl", "pkey", "-in", str(key), "-pubout", "-out", str(public)],
    ):
        subprocess.run(command, check=True, capture_output=True)
    etcd = [
        tools.path("etcd"),
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls=http://127.0.0.1:{client}",
        f"--advertise-client-urls=http://127.0.0.1:{client}",
        f"--listen-peer-urls=http://127.0.0.1:{peer}",
        "--unsafe-no-fsync",
    ]
    server = [
        tools.path("kube-apiserver"),
        f"--etcd-servers=http://127.0.0.1:{client}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder / 'certificates'}",
        "--service-account-issuer=https://kubernetes.example",
        f"--service-account-key-file={public}",
        f"--service-account-signing-key-file={key}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--endpoint-reconciler-type=none",
        "--allow-privileged=true",
        # It wants a controller that makes each namespace's `default` account.
        "--disable-admission-plugins=ServiceAccount",
    ]
    with _running(etcd, folder / "etcd.log"), _running(server, folder / "apiserver.log") as process:
        certificate = folder / "certificates" / "apiserver.crt"
        wait(certificate.exists)
        api = Api(port, token, certificate)
        wait(lambda: _ready(api, process, folder / "apiserver.log"))
        yield api


def _ready(api, process, log):
    if process.poll() is not None:
        raise RuntimeError(f"kube-apiserver ended:\n{log.read_text()[-3000:]}")
    try:
        return api.client.get("/readyz").is_success
    except httpx.TransportError:
        return False


@contextmanager
def _running(command, log: Path):
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def definition(group, version, kind, plural, *, namespaced=True):
    """A CustomResourceDefinition that takes anything."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "scope": "Namespaced" if namespaced else "Cluster",
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": anything},
                }
            ],
        },
    }


def readable(response) -> str:
    """What an answer says, for the message of a failed test."""
    return json.dumps(response.json(), indent=1)[:1500]
