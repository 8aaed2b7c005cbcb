"""Scores from a server: rerank endpoints (vLLM, Jina, Cohere) and vLLM's `/score`.

The server keeps the model, its template and its precision; this side sends texts, keeps connections open, tries again
what may succeed later, and stops with a sentence when the server is gone or its answer is not what was asked for.
"""

import hashlib
import json
import os
import random
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, as_completed
from functools import cached_property
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.config import HttpScoring
from sku_align.errors import TransientError, UserError
from sku_align.scoring.scorers.prompt_text import COLUMNS, offer_texts

API_KEY = "SKU_ALIGN_SCORER_API_KEY"
AGAIN = {408, 425, 429, 500, 502, 503, 504}
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 8.0
# The usual rule of thumb for English; only bounds how much of a text is sent.
WORDS_PER_TOKEN = 0.75


class WordTokenizer:
    """Counts words, where the model's tokenizer is the server's."""

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """As many numbers as a text has words; for scripts without spaces, one for two characters."""
        return [list(range(max(len(text.split()), len(text.encode()) // 6))) for text in texts]


class HttpScorer:
    """Relevance of the right offer's text to the left one's, as a server sees it.

    The address says which dialect it is: `.../score` takes two texts, anything else is a rerank endpoint. An API
    key is read from the environment variable SKU_ALIGN_SCORER_API_KEY.

    Args:
        settings: Address, model, instruction, and how requests are cut, timed and repeated.

    Raises:
        UserError: The address is missing or is not one.
    """

    def __init__(self, settings: HttpScoring) -> None:
        self._settings = settings
        address = urlsplit(settings.url or "")
        if address.scheme not in {"http", "https"} or not address.path.strip("/"):
            raise UserError(
                f"The http scorer needs the address of an endpoint in scoring.url, for example "
                f"http://localhost:8000/v1/rerank, but it is {settings.url!r}."
            )
        self._url = str(settings.url)
        self._stop = threading.Event()

    @cached_property
    def fingerprint(self) -> str:
        """Endpoint, model, revision and wording in one line."""
        settings = self._settings
        wording = json.dumps([self._template, settings.offer_tokens])
        name = f"{settings.model or 'default model'}@{settings.revision or 'unpinned'}"
        return f"http {self._url} {name} prompt={hashlib.sha256(wording.encode()).hexdigest()[:10]}"

    def score(self, offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        """Scores as the server gives them, shape (m,), the left offer being the query; see `protocol.Scorer`.

        Raises:
            UserError: The server cannot be reached, refuses, or answers something else than one score per pair.
        """
        used, at = np.unique(pairs, return_inverse=True)
        at = at.reshape(pairs.shape)
        texts = offer_texts(offers.select(COLUMNS).take(pa.array(used)), WordTokenizer(), self._words)
        order = np.lexsort((at[:, 1], at[:, 0]))
        scores = np.empty(len(pairs), dtype=np.float32)
        requests = self._requests(at[order])
        self._stop.clear()
        with ThreadPoolExecutor(self._settings.http_requests) as pool:
            answers = {
                pool.submit(self._ask, number, texts, at[order[part]]): part for number, part in enumerate(requests)
            }
            try:
                for answer in as_completed(answers):
                    scores[order[answers[answer]]] = answer.result()
            except BaseException as error:
                self._stop.set()
                pool.shutdown(cancel_futures=True)
                if isinstance(error, CancelledError):  # another request failed, and stopped this one
                    raise _first_failure(answers) from None
                raise
        return scores

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @cached_property
    def _client(self) -> httpx.Client:
        key = os.environ.get(API_KEY)
        many = self._settings.http_requests
        return httpx.Client(
            timeout=httpx.Timeout(self._settings.http_timeout_s, connect=min(10.0, self._settings.http_timeout_s)),
            limits=httpx.Limits(max_connections=many, max_keepalive_connections=many),
            headers={"Authorization": f"Bearer {key}"} if key else {},
        )

    @property
    def _words(self) -> int:
        return max(8, int(self._settings.offer_tokens * WORDS_PER_TOKEN))

    @property
    def _template(self) -> str:
        """Around the query: only an instruction the user wrote is sent; a server has its own template otherwise."""
        return f"Instruct: {self._settings.instruction}\nQuery: " if self._settings.instruction else ""

    @property
    def _pairwise(self) -> bool:
        return urlsplit(self._url).path.rstrip("/").endswith("/score")

    def _requests(self, ordered: NDArray[np.int64]) -> list[slice]:
        """Cut sorted pairs into requests; a rerank request has one query."""
        cuts = {0, len(ordered)}
        if not self._pairwise:
            cuts.update((np.flatnonzero(np.diff(ordered[:, 0])) + 1).tolist())
        edges = sorted(cuts)
        size = self._settings.http_batch
        starts = [at for low, high in pairwise(edges) for at in range(low, high, size)]
        return [slice(low, high) for low, high in zip(starts, [*starts[1:], len(ordered)], strict=True)]

    def _ask(self, number: int, texts: list[str], pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        queries = [self._template + texts[row] for row in pairs[:, 0].tolist()]
        documents = [texts[row] for row in pairs[:, 1].tolist()]
        body: dict[str, Any] = {"model": self._settings.model} if self._settings.model else {}
        if self._pairwise:
            answer = self._post(number, body | {"text_1": queries, "text_2": documents})
            return self._read(answer, "data", "score", len(documents))
        answer = self._post(number, body | {"query": queries[0], "documents": documents, "top_n": len(documents)})
        return self._read(answer, "results", "relevance_score", len(documents))

    def _post(self, number: int, body: Mapping[str, Any]) -> Any:
        jitter = random.Random(number)
        tries = self._settings.http_retries + 1
        trouble = ""
        for attempt in range(tries):
            pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (attempt - 1)) * jitter.uniform(0.5, 1.5)
            if self._stop.wait(pause if attempt else 0):
                raise CancelledError
            try:
                response = self._client.post(self._url, json=body)
            except httpx.TransportError as error:
                trouble = f"{type(error).__name__}: {error}"
                continue
            if response.status_code == httpx.codes.OK:
                return self._json(response)
            trouble = f"status {response.status_code}: {' '.join(response.text.split())[:300]}"
            if response.status_code not in AGAIN:
                self._stop.set()
                raise UserError(
                    f"The scorer at {self._url} refused a request ({trouble}): check scoring.url, scoring.model and "
                    f"the API key in {API_KEY}."
                )
        self._stop.set()
        raise TransientError(
            f"The scorer at {self._url} gave no answer in {tries} tries ({trouble}): start it or correct scoring.url, "
            "then run again; finished shards are kept."
        )

    def _json(self, response: httpx.Response) -> Any:
        try:
            return response.json()
        except ValueError as error:
            raise UserError(f"The scorer at {self._url} answered something that is not JSON.") from error

    def _read(self, answer: Any, items: str, value: str, count: int) -> NDArray[np.float32]:
        """Scores in the order asked for: an answer names each document by its index, in an order of its own."""
        scores = np.full(count, np.nan, dtype=np.float32)
        try:
            for item in answer[items]:
                scores[item["index"]] = item[value]
        except (KeyError, TypeError, IndexError, ValueError) as error:
            raise UserError(
                f"The scorer at {self._url} answered in an unknown shape: expected {items!r} with 'index' and "
                f"{value!r}, got {str(answer)[:200]}."
            ) from error
        if (missing := int(np.isnan(scores).sum())) or len(answer[items]) != count:
            raise UserError(
                f"The scorer at {self._url} answered {len(answer[items])} scores for {count} documents, "
                f"{missing} of them missing."
            )
        return scores


def _first_failure(answers: Iterable[Future[Any]]) -> BaseException:
    """The error that made the others stop; they are all done."""
    failures = [answer.exception() for answer in answers if not answer.cancelled()]
    return next(failure for failure in failures if failure and not isinstance(failure, CancelledError))
