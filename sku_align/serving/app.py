"""The application: its routes, its errors, its life."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, TypeVar

import anyio
import anyio.to_thread
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

import sku_align
from sku_align.errors import TransientError, UserError
from sku_align.review.desk import Desk
from sku_align.serving import metrics
from sku_align.serving.gate import RETRY_AFTER_S, Gate, problem
from sku_align.serving.keys import ApiKey
from sku_align.serving.pages import add_pages
from sku_align.serving.publication import Keeper
from sku_align.serving.refusals import BadRequestError, NotFoundError, TooManyError
from sku_align.serving.review_page import review_router
from sku_align.serving.schemas import (
    MatchRequest,
    MatchResponse,
    Problem,
    RerankRequest,
    RerankResponse,
    SearchRequest,
    SearchResponse,
)
from sku_align.serving.service import Service
from sku_align.store import History

logger = logging.getLogger(__name__)
T = TypeVar("T")
STATIC = Path(__file__).parent / "static"
_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": words}
    for status, words in {
        400: "The offers cannot be read; the message says why.",
        401: "No valid API key.",
        403: "The key lacks the scope.",
        413: "Too large, too many offers or too many documents.",
        422: "The request is not of this form.",
        429: "Too many requests of one client at a time; Retry-After says when to come again.",
        503: "Busy, late, or nothing to serve; Retry-After says when to come again.",
    }.items()
}
_OF_THE_REQUEST = {
    TooManyError: (413, "too_many"),
    NotFoundError: (404, "not_found"),
    BadRequestError: (400, "bad_request"),
}


def create_app(keeper: Keeper, keys: tuple[ApiKey, ...] = (), desk: Callable[[], Desk] | None = None) -> FastAPI:
    """Make the application.

    Args:
        keeper: Knows the publication; the application starts and stops it.
        keys: API keys that open it; none leaves it open.
        desk: Gives the desk of the run whose questions are asked under `/review`; no such pages without it.
    """
    service = Service(keeper)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await anyio.to_thread.run_sync(keeper.start)
            await anyio.to_thread.run_sync(service.warm)
            for context in app.state.contexts:
                await stack.enter_async_context(context())
            yield
            await anyio.to_thread.run_sync(keeper.stop)

    app = FastAPI(
        title="SKU Align",
        version=sku_align.__version__,
        summary="Which SKU is this offer, find a SKU in any language, rerank anything.",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
    )
    app.state.service, app.state.contexts, app.state.review = service, [], desk is not None
    answer = partial(_in_thread, keeper.serving.timeout_s)
    _add_errors(app)

    @app.post("/v1/match", responses=_ERRORS, tags=["match"])
    async def match(request: MatchRequest) -> MatchResponse:
        """Which SKU is each of these offers? Decided as the next run would decide."""
        _at_most(len(request.offers), keeper.serving.max_offers, "offers")
        return await answer(service.match, request)

    @app.post("/v1/rerank", responses=_ERRORS, tags=["rerank"])
    @app.post("/v2/rerank", responses=_ERRORS, tags=["rerank"], include_in_schema=False)
    @app.post("/rerank", responses=_ERRORS, tags=["rerank"], include_in_schema=False)
    async def rerank(request: RerankRequest) -> RerankResponse:
        """Order documents by their relevance to a query; as vLLM, Jina and Cohere have it."""
        _at_most(len(request.documents), keeper.serving.max_documents, "documents")
        return await answer(service.rerank, request)

    @app.post("/v1/search", responses=_ERRORS, tags=["search"])
    async def search(request: SearchRequest) -> SearchResponse:
        """Find SKUs by a query in any language."""
        return await answer(service.search, request)

    @app.get("/v1/search", responses=_ERRORS, tags=["search"])
    async def search_by_address(request: Annotated[SearchRequest, Query()]) -> SearchResponse:
        """The same, with the query in the address."""
        return await answer(service.search, request)

    @app.get("/v1/skus/{sku_id}", responses=_ERRORS | {404: {"model": Problem}}, tags=["skus"])
    async def sku(sku_id: str) -> dict[str, Any]:
        """A SKU's offers, texts, pairs, verdicts and history, as the served publication has them."""
        publication = keeper.current.publication.publication_id
        history: History = await answer(read_history, keeper, sku_id, publication)
        return {"publication_id": publication, **vars(history)}

    @app.get("/health", tags=["operations"])
    async def health() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok", "version": sku_align.__version__}

    @app.get("/ready", tags=["operations"], responses={503: {"description": "Nothing can be served yet."}})
    async def ready() -> JSONResponse:
        """Whether questions can be answered, and what is wrong if not, or if a new publication cannot be taken up."""
        try:
            current = keeper.current
        except UserError as error:
            return problem(503, "not_ready", str(error), RETRY_AFTER_S)
        state = {
            "status": "degraded" if keeper.trouble else "ready",
            "publication_id": current.publication.publication_id,
            "published_at": current.publication.published_at.isoformat(),
            "scorer": current.matcher.scorer.fingerprint,
            "trouble": keeper.trouble,
        }
        return JSONResponse(state)

    @app.get("/metrics", tags=["operations"], response_class=PlainTextResponse)
    async def prometheus() -> Response:
        """Counts and times for Prometheus."""
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    add_pages(app, service, answer)
    if desk is not None:
        app.include_router(review_router(desk))
    if keeper.serving.mcp:
        from sku_align.serving.language_models import add_mcp

        add_mcp(app, service)
    if keeper.serving.telemetry:
        from sku_align.serving.telemetry import add_telemetry

        add_telemetry(app)
    app.add_middleware(Gate, settings=keeper.serving, keys=keys)
    return app


def read_history(keeper: Keeper, sku_id: str, publication: int) -> History:
    """A SKU as a publication has it.

    Raises:
        NotFoundError: There never was one.
    """
    try:
        return keeper.store.history(sku_id, publication)
    except TransientError:
        raise
    except UserError as error:
        raise NotFoundError(f"There never was a SKU {sku_id}: check the id.") from error


async def _in_thread(timeout_s: float, function: Callable[..., T], *arguments: Any) -> T:
    """Run a function beside the event loop.

    Raises:
        TransientError: It took too long; it goes on beside the answer and is then forgotten.
    """
    work = anyio.to_thread.run_sync(partial(function, *arguments), abandon_on_cancel=True)
    try:
        return await asyncio.wait_for(work, timeout_s)
    except TimeoutError as error:
        raise TransientError(f"There was no answer within {timeout_s:g} s: ask for less, or again later.") from error


def _at_most(count: int, most: int, what: str) -> None:
    if count > most:
        metrics.REFUSED.labels(what).inc()
        raise TooManyError(f"A request has at most {most:,} {what}, this one has {count:,}: divide it.")


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(UserError)
    async def named(request: Request, error: UserError) -> Response:
        for kind, (status, name) in _OF_THE_REQUEST.items():
            if isinstance(error, kind):
                return problem(status, name, str(error))
        metrics.FAILURES.labels("answer").inc()
        return problem(503, "unavailable", str(error), RETRY_AFTER_S)

    @app.exception_handler(SQLAlchemyError)
    async def database(request: Request, error: SQLAlchemyError) -> Response:
        metrics.FAILURES.labels("database").inc()
        logger.warning("The database failed: %s", error)
        return problem(503, "database_unavailable", "The database does not answer; try again later.", RETRY_AFTER_S)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return problem(422, "invalid", f"{where}: {first['msg']}.")

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        words = HTTPStatus(error.status_code)
        answer = problem(error.status_code, words.name.lower(), f"{error.detail.rstrip('.')}.")
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        logger.error("A request failed.", exc_info=error)
        return problem(500, "internal", "The service made a mistake; its log has it under this request id.")
