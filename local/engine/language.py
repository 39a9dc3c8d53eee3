"""The Python language host for Pulumi's engine: it runs the program and starts policy packs.

The official one is not to be had from a package registry; this one speaks the same protocol
(`pulumirpc.LanguageRuntime`). The program runs in this very process.
"""

import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent import futures
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import Any

import grpc
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

MESSAGE_BYTES_MAX = 400 * 1024 * 1024
"""As the engine's own limit."""


class Host(LanguageServer):
    """What the engine asks of a language host, beyond running a callable."""

    def __init__(self, engine: str) -> None:
        super().__init__(lambda: None)
        self._engine = engine

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Learn the engine's address."""
        del context
        self._engine = request.engine_address or self._engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Say which version of the SDK runs programs."""
        del request, context
        return plugin_pb2.PluginInfo(version=metadata.version("pulumi"))

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Run the program of a stack."""
        directory = request.info.program_directory or request.pwd
        os.chdir(directory)
        sys.path.insert(0, directory)
        sys.argv = [directory, *request.args]
        entry = Path(directory) / (request.info.entry_point or ".") / "__main__.py"

        def program() -> None:
            runpy.run_path(str(entry), run_name="__main__")

        self.program = program
        del request.args[:]
        request.args.append(self._engine)
        return super().Run(request, context)

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802 - the protocol's name
        """Install nothing: whoever runs this has the packages."""
        del request, context
        return iter(())

    def GetProgramDependencies(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Name no dependency: the lock file does."""
        del request, context
        return language_pb2.GetProgramDependenciesResponse()

    def RuntimeOptionsPrompts(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Ask nothing."""
        del request, context
        return language_pb2.RuntimeOptionsResponse()

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802 - the protocol's name
        """Run a policy pack and pass on what it prints; its first line is its port."""
        pack = request.info.program_directory or request.program
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.policy", self._engine, pack],
            cwd=request.pwd or pack,
            env={**os.environ, **dict(each.split("=", 1) for each in request.env)},
            stdout=subprocess.PIPE,
            stderr=sys.stderr,
        )
        context.add_callback(process.terminate)
        if process.stdout is not None:
            for line in process.stdout:
                yield language_pb2.RunPluginResponse(stdout=line)
        yield language_pb2.RunPluginResponse(exitcode=process.wait())


def main() -> None:
    """Serve on a free port, which is printed, until the engine ends us."""
    addresses = [each for each in sys.argv[1:] if not each.startswith("-")]
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=16),
        options=[
            ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
            ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
        ],
    )
    host = Host(addresses[-1] if addresses else "")
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    os._exit(0)


if __name__ == "__main__":
    main()
