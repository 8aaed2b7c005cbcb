"""What every request passes: keys, limits, ids, and errors in words."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from sku_align.cli.serve import is_loopback
from sku_align.config import ServingSettings
from sku_align.errors import UserError
from sku_align.serving.gate import Gate, JsonLines
from sku_align.serving.keys import VARIABLE, find_key, new_key, read_keys

Handler = Callable[[Scope, Receive, Send], Awaitable[None]]


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    message = await receive()
    await JSONResponse({"bytes": len(message["body"])})(scope, receive, send)


def _ask(
    requests: list[dict[str, Any]],
    app: Handler = _echo,
    settings: ServingSettings | None = None,
    keys: str = "",
) -> list[httpx.Response]:
    """Send requests all at one time."""

    async def all_of_them() -> list[httpx.Response]:
        gate = Gate(app, settings or ServingSettings(), read_keys({VARIABLE: keys}))
        transport = httpx.ASGITransport(gate)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return list(await asyncio.gather(*(client.request(**request) for request in requests)))

    return asyncio.run(all_of_them())


def _post(body: bytes = b"{}", **headers: str) -> dict[str, Any]:
    return {"method": "POST", "url": "/v1/match", "content": body, "headers": headers}


def test_a_body_that_is_too_large_is_refused() -> None:
    settings = ServingSettings(max_body_bytes=2000)
    small, large = _ask([_post(b"x" * 2000), _post(b"x" * 2001)], settings=settings)
    assert small.json() == {"bytes": 2000}
    assert (large.status_code, large.json()["type"]) == (413, "too_large")


def _slow(started: list[int]) -> Handler:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        started.append(1)
        # Everybody else has been turned away or waits once the loop has nothing else to do.
        for _ in range(50):
            await asyncio.sleep(0)
        await JSONResponse({})(scope, receive, send)

    return app


def test_one_client_cannot_take_all_places() -> None:
    settings = ServingSettings(max_per_client=3)
    answers = _ask([_post()] * 5, _slow([]), settings)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 429, 429]
    assert all(answer.headers["retry-after"] for answer in answers if answer.status_code == 429)


def test_a_service_that_is_full_says_when_to_come_again() -> None:
    settings = ServingSettings(max_concurrent=1, max_waiting=1)
    started: list[int] = []
    answers = _ask([_post()] * 4, _slow(started), settings)
    refused = [answer for answer in answers if answer.status_code == 503]
    assert len(refused) == 2
    assert len(started) == 2
    assert all(answer.headers["retry-after"] and answer.json()["type"] == "busy" for answer in refused)


def test_a_key_opens_the_service_by_header_or_as_a_password() -> None:
    key, entry = new_key("shop")
    reviewer, other = new_key("lee", ("review",))
    requests = [
        _post(authorization=f"Bearer {key}"),
        _post(**{"x-api-key": key}),
        {**_post(), "auth": ("", key)},
        _post(),
        _post(authorization="Bearer sku_wrong"),
        _post(authorization=f"Bearer {reviewer}"),
        {"method": "GET", "url": "/health"},
    ]
    answers = _ask(requests, keys=f"{entry}, {other}")
    assert [answer.status_code for answer in answers] == [200, 200, 200, 401, 401, 403, 200]
    assert "Basic" in answers[3].headers["www-authenticate"]
    assert key not in entry


def test_a_wrong_entry_is_named_by_its_number_and_never_shown() -> None:
    _, entry = new_key("shop")
    with pytest.raises(UserError, match="Entry 2 of SKU_ALIGN_API_KEYS") as error:
        read_keys({VARIABLE: f"{entry} shop:read:sku_a-key-in-the-clear"})
    assert "in-the-clear" not in str(error.value)
    assert find_key(read_keys({VARIABLE: entry}), "sku_wrong") is None


def test_every_answer_has_an_id_which_the_caller_may_give() -> None:
    given, foreign, none = _ask([_post(**{"x-request-id": "abc-1"}), _post(**{"x-request-id": "a b\n"[:3]}), _post()])
    assert given.headers["x-request-id"] == "abc-1"
    assert len(foreign.headers["x-request-id"]) == len(none.headers["x-request-id"]) == 32


def test_no_other_site_may_read_answers() -> None:
    (answer,) = _ask([_post(origin="https://elsewhere.example")])
    assert "access-control-allow-origin" not in answer.headers
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_logs_are_json_without_secrets() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "opened postgresql://shop:hunter2@db/skus", (), None)
    line = json.loads(JsonLines().format(record))
    assert line["level"] == "info"
    assert "hunter2" not in line["message"]


@pytest.mark.parametrize(
    ("host", "local"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)]
)
def test_only_loopback_needs_no_key(host: str, local: bool) -> None:
    assert is_loopback(host) is local
