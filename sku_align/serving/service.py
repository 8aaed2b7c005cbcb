"""What the service answers, without HTTP: match, rerank, search. Any thread may ask."""

import json
import logging
import tempfile
import threading
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.special import expit

from sku_align.calibration.calibration import raw_scale_of
from sku_align.calibration.features import raw_log_odds
from sku_align.catalogs import plain_rules
from sku_align.catalogs.ingest import CatalogSource, ingest
from sku_align.config import CatalogSettings, Settings
from sku_align.embedding.embed import embed
from sku_align.errors import TransientError, UserError
from sku_align.redaction import redact
from sku_align.retrieval.ranking import texts_as_offers
from sku_align.retrieval.recall import Filters, recall
from sku_align.serving.metrics import FAILURES
from sku_align.serving.publication import Keeper, Snapshot
from sku_align.serving.refusals import BadRequestError
from sku_align.serving.schemas import (
    FoundOffer,
    FoundSku,
    MatchAnswer,
    MatchRequest,
    MatchResponse,
    Quarantined,
    RerankDocument,
    RerankRequest,
    RerankResponse,
    RerankResult,
    RerankUsage,
    SearchRequest,
    SearchResponse,
)
from sku_align.serving.scores import Cache, SharedScorer
from sku_align.serving.timing import Timings

logger = logging.getLogger(__name__)
_NO_INSTRUCTION = "the scorer that is configured takes no instruction, so it was not used"


class Service:
    """Answers questions about the publication that the keeper holds.

    Args:
        keeper: Knows the publication.
    """

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self._searches = Cache(keeper.serving.cached_searches, "searches")
        self._embedding = threading.Lock()
        self._rerankers = ThreadPoolExecutor(4, thread_name_prefix="search-rerank")

    def warm(self) -> None:
        """Ask once what others will ask, so that models and libraries are loaded before the first request (10 s)."""
        try:
            offer = self.keeper.current.index.offers.slice(0, 1).select(["offer_id", "title"]).to_pylist()[0]
            self.match(MatchRequest(catalog="warming up", offers=[offer]))
            self._search(SearchRequest(q=str(offer["title"])[:100]), self.keeper.current)
        except (UserError, IndexError) as error:
            logger.warning("The service could not be warmed up: %s", redact(str(error)))

    def match(self, request: MatchRequest) -> MatchResponse:
        """Say for each offer which SKU it is.

        Raises:
            BadRequestError: The offers lack a required column.
        UserError: Nothing can be served.
        """
        snapshot, timings = self.keeper.current, Timings("match")
        with timings.step("normalise"):
            offers, quarantined = _ingested(request.catalog, request.offers, snapshot.settings)
        with timings.step("embed"), self._embedding:
            embeddings = embed(offers, snapshot.embedder)
        with timings.step("match"):
            found = snapshot.matcher.match(request.catalog, offers, embeddings, request.alternatives)
        return MatchResponse(
            publication_id=snapshot.publication.publication_id,
            scorer=snapshot.matcher.scorer.fingerprint,
            timings_ms=timings.ms,
            results=[MatchAnswer.model_validate(asdict(each)) for each in found],
            quarantined=quarantined,
        )

    def rerank(self, request: RerankRequest) -> RerankResponse:
        """Order documents by their relevance to a query; scores are probabilities.

        Raises:
            UserError: Nothing can be served, or the scorer fails.
        """
        snapshot, timings = self.keeper.current, Timings("rerank")
        scorer = snapshot.matcher.scorer
        texts = [document if isinstance(document, str) else document.text for document in request.documents]
        if request.max_tokens_per_doc:
            texts = [" ".join(text.split()[: request.max_tokens_per_doc]) for text in texts]
        with timings.step("score"):
            scores = relevance(scorer, request.query, texts)
        order = np.argsort(-scores, kind="stable")[: request.top_n or len(texts)]
        words = sum(len(text.split()) for text in [request.query, *texts])
        return RerankResponse(
            id=f"rerank-{uuid.uuid4().hex}",
            model=scorer.fingerprint,
            results=[
                RerankResult(
                    index=at,
                    relevance_score=float(scores[at]),
                    document=_document(request.documents[at]) if request.return_documents else None,
                )
                for at in order.tolist()
            ],
            usage=RerankUsage(total_tokens=words),
            meta={"api_version": {"version": "2"}, "billed_units": {"search_units": 1}},
            warnings=[_NO_INSTRUCTION] if request.instruction else [],
            timings_ms=timings.ms,
        )

    def search(self, request: SearchRequest) -> SearchResponse:
        """Find SKUs by a query in any language.

        Raises:
            UserError: Nothing can be served.
        """
        snapshot = self.keeper.current
        key = (snapshot.publication.publication_id, request.model_dump_json())
        kept: SearchResponse | None = self._searches.get(key)
        if kept:
            return kept.model_copy(update={"cached": True})
        answer = self._search(request, snapshot)
        # An order that is only a makeshift is not kept for those who ask next.
        if answer.reranked or answer.rerank_note is None or "failed" not in answer.rerank_note:
            self._searches.put(key, answer)
        return answer

    def _search(self, request: SearchRequest, snapshot: Snapshot) -> SearchResponse:
        timings, serving, index = Timings("search"), self.keeper.serving, snapshot.index
        with timings.step("recall"):
            with self._embedding:
                vectors = snapshot.embedder.encode([request.q]).astype(np.float16)
            filters = Filters(
                tuple(request.catalogs), tuple(request.languages), request.category, request.min_price,
                request.max_price, request.currency,
            )  # fmt: skip
            rows = recall(index, [request.q], vectors, serving.recall, filters).found.astype(np.int64)
        by_sku: dict[str, list[int]] = {}
        for row in rows.tolist():
            by_sku.setdefault(index.offers["sku_id"][row].as_py(), []).append(row)
        skus = list(by_sku)
        limit = request.limit or serving.answers
        scores, note = None, self._why_not_reranked(request, snapshot)
        if note is None and skus:
            with timings.step("rerank"):
                scores, note = self._reranked(request.q, skus[: serving.rerank], by_sku, snapshot)
        if scores is not None:
            best = sorted(range(len(scores)), key=lambda at: -scores[at])
            skus = [skus[at] for at in best] + skus[len(scores) :]
            values = [float(scores[at]) for at in best] + [0.0] * (len(skus) - len(best))
        else:
            values = [1.0 / place for place in range(1, len(skus) + 1)]
        return SearchResponse(
            publication_id=snapshot.publication.publication_id,
            scorer=snapshot.matcher.scorer.fingerprint,
            timings_ms=timings.ms,
            query=request.q,
            reranked=scores is not None,
            rerank_note=note,
            recalled=len(rows),
            cached=False,
            results=[_sku(snapshot, sku, by_sku[sku], value) for sku, value in zip(skus, values, strict=True)][:limit],
            facets=_facets(snapshot, rows),
        )

    def _why_not_reranked(self, request: SearchRequest, snapshot: Snapshot) -> str | None:
        if request.rerank is False:
            return "the request forbids it"
        if request.rerank or self.keeper.serving.rerank_search:
            return None
        if self.keeper.serving.rerank_search is False:
            return "serving.rerank_search is off"
        if raw_scale_of(snapshot.matcher.scorer.fingerprint) == "log_odds":
            # Measured in docs/experiments/search.md: on short queries Top-1 is .50 with and without it.
            return "on short queries the bundled scorer is no better than recall; ask for it by rerank=true"
        return None

    def _reranked(
        self, query: str, skus: Sequence[str], by_sku: Mapping[str, list[int]], snapshot: Snapshot
    ) -> tuple[NDArray[np.float32] | None, str | None]:
        """Scores of SKUs by the title that recall found first; none with the reason if the scorer fails or is late."""
        titles = snapshot.index.offers["title"].take(pa.array([by_sku[sku][0] for sku in skus])).to_pylist()
        work = self._rerankers.submit(relevance, snapshot.matcher.scorer, query, titles)
        try:
            return work.result(self.keeper.serving.rerank_timeout_s), None
        except Late:
            FAILURES.labels("rerank").inc()
            return None, f"reranking failed: no answer within {self.keeper.serving.rerank_timeout_s:g} s"
        except UserError as error:
            FAILURES.labels("rerank").inc()
            return None, f"reranking failed: {redact(str(error))}"


def relevance(scorer: SharedScorer | Any, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
    """Probabilities that a scorer gives texts beside a query, shape (texts,)."""
    table = texts_as_offers([query, *texts])
    ids = pa.array([str(row) for row in range(len(table))], pa.string())
    for name, values in (("catalog", pa.array(["text"] * len(table))), ("offer_id", ids)):
        table = table.set_column(table.column_names.index(name), name, values)
    pairs = np.stack([np.zeros(len(texts), dtype=np.int64), np.arange(1, len(texts) + 1)], axis=1)
    if not len(texts):
        return np.zeros(0, dtype=np.float32)
    raw = scorer.score(table, pairs)
    if raw_scale_of(scorer.fingerprint) == "probability":
        return np.asarray(raw, dtype=np.float32)
    return np.asarray(expit(raw_log_odds(raw, "log_odds")), dtype=np.float32)


def _ingested(catalog: str, offers: list[dict[str, Any]], settings: Settings) -> tuple[pa.Table, list[Quarantined]]:
    """Read offers as a run reads the catalog's feed; what is about a file (encoding, sheet) does not count here."""
    if "#" in catalog:
        raise BadRequestError(f"The catalog name {catalog!r} contains '#', which divides catalog and offer id.")
    own = settings.catalog(catalog)
    about_files = {"path", "url", "query", "encoding", "delimiter", "sheet"} & set(CatalogSettings.model_fields)
    plain = own.model_copy(update=dict.fromkeys(about_files))
    path: Path | None = None
    try:
        # No folder of its own: on a busy disk deleting one takes milliseconds.
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
            path = Path(file.name)
            # A line separator inside a value would end the line for some readers.
            file.writelines(json.dumps(offer) + "\n" for offer in offers)
            file.flush()
            result = ingest([CatalogSource(catalog, path, plain)], settings, plain_rules.failing_rows)
    except UserError as error:
        raise BadRequestError(str(error).replace(str(path), f"{catalog} in the request")) from error
    except OSError as error:
        raise TransientError(
            f"The service cannot write its temporary files ({error.strerror}): its disk needs room."
        ) from error
    quarantined = [
        Quarantined(row=row["row"], offer_id=row["offer_id"], reasons=row["reasons"])
        for row in result.quarantine.to_pylist()
    ]
    return result.offers, quarantined


def _document(document: str | RerankDocument) -> dict[str, Any]:
    return {"text": document} if isinstance(document, str) else document.model_dump()


def _sku(snapshot: Snapshot, sku_id: str, rows: list[int], score: float) -> FoundSku:
    columns = ["catalog", "offer_id", "title", "language", "price", "currency", "brand", "category"]
    found = snapshot.index.offers.select(columns).take(pa.array(rows)).to_pylist()
    return FoundSku(
        sku_id=sku_id,
        title=found[0]["title"],
        score=score,
        brand=next((row["brand"] for row in found if row["brand"]), None),
        category=next((row["category"] for row in found if row["category"]), None),
        offers=len(snapshot.index.members(sku_id)),
        matched=[FoundOffer.model_validate({name: row[name] for name in columns[:6]}) for row in found],
    )


def _facets(snapshot: Snapshot, rows: NDArray[np.int64]) -> dict[str, dict[str, int]]:
    found = snapshot.index.offers.select(["catalog", "language"]).take(pa.array(rows))
    counted = {}
    for name in ("catalog", "language"):
        counts = pc.value_counts(found[name].combine_chunks()).to_pylist()
        ordered = sorted(counts, key=lambda entry: (-entry["counts"], str(entry["values"])))
        counted[name] = {str(entry["values"] or "und"): entry["counts"] for entry in ordered}
    return counted
