"""From a run's scores to a sheet worth labelling, and from the labelled sheet to a calibration of that run."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from sku_align import schema
from sku_align.calibration.calibration import load_calibration
from sku_align.calibration.sampling import EDGES, sample_pairs
from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.finetuning.calibrating import calibrate, render, write_sample
from sku_align.folder import RunFolder
from sku_align.pairs import pair_columns, pair_rows, sort_offers
from sku_align.scoring import load

SCORER = "bundled fake"
SIZE = 120


class FakeScorer:
    fingerprint = SCORER


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run of two catalogs in three languages, scored by a scorer that is far too sure of itself."""
    monkeypatch.setattr(load, "load_scorer", lambda settings: FakeScorer())
    offers = sort_offers(
        schema.conform(
            [
                {
                    "catalog": name,
                    "offer_id": f"{at:03}",
                    "title": f"{name} {at}",
                    "language": ("en", "ja", "de")[at % 3],
                }
                for name in "ab"
                for at in range(SIZE)
            ],
            schema.OFFERS,
        )
    )
    left, right = np.divmod(np.arange(SIZE * 8), 8)
    right = SIZE + (left + right * 7) % SIZE
    raw = np.random.default_rng(0).normal(-2, 4, len(left)).astype(np.float32)
    columns = pair_columns(offers, left, right)
    probability = (1 / (1 + np.exp(-raw))).astype(np.float32)
    table = {**columns, "raw_score": raw, "probability": probability, "scorer": [SCORER] * len(raw)}
    folder = RunFolder(tmp_path / "out")
    folder.write("offers", offers, "test")
    found = {**columns, "channels": [[]] * len(raw), "rank": np.arange(len(raw)) % 8 + 1}
    folder.write("candidates", schema.conform(found, schema.CANDIDATES), "test")
    folder.write("scores", schema.conform(table, schema.SCORES), "test")
    return folder


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def label(path: Path, folder: RunFolder) -> Path:
    """Answer every question by a rule the raw score is three times too sure of."""
    raw = {}
    for row in folder.read("scores").to_pylist():
        key = (f"{row['left_catalog']}#{row['left_offer_id']}", f"{row['right_catalog']}#{row['right_offer_id']}")
        raw[key] = row["raw_score"]
    random = np.random.default_rng(1)
    lines = ["verdict,left,right"]
    for row in read(path):
        same = random.random() < 1 / (1 + np.exp(-(raw[row["left"], row["right"]] / 3 - 1)))
        lines.append(f"{'same' if same else 'different'},{row['left']},{row['right']}")
    answered = path.with_name("answered.csv")
    answered.write_text("\n".join(lines), encoding="utf-8")
    return answered


def test_the_sample_is_spread_over_probabilities_and_languages(run: RunFolder):
    path, written = write_sample(run, 100)
    rows = read(path)
    assert written == len(rows) == 100
    assert {row["verdict"] for row in rows} == {""}
    # The sheet is blind, so that labels cannot follow the scores they judge.
    assert not {"probability", "reason"} & set(rows[0])
    scored = {
        tuple(f"{row[f'{side}_catalog']}#{row[f'{side}_offer_id']}" for side in ("left", "right")): row["probability"]
        for row in run.read("scores").to_pylist()
    }
    shown = [scored[row["left"], row["right"]] for row in rows]
    bins = np.bincount(np.digitize(shown, EDGES), minlength=len(EDGES) + 1)
    assert (bins >= 3).sum() >= 8
    assert len({tuple(sorted((row["left_language"], row["right_language"]))) for row in rows}) == 6


def test_the_same_run_gives_the_same_sample_whatever_the_row_order(run: RunFolder):
    offers, scores = run.read("offers"), run.read("scores")
    rows, probability = pair_rows(offers, scores), scores["probability"].to_numpy()
    order = np.random.default_rng(2).permutation(len(rows))
    straight = {tuple(row) for row in rows[sample_pairs(offers, rows, probability, 50)]}
    shuffled = {tuple(row) for row in rows[order][sample_pairs(offers, rows[order], probability[order], 50)]}
    assert straight == shuffled


def test_labels_become_a_calibration_that_the_next_run_finds(run: RunFolder):
    answered = label(write_sample(run, 300)[0], run)
    fitted = calibrate(run, Settings(), answered, None, 0.9)
    found = load_calibration(SCORER, run.calibrations)
    assert found == fitted.calibration
    assert found.covers(run.read("offers")) == {"a": True, "b": True}
    before, after = fitted.before["all"], fitted.after["all"]
    assert after.calibration_error < before.calibration_error
    assert before.precision < 0.9
    assert found.fitted_on["lowest_threshold"] == after.lowest_threshold


def test_the_report_says_what_changed_and_where_it_is_kept(run: RunFolder):
    fitted = calibrate(run, Settings(), label(write_sample(run, 300)[0], run), None, 0.97)
    text = render(fitted)
    assert "300 labels" in text
    assert "all, before: calibration error" in text
    assert "expected wrong merges" in text
    assert str(fitted.path) in text and str(fitted.page) in text


def test_each_pair_of_languages_with_enough_labels_has_figures_and_a_plot_of_its_own(run: RunFolder):
    fitted = calibrate(run, Settings(), label(write_sample(run, 800)[0], run), None, 0.9)
    languages = set(fitted.after) - {"all"}
    assert languages == {"de-de", "de-en", "de-ja", "en-en", "en-ja", "ja-ja"}
    assert sum(fitted.after[name].labels for name in languages) == fitted.after["all"].labels == 800
    page = fitted.page.read_text(encoding="utf-8")
    assert page.count('<div class="drawing">') == 7 and "default-src 'none'" in page
    for name in fitted.after:
        assert f"<h2>Share of matches by probability, {name}</h2>" in page


def test_the_report_names_the_languages_that_have_too_few_labels(run: RunFolder):
    fitted = calibrate(run, Settings(), label(write_sample(run, 300)[0], run), None, 0.9)
    assert set(fitted.after) == {"all"}
    assert sum(fitted.few.values()) == 300
    assert "Too few labels for figures of their own (100 are needed): " in render(fitted)


def test_labels_weigh_what_they_stand_for_however_the_sheet_comes_back(run: RunFolder):
    answered = label(write_sample(run, 300)[0], run)
    header, *rows = answered.read_text(encoding="utf-8").splitlines()
    straight = calibrate(run, Settings(), answered, None, 0.9).calibration
    # Saved by a spreadsheet that sorts by another column and writes semicolons.
    shuffled = [header, *sorted(rows, key=lambda row: row.split(",")[2])]
    answered.write_text("\r\n".join(shuffled).replace(",", ";"), encoding="utf-16")
    assert calibrate(run, Settings(), answered, None, 0.9).calibration == straight
    # Of the pairs that are hardly matches only every fourth comes back: the rest must stand for them.
    kept = [row for at, row in enumerate(rows) if at < 200 or at % 4 == 0]
    answered.write_text("\n".join([header, *kept]), encoding="utf-8")
    fewer = calibrate(run, Settings(), answered, None, 0.9).after["all"]
    assert fewer.labels < 240
    assert sum(point.pairs for point in fewer.points) == pytest.approx(SIZE * 8)


def test_scores_of_another_scorer_are_refused_with_a_sentence(run: RunFolder, monkeypatch: pytest.MonkeyPatch):
    answered = label(write_sample(run, 50)[0], run)
    monkeypatch.setattr(FakeScorer, "fingerprint", "vllm other")
    with pytest.raises(UserError, match="run `sku-align score`"):
        calibrate(run, Settings(), answered, None, 0.97)


def test_a_sheet_nobody_filled_in_is_refused_with_a_sentence(run: RunFolder):
    with pytest.raises(UserError, match="too few to calibrate"):
        calibrate(run, Settings(), write_sample(run, 50)[0], None, 0.97)
