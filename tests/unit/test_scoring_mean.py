"""A mean of scorers: each reads every pair by its own settings, and the mean of their log odds counts."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import expit

from sku_align import schema
from sku_align.calibration.calibration import Calibration, load_calibration, raw_scale_of
from sku_align.config import BundledScoring, CascadeScoring, HttpScoring, MeanScoring, Settings, VllmScoring
from sku_align.deciding.bounds import bounds
from sku_align.errors import UserError
from sku_align.pairs import pair_columns, pair_rows, sort_offers
from sku_align.retrieval.keeping import without_secrets
from sku_align.scoring.canaries import check_canaries
from sku_align.scoring.cascade import Cascade
from sku_align.scoring.load import load_scorer
from sku_align.scoring.mean import Mean
from sku_align.scoring.protocol import spread_of
from sku_align.scoring.score import score
from sku_align.scoring.scorers.bundled import BundledScorer
from tests.unit.test_config import refusal

SECTION = MeanScoring(scorers=(BundledScoring(canaries=False), HttpScoring(canaries=False)))
ROWS = [
    {"catalog": "ab"[at % 2], "offer_id": str(at), "title": f"thing {at}", "content_hash": str(at)} for at in range(8)
]
OFFERS = sort_offers(schema.conform(ROWS, schema.OFFERS))
LEFT, RIGHT = np.repeat(np.arange(4), 4), np.tile(np.arange(4, 8), 4)
CANDIDATES = schema.conform(pair_columns(OFFERS, LEFT, RIGHT), schema.CANDIDATES)
PAIRS = pair_rows(OFFERS, CANDIDATES)


@dataclass
class Told:
    """Log odds by row numbers, as a probability where its scale says so; keeps what it reads."""

    fingerprint: str
    by: float
    as_probability: bool = False
    spread: float = 0.0
    read: list[tuple[str, str]] = field(default_factory=list)
    closed: int = 0

    def odds(self, ids: Any) -> Any:
        return self.by * (ids[:, 0] - ids[:, 1] / 2)

    def score(self, offers: pa.Table, pairs: Any) -> Any:
        ids = np.array(offers["offer_id"].to_pylist())[pairs]
        self.read += [(left, right) for left, right in ids.tolist()]
        odds = self.odds(ids.astype(float))
        return (expit(odds) if self.as_probability else odds).astype(np.float32)

    def close(self) -> None:
        self.closed += 1


def two(spread: tuple[float, float] = (0.0, 0.0)) -> tuple[Told, Told]:
    return Told("bundled one", 1.0, spread=spread[0]), Told("http other", -0.25, as_probability=True, spread=spread[1])


def run(scorer: Any, settings: Any = SECTION, work: Path | None = None) -> pa.Table:
    known = Settings(scoring=settings)
    within = lambda offers, pairs: bounds(offers, pairs, known)  # noqa: E731
    return score(OFFERS, CANDIDATES, scorer, Calibration(scorer.fingerprint), settings, work, bounds=within)


def wanted() -> Any:
    ids = np.array(OFFERS["offer_id"].to_pylist()).astype(float)[PAIRS]
    return (two()[0].odds(ids) + two()[1].odds(ids)) / 2


def test_the_raw_score_is_the_mean_of_log_odds_also_where_one_scorer_gives_probabilities() -> None:
    np.testing.assert_allclose(Mean(two(), SECTION).score(OFFERS, PAIRS), wanted(), atol=1e-5)
    table = run(Mean(two(), SECTION))
    np.testing.assert_allclose(table["raw_score"].to_numpy(), wanted(), atol=1e-5)
    assert table["scorer"].unique().to_pylist() == ["mean of bundled one and http other"]


def test_a_mean_names_all_its_scorers_and_gives_log_odds_whatever_they_give() -> None:
    three = Mean((*two(), Told("vllm third", 1.0)), SECTION)
    assert three.fingerprint == "mean of bundled one and http other and vllm third"
    assert raw_scale_of(three.fingerprint) == "log_odds"
    assert raw_scale_of("mean of http other and vllm third") == "log_odds"
    assert raw_scale_of("cascade of http other then mean of bundled one and vllm third") == "probability"


def test_its_spread_is_the_mean_of_the_spreads_of_its_scorers_or_of_what_the_settings_say() -> None:
    mean = Mean(two(spread=(0.1, 0.5)), SECTION)
    assert spread_of(mean, SECTION) == pytest.approx(0.3)
    said = MeanScoring(scorers=(SECTION.scorers[0], HttpScoring(canaries=False, spread=0.9)))
    assert spread_of(Mean(two(spread=(0.1, 0.5)), said), said) == pytest.approx(0.5)
    table = run(Mean(two(spread=(0.1, 0.5)), SECTION))
    low, high = (table[f"probability_{end}"].to_numpy() for end in ("low", "high"))
    at = np.argmin(np.abs(wanted()))
    odds = wanted()[at]
    np.testing.assert_allclose((low[at], high[at]), (expit(odds - 0.3), expit(odds + 0.3)), atol=1e-4)


def test_each_scorer_reads_both_directions_where_its_own_settings_say_so() -> None:
    settings = MeanScoring(
        scorers=(
            BundledScoring(canaries=False),
            HttpScoring(canaries=False, both_directions=True, max_asymmetry=0.2, asymmetric_probability=0.6),
        )
    )
    one, other = two()
    table = run(Mean((one, other), settings), settings)
    assert (len(one.read), len(other.read)) == (len(PAIRS), 2 * len(PAIRS))
    forward, backward = other.score(OFFERS, PAIRS), other.score(OFFERS, PAIRS[:, ::-1])
    apart = np.abs(forward - backward) > 0.2
    high = expit(table["raw_score"].to_numpy()) > 0.6
    probability = table["probability"].to_numpy()
    assert 0 < (apart & high).sum() < high.sum()
    np.testing.assert_allclose(probability[apart & high], 0.6)
    assert (probability[~apart & high] > 0.6).all()


def test_each_scorer_keeps_a_cache_of_its_own_that_another_run_alone_reads(tmp_path: Path) -> None:
    first = run(Mean(two(), SECTION), work=tmp_path)
    one, other = two()
    assert run(Mean((one, other), SECTION), work=tmp_path).equals(first)
    run(one, SECTION.scorers[0], tmp_path)
    assert one.read == other.read == []


def test_a_mean_may_be_the_strong_scorer_of_a_cascade_and_the_fast_one_s_scores_are_read_again(tmp_path: Path) -> None:
    settings = CascadeScoring(fast=SECTION.scorers[0], strong=SECTION)
    one, other = two()
    again = two()[0]
    table = run(Cascade(one, Mean((again, other), SECTION), settings), settings, tmp_path)
    assert len(one.read) == len(other.read) == len(table)
    assert again.read == []
    assert np.corrcoef(np.argsort(np.argsort(table["raw_score"])), np.argsort(np.argsort(wanted())))[0, 1] > 0.99
    assert [part.name for part in settings.parts] == ["bundled", "bundled", "http"]


def test_every_scorer_must_know_the_pairs_whose_answer_is_known() -> None:
    class Backwards(Told):
        def score(self, offers: pa.Table, pairs: Any) -> Any:
            return -0.1 * BundledScorer().score(offers, pairs)

    # The mean of both is right about the known pairs.
    with pytest.raises(UserError, match="The scorer bundled backwards fails the pairs whose answer is known"):
        check_canaries(Mean((BundledScorer(), Backwards("bundled backwards", 0.0)), SECTION))


def test_closing_a_mean_closes_all_its_scorers() -> None:
    parts = two()
    Mean((*parts, BundledScorer()), SECTION).close()
    assert [part.closed for part in parts] == [1, 1]


@pytest.mark.parametrize("first", ["bundled one", "vllm one"])
def test_a_mean_starts_from_the_calibration_of_its_first_scorer_until_it_has_its_own(
    tmp_path: Path, first: str
) -> None:
    of_first = Calibration(first, raw_scale_of(first), intercept=0.3)
    of_first.save(tmp_path)
    name = f"mean of {first} and http other"
    assert load_calibration(name, tmp_path) == replace(of_first, scorer=name, raw_scale="log_odds")
    replace(of_first, scorer=name, raw_scale="log_odds", intercept=-1.0).save(tmp_path)
    assert load_calibration(name, tmp_path).intercept == -1.0


def test_the_bundled_model_and_another_start_from_the_shipped_calibration() -> None:
    name = Mean((BundledScorer(), Told("vllm other", 1.0)), SECTION).fingerprint
    assert load_calibration(name).weights == load_calibration(BundledScorer().fingerprint).weights != {"raw": 1.0}


def test_calibrations_that_came_with_the_first_model_count() -> None:
    scorers = (VllmScoring(model="models/ours"), BundledScoring())
    assert MeanScoring(scorers=scorers).model_calibrations == Path("models/ours/calibrations")
    assert MeanScoring(scorers=scorers[::-1]).model_calibrations is None
    assert CascadeScoring(fast=scorers[0], strong=scorers[1]).model_calibrations == Path("models/ours/calibrations")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("scoring: {name: mean}", "two or more scorers, for example scorers: [{name: bundled}, {name: vllm}]"),
        ("scoring: {name: mean, scorers: [{name: vllm}]}", "a mean needs two or more scorers, for example"),
        ("scoring: {name: mean, scorers: [{}, {name: bundled}]}", "two of scoring.scorers are the same scorer"),
        (
            "scoring: {name: mean, scorers: [{name: vllm}, {name: vllm, model: other, revision: abc}]}",
            "two vllm scorers would wait for the same GPUs",
        ),
        (
            "scoring: {name: cascade, fast: {name: vllm, model: other, revision: abc}, "
            "strong: {name: mean, scorers: [{}, {name: vllm}]}}",
            "two vllm scorers would wait for the same GPUs",
        ),
        (
            "scoring: {name: mean, scorers: [{}, {name: vllm}], both_directions: true}",
            "both_directions belongs to one of the scorers of a mean: write it below scoring.scorers",
        ),
        ("scoring: {name: mean, scorers: [{}, {name: vllm, engines: 0}]}", "scoring.scorers.1.engines: 0 stands there"),
        ("scoring: {name: mean, scorers: [{}, {name: llm}]}", "whose 'name' is one of 'bundled', 'vllm', 'http'"),
        ("scoring: {name: mean, scorers: {name: vllm}}", "{'name': 'vllm'} stands there; it must be a list"),
        ("scoring: {name: mean, scorers: [{}, {enginse: 2}]}", "unknown setting scoring.scorers.1.enginse (did"),
        ("scoring: {scorers: []}", "scorers is a setting of the scorer mean, but scoring.name is bundled"),
        ("scoring: {name: cascade, strong: {name: mean, scorers: [{}]}}", "a mean needs two or more scorers"),
    ],
)  # fmt: skip
def test_wrong_settings_of_a_mean_are_told_in_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    assert says in refusal(tmp_path, text)


@pytest.mark.parametrize(("scorer", "says"), [("mean", "two or more scorers"), ("cascade", "needs scoring.strong")])
def test_a_scorer_that_needs_settings_is_told_so_without_a_settings_file(scorer: str, says: str) -> None:
    with pytest.raises(UserError, match=f"--scorer {scorer} has a wrong value at scoring: a {scorer} .*{says}"):
        Settings.load(None, scorer)


def test_settings_name_the_scorers_in_order_bundled_where_no_name_stands(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("scoring: {name: mean, scorers: [{threads: 1}, {name: http, url: 'http://127.0.0.1:9/v1/rerank'}]}")
    scorer = load_scorer(Settings.load(path).scoring)
    assert isinstance(scorer, Mean)
    assert scorer.fingerprint.startswith("mean of bundled onnx:")
    assert " and http http://127.0.0.1:9/v1/rerank default model" in scorer.fingerprint
    assert Settings.load(path, "bundled").scoring == BundledScoring()


def test_what_is_published_names_no_user_of_a_scorer_s_address() -> None:
    section = MeanScoring(scorers=(BundledScoring(), HttpScoring(url="http://ana:secret@127.0.0.1:9/v1/rerank")))
    kept = without_secrets(Settings(scoring=section)).scoring
    assert "secret" not in kept.model_dump_json()
    assert Settings.model_validate({"scoring": kept.model_dump()}).scoring == kept
