"""The http scorer against a small server: dialects, retries, and never a made-up order."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, wait
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.config import HttpScoring
from sku_align.errors import UserError
from sku_align.scoring.scorers import http as http_scorer
from sku_align.scoring.scorers.http import HttpScorer

OFFERS: pa.Table = schema.conform(
    [{"catalog": "a", "offer_id": f"{i:02}", "title": f"item {i}", "content_hash": str(i)} for i in range(12)],
    schema.OFFERS,
)
PAIRS = np.array([(left, right) for left in range(4) for right in range(4, 12)])[::-1].copy()


def relevance(query: str, document: str) -> float:
    return (7 * int(query.split()[1]) + int(document.split()[1])) / 100


WANTED = np.array([relevance(f"item {a}", f"item {b}") for a, b in PAIRS.tolist()], dtype=np.float32)


@dataclass
class Server:
    """Answers like a rerank server, best document first; `spoil` may change status and answer of the n-th request."""

    spoil: Callable[[int, int, Any], tuple[int, Any]] = lambda number, status, answer: (status, answer)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)
    headers: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    def answer(self, path: str, body: dict[str, Any]) -> Any:
        if path.endswith("/score"):
            scores = [relevance(*texts) for texts in zip(body["text_1"], body["text_2"], strict=True)]
            return {"data": [{"index": i, "score": score} for i, score in enumerate(scores)]}
        ranked = sorted(((relevance(body["query"], text), i) for i, text in enumerate(body["documents"])), reverse=True)
        return {"results": [{"index": i, "relevance_score": score} for score, i in ranked]}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(http_scorer, "FIRST_PAUSE_S", 0.001)
    state, lock = Server(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                state.bodies.append(body)
                state.connections.add(self.client_address)
                state.headers.append(dict(self.headers))
                number = len(state.bodies)
            status, answer = state.spoil(number, 200, state.answer(self.path, body))
            text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        state.port = http.server_address[1]
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield state
        http.shutdown()


def make_scorer(server: Server, path: str = "/v1/rerank", **settings: Any) -> HttpScorer:
    return HttpScorer(HttpScoring(url=f"http://127.0.0.1:{server.port}{path}", **settings))


@pytest.mark.parametrize("path", ["/v1/rerank", "/v2/rerank", "/v1/score", "/score"])
def test_every_pair_gets_its_own_score_whatever_order_the_server_answers_in(server: Server, path: str) -> None:
    np.testing.assert_allclose(make_scorer(server, path).score(OFFERS, PAIRS), WANTED)


def test_a_query_goes_out_once_with_all_its_candidates_up_to_the_batch_size(server: Server) -> None:
    make_scorer(server).score(OFFERS, PAIRS)
    assert sorted((body["query"], len(body["documents"])) for body in server.bodies) == [
        (f"item {i}", 8) for i in range(4)
    ]
    server.bodies.clear()
    np.testing.assert_allclose(make_scorer(server, http_batch=3).score(OFFERS, PAIRS), WANTED)
    assert max(len(body["documents"]) for body in server.bodies) == 3


def test_connections_are_kept_open(server: Server) -> None:
    scorer = make_scorer(server, http_requests=2, http_batch=1)
    scorer.score(OFFERS, PAIRS)
    scorer.score(OFFERS, PAIRS)
    assert len(server.bodies) == 2 * len(PAIRS)
    assert len(server.connections) <= 2


def test_an_overloaded_server_is_asked_again(server: Server) -> None:
    server.spoil = lambda number, status, answer: (503, {}) if number % 3 == 0 else (status, answer)
    np.testing.assert_allclose(make_scorer(server, http_batch=2).score(OFFERS, PAIRS), WANTED)


def test_retries_are_bounded_and_the_sentence_names_the_server(server: Server) -> None:
    server.spoil = lambda number, status, answer: (503, {"error": "loading"})
    with pytest.raises(UserError, match=rf"127.0.0.1:{server.port}/v1/rerank gave no answer in 3 tries .*loading"):
        make_scorer(server, http_retries=2, http_requests=1).score(OFFERS, PAIRS[:2])
    assert len(server.bodies) == 3


def test_a_refusal_is_told_even_if_the_requests_that_it_stopped_end_first(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped_first(answers: dict[Future[Any], Any]) -> list[Future[Any]]:
        wait(answers)
        return sorted(answers, key=lambda answer: not isinstance(answer.exception(), CancelledError))

    monkeypatch.setattr(http_scorer, "as_completed", stopped_first)
    monkeypatch.setattr(http_scorer, "FIRST_PAUSE_S", 60)
    server.spoil = lambda number, status, answer: (401, "no key") if number == 1 else (503, "busy")
    with pytest.raises(UserError, match=r"refused a request .*no key"):
        make_scorer(server, http_requests=4).score(OFFERS, PAIRS)


def test_a_refusal_is_not_repeated(server: Server) -> None:
    server.spoil = lambda number, status, answer: (401, {"error": "who are you"})
    with pytest.raises(UserError, match=r"who are you.*SKU_ALIGN_SCORER_API_KEY"):
        make_scorer(server, http_requests=1).score(OFFERS, PAIRS)
    assert len(server.bodies) == 1


def test_a_server_that_is_gone_stops_the_run(server: Server) -> None:
    scorer = HttpScorer(HttpScoring(url="http://127.0.0.1:9/v1/rerank", http_retries=1))
    with pytest.raises(UserError, match=r"gave no answer in 2 tries .*ConnectError"):
        scorer.score(OFFERS, PAIRS)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"results": []}, "answered 0 scores for 8 documents"),
        ({"results": [{"index": 0, "relevance_score": 0.5}] * 8}, "7 of them missing"),
        ({"results": [{"index": 99, "relevance_score": 0.5}]}, "unknown shape"),
        ({"scores": [0.1] * 8}, "unknown shape"),
        (b"<html>proxy</html>", "not JSON"),
    ],
    ids=["nothing", "one document eight times", "a document never sent", "another dialect", "a web page"],
)
def test_an_answer_that_does_not_fit_is_never_taken_for_scores(server: Server, answer: Any, sentence: str) -> None:
    server.spoil = lambda number, status, right: (status, answer)
    with pytest.raises(UserError, match=sentence):
        make_scorer(server).score(OFFERS, PAIRS)


def test_model_instruction_and_key_reach_the_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKU_ALIGN_SCORER_API_KEY", "secret")
    server.spoil = lambda number, status, answer: (200, {"results": [{"index": 0, "relevance_score": 1.0}]})
    server.answer = lambda path, body: {}  # type: ignore[method-assign]
    scorer = make_scorer(server, model="reranker", revision="7", instruction="Same baby product?")
    scorer.score(OFFERS, PAIRS[:1])
    assert server.bodies[0]["model"] == "reranker"
    assert server.bodies[0]["query"].startswith("Instruct: Same baby product?\nQuery: item")
    assert server.headers[0]["Authorization"] == "Bearer secret"
    assert "secret" not in scorer.fingerprint


def test_the_fingerprint_changes_with_model_revision_and_wording(server: Server) -> None:
    changes: list[dict[str, Any]] = [{}, {"model": "m"}, {"revision": "2"}, {"instruction": "x"}, {"offer_tokens": 32}]
    assert len({make_scorer(server, **change).fingerprint for change in changes}) == len(changes)


@pytest.mark.parametrize("url", [None, "localhost:8000/v1/rerank", "http://localhost:8000"])
def test_a_missing_or_wrong_address_is_answered_with_an_example(url: str | None) -> None:
    with pytest.raises(UserError, match="http://localhost:8000/v1/rerank"):
        HttpScorer(HttpScoring(url=url))
