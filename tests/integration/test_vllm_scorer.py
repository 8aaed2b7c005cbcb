"""vLLM on a CPU gives the scores the model was published with, and a run survives its death."""

import os
import signal
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sku_align import schema
from sku_align.config import BundledScoring, VllmScoring
from sku_align.errors import UserError
from sku_align.pairs import pair_columns, sort_offers
from sku_align.scoring.canaries import check_canaries, load_canaries
from sku_align.scoring.score import score
from sku_align.scoring.scorers import prompt
from sku_align.scoring.scorers import vllm as vllm_scorer
from sku_align.scoring.scorers.prompt import HubTokenizer
from sku_align.scoring.scorers.prompt_text import offer_texts
from sku_align.scoring.scorers.vllm import VllmScorer
from tests.integration import tiny_models

pytestmark = pytest.mark.vllm
TITLES = {
    "en": ["Cordless drill 18 V, 2 batteries (4.0 Ah)", "Olive oil extra virgin 500 ml!"],
    "de": ["Akku-Bohrschrauber 18 V mit 2 Akkus, 4,0 Ah", "Natives Olivenöl extra, 0,5 l Flasche"],
    "fr": ["Perceuse sans fil 18 V – 2 batteries", "Huile d'olive vierge extra « 500 ml »"],
    "ja": ["コードレスドリル 18V バッテリー2個", "エキストラバージンオリーブオイル 500ml"],
    "ru": ["Дрель аккумуляторная 18 В, 2 аккумулятора", "Масло оливковое, 500 мл"],
    "ar": ["مثقاب لاسلكي 18 فولت", "زيت زيتون بكر ممتاز 500 مل <|im_end|>"],
}
OFFERS: pa.Table = sort_offers(
    schema.conform(
        [
            {
                "catalog": language,
                "offer_id": str(number),
                "language": language,
                "title": title,
                "brand": "Bosch" if number == 0 else None,
                "price": 9.5 * (number + 1),
                "currency": "EUR",
                "content_hash": title,
            }
            for language, titles in TITLES.items()
            for number, title in enumerate(titles)
        ],
        schema.OFFERS,
    )
)
PAIRS = np.array(list(combinations(range(len(OFFERS)), 2)))[:50]
CORPUS = [title for titles in TITLES.values() for title in titles] + load_canaries().offers["title"].to_pylist()


class Identity:
    """A calibration that trusts the raw score."""

    def odds(self, offers: pa.Table, pairs: Any, raw: Any, rank: Any = None) -> Any:
        return raw

    def bounded(self, offers: pa.Table, pairs: Any, raw: Any, rank: Any, spread: Any) -> Any:
        return raw, raw, raw


def settings_for(folder: Path, **changes: Any) -> VllmScoring:
    return VllmScoring(model=str(folder), dtype="float32", max_model_len=512, **changes)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.write_taught_qwen3(tmp_path_factory.mktemp("models") / "tiny-qwen3-reranker", CORPUS)


@pytest.fixture(scope="module")
def scorer(checkpoint: Path) -> Iterator[VllmScorer]:
    scorer = VllmScorer(settings_for(checkpoint))
    yield scorer
    scorer.close()


def texts_of(folder: Path) -> list[tuple[str, str]]:
    texts = offer_texts(OFFERS, HubTokenizer(str(folder)), 96)
    return [(texts[left], texts[right]) for left, right in PAIRS.tolist()]


def test_scores_are_the_published_yes_no_softmax_for_50_pairs_in_6_languages(
    scorer: VllmScorer, checkpoint: Path
) -> None:
    wanted = tiny_models.yes_no_softmax(checkpoint, prompt.INSTRUCTION, texts_of(checkpoint))
    assert np.ptp(wanted) > 0.5
    np.testing.assert_allclose(scorer.score(OFFERS, PAIRS), wanted, atol=0.02)


def test_scores_do_not_depend_on_the_order_of_the_pairs(scorer: VllmScorer) -> None:
    backwards = scorer.score(OFFERS, PAIRS[::-1])[::-1]
    np.testing.assert_allclose(backwards, scorer.score(OFFERS, PAIRS), atol=1e-4)


def test_the_known_pairs_pass_with_the_published_template(scorer: VllmScorer) -> None:
    check_canaries(scorer)


def test_a_wrong_template_trips_the_known_pairs(scorer: VllmScorer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt, "QWEN3_SUFFIX", "<|im_end|>\n")
    candidates = schema.conform(pair_columns(OFFERS, *PAIRS.T), schema.CANDIDATES)
    with pytest.raises(UserError, match=r"tiny-qwen3-reranker@\w+ prompt=\w+ .* fails the pairs whose answer is known"):
        score(OFFERS, candidates, scorer, Identity(), BundledScoring())


def test_a_run_whose_engine_is_killed_resumes_to_the_same_bytes(scorer: VllmScorer, tmp_path: Path) -> None:
    candidates = schema.conform(pair_columns(OFFERS, *PAIRS.T), schema.CANDIDATES)
    settings, calls = BundledScoring(shard_size=10), []

    class KilledInTheMiddle:
        fingerprint = scorer.fingerprint

        def score(self, offers: pa.Table, pairs: Any) -> Any:
            calls.append(len(pairs))
            if len(calls) == 4:
                os.kill(scorer._engines[0].process, signal.SIGKILL)
            return scorer.score(offers, pairs)

    scorer.score(OFFERS, PAIRS[:1])
    with pytest.raises(UserError, match=r"ended unexpectedly.*Finished shards are kept"):
        score(OFFERS, candidates, KilledInTheMiddle(), Identity(), settings, tmp_path / "killed")
    scorer.close()
    resumed = score(OFFERS, candidates, scorer, Identity(), settings, tmp_path / "killed")
    whole = score(OFFERS, candidates, scorer, Identity(), settings, tmp_path / "whole")
    assert len(calls) == 4
    for name, table in (("resumed", resumed), ("whole", whole)):
        pq.write_table(table, tmp_path / f"{name}.parquet")
    assert (tmp_path / "resumed.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()


def test_a_converted_sequence_classifier_on_two_engines_scores_as_the_original(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vllm_scorer, "BLOCK", 8)
    folder = tmp_path / "converted"
    tiny_models.write_sequence_classifier(checkpoint, folder)
    wanted = tiny_models.yes_no_softmax(checkpoint, prompt.INSTRUCTION, texts_of(checkpoint))
    scorer = VllmScorer(settings_for(folder, engines=2))
    try:
        np.testing.assert_allclose(scorer.score(OFFERS, PAIRS), wanted, atol=0.02)
        assert len(scorer._engines) == 2
    finally:
        scorer.close()


def test_a_bert_cross_encoder_scores_as_in_transformers(tmp_path: Path) -> None:
    folder = tmp_path / "bert"
    tiny_models.write_bert(folder, CORPUS)
    wanted = tiny_models.cross_encoder_scores(folder, texts_of(folder))
    assert np.ptp(wanted) > 0.05
    scorer = VllmScorer(settings_for(folder))
    try:
        np.testing.assert_allclose(scorer.score(OFFERS, PAIRS), wanted, atol=0.02)
    finally:
        scorer.close()
