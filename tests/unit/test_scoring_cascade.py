"""A cascade: the strong scorer reads the pairs whose decision it is likely to change, and no others."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.calibration.calibration import Calibration, load_calibration, raw_scale_of
from sku_align.config import BundledScoring, CascadeScoring, HttpScoring, Settings
from sku_align.deciding.bounds import bounds
from sku_align.errors import UserError
from sku_align.pairs import pair_columns, pair_rows, sort_offers
from sku_align.report.findings import cascade_words
from sku_align.retrieval.keeping import without_secrets
from sku_align.scoring.canaries import check_canaries, load_canaries
from sku_align.scoring.cascade import Cascade, CascadeReport
from sku_align.scoring.cascade_fit import CascadeFit, draw_probe, fit_scale, least_chance
from sku_align.scoring.score import score
from sku_align.scoring.scorers.bundled import BundledScorer
from tests.unit.test_config import refusal

OFFERS, NEIGHBOURS = 600, 10
SECTION = CascadeScoring(
    fast=BundledScoring(canaries=False, shard_size=500),
    strong=HttpScoring(canaries=False, shard_size=50),
    probe_pairs=500,
)


@dataclass
class Told:
    """Scores by hidden log odds of each pair, blurred by a noise that belongs to the pair, and counts what it reads."""

    fingerprint: str
    noise: float
    scale: Callable[[Any], Any] = lambda odds: odds
    stop_after: int | None = None
    read: set[tuple[str, str]] = field(default_factory=set)
    calls: int = 0
    spread: float = 0.0

    def score(self, offers: pa.Table, pairs: Any) -> Any:
        if self.calls == self.stop_after:
            os.kill(os.getpid(), signal.SIGKILL)
        self.calls += 1
        ids = np.array(offers["offer_id"].to_pylist())[pairs]
        self.read |= {(left, right) for left, right in ids.tolist()}
        hidden = [np.random.default_rng([int(left), int(right)]).normal(size=2) for left, right in ids.tolist()]
        odds = np.array([-4 + 3 * one + self.noise * other for one, other in hidden])
        return self.scale(odds).astype(np.float32)


def fast() -> Told:
    return Told("bundled fast", noise=0.7)


def strong(stop_after: int | None = None) -> Told:
    return Told("http strong", noise=0.0, scale=lambda odds: 1 / (1 + np.exp(-3 * odds - 5)), stop_after=stop_after)


def candidates() -> tuple[pa.Table, pa.Table]:
    rows = [
        {"catalog": "ab"[at % 2], "offer_id": f"{at:04}", "title": f"thing {at}", "content_hash": str(at)}
        for at in range(OFFERS)
    ]
    offers = sort_offers(schema.conform(rows, schema.OFFERS))
    left = np.repeat(np.arange(OFFERS // 2), NEIGHBOURS)
    right = OFFERS // 2 + (left + np.tile(np.arange(NEIGHBOURS), OFFERS // 2)) % (OFFERS // 2)
    return offers, schema.conform(pair_columns(offers, left, right), schema.CANDIDATES)


def run(cascade: Cascade, work: Path | None = None, known: pa.Table | None = None) -> tuple[pa.Table, CascadeReport]:
    offers, pairs = candidates()
    reports: list[CascadeReport] = []
    settings = Settings(scoring=cascade.settings)
    calibration = Calibration(cascade.fingerprint)
    table = score(
        offers,
        pairs,
        cascade,
        calibration,
        settings.scoring,
        work,
        known,
        bounds=lambda offers, pairs: bounds(offers, pairs, settings),
        on_cascade=reports.append,
    )
    return table, reports[0]


def decided(table: pa.Table) -> Any:
    offers, _ = candidates()
    return bounds(offers, pair_rows(offers, table), Settings()).decided(table["probability"].to_numpy())


def test_few_pairs_go_to_the_strong_scorer_and_nearly_all_decisions_are_as_if_it_had_read_them_all() -> None:
    judge = strong()
    table, report = run(Cascade(fast(), judge, SECTION))
    assert report.strong == len(judge.read) < 0.4 * len(table)
    all_read, whole = run(
        Cascade(fast(), strong(), SECTION.model_copy(update={"missed_changes": 0.0, "probe_pairs": 10**6}))
    )
    assert whole.strong == len(all_read)
    alone, _ = run(Cascade(fast(), strong(), SECTION.model_copy(update={"max_pairs": 100})))
    wrong, wrong_alone = (int((decided(each) != decided(all_read)).sum()) for each in (table, alone))
    assert wrong < 0.5 * wrong_alone
    assert sum(report.changed.values()) > 0.75 * wrong_alone


def test_the_changes_that_it_expects_to_miss_are_about_those_that_it_misses() -> None:
    missed, seen = 0.0, 0
    for probe in (300, 500, 700):
        section = SECTION.model_copy(update={"missed_changes": 0.4, "probe_pairs": probe})
        table, report = run(Cascade(fast(), strong(), section))
        fit = report.fit
        assert fit is not None
        offers, _ = candidates()
        pairs = pair_rows(offers, table)
        unread = np.array(["both" not in name for name in table["scorer"].to_pylist()])
        raw = table["raw_score"].to_numpy().copy()
        raw[unread] = fit.on_fast_scale(strong().score(offers, pairs[unread]))
        after = Calibration("any").probability(offers, pairs, raw)
        settings = Settings()
        seen += int((bounds(offers, pairs, settings).decided(after) != decided(table))[unread].sum())
        missed += report.missed
    assert 0.5 * seen < missed < 2 * seen


def test_a_strong_scorer_that_says_the_same_reads_the_probe_alone_and_changes_nothing() -> None:
    same = Told("http same", noise=0.7, scale=lambda odds: 5 * odds)
    table, report = run(Cascade(fast(), same, SECTION))
    assert report.strong == report.probe == SECTION.probe_pairs
    assert report.changed == {}
    assert cascade_words(report.to_dict()) == "no decision changed; about 0 more if it read all"
    assert len(table) == report.pairs


def test_no_more_pairs_are_read_than_the_settings_allow() -> None:
    _, report = run(Cascade(fast(), strong(), SECTION.model_copy(update={"max_pairs": 600})))
    assert report.probe == 500
    assert 500 < report.strong <= 600
    assert report.missed > SECTION.missed_changes * report.expected


def test_pairs_far_from_the_thresholds_are_left_to_the_fast_scorer() -> None:
    table, _ = run(Cascade(fast(), strong(), SECTION))
    by_strong = np.array(["both" in name for name in table["scorer"].to_pylist()])
    clear = fast().score(*_of(table)) < -5
    assert by_strong[clear].mean() < 0.2 < by_strong[~clear].mean()


def test_pairs_rejected_by_far_are_left_to_the_fast_scorer_though_some_rejected_narrowly_are_not() -> None:
    def moved(odds: Any) -> Any:
        # One narrow rejection in nine is a match; both kinds show a probability of 0.001.
        return np.where((odds > -9.5) & (odds < -7) & (np.abs(odds * 1000).astype(int) % 9 == 0), odds + 12, odds)

    one, other = (
        Told("bundled fast", 0.0, lambda odds: 3 * odds),
        Told("http strong", 0.0, lambda odds: moved(3 * odds)),
    )
    table, report = run(Cascade(one, replace(other, fingerprint="bundled strong"), SECTION))
    odds = one.score(*_of(table))
    by_strong = np.array(["both" in name for name in table["scorer"].to_pylist()])
    far, narrow = odds < -16, (odds > -9.5) & (odds < -7)
    assert min(far.sum(), narrow.sum()) > 200
    assert by_strong[narrow].mean() > 0.9
    assert by_strong[far].mean() < 0.3
    assert report.changed["reject > auto_merge"] > 5


def _of(table: pa.Table) -> tuple[pa.Table, Any]:
    offers, _ = candidates()
    return offers, pair_rows(offers, table)


def test_a_second_run_asks_neither_scorer_and_gives_the_same_bytes(tmp_path: Path) -> None:
    first, _ = run(Cascade(fast(), strong(), SECTION), tmp_path)
    one, other = fast(), strong()
    again, _ = run(Cascade(one, other, SECTION), tmp_path)
    assert again.equals(first)
    assert (one.calls, other.calls) == (0, 0)
    assert run(Cascade(fast(), strong(), SECTION))[0].equals(first)


def _killed(work: Path) -> None:
    run(Cascade(fast(), strong(stop_after=13), SECTION), work)


def test_a_run_killed_while_the_strong_scorer_reads_goes_on_where_it_was(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_killed, args=(tmp_path,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    one, other = fast(), strong()
    table, report = run(Cascade(one, other, SECTION), tmp_path)
    assert one.calls == 0
    assert len(other.read) == report.strong - 13 * 50
    assert table.equals(run(Cascade(fast(), strong(), SECTION))[0])


def test_new_pairs_beside_a_published_run_are_read_by_the_fit_of_that_run() -> None:
    table, report = run(Cascade(fast(), strong(), SECTION))
    known = table.filter(pa.array(np.arange(len(table)) % 50 > 0))
    judge = Cascade(fast(), strong(), SECTION, CascadeFit.from_dict(report.to_dict()["fit"]))
    again, later = run(judge, known=known)
    assert later.probe == 0
    assert len(judge.fast.read) == len(table) - len(known)  # type: ignore[attr-defined]
    same = table["raw_score"].to_numpy() == again["raw_score"].to_numpy()
    # Pairs of the probe that no decision hangs on were read by both then, and are left to the fast one now.
    assert same.mean() > 0.99


def test_the_scale_of_the_strong_scorer_is_the_fast_one_s() -> None:
    rng = np.random.default_rng(0)
    odds = rng.normal(-4, 3, 5000).astype(np.float32)
    probe = draw_probe(odds, rng.permutation(5000).astype(np.uint64), 800)
    scale = fit_scale((2 * odds[probe] - 7).astype(np.float32), odds[probe], odds, probe)
    mapped = CascadeFit(scale, ()).on_fast_scale((2 * odds - 7).astype(np.float32))
    assert np.abs(mapped - odds)[np.abs(odds + 4) < 5].max() < 0.3


@pytest.mark.parametrize(
    ("missed", "most", "read"),
    [(0.0, None, 3), (0.1, None, 2), (0.5, None, 1), (1.0, None, 1), (0.0, 1, 1), (0.0, 0, 0)],
)
def test_pairs_are_read_by_falling_chance_until_little_is_missed(missed: float, most: int | None, read: int) -> None:
    chance = np.array([0.05, 0.5, 0.0, 0.4])
    assert (chance >= least_chance(chance, missed, most)).sum() == read


def test_both_scorers_must_know_the_pairs_whose_answer_is_known() -> None:
    class Backwards(Told):
        def score(self, offers: pa.Table, pairs: Any) -> Any:
            return -BundledScorer().score(offers, pairs)

    with pytest.raises(UserError, match="The scorer backwards fails the pairs whose answer is known"):
        check_canaries(Cascade(BundledScorer(), Backwards("backwards", 0.0), SECTION))


def test_a_cascade_of_two_models_reads_picked_pairs_as_the_strong_one_does_on_the_scale_of_the_fast() -> None:
    canaries, model = load_canaries(), BundledScorer()
    halved = replace_scale(model, 0.5)
    raw = check_canaries(Cascade(model, halved, SECTION))
    np.testing.assert_allclose(raw, model.score(canaries.offers, canaries.pairs), atol=0.2)


def replace_scale(model: Any, factor: float) -> Any:
    class Scaled:
        fingerprint = "http scaled"

        def score(self, offers: pa.Table, pairs: Any) -> Any:
            return factor * model.score(offers, pairs)

    return Scaled()


def test_a_cascade_without_a_calibration_of_its_own_takes_that_of_its_fast_scorer(tmp_path: Path) -> None:
    cascade = Cascade(fast(), strong(), SECTION)
    of_fast = Calibration("bundled fast", intercept=0.3)
    of_fast.save(tmp_path)
    assert load_calibration(cascade.fingerprint, tmp_path) == replace(of_fast, scorer=cascade.fingerprint)
    assert raw_scale_of(cascade.fingerprint) == "log_odds"
    replace(of_fast, scorer=cascade.fingerprint, intercept=-1.0).save(tmp_path)
    assert load_calibration(cascade.fingerprint, tmp_path).intercept == -1.0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("scoring: {name: cascade}", "a cascade needs scoring.strong, for example strong: {name: vllm}"),
        (
            "scoring: {name: cascade, strong: {name: vllm}, both_directions: true}",
            "both_directions belongs to one of the two scorers of a cascade: write it below scoring.fast or",
        ),
        ("scoring: {name: cascade, strong: {}}", "scoring.fast and scoring.strong are the same scorer"),
        ("scoring: {name: cascade, strong: {name: vllm, engines: 0}}", "0 stands there; it must be at least 1"),
        ("scoring: {name: cascade, strong: {name: vllm}, missed_changes: 2}", "wrong value at scoring.missed_changes"),
        ("scoring: {missed_changes: 0.1}", "missed_changes is a setting of the scorer cascade, but scoring.name is"),
    ],
)
def test_wrong_settings_of_a_cascade_are_told_in_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    assert says in refusal(tmp_path, text)


def test_what_is_published_names_no_user_of_the_strong_scorer_s_address() -> None:
    section = CascadeScoring(strong=HttpScoring(url="http://ana:secret@127.0.0.1:9/v1/rerank"))
    kept = without_secrets(Settings(scoring=section)).scoring
    assert "secret" not in kept.model_dump_json()
    assert Settings.model_validate({"scoring": kept.model_dump()}).scoring == kept


def test_what_the_strong_scorer_read_has_its_spread_on_the_scale_of_the_fast_one() -> None:
    judge = strong()
    judge.spread = 0.3
    table, report = run(Cascade(fast(), judge, SECTION))
    low, high = (table[f"probability_{end}"].to_numpy() for end in ("low", "high"))
    spread, by = (high - low) / 2, table["scorer"].cast(pa.string()).to_pylist()
    strongly = np.array([name.endswith("read by both") for name in by])
    sure = (table["probability"].to_numpy() > 0.01) & (table["probability"].to_numpy() < 0.99)
    assert (spread[~strongly] == 0).all()
    # The strong scorer's log odds are three times the hidden ones, on whose scale the fast scorer answers.
    odds = np.log(1 / table["probability"].to_numpy()[strongly & sure] - 1)
    slope = 1 / (np.exp(odds) + 2 + np.exp(-odds))
    assert 0.05 < np.median(spread[strongly & sure] / slope) < 0.2
    assert report.strong == strongly.sum()
