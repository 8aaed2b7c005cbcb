"""Traces for an OpenTelemetry collector; where it is says OTEL_EXPORTER_OTLP_ENDPOINT."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sku_align.errors import UserError, how_to_install


def add_telemetry(app: FastAPI) -> None:
    """Send a span for each request; what the caller says of its own trace is kept.

    Raises:
        UserError: The packages are not installed.
    """
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.propagate import extract
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise UserError(f"serving.telemetry needs packages: {how_to_install('telemetry')}.") from error

    provider = TracerProvider(resource=Resource.create({"service.name": "sku-align"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer("sku_align.serving")

    class Spans:
        """One span for each request, without its body or address parameters."""

        def __init__(self, inner: ASGIApp) -> None:
            self._inner = inner

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await self._inner(scope, receive, send)
                return
            carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            name = f"{scope['method']} {scope['path']}"
            with tracer.start_as_current_span(name, extract(carrier), kind=trace.SpanKind.SERVER) as span:

                async def reply(message: Message) -> None:
                    if message["type"] == "http.response.start":
                        span.set_attribute("http.response.status_code", message["status"])
                    await send(message)

                span.set_attribute("http.request.method", scope["method"])
                span.set_attribute("url.path", scope["path"])
                await self._inner(scope, receive, reply)

    @asynccontextmanager
    async def life() -> AsyncIterator[None]:
        yield
        provider.shutdown()

    app.add_middleware(Spans)
    app.state.contexts.append(life)
