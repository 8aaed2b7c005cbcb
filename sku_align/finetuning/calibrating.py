"""From labels of a run's pairs to a calibration of its scorer, by way of the reviewer's sheet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sku_align import schema
from sku_align.calibration.calibration import Calibration, load_calibration
from sku_align.calibration.fit import fit_calibration
from sku_align.calibration.run_features import ranks
from sku_align.calibration.sampling import sample_pairs, sample_weights
from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.evaluation.pairs import product_groups
from sku_align.evaluation.reliability import ALL, MIN_LABELS, Judged, judge_reliability
from sku_align.folder import RunFolder
from sku_align.pairs import language_pairs, pair_positions, pair_rows, sort_offers
from sku_align.report.reliability import reliability_page

SHEET = "calibrate.csv"
PAGE = "calibration.html"
BOUND = "the 95 % lower bound of precision"


@dataclass(frozen=True)
class Fitted:
    """A stored calibration, and how the old and the new probabilities compare with the labels, by languages.

    Attributes:
        few: Labels of each pair of languages that has too few for figures of its own.
    """

    calibration: Calibration
    path: Path
    page: Path
    before: Mapping[str, Judged]
    after: Mapping[str, Judged]
    few: Mapping[str, int]
    target: float


def write_sample(folder: RunFolder, size: int) -> tuple[Path, int]:
    """Write the pairs of a run that are worth labelling as a reviewer's sheet.

    Returns:
        The file, and how many pairs are in it.
    """
    from sku_align.review.sheet import sheet

    offers, scores = sort_offers(folder.read("offers")), folder.read("scores")
    rows = pair_rows(offers, scores)
    chosen = sample_pairs(offers, rows, scores["probability"].to_numpy(), size)
    names = [*(field.name for field in schema.PAIR), "probability"]
    pairs = scores.select(names).take(pa.array(chosen))
    path = folder.path / SHEET
    folder.write_text(path, sheet(offers, schema.conform(pairs, schema.DECISIONS)))
    return path, len(chosen)


def calibrate(folder: RunFolder, settings: Settings, labels: Path | None, db: str | None, target: float) -> Fitted:
    """Fit and store a calibration of the scorer that made a run's scores, and draw how far it can be trusted.

    Args:
        folder: Run folder with `offers` and `scores`.
        settings: Settings of the run; `scoring.calibrations` is where calibrations are kept.
        labels: A reviewed sheet.
        db: Database whose verdicts count as labels too.
        target: Precision that the recommended threshold must reach.

    Raises:
        UserError: A label cannot be read, too few name scored pairs, or the scores are another scorer's.
    """
    from sku_align.scoring.load import load_scorer

    offers, scores = sort_offers(folder.read("offers")), folder.read("scores")
    fingerprint = load_scorer(settings.scoring).fingerprint
    made_by = scores["scorer"].unique().to_pylist()
    if any(not name.startswith(fingerprint) for name in made_by):
        raise UserError(
            f"The scores in {folder.path} are of {made_by[0]}, not of {fingerprint}: run `sku-align score`."
        )
    verdicts = _verdicts(labels, db)
    rows = pair_rows(offers, scores)
    at = pair_positions(rows, pair_rows(offers, verdicts), len(offers))
    truth = pc.equal(verdicts["verdict"], "same").to_numpy(zero_copy_only=False)[at >= 0]
    at = at[at >= 0]
    pairs, before, raw = rows[at], scores["probability"].to_numpy(), scores["raw_score"].to_numpy()
    has_duplicates = settings.with_duplicates(offers["catalog"].unique().to_pylist())
    weights = sample_weights(offers, rows, before, at)
    place = settings.scoring.calibrations or folder.calibrations
    calibration, after = fit_calibration(
        offers,
        rows,
        truth,
        raw,
        product_groups(len(offers), pairs, truth)[pairs[:, 0]],
        scorer=fingerprint,
        at=at,
        rank=ranks(offers, folder.read("candidates"), rows),
        has_duplicates=has_duplicates,
        prior=load_calibration(fingerprint, settings.scoring.model_calibrations),
        # The sample is spread over what the regression sees, so the fit needs the weights little; in full they would
        # leave it 45 labels' worth of 200.
        weights=np.sqrt(weights),
    )
    threshold, names = settings.deciding.auto_merge, language_pairs(offers, pairs)
    old, new = (judge_reliability(truth, p, weights, names, threshold, target) for p in (before[at], after))
    notes = {"calibration_error": new[ALL].calibration_error, "lowest_threshold": new[ALL].lowest_threshold}
    calibration = replace(calibration, fitted_on={**calibration.fitted_on, **notes})
    page = folder.path / PAGE
    folder.write_text(page, reliability_page("Calibration", [_basis(calibration), fingerprint], old, new, target))
    few = {name: int((names == name).sum()) for name in np.unique(names).tolist() if name not in new}
    return Fitted(calibration, calibration.save(place), page, old, new, few, target)


def render(fitted: Fitted) -> str:
    """Say in lines for a terminal what a calibration changes and how far it can be trusted."""
    after = fitted.after[ALL]
    lines = [
        _basis(fitted.calibration),
        "",
        "probability  share of matches  95 % interval    pairs",
        *(f"{at:11.2f}  {share:16.2f}   {low:.2f} to {high:.2f}  {n:7.0f}" for at, share, low, high, n in after.points),
        "",
        *(_line(name, word, judged[name]) for name in fitted.after for word, judged in _versions(fitted)),
    ]
    if after.lowest_threshold is None:
        lines.append(
            f"With these labels no threshold has a 95 % lower bound of precision of {fitted.target}: label more pairs."
        )
    else:
        lines.append(f"From probability {after.lowest_threshold:.3f} on, {BOUND} is at least {fitted.target}.")
    if fitted.few:
        counts = ", ".join(f"{name} {count}" for name, count in sorted(fitted.few.items(), key=lambda one: -one[1]))
        lines.append(f"Too few labels for figures of their own ({MIN_LABELS} are needed): {counts}.")
    lines.append(f"{fitted.page} shows it as plots.")
    return "\n".join([*lines, f"Stored in {fitted.path}; run `sku-align score` again to use it."])


def _basis(calibration: Calibration) -> str:
    facts = calibration.fitted_on
    return (
        f"{facts['pairs']} labels ({facts['matches']} matches, {facts['products']} products) of "
        f"{', '.join(calibration.catalogs)}; figures are cross-validated by product and weighted to the run."
    )


def _versions(fitted: Fitted) -> tuple[tuple[str, Mapping[str, Judged]], ...]:
    return ("before", fitted.before), ("after", fitted.after)


def _line(name: str, word: str, judged: Judged) -> str:
    return (
        f"{name}, {word}: calibration error {judged.calibration_error:.3f}; at >= {judged.threshold}: "
        f"precision {judged.precision:.3f} (95 % lower bound {judged.lower_bound:.3f}), recall {judged.recall:.3f}, "
        f"expected wrong merges {judged.expected_wrong_merges:.1f}"
    )


def _verdicts(labels: Path | None, db: str | None) -> pa.Table:
    from sku_align.review.verdicts import read_verdicts

    tables = []
    if db:
        from sku_align.store import Store

        tables.append(Store.existing(db).verdicts())
    if labels:
        read = read_verdicts(labels, "", "")
        if read.rejected:
            raise UserError(f"{labels} has rows that cannot be understood: {'; '.join(read.rejected[:5])}.")
        tables.append(read.table)
    return pa.concat_tables(tables)
