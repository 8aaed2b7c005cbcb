"""The service answers what the next run would say, names what it holds for, and takes up what is published."""

import csv
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray

from sku_align.config import HttpScoring, ServingSettings, Settings
from sku_align.errors import TransientError
from sku_align.pairs import pair_positions, pair_rows
from sku_align.retrieval.ranking import texts_as_offers
from sku_align.scoring.scorers.prompt_text import offer_texts
from sku_align.serving.app import create_app
from sku_align.serving.feeds import match_feed
from sku_align.serving.publication import Keeper
from sku_align.serving.service import relevance
from sku_align.stages import run_folder
from sku_align.store import Store
from tests.conftest import SAMPLES, Command
from tests.integration.shop import publish

HELD_OUT = "fr-maison"
FEEDS = sorted(path for path in SAMPLES.iterdir() if path.suffix in {".csv", ".tsv", ".jsonl", ".xlsx"})
NO_OFFER = "gold"

Served = tuple[Path, str]


class Scored:
    """A scorer that remembers the raw scores of a finished run, because a CPU takes a minute to score them again."""

    def __init__(self, scorer: Any, offers: pa.Table, scores: pa.Table) -> None:
        self._scorer, self._offers, self._scores = scorer, offers, scores
        self._row = {key: row for row, key in enumerate(_keys(offers))}
        self.asked = 0

    @property
    def fingerprint(self) -> str:
        return str(self._scorer.fingerprint)

    def score(self, offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        rows = np.array([self._row.get(key, -1) for key in _keys(offers)])
        known = pair_rows(self._offers, self._scores)
        at = pair_positions(known, rows[pairs], len(self._offers))
        raw = np.append(self._scores["raw_score"].to_numpy(), np.float32(np.nan))[at].astype(np.float32)
        fresh = np.flatnonzero(np.isnan(raw))
        # A few are scored anew, to see that the run's scores are those of the service's scorer.
        checked = np.concatenate([fresh, np.flatnonzero(~np.isnan(raw))[:: max(1, len(raw) // 10)]])
        again = self._scorer.score(offers, pairs[checked])
        assert np.allclose(again[len(fresh) :], raw[checked[len(fresh) :]], atol=1e-4)
        raw[fresh] = again[: len(fresh)]
        self.asked += len(fresh)
        return raw


def _keys(offers: pa.Table) -> list[tuple[str, str]]:
    return list(zip(offers["catalog"].to_pylist(), offers["offer_id"].to_pylist(), strict=True))


@pytest.fixture(scope="module")
def held_out(sku_align: Command, sample_run: tuple[Path, str, str], tmp_path_factory: pytest.TempPathFactory) -> Served:
    """The samples without one catalog, published: run folder and database."""
    folder = tmp_path_factory.mktemp("held-out")
    shutil.copytree(sample_run[0] / "work", folder / "out" / "work")
    db = f"sqlite:///{folder / 'skus.db'}"
    feeds = [feed for feed in FEEDS if feed.stem not in (HELD_OUT, NO_OFFER)]
    sku_align("align", *feeds, "--config", SAMPLES / "sku_align.yaml", "--out", folder / "out", "--db", db)
    return folder / "out", db


@pytest.fixture(scope="module")
def keeper(held_out: Served) -> Iterator[Keeper]:
    keeper = Keeper(held_out[1], None, Settings(serving=ServingSettings(poll_s=0.05)))
    yield keeper
    keeper.stop()


@pytest.fixture(scope="module")
def client(keeper: Keeper) -> Iterator[TestClient]:
    with TestClient(create_app(keeper)) as client:
        yield client


def test_a_catalog_matched_by_the_service_gets_the_answers_of_a_run(
    client: TestClient, keeper: Keeper, sample_run: tuple[Path, str, str], held_out: Served
) -> None:
    whole, part = run_folder(sample_run[0]), run_folder(held_out[0])
    matcher = keeper.current.matcher
    scored = Scored(matcher.scorer, whole.read("offers"), whole.read("scores"))
    object.__setattr__(matcher, "scorer", scored)
    with (SAMPLES / f"{HELD_OUT}.csv").open(encoding="utf-8-sig", newline="") as file:
        # A row with more cells than the header is quarantined by a run, and cannot be written as an offer in JSON.
        feed = [row for row in csv.DictReader(file, delimiter=";") if None not in row]
    answer = client.post("/v1/match", json={"catalog": HELD_OUT, "offers": feed}).json()
    offers = {offer for catalog, offer in _keys(whole.read("offers")) if catalog == HELD_OUT}
    assert {result["offer_id"] for result in answer["results"]} == offers
    # Nearly all pairs that blocking finds are those of the run.
    assert scored.asked <= 0.02 * len(whole.read("scores"))
    quarantined = [
        row for row in whole.read("quarantine").to_pylist() if row["catalog"] == HELD_OUT and row["offer_id"]
    ]
    assert len(answer["quarantined"]) == len(quarantined)
    differing = _differing(answer["results"], whole, part)
    assert len(differing) <= 0.01 * len(offers), differing


def _differing(results: list[dict[str, Any]], whole: Any, part: Any) -> list[str]:
    """Offers whose answer is not what the run over all catalogs says, with both."""
    sku_of = dict(zip(_keys(whole.read("clusters")), whole.read("clusters")["sku_id"].to_pylist(), strict=True))
    published = dict(zip(_keys(part.read("clusters")), part.read("clusters")["sku_id"].to_pylist(), strict=True))
    mates: dict[str, set[str]] = {}
    for key, sku in sku_of.items():
        if key in published:
            mates.setdefault(sku, set()).add(published[key])
    review: dict[str, set[str]] = {}
    for row in whole.read("decisions").to_pylist():
        if row["decision"] == "review":
            left, right = ((row[f"{side}_catalog"], row[f"{side}_offer_id"]) for side in ("left", "right"))
            for own, other in ((left, right), (right, left)):
                if own[0] == HELD_OUT and other in published:
                    review.setdefault(own[1], set()).add(published[other])
    found = []
    for result in results:
        offer = result["offer_id"]
        expected = [("auto_merge", sku) for sku in mates.get(sku_of[HELD_OUT, offer], ())]
        expected = expected or [("review", sku) for sku in review.get(offer, ())] or [("new", None)]
        if (result["decision"], result["sku_id"]) not in expected:
            found.append(
                f"{offer}: {result['decision']} {result['sku_id']}, a run says {expected}; {result['reasons']}"
            )
    return found


def test_an_offer_that_cannot_be_read_is_a_sentence_and_costs_no_other(client: TestClient) -> None:
    rows = [{"offer_id": "a", "title": "Velora kettle 1.7 l"}, {"offer_id": "b", "title": ""}]
    answer = client.post("/v1/match", json={"catalog": "new", "offers": rows}).json()
    assert [result["offer_id"] for result in answer["results"]] == ["a"]
    assert answer["quarantined"][0]["offer_id"] == "b"
    nameless = client.post("/v1/match", json={"catalog": "new", "offers": [{"Name": "kettle"}]})
    assert nameless.status_code == 400
    assert "no column offer_id" in nameless.json()["message"]
    assert "/tmp" not in nameless.json()["message"]


def test_what_others_ask_in_the_same_moment_changes_no_answer(client: TestClient, keeper: Keeper) -> None:
    """Two shops' requests name one catalog and want one SKU: both get it, as one request with both offers does not."""
    offers = keeper.current.index.offers.select(["title", "brand", "gtin"]).slice(0, 40).to_pylist()

    def ask(*asked: dict[str, Any]) -> list[tuple[str, str, float]]:
        rows = [offer | {"offer_id": str(at)} for at, offer in enumerate(asked)]
        found = client.post("/v1/match", json={"catalog": "new", "offers": rows}).json()["results"]
        return [(each["decision"], each["sku_id"], each["probability"]) for each in found]

    wanted = next(offer for offer in offers if offer["gtin"] and ask(offer)[0][0] == "auto_merge")
    alone = ask(wanted)[0]
    with ThreadPoolExecutor(4) as clients:
        together = [found[0] for found in clients.map(ask, [wanted] * 4)]
    assert [each[:2] for each in together] == [alone[:2]] * 4
    assert [each[2] for each in together] == pytest.approx([alone[2]] * 4, abs=1e-6)
    assert [each[0] for each in ask(wanted, wanted)].count("auto_merge") < 2


def test_too_many_offers_are_refused(client: TestClient) -> None:
    answer = client.post("/v1/match", json={"catalog": "new", "offers": [{}] * 1001})
    assert answer.status_code == 413
    assert "1,000" in answer.json()["message"]


def test_a_query_finds_the_kettle_in_every_language_and_filters_hold(client: TestClient) -> None:
    answer = client.get("/v1/search", params={"q": "electric kettle 1.7 l", "limit": 3}).json()
    assert answer["publication_id"] == 1
    assert len({offer["language"] for offer in answer["results"][0]["matched"]}) > 2
    assert answer["reranked"] is False
    assert answer["rerank_note"]
    german = client.post("/v1/search", json={"q": "electric kettle", "languages": ["de"]}).json()
    assert german["results"]
    assert all(offer["language"] == "de" for sku in german["results"] for offer in sku["matched"])
    assert client.get("/v1/search", params={"q": "electric kettle 1.7 l", "limit": 3}).json()["cached"] is True


class Failing:
    fingerprint = "http broken"

    def score(self, offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        raise TransientError("The scorer at http://127.0.0.1:1/v1/rerank gave no answer in 1 tries.")


def test_a_scorer_that_fails_leaves_the_recalled_order_and_says_so(client: TestClient, keeper: Keeper) -> None:
    recalled = client.post("/v1/search", json={"q": "frying pan", "rerank": False}).json()
    matcher = keeper.current.matcher
    scorer = matcher.scorer
    object.__setattr__(matcher, "scorer", Failing())
    try:
        answer = client.post("/v1/search", json={"q": "frying pan", "rerank": True}).json()
        assert answer["reranked"] is False
        assert "gave no answer" in answer["rerank_note"]
        assert [sku["sku_id"] for sku in answer["results"]] == [sku["sku_id"] for sku in recalled["results"]]
        refused = client.post("/v1/rerank", json={"query": "pan", "documents": ["pan"]})
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
    finally:
        object.__setattr__(matcher, "scorer", scorer)
    assert client.post("/v1/search", json={"q": "frying pan", "rerank": True}).json()["reranked"] is True


DOCUMENTS = ["Velora Smart Electric Kettle 1.5 L", "Bouilloire électrique 1,7 L", "Frying pan 24 cm"]


def test_rerank_answers_as_cohere_and_jina_have_it(client: TestClient) -> None:
    import cohere
    import httpx

    def forward(request: httpx.Request) -> httpx.Response:
        answer = client.request(request.method, request.url.path, content=request.content, headers=request.headers)
        return httpx.Response(answer.status_code, content=answer.content, headers={"content-type": "application/json"})

    transport = httpx.Client(transport=httpx.MockTransport(forward))
    theirs = cohere.ClientV2(api_key="none", base_url="http://service", httpx_client=transport)
    answer = theirs.rerank(model="any", query="electric kettle 1.7 l", documents=DOCUMENTS, top_n=2)
    plain = {"query": "electric kettle 1.7 l", "documents": [{"text": text} for text in DOCUMENTS]}
    ours = client.post("/v1/rerank", json=plain | {"return_documents": True, "instruction": "Find it"}).json()
    best = ours["results"][:2]
    assert [each.index for each in answer.results] == [each["index"] for each in best]
    assert [each.relevance_score for each in answer.results] == pytest.approx(
        [each["relevance_score"] for each in best]
    )
    assert ours["results"][-1]["document"]["text"] == "Frying pan 24 cm"
    assert ours["warnings"]
    assert ours["usage"]["total_tokens"] > 0


def test_the_http_scorer_gets_the_same_scores_from_our_server(
    client: TestClient, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpx

    from sku_align.scoring.scorers.http import HttpScorer, WordTokenizer

    scorer = HttpScorer(HttpScoring(url="http://service/v1/rerank", http_requests=1))
    forward = httpx.MockTransport(
        lambda request: httpx.Response(
            200, content=client.post(request.url.path, json=json.loads(request.content)).content
        )
    )
    monkeypatch.setattr(type(scorer), "_client", httpx.Client(transport=forward))
    offers = keeper.current.index.offers.slice(0, 4).drop_columns(["sku_id"])
    pairs = np.array([[0, 1], [0, 2], [1, 3]])
    texts = offer_texts(offers, WordTokenizer(), 72)
    here = [relevance(keeper.current.matcher.scorer, texts[one], [texts[other]])[0] for one, other in pairs.tolist()]
    assert scorer.score(offers, pairs) == pytest.approx(np.array(here), abs=1e-6)
    assert len(texts_as_offers(texts)) == 4


def test_a_new_publication_is_taken_up_and_an_answer_names_its_own(tmp_path: Path) -> None:
    """Publication 2 has no index yet: the service goes on with 1, says so, and takes 2 up when it is there."""
    db = f"sqlite:///{tmp_path / 'skus.db'}"
    store = Store.open(db)
    keeper = Keeper(db, None, None)
    with TestClient(create_app(keeper)) as client:
        unready = client.get("/ready")
        assert unready.status_code == 503
        assert "Nothing was published" in unready.json()["message"]
        assert client.get("/v1/search", params={"q": "x"}).status_code == 503
        publish(store, {"de#1": "a"})
        keeper.look()
        assert "has no index" in client.get("/ready").json()["message"]
        assert client.get("/health").json()["status"] == "ok"


def test_every_page_is_served_without_an_outside_address(client: TestClient) -> None:
    found = client.get("/v1/search", params={"q": "kettle"}).json()["results"][0]["sku_id"]
    pages = [
        client.get("/"),
        client.get("/", params={"q": "kettle"}),
        client.get(f"/sku/{found}"),
        client.get("/match"),
        client.post("/match", content="catalog=new&offers=Smart+Electric+Kettle+1.7+L"),
        client.get("/rerank"),
        client.post("/rerank-page", content="query=kettle&documents=a+kettle%0Aa+pan"),
        client.get("/static/page.js"),
        client.get("/static/style.css"),
        client.get("/static/htmx.min.js"),
    ]
    for page in pages:
        assert page.status_code == 200
        assert "://" not in page.text.replace("http://www.w3.org", "")
    assert found in pages[1].text
    assert "Why these belong together" in pages[2].text
    assert "SKU-" in pages[4].text
    part = client.get("/", params={"q": "kettle"}, headers={"hx-request": "true"})
    assert "<html" not in part.text
    assert client.get("/sku/SKU-NEVER").status_code == 404


def test_a_name_from_a_feed_cannot_become_markup(client: TestClient) -> None:
    page = client.get("/", params={"q": "<script>alert(1)</script>"})
    assert "<script>alert" not in page.text


def test_metrics_count_requests_steps_and_caches(client: TestClient) -> None:
    text = client.get("/metrics").text
    for name in (
        "sku_align_requests_total",
        "sku_align_step_seconds",
        "sku_align_cache_total",
        "sku_align_publication ",
    ):
        assert name in text


def test_a_feed_is_matched_from_a_terminal(held_out: Served, tmp_path: Path) -> None:
    feed = tmp_path / "two.csv"
    feed.write_text("offer_id,title\n1,Smart Electric Kettle 1.7 L\n2,=cmd(1) unheard-of thing\n", encoding="utf-8")
    path, counts = match_feed(feed, held_out[1], None, None, None, 1)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert sum(counts.values()) == len(rows) == 2
    assert rows[0]["sku_id"].startswith("SKU-")
    assert rows[1]["title"].startswith("'=")


def test_language_models_find_and_explain_skus(held_out: Served) -> None:
    keeper = Keeper(held_out[1], None, Settings(serving=ServingSettings(mcp=True)))
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    headers = {"accept": "application/json, text/event-stream", "host": "127.0.0.1:8080"}
    with TestClient(create_app(keeper), base_url="http://127.0.0.1:8080") as client:
        asked = call | {"params": {"name": "search", "arguments": {"query": "kettle", "limit": 1}}}
        found = client.post("/mcp", json=asked, headers=headers)
        assert found.status_code == 200, found.text
        sku = json.loads(found.json()["result"]["content"][0]["text"])["results"][0]["sku_id"]
        told = client.post(
            "/mcp", json=call | {"params": {"name": "explain", "arguments": {"sku_id": sku}}}, headers=headers
        )
        assert json.loads(told.json()["result"]["content"][0]["text"])["sku_id"] == sku
