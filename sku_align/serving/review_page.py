"""The page on which people answer questions: `sku-align review serve`, and the same pages under `sku-align serve`.

The page holds its answers in the browser until the service has confirmed each, so that a closed laptop or a lost
network loses none; a sent answer that is sent again changes nothing.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.folder import RunFolder
from sku_align.redaction import redact
from sku_align.review.desk import Desk
from sku_align.review.exporting import questions_of
from sku_align.store import Store

_FILES = Path(__file__).parent / "review_static"
_POLICY = "default-src 'self'; img-src 'self' https: http: data:; object-src 'none'; frame-ancestors 'none'"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8"}
_MAX_ANSWERS = 500
_TABLES = ("offers", "decisions", "clusters")
_LOOK_S = 2.0  # How often the run folder is looked at; chosen by eye.
_Name = Annotated[str, Field(min_length=1, max_length=100)]


class Answered(BaseModel):
    """Answers by question id."""

    model_config = ConfigDict(extra="forbid")
    reviewer: _Name
    answers: Annotated[dict[str, Literal["same", "different", "skip"]], Field(max_length=_MAX_ANSWERS)]


class Undone(BaseModel):
    """An answer to take back."""

    model_config = ConfigDict(extra="forbid")
    reviewer: _Name
    question: str


class Bulk(BaseModel):
    """One answer to every open question of a filter."""

    model_config = ConfigDict(extra="forbid")
    reviewer: _Name
    filters: dict[str, str]
    answer: Literal["same", "different"]


def _filters(
    languages: str = "",
    category: str = "",
    catalog: str = "",
    differs: str = "",
    only: str = "",
    reason: str = "",
    kind: str = "",
) -> dict[str, str]:
    given = {"languages": languages, "category": category, "catalog": catalog, "differs": differs}
    return {name: value for name, value in (given | {"only": only, "reason": reason, "kind": kind}).items() if value}


_Filters = Annotated[dict[str, str], Depends(_filters)]


def _file(name: str) -> Response:
    path = _FILES / name
    if path.parent != _FILES or not path.is_file():
        raise HTTPException(404, f"There is no file {name!r} here.")
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
    return Response(path.read_bytes(), media_type=_TYPES.get(path.suffix, "text/plain"), headers=headers)


class RunDesk:
    """The desk of a run folder, opened anew when a run has written other questions there.

    Args:
        out: The run folder.
        db: SQLAlchemy URL of the database that keeps the answers.
        config: Settings file of the run.
    """

    def __init__(self, out: Path, db: str, config: Path | None = None) -> None:
        self._folder, self._db, self._config = RunFolder(out), db, config
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._desk: Desk | None = None
        self._made: tuple[str, ...] = ()
        self._looked = 0.0

    def __call__(self) -> Desk:
        """The desk of today's run.

        Raises:
            UserError: The run has no clusters yet, or the database cannot be reached.
        """
        with self._lock:
            if self._desk is None or time.monotonic() - self._looked > _LOOK_S:
                self._looked = time.monotonic()
                made = tuple(self._folder.content(name) for name in _TABLES)
                if self._desk is None or made != self._made:
                    self._open(made)
            assert self._desk is not None
            return self._desk

    def _open(self, made: tuple[str, ...]) -> None:
        self._store = self._store or Store.open(self._db)
        try:
            asked, rows = questions_of(self._folder, Settings.load(self._config))
            self._desk, self._made = Desk(asked, rows, self._store), made
        except (UserError, ValueError) as error:
            # A run that is being written has tables of two runs for a while; the questions of the last one stay.
            if self._desk is None:
                raise UserError(f"The questions cannot be read yet: {error}") from error


def review_router(desk: Callable[[], Desk]) -> APIRouter:
    """Routes under `/review`: the page, its files, and the calls that it makes.

    Args:
        desk: Gives the desk that hands out the questions, such as `RunDesk`.
    """
    router = APIRouter(prefix="/review", tags=["review"])

    @router.get("", include_in_schema=False)
    def page() -> Response:
        return _file("review.html")

    @router.get("/files/{name}", include_in_schema=False)
    def page_file(name: str) -> Response:
        return _file(name)

    @router.get("/questions")
    def questions(
        chosen: _Filters, reviewer: Annotated[str, Query(min_length=1, max_length=100)], count: int = 10
    ) -> dict[str, Any]:
        """The next questions for a reviewer, leased for ten minutes, and how far everybody is."""
        now = desk()
        return {"questions": now.take_questions(reviewer, min(max(count, 1), 50), chosen), "progress": now.progress()}

    @router.get("/facets")
    def facets() -> dict[str, Any]:
        """How many open questions each value of each filter has, and what the values are called by language."""
        now = desk()
        return {"facets": now.facets(), "labels": now.labels()}

    @router.post("/answers")
    def answers(given: Answered) -> dict[str, Any]:
        """Keep answers; sending one again changes nothing."""
        now = desk()
        outcomes = now.answer(given.reviewer, given.answers, datetime.now(UTC))
        return {"outcomes": [vars(each) for each in outcomes], "progress": now.progress()}

    @router.post("/undo")
    def undo(given: Undone) -> dict[str, Any]:
        """Take back one's answer to a question, and give the question again."""
        return {"undone": desk().undo(given.reviewer, given.question), "question": desk().card(given.question)}

    @router.get("/sample")
    def sample(chosen: _Filters) -> dict[str, Any]:
        """What a bulk answer would be about: how many, and a few of them."""
        total, rows = desk().sample(chosen)
        return {"total": total, "questions": rows}

    @router.post("/bulk")
    def bulk(given: Bulk) -> dict[str, Any]:
        """Give one answer to every open question of a filter."""
        if not given.filters:
            raise HTTPException(422, "Name at least one filter: a bulk answer to every question is never meant.")
        outcomes = desk().bulk(given.reviewer, given.filters, given.answer, datetime.now(UTC))
        taken = sum(each.state == "taken" for each in outcomes)
        refused = [vars(each) for each in outcomes if each.state not in ("taken", "already kept")]
        return {"taken": taken, "refused": refused, "progress": desk().progress()}

    return router


def review_app(desk: Callable[[], Desk]) -> FastAPI:
    """The page alone, as `sku-align review serve` starts it."""
    app = FastAPI(title="SKU Align: review", docs_url=None, redoc_url=None)
    app.include_router(review_router(desk))

    @app.exception_handler(UserError)
    async def named(request: Request, error: UserError) -> Response:
        return JSONResponse({"type": "unavailable", "message": redact(str(error))}, 503)

    @app.get("/", include_in_schema=False)
    def home() -> RedirectResponse:
        return RedirectResponse("/review")

    return app


def serve(out: Path, db: str, config: Path | None, host: str, port: int) -> None:
    """Serve the page until it is stopped."""
    import uvicorn

    desk = RunDesk(out, db, config)
    desk()
    uvicorn.run(review_app(desk), host=host, port=port, log_level="warning")
