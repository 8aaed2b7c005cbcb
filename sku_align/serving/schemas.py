"""Requests and answers, as OpenAPI shows them."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(max_length=20_000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class MatchRequest(BaseModel):
    """Offers of one catalog."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "catalog": "new-shop",
                    "offers": [{"offer_id": "1", "title": "Smart Electric Kettle 1.7 L", "price": "39.90"}],
                }
            ]
        }
    )

    catalog: Name = Field(
        description="The catalog they belong to. Its settings in the publication say how its columns are called; a new "
        "name means canonical columns (offer_id, title, brand, price, ...)."
    )
    offers: list[dict[str, Any]] = Field(description="One object per offer, in the catalog's columns.")
    alternatives: int = Field(3, ge=0, le=20, description="Other SKUs to name for each offer.")


class AlternativeAnswer(BaseModel):
    """A SKU that an offer might be."""

    sku_id: str
    catalog: str
    offer_id: str
    title: str
    probability: float | None
    decision: str
    reason: str
    detail: str
    explanation: str


class MatchAnswer(BaseModel):
    """What an offer is: `auto_merge` (this SKU), `review` (a person should say), `new` (no published SKU)."""

    catalog: str
    offer_id: str
    decision: str
    sku_id: str | None
    probability: float | None
    reasons: list[str]
    published_sku_id: str | None
    alternatives: list[AlternativeAnswer]


class Quarantined(BaseModel):
    """An offer that cannot be judged, with the reasons; it never costs the others."""

    row: int = Field(description="Place in the request, from 1.")
    offer_id: str | None
    reasons: list[str]


class Held(BaseModel):
    """What an answer holds for."""

    publication_id: int
    scorer: str
    timings_ms: dict[str, float] = {}


class MatchResponse(Held):
    """One result per sound offer, sorted by offer id."""

    results: list[MatchAnswer]
    quarantined: list[Quarantined]


class RerankDocument(BaseModel):
    """A document as an object; further fields are given back untouched."""

    model_config = ConfigDict(extra="allow")

    text: Text


class RerankRequest(BaseModel):
    """As vLLM, Jina and Cohere have it."""

    model_config = ConfigDict(extra="ignore")

    query: Text
    documents: list[Text | RerankDocument]
    model: str | None = Field(None, description="Any name; the answer names the scorer that was used.")
    top_n: int | None = Field(None, ge=1, description="Best documents to return; all if absent.")
    return_documents: bool = False
    instruction: Text | None = Field(None, description="For scorers that take one; others say in `warnings` that not.")
    max_tokens_per_doc: int | None = Field(None, ge=1, description="Words of a document that are read.")


class RerankResult(BaseModel):
    """A document by its place in the request."""

    index: int
    relevance_score: float
    document: dict[str, Any] | None = None


class RerankUsage(BaseModel):
    """Counted in words, because the scorer's tokens are its own affair."""

    total_tokens: int


class RerankResponse(BaseModel):
    """Results from the most relevant on; `meta` is Cohere's, `usage` is Jina's and vLLM's."""

    id: str
    model: str
    results: list[RerankResult]
    usage: RerankUsage
    meta: dict[str, Any]
    warnings: list[str] = []
    timings_ms: dict[str, float] = {}


class SearchRequest(BaseModel):
    """A query in any language, and what found SKUs must have."""

    q: Annotated[str, StringConstraints(min_length=1, max_length=1000)] = Field(description="The query.")
    catalogs: list[Name] = []
    languages: list[Name] = []
    category: str = Field("", max_length=500, description="Start of the category.")
    min_price: float | None = Field(None, ge=0, allow_inf_nan=False)
    max_price: float | None = Field(None, ge=0, allow_inf_nan=False)
    currency: str | None = Field(None, max_length=3)
    limit: int | None = Field(None, ge=1, le=100, description="SKUs to answer.")
    rerank: bool | None = Field(None, description="Ask for reranking or forbid it; absent: as the service is set up.")


class FoundOffer(BaseModel):
    """An offer whose title matched."""

    catalog: str
    offer_id: str
    title: str
    language: str | None
    price: float | None
    currency: str | None


class FoundSku(BaseModel):
    """A SKU with the offers that matched, the best first."""

    sku_id: str
    title: str
    score: float = Field(description="Relevance from 0 to 1 where `reranked`, else 1 / rank of recall.")
    brand: str | None
    category: str | None
    offers: int
    matched: list[FoundOffer]


class SearchResponse(Held):
    """SKUs, the most relevant first."""

    query: str
    reranked: bool = Field(description="Whether the scorer ordered the results; false: the order of recall.")
    rerank_note: str | None = Field(description="Why the order is that of recall.")
    recalled: int
    cached: bool
    results: list[FoundSku]
    facets: dict[str, dict[str, int]]


class Problem(BaseModel):
    """What went wrong, for the person who must act."""

    type: str
    message: str
    request_id: str | None = None
