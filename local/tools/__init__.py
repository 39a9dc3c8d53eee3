"""The servers' and tools' binaries, built from pinned modules into a cache outside the work tree.

A tool is built once for each state of its module file, its checksums and the compiler, so a
clean checkout on the same machine builds nothing twice.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import places

HERE = Path(__file__).resolve().parent

KUBERNETES = "v1.36.3"
PULUMI = "v3.259.0"


@dataclass(frozen=True)
class Tool:
    """One binary: the folder of its Go module here, its package, its linker flags."""

    module: str
    package: str
    ldflags: str = ""


_KUBERNETES_VERSION = f"-X k8s.io/component-base/version.gitVersion={KUBERNETES}"

TOOLS = {
    "pulumi": Tool(
        "pulumi",
        "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={PULUMI}",
    ),
    "etcd": Tool("etcd", "go.etcd.io/etcd/server/v3"),
    "kube-apiserver": Tool(
        "kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver", _KUBERNETES_VERSION
    ),
    "kube-controller-manager": Tool(
        "kubernetes", "k8s.io/kubernetes/cmd/kube-controller-manager", _KUBERNETES_VERSION
    ),
    "vault": Tool("vault", "github.com/hashicorp/vault"),
    "toxiproxy": Tool("toxiproxy", "github.com/Shopify/toxiproxy/v2/cmd/server"),
}

NEEDED = {
    "go": "Go 1.26 or newer: https://go.dev/doc/install",
    "mvn": "Maven: apt-get install maven",
    "git": "git: apt-get install git",
}
"""What the machine itself must have, and how to get it."""

FREE_GIB_MIN = 8
"""A build of everything takes 6 GiB of compiler cache and 1 GiB of binaries."""


class ToolError(Exception):
    """A tool is missing or could not be built; the message says which and what to do."""


def check() -> None:
    """See that the machine has what a build needs.

    Raises:
        ToolError: naming everything that is missing, and where to get it.

    """
    missing = [how for tool, how in NEEDED.items() if shutil.which(tool) is None]
    if missing:
        raise ToolError("this machine lacks:\n" + "\n".join(f"  - {each}" for each in missing))


def path(name: str) -> Path:
    """Return the binary of a tool, built first if need be.

    Raises:
        ToolError: it could not be built; the compiler's last lines are in the message.

    """
    return build(name, lambda _: None)


def build(name: str, tell: Callable[[str], None]) -> Path:
    """Build a tool unless the cache has it; `tell` gets a line when a build begins."""
    tool = TOOLS[name]
    binary = places.cache() / "tools" / f"{name}-{_fingerprint(tool)}" / name
    if binary.exists():
        return binary
    check()
    with _locked(tool.module):
        if not binary.exists():
            _see_disk()
            tell(f"building {name} (minutes, once)")
            _compile(tool, binary)
    return binary


def _fingerprint(tool: Tool) -> str:
    """Return what the build depends on, hashed."""
    digest = hashlib.sha256(f"{tool}".encode())
    for part in ("go.mod", "go.sum"):
        digest.update((HERE / tool.module / part).read_bytes())
    return digest.hexdigest()[:12]


def _see_disk() -> None:
    places.cache().mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(places.cache()).free / 2**30
    if free < FREE_GIB_MIN:
        raise ToolError(
            f"{free:.1f} GiB are free below {places.cache()} and a build needs {FREE_GIB_MIN};"
            " free some, or set EVENKEEL_CACHE to a folder on another disk"
        )


def _compile(tool: Tool, binary: Path) -> None:
    binary.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=binary.parent) as scratch:
        made = Path(scratch) / binary.name
        command = ["go", "build", "-trimpath", "-ldflags", f"-s -w {tool.ldflags}", "-o", str(made)]
        result = subprocess.run(
            [*command, tool.package],
            cwd=HERE / tool.module,
            env={**os.environ, "GOFLAGS": "-buildvcs=false -mod=readonly", "GOTOOLCHAIN": "auto"},
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            last = "\n".join(result.stderr.splitlines()[-12:])
            raise ToolError(f"{tool.package} could not be built:\n{last}")
        made.rename(binary)


def kafka_classpath(tell: Callable[[str], None] = lambda _: None) -> str:
    """Return the Java class path of Kafka, Connect and MirrorMaker, fetched by Maven once.

    Raises:
        ToolError: Maven failed; its last lines are in the message.

    """
    pom = HERE / "kafka" / "pom.xml"
    fingerprint = hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    jars = places.cache() / "tools" / f"kafka-{fingerprint}"
    if not jars.exists():
        check()
        with _locked("kafka"):
            if not jars.exists():
                tell("fetching Kafka")
                _copy_jars(pom, jars)
    return f"{HERE / 'kafka'}:{jars}/*"


def _copy_jars(pom: Path, jars: Path) -> None:
    jars.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jars.parent) as scratch:
        made = Path(scratch) / "jars"
        result = subprocess.run(
            ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies",
             f"-DoutputDirectory={made}"],
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        if result.returncode:
            last = "\n".join((result.stdout + result.stderr).splitlines()[-12:])
            raise ToolError(f"Kafka could not be fetched by Maven:\n{last}")
        made.rename(jars)


@contextmanager
def _locked(module: str) -> Generator[None]:
    """Let one process at a time build a module."""
    folder = places.cache() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / module).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
