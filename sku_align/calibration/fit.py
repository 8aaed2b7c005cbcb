"""Fits a calibration on labels.

The layer is a logistic regression drawn towards a prior: the shipped weights, or what common sense says of a GTIN that
agrees. Two hundred labels then move the offset and the scale, which is what differs between shops, and thousands move
everything. No weight may change its sign, because an agreeing GTIN never speaks against a match. Labels are taken to be
wrong three times in a hundred, as gold files and people are: a few sure-looking pairs with the wrong label then do not
make every sure pair doubtful.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit

from sku_align.calibration.calibration import COLUMNS, RAW, Calibration, design, link_of, linked
from sku_align.calibration.one_to_one import Places
from sku_align.calibration.run_features import rivalry
from sku_align.errors import UserError

PRIOR: Mapping[str, float] = {
    "raw": 1.0,
    "raw_low": 0.5,
    "raw_high": 0.1,
    "raw_listed": 0.1,
    "among_rivals": 0.0,
    "unrivalled": 0.0,
    "ahead": 0.4,
    "beaten": -0.6,
    "nearest": 0.5,
    "third_catalog": 0.0,
    "third_agrees": 0.5,
    "third_disagrees": -0.5,
    "gtin_agrees": 4.0,
    "gtin_conflicts": -2.0,
    "mpn_agrees": 2.0,
    "mpn_conflicts": -1.0,
    "quantity_agrees": 0.3,
    "quantity_conflicts": -2.0,
    "pack_agrees": 0.2,
    "pack_conflicts": -2.0,
    "variant_agrees": 0.2,
    "variant_conflicts": -1.5,
    "brand_alike": 0.3,
    "brand_differs": -0.5,
    "price_apart": -1.0,
    "numbers_agree": 0.5,
    "numbers_differ": -0.5,
    "codes_agree": 1.0,
    "codes_differ": -0.5,
}
FREE = ("among_rivals", "unrivalled", "third_catalog")
PRIOR_DEVIATION = 0.5
# Little more than a GTIN that agrees: in one trade a price may tell all, in the next it is the shop's.
LARGEST = 5.0
MISLABELLED = 0.03
ISOTONIC_FROM = 2000
FOLDS = 5
LEAST_LABELS = 20


@dataclass(frozen=True)
class Examples:
    """Rows of a calibration's matrix, of which some are labelled; the others are there because they are rivals.

    Attributes:
        matrix: Columns as of `design`, shape (c, k).
        at: Labelled rows, shape (m,).
        labels: Whether they are one product, shape (m,).
        weights: How much they count, shape (m,).
        places: Those of the candidates of a search; `None` for picked pairs, which have no rivals.
    """

    matrix: NDArray[np.float64]
    at: NDArray[np.int64]
    labels: NDArray[np.bool_]
    weights: NDArray[np.float64]
    places: Places | None = None

    def odds(self, layer: Calibration) -> NDArray[np.float64]:
        """Log odds of the labelled rows, shape (m,)."""
        odds = layer.log_odds(self.matrix)
        if self.places is not None and layer.exclusive:
            odds = self.places.settled(odds, layer.overlap)
        return odds[self.at]

    def chosen(self, mask: NDArray[np.bool_]) -> "Examples":
        """Only some of the labels; all rows stay as rivals."""
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
    repeating: frozenset[str] = frozenset(),
    prior: Calibration | None = None,
    weights: NDArray[np.floating[Any]] | None = None,
) -> tuple[Calibration, NDArray[np.float64]]:
    """Fit raw score and features to labels.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers of the labelled pairs, or of all candidates of a run, shape (c, 2).
        labels: Whether each labelled pair is one product, shape (m,).
        raw: Raw scores, shape (c,).
        groups: Product group of each labelled pair, shape (m,); a group is never on both sides of a fold.
        scorer: Fingerprint of the scorer that gave the raw scores.
        at: Which pairs are labelled, shape (m,); all without it.
        rank: How near the search found the candidates of a run, shape (c,); without it pairs have no rivals.
        repeating: Catalogs that may list a product more than once.
        prior: Calibration to start from; the built-in prior without it.
        weights: How many pairs of the run each labelled pair stands for, shape (m,).

    Returns:
        The calibration, which covers the catalogs of the labelled offers, and cross-validated probabilities (m,).

    Raises:
        UserError: There are too few labels, or all say the same.
    """
    labels = np.asarray(labels, dtype=bool)
    if len(labels) < LEAST_LABELS or labels.all() or not labels.any():
        raise UserError(
            f"{len(labels)} labels with {int(labels.sum())} matches are too few to calibrate: "
            f"label at least {LEAST_LABELS} pairs, with matches and others among them."
        )
    weight = np.ones(len(labels)) if weights is None else np.asarray(weights, dtype=np.float64)
    weight = weight * len(weight) / weight.sum()
    link = link_of(scorer)
    start = Calibration(scorer, link, 0.0, PRIOR) if prior is None else prior
    matrix = design(offers, pairs, raw, link, rivalry(offers, pairs, linked(raw, link), rank, repeating))
    places = None if rank is None else Places.of(offers, pairs, repeating)
    at = np.arange(len(labels), dtype=np.int64) if at is None else at
    examples = Examples(matrix, at, labels, weight, places)
    folds = fold_numbers(groups)
    odds = np.zeros(len(labels))
    for fold in range(FOLDS):
        inside = folds != fold
        if inside.all() or labels[inside].all() or not labels[inside].any():
            inside = np.ones(len(labels), dtype=bool)
        layer = fit_layer([examples.chosen(inside)], start)
        odds[folds == fold] = examples.odds(layer)[folds == fold]
    layer = fit_layer([examples], start)
    curve: tuple[tuple[float, float], ...] = ()
    probability = layer.curved(odds)
    if len(labels) >= ISOTONIC_FROM:
        curve = isotonic_curve(odds, labels, weight)
        for fold in range(FOLDS):
            other = folds != fold
            knots = Calibration(scorer, curve=isotonic_curve(odds[other], labels[other], weight[other]))
            probability[~other] = knots.curved(odds[~other])
    catalogs = offers["catalog"].take(pa.array(np.unique(pairs[at]))).unique().to_pylist()
    fitted_on = {"pairs": len(labels), "matches": int(labels.sum()), "products": len(np.unique(groups))}
    covered = tuple(sorted(catalogs))
    return replace(layer, scorer=scorer, link=link, curve=curve, catalogs=covered, fitted_on=fitted_on), probability


def fit_layer(examples: Sequence[Examples], start: Calibration) -> Calibration:
    """Fit the logistic layer alone, drawn towards `start`.

    It is fitted as if pairs had no rivals but for their columns. Where rivals share places, the weight of being among
    them is then fitted again with that, and with it the weight of the catalogs' overlap.

    Args:
        examples: What is known, at least one label of either kind among it.
        start: Calibration whose weights are the prior.
    """
    matrix = np.vstack([known.matrix[known.at] for known in examples])
    labels, weights = (np.concatenate([getattr(known, part) for known in examples]) for part in ("labels", "weights"))
    prior = np.array([start.weights.get(name, 0.0) for name in COLUMNS])
    bounds = [(None, None), *(_bounds(name) for name in COLUMNS)]
    target = np.where(labels, 1.0, -1.0)

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = target * (values[0] + matrix @ values[1:])
        likely = expit(margin)
        seen = _seen(likely)
        slope = -weights * target * (1 - 2 * MISLABELLED) * likely * (1 - likely) / seen
        away = (values[1:] - prior) / PRIOR_DEVIATION**2
        away[0] /= 4
        value = -np.sum(weights * np.log(seen)) + 0.5 * float(away @ (values[1:] - prior))
        return float(value), np.concatenate([[slope.sum()], matrix.T @ slope + away])

    found = minimize(loss, np.concatenate([[start.intercept], prior]), jac=True, bounds=bounds, method="L-BFGS-B")
    weights_found = {name: round(float(value), 6) for name, value in zip(COLUMNS, found.x[1:], strict=True)}
    intercept = round(float(found.x[0]), 6)
    layer = replace(start, intercept=intercept, weights=weights_found, curve=(), catalogs=(), fitted_on={})
    searched = [known for known in examples if known.places is not None]
    return _settle(layer, searched) if layer.exclusive and searched else layer


def _settle(layer: Calibration, searched: Sequence[Examples]) -> Calibration:
    """Fit the weights of being among rivals and of the overlap, drawn towards those of `layer`."""

    def moved(values: NDArray[np.float64]) -> Calibration:
        by, overlap = np.round(values, 6).tolist()
        weights = {**layer.weights, "among_rivals": round(layer.weights["among_rivals"] + by, 6)}
        return replace(layer, weights=weights, overlap=max(overlap, 0.0))

    def loss(values: NDArray[np.float64]) -> float:
        by, overlap = values
        value = 0.5 * by**2 + 0.5 * ((overlap - layer.overlap) / PRIOR_DEVIATION) ** 2
        for known in searched:
            odds = known.odds(moved(values))
            value -= float(known.weights @ np.log(_seen(expit(np.where(known.labels, odds, -odds)))))
        return float(value)

    corners = [[0.0, layer.overlap], [0.5, layer.overlap], [0.0, layer.overlap + 0.5]]
    options = {"initial_simplex": corners, "xatol": 1e-3, "fatol": 1e-3}
    return moved(minimize(loss, corners[0], method="Nelder-Mead", options=options).x)


def _seen(likely: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance that a label says what is likely to be so, labels being wrong now and then."""
    return MISLABELLED + (1 - 2 * MISLABELLED) * likely


def _bounds(name: str) -> tuple[float | None, float | None]:
    if name in FREE:
        return None, None
    largest = None if name in RAW else LARGEST
    return (0.0, largest) if PRIOR[name] > 0 else (None if largest is None else -largest, 0.0)


def isotonic_curve(
    odds: NDArray[np.float64], labels: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[tuple[float, float], ...]:
    """Knots of the monotone curve nearest to the labels: one a level, at the mean log odds of the level."""
    order = np.argsort(odds, kind="stable")
    fitted = isotonic_regression(labels[order].astype(np.float64), weights=weights[order])
    level = np.repeat(np.arange(len(fitted.blocks) - 1), np.diff(fitted.blocks))
    mass = np.bincount(level, weights=weights[order])
    at = np.bincount(level, weights=weights[order] * odds[order]) / mass
    # Half a match and half a miss more a level: no level is sure, however few pairs it holds.
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
