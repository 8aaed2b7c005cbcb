"""Requests that nobody would think of: whatever the OpenAPI allows, and what it does not, gets an answer in words."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from benchmarks.service import build
from sku_align.serving.app import create_app
from sku_align.serving.publication import Keeper

OFFERS = 200
# Of each operation; ten times as many were run by hand (docs/experiments/service.md).
EXAMPLES = 20
DESCRIBED = schemathesis.openapi.from_dict(create_app(Keeper("sqlite://", None, None)).openapi())
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own over a publication of invented offers."""
    folder = tmp_path_factory.mktemp("fuzzed")
    build(folder, OFFERS)
    app = create_app(Keeper(f"sqlite:///{folder / 'skus.db'}", None, None))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    started = threading.Event()
    startup = server.startup

    async def started_up(*arguments: Any, **more: Any) -> None:
        await startup(*arguments, **more)
        started.set()

    server.startup = started_up  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run)
    thread.start()
    assert started.wait(120)
    yield "http://{}:{}".format(*server.servers[0].sockets[0].getsockname())
    server.should_exit = True
    thread.join(30)


@DESCRIBED.parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
def test_every_request_gets_an_answer_that_the_openapi_describes(case: Any, address: str) -> None:
    case.call_and_validate(base_url=address, checks=CHECKS)
