"""What every request passes: an id, a log line, counts, keys, and the limits that keep the service answering."""

import asyncio
import base64
import contextvars
import json
import logging
import re
import time
import uuid
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sku_align.config import ServingSettings
from sku_align.redaction import redact
from sku_align.serving.keys import ApiKey, find_key
from sku_align.serving.metrics import IN_WORK, LATENCY, REFUSED, REQUESTS

logger = logging.getLogger("sku_align.serving.requests")
request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="-")
REVIEW = "/review"
OPEN_PATHS = ("/health", "/ready", "/static/")
_ID = re.compile(r"[A-Za-z0-9._\-]{1,64}")
RETRY_AFTER_S = 2
_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"),
)


def problem(status: int, kind: str, message: str, retry: int | None = None) -> JSONResponse:
    """An error as all of the API gives it."""
    headers = {"Retry-After": str(retry)} if retry else {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="sku-align", charset="UTF-8"'
    body = {"type": kind, "message": redact(message), "request_id": request_id.get()}
    return JSONResponse(body, status, headers)


class JsonLines(logging.Formatter):
    """One JSON object per line, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        entry = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
            "request_id": request_id.get(),
            **getattr(record, "about", {}),
        }
        if record.exc_info:
            entry["traceback"] = redact(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


class Gate:
    """ASGI middleware around the whole application.

    Args:
        app: What it protects.
        settings: The limits.
        keys: Keys that open it; none opens it to everybody, which is for loopback only.
    """

    def __init__(self, app: ASGIApp, settings: ServingSettings, keys: tuple[ApiKey, ...]) -> None:
        self._app, self._settings, self._keys = app, settings, keys
        self._slots = asyncio.Semaphore(settings.max_concurrent)
        self._waiting = 0
        self._clients: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        token = request_id.set(given if _ID.fullmatch(given) else uuid.uuid4().hex)
        start, status = time.perf_counter(), 500

        async def reply(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", []), (b"x-request-id", request_id.get().encode())]
                given = {name.lower() for name, _ in headers}
                # A page may have a policy of its own; two would both hold, and the review page shows shops' images.
                message["headers"] = headers + [each for each in _SAFE if each[0] not in given]
            await send(message)

        try:
            await self._passed(scope, receive, reply)
        finally:
            seconds = time.perf_counter() - start
            route = getattr(scope.get("route"), "path", None) or ("/static" if "/static/" in scope["path"] else "other")
            REQUESTS.labels(scope["method"], route, str(status)).inc()
            LATENCY.labels(route).observe(seconds)
            about = {"method": scope["method"], "path": scope["path"], "status": status, "ms": round(seconds * 1e3, 1)}
            logger.info("%s %s %d", scope["method"], scope["path"], status, extra={"about": about})
            request_id.reset(token)

    async def _passed(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith(OPEN_PATHS):
            await self._app(scope, receive, send)
            return
        key = self._key(scope)
        needed = "review" if path == REVIEW or path.startswith(f"{REVIEW}/") else "read"
        if self._keys and (key is None or needed not in key.scopes):
            kind, status = ("unauthorised", 401) if key is None else ("forbidden", 403)
            message = (
                f"Send an API key with the scope {needed}: Authorization: Bearer KEY, or as a password without a user."
            )
            await problem(status, kind, message)(scope, receive, send)
            return
        scope.setdefault("state", {})["key"] = key
        client = key.name if key else (scope.get("client") or ("unknown",))[0]
        if path == "/metrics":
            await self._app(scope, receive, send)
            return
        body, too_large = await self._body(scope, receive)
        if too_large:
            REFUSED.labels("body").inc()
            most = self._settings.max_body_bytes
            await problem(413, "too_large", f"A request has at most {most:,} bytes.")(scope, receive, send)
            return
        refusal = self._refusal(client)
        if refusal:
            await refusal(scope, receive, send)
            return
        self._clients[client] = self._clients.get(client, 0) + 1
        try:
            await self._in_turn(scope, body, receive, send)
        finally:
            self._clients[client] -= 1
            if not self._clients[client]:
                del self._clients[client]

    async def _in_turn(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        IN_WORK.inc()
        sent = False

        async def once() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        try:
            await self._app(scope, once, send)
        finally:
            IN_WORK.dec()
            self._slots.release()

    def _refusal(self, client: str) -> Response | None:
        if self._clients.get(client, 0) >= self._settings.max_per_client:
            REFUSED.labels("client").inc()
            most = self._settings.max_per_client
            return problem(
                429, "too_many_requests", f"One client has at most {most} requests at a time.", RETRY_AFTER_S
            )
        if self._slots.locked() and self._waiting >= self._settings.max_waiting:
            REFUSED.labels("busy").inc()
            return problem(503, "busy", "The service has as many requests as it can hold.", RETRY_AFTER_S)
        return None

    async def _body(self, scope: Scope, receive: Receive) -> tuple[bytes, bool]:
        """The whole body, or that it is too large; what is declared too large is not read."""
        most = self._settings.max_body_bytes
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdigit() and int(declared) > most:
            return b"", True
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return b"".join(parts), False
            size += len(message.get("body", b""))
            if size > most:
                return b"", True
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                return b"".join(parts), False

    def _key(self, scope: Scope) -> ApiKey | None:
        headers = Headers(scope=scope)
        kind, _, value = headers.get("authorization", "").partition(" ")
        offered = headers.get("x-api-key", "")
        if kind.lower() == "bearer":
            offered = value.strip()
        elif kind.lower() == "basic":
            try:
                offered = base64.b64decode(value, validate=True).decode().partition(":")[2]
            except ValueError:
                offered = ""
        return find_key(self._keys, offered) if offered else None


def key_of(request: Request) -> Any:
    """The key that a request was sent with, None where none is asked for."""
    return getattr(request.state, "key", None)
