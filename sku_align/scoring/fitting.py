"""Fits a calibration on labels.

The layer is a logistic regression drawn towards a prior: the shipped weights, or what common sense says of a GTIN that
agrees. Two hundred labels then move the offset and the scale, which is what differs between shops, and thousands move
everything. No weight may change its sign, because an agreeing GTIN never speaks against a match. Labels are taken to be
wrong three times in a hundred, as gold files and people are: a few sure-looking pairs with the wrong label then do not
make every sure pair doubtful.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit

from sku_align.errors import UserError
from sku_align.scoring.calibration import COLUMNS, RAW, Calibration, design, link_of
from sku_align.scoring.rivals import RIVALS

PRIOR: Mapping[str, float] = {
    "raw": 1.0,
    "raw_low": 0.5,
    "raw_high": 0.1,
    "raw_listed": 0.1,
    "among_rivals": 0.0,
    "unrivalled": 0.0,
    "ahead": 0.4,
    "beaten": -0.6,
    "overlap": 0.3,
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


def fit_calibration(
    offers: pa.Table,
    pairs: NDArray[np.int64],
    labels: NDArray[np.bool_],
    raw: NDArray[np.floating[Any]],
    groups: NDArray[np.integer[Any]],
    *,
    scorer: str,
    rivals: NDArray[np.float64] | None = None,
    contest: NDArray[np.float64] | None = None,
    prior: Calibration | None = None,
    weights: NDArray[np.floating[Any]] | None = None,
) -> tuple[Calibration, NDArray[np.float64]]:
    """Fit raw score and features to labels.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers of the labelled pairs, shape (m, 2).
        labels: Whether each pair is one product, shape (m,).
        raw: Raw scores, shape (m,).
        groups: Product group of each pair, shape (m,); a group is never on both sides of a fold.
        scorer: Fingerprint of the scorer that gave the raw scores.
        rivals: How the pairs stand among all candidates, as of `rivalry`, shape (m, 8); unknown without it.
        contest: What rivals add to the log odds of each pair by `contested` and the prior, shape (m,); 0 without it.
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
    matrix = design(offers, pairs, raw, link, np.zeros((len(labels), len(RIVALS))) if rivals is None else rivals)
    offset = np.zeros(len(labels)) if contest is None else contest
    start = Calibration(scorer, link, 0.0, PRIOR) if prior is None else prior
    folds = fold_numbers(groups)
    odds = np.zeros(len(labels))
    for fold in range(FOLDS):
        inside = folds != fold
        if inside.all() or labels[inside].all() or not labels[inside].any():
            inside = np.ones(len(labels), dtype=bool)
        layer = fit_layer(matrix[inside], labels[inside], weight[inside], start, offset[inside])
        odds[folds == fold] = layer.log_odds(matrix[folds == fold]) + offset[folds == fold]
    layer = fit_layer(matrix, labels, weight, start, offset)
    curve: tuple[tuple[float, float], ...] = ()
    probability = layer.curved(odds)
    if len(labels) >= ISOTONIC_FROM:
        curve = isotonic_curve(odds, labels, weight)
        for fold in range(FOLDS):
            other = folds != fold
            knots = Calibration(scorer, curve=isotonic_curve(odds[other], labels[other], weight[other]))
            probability[~other] = knots.curved(odds[~other])
    catalogs = offers["catalog"].take(pa.array(np.unique(pairs))).unique().to_pylist()
    fitted_on = {"pairs": len(labels), "matches": int(labels.sum()), "products": len(np.unique(groups))}
    covered = tuple(sorted(catalogs))
    return replace(layer, scorer=scorer, link=link, curve=curve, catalogs=covered, fitted_on=fitted_on), probability


def fit_layer(
    matrix: NDArray[np.float64],
    labels: NDArray[np.bool_],
    weights: NDArray[np.float64],
    start: Calibration,
    offset: NDArray[np.float64] | float = 0.0,
) -> Calibration:
    """Fit the logistic layer alone, drawn towards `start`; `matrix` as of `design`, `offset` adds to its log odds."""
    prior = np.array([start.weights.get(name, 0.0) for name in COLUMNS])
    bounds = [(None, None), *(_bounds(name) for name in COLUMNS)]
    target = np.where(labels, 1.0, -1.0)

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = target * (values[0] + matrix @ values[1:] + offset)
        likely = expit(margin)
        seen = MISLABELLED + (1 - 2 * MISLABELLED) * likely
        slope = -weights * target * (1 - 2 * MISLABELLED) * likely * (1 - likely) / seen
        away = (values[1:] - prior) / PRIOR_DEVIATION**2
        away[0] /= 4
        value = -np.sum(weights * np.log(seen)) + 0.5 * float(away @ (values[1:] - prior))
        return float(value), np.concatenate([[slope.sum()], matrix.T @ slope + away])

    found = minimize(loss, np.concatenate([[start.intercept], prior]), jac=True, bounds=bounds, method="L-BFGS-B")
    weights_found = {name: round(float(value), 6) for name, value in zip(COLUMNS, found.x[1:], strict=True)}
    intercept = round(float(found.x[0]), 6)
    return Calibration(start.scorer, start.link, intercept, weights_found, exclusive=start.exclusive)


def log_loss(labels: NDArray[np.bool_], odds: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Weighted log loss of log odds, labels being wrong now and then as in `fit_layer`."""
    right = expit(np.where(labels, odds, -odds))
    return float(-weights @ np.log(MISLABELLED + (1 - 2 * MISLABELLED) * right))


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
