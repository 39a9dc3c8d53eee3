"""Pulumi's provider protocol over gRPC, around a stand-in."""

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

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


class _Telling(grpc.aio.ServerInterceptor):
    """Gives the engine an error's own sentence; what nobody foresaw leaves its trace as well."""

    async def intercept_service(
        self,
        continuation: Callable[[Any], Awaitable[Any]],
        handler_call_details: Any,
    ) -> Any:
        """Wrap the handler of a call."""
        handler = await continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler

        async def tell(request: Any, context: Any) -> Any:
            try:
                return await handler.unary_unary(request, context)
            except NotImplementedError:
                raise  # the engine does without what a plugin has not
            except StandInError as error:
                await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
            except Exception as error:  # noqa: BLE001 - the engine must hear whatever went wrong
                traceback.print_exc()
                await context.abort(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}")

        return grpc.unary_unary_rpc_method_handler(
            tell, handler.request_deserializer, handler.response_serializer
        )


class _Servicer(server.ProviderServicer):
    """The SDK's servicer, but it hands on the old inputs, which that one drops."""

    async def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Compare a resource's inputs."""
        request.olds.fields[INPUTS].struct_value.CopyFrom(request.old_inputs)
        return await super().Diff(request, context)

    async def Update(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Change a resource."""
        request.olds.fields[INPUTS].struct_value.CopyFrom(request.old_inputs)
        return await super().Update(request, context)

    async def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Remove a resource."""
        request.properties.fields[INPUTS].struct_value.CopyFrom(request.old_inputs)
        return await super().Delete(request, context)


def listener(
    provider: Provider, arguments: Sequence[str] = (), version: str = ""
) -> grpc.aio.Server:
    """Return a gRPC server for a plugin; it needs a port and a start."""
    addresses = [each for each in arguments if not each.startswith("-")]
    made = grpc.aio.server(
        interceptors=[_Telling()],
        options=[
            ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
            ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
        ],
    )
    engine = addresses[0] if addresses else ""
    servicer = _Servicer(list(arguments), version, provider, engine)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, made)
    return made


def run(provider: Provider, arguments: Sequence[str], version: str) -> None:
    """Serve a plugin until the engine ends it; a signal ends it without a word.

    Its port is the first line that it prints; `arguments` hold the engine's address.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)

    async def serve() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        made = listener(provider, arguments, version)
        port = made.add_insecure_port("127.0.0.1:0")
        await made.start()
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        await made.wait_for_termination()

    asyncio.run(serve())


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    os._exit(0)
