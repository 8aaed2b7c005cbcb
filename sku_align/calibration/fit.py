"""Fits a calibration on labels.

A logistic regression is drawn towards a prior: the shipped weights, or those of `prior.FEATURES`. Two hundred labels
then move the offset and the scale, which is what differs between shops, and thousands move everything. No weight may
change its sign, because an agreeing GTIN never counts against a match. Labels are taken to be wrong three times in a
hundred, as gold files and people are: a few clear pairs with the wrong label then do not make every clear pair
doubtful.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit

from sku_align.calibration.calibration import Calibration, raw_scale_of
from sku_align.calibration.features import FEATURE_NAMES, RAW_FEATURES, Evidence, raw_log_odds
from sku_align.calibration.one_to_one import OneToOne
from sku_align.calibration.prior import FEATURE_OF, PRIOR
from sku_align.errors import UserError

# Standard deviation of the prior on every weight, in log odds; chosen by eye, as is the double one of the raw score's
# slope, in which scorers differ most. Halved, a weight needs four times as many labels to move as far.
PRIOR_DEVIATION = 0.5
RAW_DEVIATIONS = 2.0
# Little more than a GTIN that agrees. Left free, the price had a weight of 10, because two shops of one labelled set
# share prices (docs/adr/0005).
MAX_WEIGHT = 5.5
# Share of wrong labels, chosen by eye. Without it a few wrong labels among clear pairs pulled every clear pair below
# 0.9 (docs/adr/0004).
MISLABELLED = 0.03
# From this many labels on a monotone curve replaces the logistic one; chosen by eye.
MIN_LABELS_FOR_CURVE = 2000
FOLDS = 5
MIN_LABELS = 20

# Name in `Limits` of the weight of the match prior, which is no feature.
MATCH_PRIOR = "match_prior"

Limits = Mapping[str, tuple[float | None, float | None]]


@dataclass(frozen=True)
class Examples:
    """Rows of a feature matrix, of which some are labelled; the others are there because they compete with those.

    Attributes:
        matrix: As returned by `Evidence.matrix`, shape (c, k).
        at: Labelled rows, shape (m,).
        labels: Whether they are one product, shape (m,).
        weights: How much they count, shape (m,).
        competing: Which candidates of a search compete; `None` for picked pairs.
    """

    matrix: NDArray[np.float64]
    at: NDArray[np.int64]
    labels: NDArray[np.bool_]
    weights: NDArray[np.float64]
    competing: OneToOne | None = None

    def odds(self, calibration: Calibration) -> NDArray[np.float64]:
        """Log odds of the labelled rows, shape (m,)."""
        odds = calibration.log_odds(self.matrix)
        if self.competing is not None and calibration.one_to_one:
            odds = self.competing.with_match_prior(odds, calibration.match_prior_weight)
        return odds[self.at]

    def chosen(self, mask: NDArray[np.bool_]) -> "Examples":
        """Only some of the labels; all rows stay, because they compete."""
        return replace(self, at=self.at[mask], labels=self.labels[mask], weights=self.weights[mask])


def fit_calibration(
    offers: pa.Table,
    pairs: NDArray[np.int64],
    labels: NDArray[np.bool_],
    raw: NDArray[np.floating[Any]],
    groups: NDArray[np.integer[Any]],
    *,
    scorer: str,
    at: NDArray[np.int64] | None = None,
    rank: NDArray[np.integer[Any]] | None = None,
    has_duplicates: Collection[str] = (),
    prior: Calibration | None = None,
    weights: NDArray[np.floating[Any]] | None = None,
) -> tuple[Calibration, NDArray[np.float64]]:
    """Fit the weights of raw score and features to labels.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers of the labelled pairs, or of all candidates of a run, shape (c, 2).
        labels: Whether each labelled pair is one product, shape (m,).
        raw: Raw scores, shape (c,).
        groups: Product group of each labelled pair, shape (m,); a group is never on both sides of a fold.
        scorer: Fingerprint of the scorer that gave the raw scores.
        at: Which pairs are labelled, shape (m,); all without it.
        rank: How near the search found the candidates of a run, shape (c,); without it they are picked pairs.
        has_duplicates: Catalogs that may list a product more than once.
        prior: Calibration to start from; the built-in prior without it.
        weights: How many pairs of the run each labelled pair stands for, shape (m,).

    Returns:
        The calibration, which covers the catalogs of the labelled offers, and cross-validated probabilities (m,).

    Raises:
        UserError: There are too few labels, or all say the same.
    """
    labels = np.asarray(labels, dtype=bool)
    if len(labels) < MIN_LABELS or labels.all() or not labels.any():
        raise UserError(
            f"{len(labels)} labels with {int(labels.sum())} matches are too few to calibrate: "
            f"label at least {MIN_LABELS} pairs, with matches and others among them."
        )
    weight = np.ones(len(labels)) if weights is None else np.asarray(weights, dtype=np.float64)
    weight = weight * len(weight) / weight.sum()
    scale = raw_scale_of(scorer)
    start = Calibration(scorer, scale, 0.0, PRIOR) if prior is None else prior
    matrix = Evidence.of(offers, pairs, raw_log_odds(raw, scale), rank, has_duplicates).matrix()
    competing = None if rank is None else OneToOne.of(offers, pairs, has_duplicates)
    at = np.arange(len(labels), dtype=np.int64) if at is None else at
    examples = Examples(matrix, at, labels, weight, competing)
    folds = fold_numbers(groups)
    odds = np.zeros(len(labels))
    for fold in range(FOLDS):
        inside = folds != fold
        if inside.all() or labels[inside].all() or not labels[inside].any():
            inside = np.ones(len(labels), dtype=bool)
        fitted = fit_regression([examples.chosen(inside)], start)
        odds[folds == fold] = examples.odds(fitted)[folds == fold]
    fitted = fit_regression([examples], start)
    curve: tuple[tuple[float, float], ...] = ()
    probability = fitted.curved(odds)
    if len(labels) >= MIN_LABELS_FOR_CURVE:
        curve = isotonic_curve(odds, labels, weight)
        for fold in range(FOLDS):
            other = folds != fold
            knots = Calibration(scorer, curve=isotonic_curve(odds[other], labels[other], weight[other]))
            probability[~other] = knots.curved(odds[~other])
    catalogs = offers["catalog"].take(pa.array(np.unique(pairs[at]))).unique().to_pylist()
    fitted_on = {"pairs": len(labels), "matches": int(labels.sum()), "products": len(np.unique(groups))}
    covered = tuple(sorted(catalogs))
    fitted = replace(fitted, scorer=scorer, raw_scale=scale, curve=curve, catalogs=covered, fitted_on=fitted_on)
    return fitted, probability


def fit_regression(examples: Sequence[Examples], start: Calibration, limits: Limits | None = None) -> Calibration:
    """Fit the logistic regression alone, drawn towards `start`.

    It is fitted as if each pair stood by itself. Where odds are normalised among competing candidates, the weight of
    `is_candidate` is then fitted again with that, and with it the weight of the match prior.

    Args:
        examples: What is known, at least one label of either kind among it.
        start: Calibration whose weights are the prior.
        limits: Lowest and highest weight of some features, beside what the signs of the prior allow.
    """
    matrix = np.vstack([known.matrix[known.at] for known in examples])
    labels, weights = (np.concatenate([getattr(known, part) for known in examples]) for part in ("labels", "weights"))
    prior = np.array([start.weights.get(name, 0.0) for name in FEATURE_NAMES])
    bounds = [(None, None), *(_bounds(name, limits or {}) for name in FEATURE_NAMES)]
    target = np.where(labels, 1.0, -1.0)

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        # Negative log likelihood of labels that are sometimes wrong, plus the normal prior; with their gradient.
        margin = target * (values[0] + matrix @ values[1:])
        likely = expit(margin)
        seen = _label_probability(likely)
        slope = -weights * target * (1 - 2 * MISLABELLED) * likely * (1 - likely) / seen
        away = (values[1:] - prior) / PRIOR_DEVIATION**2
        away[0] /= RAW_DEVIATIONS**2
        value = -np.sum(weights * np.log(seen)) + 0.5 * float(away @ (values[1:] - prior))
        return float(value), np.concatenate([[slope.sum()], matrix.T @ slope + away])

    found = minimize(loss, np.concatenate([[start.intercept], prior]), jac=True, bounds=bounds, method="L-BFGS-B")
    weights_found = {name: round(float(value), 6) for name, value in zip(FEATURE_NAMES, found.x[1:], strict=True)}
    intercept = round(float(found.x[0]), 6)
    fitted = replace(start, intercept=intercept, weights=weights_found, curve=(), catalogs=(), fitted_on={})
    searched = [known for known in examples if known.competing is not None]
    highest = (limits or {}).get(MATCH_PRIOR, (None, None))[1]
    return _fit_one_to_one(fitted, searched, highest) if fitted.one_to_one and searched else fitted


def _fit_one_to_one(fitted: Calibration, searched: Sequence[Examples], highest: float | None) -> Calibration:
    """Fit the weights of `is_candidate` and of the match prior, drawn towards those of `fitted`.

    Only these two are fitted on normalised odds: the whole regression fitted so was worse on the samples (F1 of .736)
    and where catalogs share little (docs/adr/0006).
    """

    def moved(values: NDArray[np.float64]) -> Calibration:
        by, weight = np.round(values, 6).tolist()
        weights = {**fitted.weights, "is_candidate": round(fitted.weights["is_candidate"] + by, 6)}
        return replace(fitted, weights=weights, match_prior_weight=float(np.clip(weight, 0.0, highest)))

    def loss(values: NDArray[np.float64]) -> float:
        by, weight = values
        value = 0.5 * by**2 + 0.5 * ((weight - start) / PRIOR_DEVIATION) ** 2
        for known in searched:
            odds = known.odds(moved(values))
            value -= float(known.weights @ np.log(_label_probability(expit(np.where(known.labels, odds, -odds)))))
        return float(value)

    start = fitted.match_prior_weight
    corners = [[0.0, start], [0.5, start], [0.0, start + 0.5]]
    options = {"initial_simplex": corners, "xatol": 1e-3, "fatol": 1e-3}
    return moved(minimize(loss, corners[0], method="Nelder-Mead", options=options).x)


def _label_probability(likely: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability that a label is as the pair most likely is, where some labels are wrong."""
    return MISLABELLED + (1 - 2 * MISLABELLED) * likely


def _bounds(name: str, limits: Limits) -> tuple[float | None, float | None]:
    """Lowest and highest weight that a fit may find: what the sign of the prior allows, within `limits`."""
    largest = None if name in RAW_FEATURES else MAX_WEIGHT
    by_sign: Limits = {
        "either": (None, None),
        "positive": (0.0, largest),
        "negative": (None if largest is None else -largest, 0.0),
    }
    (low, high), (lowest, highest) = by_sign[FEATURE_OF[name].sign], limits.get(name, (None, None))
    return low if lowest is None else lowest, high if highest is None else highest


def isotonic_curve(
    odds: NDArray[np.float64], labels: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[tuple[float, float], ...]:
    """Knots of the monotone curve nearest to the labels: one per level, at the mean log odds of the level."""
    order = np.argsort(odds, kind="stable")
    fitted = isotonic_regression(labels[order].astype(np.float64), weights=weights[order])
    level = np.repeat(np.arange(len(fitted.blocks) - 1), np.diff(fitted.blocks))
    mass = np.bincount(level, weights=weights[order])
    at = np.bincount(level, weights=weights[order] * odds[order]) / mass
    # Half a match and half a non-match are added to each level, so that no level is certain, however few pairs it has.
    value = np.maximum.accumulate((np.bincount(level, weights=(weights * labels)[order]) + 0.5) / (mass + 1.0))
    return tuple((round(float(x), 4), round(float(y), 5)) for x, y in zip(at, value, strict=True))


def fold_numbers(groups: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """A fold for each pair; pairs of one group share it, and folds hold about as many pairs each."""
    names, number, counts = np.unique(groups, return_inverse=True, return_counts=True)
    fold, load = np.zeros(len(names), dtype=np.int64), np.zeros(FOLDS)
    for at in np.argsort(-counts, kind="stable"):
        fold[at] = np.argmin(load)
        load[fold[at]] += counts[at]
    return fold[number]
