"""Search, match and explain for language models, by the Model Context Protocol at /mcp."""

from typing import Any

import anyio.to_thread
from fastapi import FastAPI

from sku_align.errors import UserError, how_to_install
from sku_align.serving.refusals import NotFoundError, TooManyError
from sku_align.serving.schemas import MatchRequest, SearchRequest
from sku_align.serving.service import Service

PATH = "/mcp"


def add_mcp(app: FastAPI, service: Service) -> None:
    """Add the endpoint to an application.

    Raises:
        UserError: The package is not installed.
    """
    try:
        from mcp.server.mcpserver import MCPServer
    except ImportError as error:
        raise UserError(f"serving.mcp needs a package: {how_to_install('mcp')}.") from error

    server = MCPServer("sku-align", instructions="Find SKUs by a query, say which SKU an offer is, explain a SKU.")

    @server.tool()
    async def search(query: str, limit: int = 10) -> dict[str, Any]:
        """Find SKUs by a query in any language; the answer names the publication it holds for."""
        request = SearchRequest(q=query, limit=limit)
        return (await anyio.to_thread.run_sync(service.search, request)).model_dump(mode="json")

    @server.tool()
    async def match(catalog: str, offers: list[dict[str, Any]]) -> dict[str, Any]:
        """Say which SKU each offer is; an offer has at least offer_id and title."""
        if len(offers) > (most := service.keeper.serving.max_offers):
            raise TooManyError(f"At most {most:,} offers at a time.")
        request = MatchRequest(catalog=catalog, offers=offers)
        return (await anyio.to_thread.run_sync(service.match, request)).model_dump(mode="json")

    @server.tool()
    async def explain(sku_id: str) -> dict[str, Any]:
        """Tell a SKU's offers, why they belong together, and its history."""

        def sku_history() -> dict[str, Any]:
            publication = service.keeper.current.publication.publication_id
            try:
                history = service.keeper.store.history(sku_id, publication)
            except UserError as error:
                raise NotFoundError(f"There never was a SKU {sku_id}.") from error
            events = [event | {"published_at": str(event["published_at"])} for event in history.events]
            return {"publication_id": publication, **vars(history), "events": events}

        return await anyio.to_thread.run_sync(sku_history)

    mounted = server.streamable_http_app(streamable_http_path=PATH, stateless_http=True, json_response=True)
    app.router.routes.extend(mounted.routes)
    app.state.contexts.append(lambda: server.session_manager.run())
