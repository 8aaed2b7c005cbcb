"""The scoring stage: nothing is scored twice, nothing is lost, nothing depends on the rows' order."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from sku_align import schema
from sku_align.config import BundledScoring
from sku_align.errors import UserError
from sku_align.pairs import pair_columns, pair_rows, sort_offers
from sku_align.scoring.score import score

SETTINGS = BundledScoring(canaries=False, shard_size=30)


class Identity:
    """A calibration that trusts the raw score."""

    def odds(self, offers: pa.Table, pairs: Any, raw: Any, rank: Any = None) -> Any:
        return raw

    def bounded(self, offers: pa.Table, pairs: Any, raw: Any, rank: Any, spread: Any) -> Any:
        return raw, raw, raw


@dataclass
class TitleScorer:
    """Scores by the two titles alone, the left one weighing more, and remembers how much it was asked."""

    fingerprint: str = "titles"
    stop_after: int | None = None
    stop: Callable[[], None] = lambda: None
    scored: int = 0
    calls: list[int] = field(default_factory=list)

    def score(self, offers: pa.Table, pairs: Any) -> Any:
        if self.stop_after is not None and len(self.calls) == self.stop_after:
            self.stop()
        self.calls.append(len(pairs))
        self.scored += len(pairs)
        weight = np.array([sum(title.encode()) % 97 for title in offers["title"].to_pylist()], dtype=np.float32)
        return (2 * weight[pairs[:, 0]] + weight[pairs[:, 1]]) / 300


def make_offers(titles: list[str]) -> pa.Table:
    rows = [
        {"catalog": "ab"[i % 2], "offer_id": f"{i:04}", "title": title, "content_hash": f"hash of {title}"}
        for i, title in enumerate(titles)
    ]
    return sort_offers(schema.conform(rows, schema.OFFERS))


def make_candidates(offers: pa.Table, neighbours: int = 8) -> pa.Table:
    left = np.repeat(np.arange(len(offers)), neighbours)
    right = (left + np.tile(np.arange(1, neighbours + 1), len(offers))) % len(offers)
    return schema.conform(pair_columns(offers, left, right), schema.CANDIDATES)


OFFERS = make_offers([f"product {i * i}" for i in range(100)])
CANDIDATES = make_candidates(OFFERS)


def test_every_candidate_gets_its_score_and_the_scorer_s_name() -> None:
    scores = score(OFFERS, CANDIDATES, TitleScorer(), Identity(), SETTINGS)
    rows = pair_rows(OFFERS, scores)
    assert {tuple(row) for row in rows.tolist()} == {
        tuple(sorted(row)) for row in pair_rows(OFFERS, CANDIDATES).tolist()
    }
    np.testing.assert_array_equal(scores["raw_score"].to_numpy(), TitleScorer().score(OFFERS, rows))
    assert scores["scorer"].unique().to_pylist() == ["titles"]


def test_shuffled_rows_give_the_same_scores_in_the_same_order() -> None:
    rng = np.random.default_rng(0)
    shuffled = score(
        OFFERS.take(rng.permutation(len(OFFERS))),
        CANDIDATES.take(rng.permutation(len(CANDIDATES))),
        TitleScorer(),
        Identity(),
        SETTINGS,
    )
    assert shuffled.equals(score(OFFERS, CANDIDATES, TitleScorer(), Identity(), SETTINGS))


def test_a_second_run_over_the_same_candidates_scores_nothing(tmp_path: Path) -> None:
    first = score(OFFERS, CANDIDATES, TitleScorer(), Identity(), SETTINGS, tmp_path)
    scorer = TitleScorer()
    assert score(OFFERS, CANDIDATES, scorer, Identity(), SETTINGS, tmp_path).equals(first)
    assert scorer.scored == 0


def test_one_changed_offer_in_a_hundred_costs_at_most_three_pairs_in_a_hundred(tmp_path: Path) -> None:
    titles = [f"product {i * i}" for i in range(1000)]
    offers = make_offers(titles)
    score(offers, make_candidates(offers), TitleScorer(), Identity(), SETTINGS, tmp_path)
    changed = make_offers(["new " + title if i % 100 == 7 else title for i, title in enumerate(titles)])
    candidates, scorer = make_candidates(changed), TitleScorer()
    scores = score(changed, candidates, scorer, Identity(), SETTINGS, tmp_path)
    assert 0 < scorer.scored <= 0.03 * len(candidates)
    assert scores.equals(score(changed, candidates, TitleScorer(), Identity(), SETTINGS))


def test_scores_of_another_scorer_are_never_reused(tmp_path: Path) -> None:
    score(OFFERS, CANDIDATES, TitleScorer(), Identity(), SETTINGS, tmp_path)
    other = TitleScorer(fingerprint="titles, another revision")
    score(OFFERS, CANDIDATES, other, Identity(), SETTINGS, tmp_path)
    assert other.scored == len(CANDIDATES)


def test_scores_of_offers_written_in_another_way_are_never_reused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    score(OFFERS, CANDIDATES, TitleScorer(), Identity(), SETTINGS, tmp_path)
    monkeypatch.setattr("sku_align.scoring.shards.WORDING", 0)
    later = TitleScorer()
    score(OFFERS, CANDIDATES, later, Identity(), SETTINGS, tmp_path)
    assert later.scored == len(CANDIDATES)


def test_offers_of_equal_content_are_scored_once(tmp_path: Path) -> None:
    offers = make_offers(["same", "other"] * 10)
    left, right = np.triu_indices(20, 1)
    candidates = schema.conform(pair_columns(offers, left, right), schema.CANDIDATES)
    scorer = TitleScorer()
    scores = score(offers, candidates, scorer, Identity(), SETTINGS, tmp_path)
    assert scorer.scored == 3
    assert scores.equals(score(offers, candidates, TitleScorer(), Identity(), SETTINGS))


def _score_until_killed(work: Path) -> None:
    scorer = TitleScorer(stop_after=5, stop=lambda: os.kill(os.getpid(), signal.SIGKILL))
    score(OFFERS, CANDIDATES, scorer, Identity(), SETTINGS, work)


def test_a_run_killed_by_kill_9_goes_on_at_its_first_missing_shard(tmp_path: Path) -> None:
    run = multiprocessing.get_context("spawn").Process(target=_score_until_killed, args=(tmp_path / "killed",))
    run.start()
    run.join()
    assert run.exitcode == -signal.SIGKILL
    scorer = TitleScorer()
    resumed = score(OFFERS, CANDIDATES, scorer, Identity(), SETTINGS, tmp_path / "killed")
    assert scorer.scored == len(CANDIDATES) - 5 * SETTINGS.shard_size
    whole = score(OFFERS, CANDIDATES, TitleScorer(), Identity(), SETTINGS, tmp_path / "whole")
    pq.write_table(resumed, tmp_path / "resumed.parquet")
    pq.write_table(whole, tmp_path / "whole.parquet")
    assert (tmp_path / "resumed.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    assert not list((tmp_path / "killed" / "shards").rglob("*.parquet"))


def test_what_a_killed_run_scored_helps_a_run_over_other_candidates(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        score(OFFERS, CANDIDATES, TitleScorer(stop_after=5, stop=_interrupt), Identity(), SETTINGS, tmp_path)
    scorer, fewer = TitleScorer(), CANDIDATES.slice(0, 400)
    scores = score(OFFERS, fewer, scorer, Identity(), SETTINGS, tmp_path)
    assert scorer.scored < 400
    assert scores.equals(score(OFFERS, fewer, TitleScorer(), Identity(), SETTINGS))


def _interrupt() -> None:
    raise KeyboardInterrupt


def test_a_damaged_shard_is_scored_again(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        score(OFFERS, CANDIDATES, TitleScorer(stop_after=5, stop=_interrupt), Identity(), SETTINGS, tmp_path)
    shard = sorted((tmp_path / "shards").rglob("*.parquet"))[2]
    shard.write_bytes(shard.read_bytes()[:-20])
    scorer = TitleScorer()
    score(OFFERS, CANDIDATES, scorer, Identity(), SETTINGS, tmp_path)
    assert scorer.scored == len(CANDIDATES) - 4 * SETTINGS.shard_size


def test_both_directions_are_averaged_and_disagreement_goes_to_a_person(tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(
        update={"both_directions": True, "max_asymmetry": 0.2, "asymmetric_probability": 0.25}
    )
    scores = score(OFFERS, CANDIDATES, TitleScorer(), Identity(), settings, tmp_path)
    rows = pair_rows(OFFERS, scores)
    forward, backward = TitleScorer().score(OFFERS, rows), TitleScorer().score(OFFERS, rows[:, ::-1])
    np.testing.assert_allclose(scores["raw_score"].to_numpy(), (forward + backward) / 2, rtol=1e-6)
    doubtful = np.abs(forward - backward) > 0.2
    assert doubtful.any()
    assert scores["probability"].to_numpy()[doubtful].max() <= 0.25
    np.testing.assert_array_equal(
        scores["probability"].to_numpy()[~doubtful], scores["raw_score"].to_numpy()[~doubtful]
    )


def test_a_run_stops_where_another_one_scores(tmp_path: Path) -> None:
    with FileLock(tmp_path / "scoring.lock"), pytest.raises(UserError, match="Another process is scoring in"):
        score(OFFERS, CANDIDATES, TitleScorer(), Identity(), SETTINGS, tmp_path)


def test_scores_that_are_no_numbers_stop_the_run() -> None:
    class Broken(TitleScorer):
        def score(self, offers: pa.Table, pairs: Any) -> Any:
            return np.full(len(pairs), np.nan)

    with pytest.raises(UserError, match="not finite numbers"):
        score(OFFERS, CANDIDATES, Broken(), Identity(), SETTINGS)


def test_candidates_of_other_offers_are_refused() -> None:
    with pytest.raises(UserError, match="run blocking again"):
        score(OFFERS.slice(0, 50), CANDIDATES, TitleScorer(), Identity(), SETTINGS)


def test_no_candidates_give_no_scores(tmp_path: Path) -> None:
    scores = score(OFFERS, CANDIDATES.slice(0, 0), TitleScorer(), Identity(), SETTINGS, tmp_path)
    assert scores.schema == schema.SCORES
    assert len(scores) == 0


def test_the_cache_forgets_pairs_of_offers_long_gone(tmp_path: Path) -> None:
    score(OFFERS, CANDIDATES, TitleScorer(), Identity(), SETTINGS, tmp_path)
    few = make_offers(["a", "b", "c"])
    score(few, make_candidates(few, 1), TitleScorer(), Identity(), SETTINGS, tmp_path)
    (cached,) = (tmp_path / "cache").glob("*.parquet")
    assert len(pq.read_table(cached)) == 3
