"""Pages for people: search, a SKU, match, rerank; made here, with no outside address."""

import csv
import io
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from sku_align.errors import UserError
from sku_align.redaction import redact
from sku_align.serving.refusals import BadRequestError, NotFoundError
from sku_align.serving.schemas import MatchRequest, RerankRequest, SearchRequest
from sku_align.serving.service import Service
from sku_align.store import History

TEMPLATES = Jinja2Templates(directory=Path(__file__).parent / "templates")
Answer = Callable[..., Awaitable[Any]]


def add_pages(app: FastAPI, service: Service, answer: Answer) -> None:
    """Add the pages to an application.

    Args:
        app: The application.
        service: Answers what the pages ask.
        answer: Runs a function of the service beside the event loop.
    """
    keeper = service.keeper

    async def shown(request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page, or only its results where htmx asks for those."""
        part = name.replace(".html", "_results.html") if request.headers.get("hx-request") else name
        return TEMPLATES.TemplateResponse(request, part, values | {"page": name}, status_code=status)

    async def attempted(
        request: Request, name: str, values: dict[str, Any], work: Awaitable[Any] | None
    ) -> HTMLResponse:
        try:
            return await shown(request, name, **values, found=await work if work else None)
        except (UserError, SQLAlchemyError) as error:
            status = 404 if isinstance(error, NotFoundError) else 400 if isinstance(error, BadRequestError) else 503
            trouble = redact(str(error)) if isinstance(error, UserError) else "The database does not answer; try again."
            return await shown(request, name, status, **values, trouble=trouble)

    @app.get("/", include_in_schema=False)
    async def search_page(request: Request) -> HTMLResponse:
        asked = {name: request.query_params.getlist(name) for name in ("catalogs", "languages")}
        plain = {
            name: request.query_params.get(name, "").strip() for name in ("q", "category", "min_price", "max_price")
        }
        values: dict[str, Any] = {**asked, **plain}
        if not plain["q"]:
            return await attempted(request, "search.html", values, None)
        try:
            known = SearchRequest.model_validate(asked | {name: value for name, value in plain.items() if value})
        except ValidationError as error:
            return await shown(request, "search.html", 400, **values, trouble=_first(error))
        return await attempted(request, "search.html", values, answer(service.search, known))

    @app.get("/sku/{sku_id}", include_in_schema=False)
    async def sku_page(request: Request, sku_id: str) -> HTMLResponse:
        def history() -> tuple[History, int]:
            number = keeper.current.publication.publication_id
            try:
                return keeper.store.history(sku_id, number), number
            except UserError as error:
                raise NotFoundError(f"There never was a SKU {sku_id}: check the id.") from error

        return await attempted(request, "sku.html", {"sku_id": sku_id}, answer(history))

    @app.get("/match", include_in_schema=False)
    async def match_page(request: Request) -> HTMLResponse:
        return await shown(request, "match.html", catalog="", offers="")

    @app.post("/match", include_in_schema=False)
    async def match_answer(request: Request) -> HTMLResponse:
        form = await _form(request)
        values = {"catalog": form.get("catalog", "").strip() or "pasted", "offers": form.get("offers", "")}

        def matched() -> Any:
            columns = keeper.current.settings.catalog(values["catalog"]).columns
            offers = read_pasted(values["offers"], columns.get("offer_id", "offer_id"), columns.get("title", "title"))
            if len(offers) > keeper.serving.max_offers:
                raise BadRequestError(f"At most {keeper.serving.max_offers:,} offers at a time.")
            return service.match(MatchRequest(catalog=values["catalog"], offers=offers))

        return await attempted(request, "match.html", values, answer(matched))

    @app.get("/rerank", include_in_schema=False)
    async def rerank_page(request: Request) -> HTMLResponse:
        return await shown(request, "rerank.html", query="", documents="")

    @app.post("/rerank-page", include_in_schema=False)
    async def rerank_answer(request: Request) -> HTMLResponse:
        form = await _form(request)
        values = {"query": form.get("query", "").strip(), "documents": form.get("documents", "")}
        texts = [line.strip() for line in values["documents"].splitlines() if line.strip()]
        if not values["query"] or not texts or len(texts) > keeper.serving.max_documents:
            trouble = f"Write a query, and from one to {keeper.serving.max_documents:,} documents, one in each line."
            return await shown(request, "rerank.html", 400, **values, trouble=trouble)
        try:
            asked = RerankRequest(query=values["query"], documents=list(texts), return_documents=True)
        except ValidationError as error:
            return await shown(request, "rerank.html", 400, **values, trouble=_first(error))
        return await attempted(request, "rerank.html", values, answer(service.rerank, asked))


def read_pasted(text: str, offer_id: str = "offer_id", title: str = "title") -> list[dict[str, Any]]:
    """Read what a person pasted: JSON, JSON Lines, a table with a header, or one title in each line.

    Args:
        text: What was pasted.
        offer_id: The catalog's column of offer ids; rows without one are numbered.
        title: The catalog's column of titles.

    Raises:
        BadRequestError: It is nothing of all this.
    """
    plain = text.strip()
    if not plain:
        raise BadRequestError("Paste an offer: its title, a row of a feed with the header above it, or JSON.")
    if plain[0] in "[{":
        try:
            rows = json.loads(plain) if plain[0] == "[" else [json.loads(line) for line in plain.splitlines()]
        except ValueError:
            try:
                rows = [json.loads(plain)]
            except ValueError as error:
                raise BadRequestError(f"The pasted JSON cannot be read: {error}.") from error
        if not all(isinstance(row, dict) for row in rows):
            raise BadRequestError("The pasted JSON is not an object for each offer.")
    else:
        lines = plain.splitlines()
        divided = next((mark for mark in ("\t", ";", ",") if title in lines[0].split(mark)), None)
        if divided and len(lines) > 1:
            rows = list(csv.DictReader(io.StringIO(plain), delimiter=divided))
            rows = [{name: value for name, value in row.items() if name is not None} for row in rows]
        else:
            rows = [{title: line.strip()} for line in lines if line.strip()]
    return [{offer_id: f"pasted-{number}", **row} for number, row in enumerate(rows, start=1)]


async def _form(request: Request) -> dict[str, str]:
    fields = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}."
