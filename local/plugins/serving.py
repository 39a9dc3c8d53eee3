"""Pulumi's provider protocol over gRPC, around a stand-in."""

import asyncio
import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import grpc
import grpc.aio
from pulumi.provider.experimental import server
from pulumi.provider.experimental.provider import Provider
from pulumi.runtime.proto import provider_pb2_grpc

from local.plugins.values import StandInError

INPUTS = "__inputs"
"""Under this key of the old state a stand-in finds the inputs that it was made from."""

MESSAGE_BYTES_MAX = 400 * 1024 * 1024
"""As the engine's own limit."""

THREADS = 64
"""Most wait for a server; the engine has far fewer resources under way at a time."""

Handler: TypeAlias = Callable[["Servicer", Any, Any], Awaitable[Any]]


def _telling(handler: Handler) -> Handler:
    """Give the engine an error's own sentence; what nobody foresaw comes with its trace."""

    async def handle(servicer: "Servicer", request: Any, context: Any) -> Any:
        try:
            return await handler(servicer, request, context)
        except StandInError as error:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        except Exception as error:  # noqa: BLE001 - the engine must hear of whatever went wrong
            traceback.print_exc()
            await context.abort(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}")

    return handle


def _with_inputs(request: Any, state: Any) -> Any:
    """Put the old inputs into the old state: the SDK's own servicer would drop them."""
    state.fields[INPUTS].struct_value.CopyFrom(request.old_inputs)
    return request


class Servicer(server.ProviderServicer):
    """The SDK's servicer, but it hands on old inputs and says what went wrong in words."""

    @_telling
    async def Check(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """See the inputs of a resource."""
        return await super().Check(request, context)

    @_telling
    async def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Compare a resource's inputs."""
        return await super().Diff(_with_inputs(request, request.olds), context)

    @_telling
    async def Create(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Make a resource."""
        return await super().Create(request, context)

    @_telling
    async def Read(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Look at a resource."""
        return await super().Read(request, context)

    @_telling
    async def Update(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Change a resource."""
        return await super().Update(_with_inputs(request, request.olds), context)

    @_telling
    async def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Remove a resource."""
        return await super().Delete(_with_inputs(request, request.properties), context)

    @_telling
    async def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Take the provider's configuration."""
        return await super().Configure(request, context)

    @_telling
    async def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Look something up."""
        return await super().Invoke(request, context)


def run(provider: Provider, arguments: Sequence[str], version: str) -> None:
    """Serve a plugin until the engine ends it; a signal ends it without a word.

    Its port is the first line that it prints; `arguments` hold the engine's address.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    addresses = [each for each in arguments if not each.startswith("-")]
    engine = addresses[0] if addresses else ""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(Servicer(list(arguments), version, provider, engine)))


async def _serve(servicer: Servicer) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
    listener = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
            ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
        ]
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, listener)
    port = listener.add_insecure_port("127.0.0.1:0")
    await listener.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await listener.wait_for_termination()
