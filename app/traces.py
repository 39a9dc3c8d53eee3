"""OpenTelemetry: spans of a payment's way, its context across HTTP, the outbox and Kafka."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from opentelemetry import propagate, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span

_TRACER = trace.get_tracer("evenkeel.payments")


def start(*, service: str, region: str, endpoint: str) -> TracerProvider:
    """Make spans real; they are exported where an OTLP endpoint is given, else only carried on."""
    provider = TracerProvider(
        resource=Resource.create({"service.name": service, "cloud.region": region})
    )
    if endpoint:
        # Slow to load, so only where spans go anywhere.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - said above
            OTLPSpanExporter,
        )

        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider


@contextmanager
def span(name: str, carrier: Mapping[str, str] | None = None, **attributes: str) -> Generator[Span]:
    """Open a span, below the one that a carrier's `traceparent` names where there is one."""
    context = propagate.extract(carrier) if carrier else None
    with _TRACER.start_as_current_span(name, context=context, attributes=attributes) as opened:
        yield opened


def traceparent() -> str | None:
    """Return the current span as a W3C traceparent, for what is handled later."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent")
