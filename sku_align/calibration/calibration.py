"""From raw scores to probabilities: what "0.9" means.

A calibration is a small logistic layer over the raw score and the features that a text model is blind to, then a
monotone curve. It belongs to one scorer fingerprint. Shipped ones lie beside this module and cover no catalog: they
were fitted on other shops' products. `sku-align calibrate` fits one on a user's own labels, starting from the shipped
weights, and that one covers the catalogs it saw.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.calibration.one_to_one import Places
from sku_align.calibration.pair_features import FEATURES, features
from sku_align.calibration.run_features import RIVALS, rivalry
from sku_align.errors import UserError
from sku_align.folder import RunFolder

CALIBRATIONS = "calibrations"
SHIPPED = Path(__file__).parent / CALIBRATIONS
CLAMP = 0.001
LOGIT_LIMIT = 12.0
NO_MATCH, CLEAR_MATCH = -4.0, 2.0
RAW = ("raw", "raw_low", "raw_high", "raw_listed")
COLUMNS = (*RAW, *RIVALS, *FEATURES)
CHUNK = 1 << 18

Link = Literal["logit", "none"]


@dataclass(frozen=True)
class Calibration:
    """Maps raw scores of one scorer to match probabilities.

    Attributes:
        scorer: Fingerprint of the scorer.
        link: "logit" if raw scores are probabilities, "none" if they are log odds already.
        intercept: Log odds added to every pair.
        weights: Weight by name in `COLUMNS`; what has no weight counts nothing.
        curve: Knots (log odds, probability) of a monotone curve; the logistic function if empty.
        catalogs: Catalogs whose own labels it was fitted on.
        fitted_on: What it was fitted on, and its cross-validated figures.
        exclusive: Whether the candidates of an offer in one catalog share its place there, as of `places.Places`.
        overlap: Weight of the log odds that an offer has a partner in the other catalog at all, where `exclusive`.
        repeating: Catalogs at hand that may list a product more than once; a matter of the run, not stored.
    """

    scorer: str
    link: Link = "none"
    intercept: float = 0.0
    weights: Mapping[str, float] = field(default_factory=lambda: {"raw": 1.0})
    curve: tuple[tuple[float, float], ...] = ()
    catalogs: tuple[str, ...] = ()
    fitted_on: Mapping[str, Any] = field(default_factory=dict)
    exclusive: bool = False
    overlap: float = 0.0
    repeating: frozenset[str] = frozenset()

    def probability(
        self,
        offers: pa.Table,
        pairs: NDArray[np.int64],
        raw: NDArray[np.floating[Any]],
        rank: NDArray[np.integer[Any]] | None = None,
    ) -> NDArray[np.float32]:
        """Match probabilities of pairs.

        Args:
            offers: Table of `schema.OFFERS`, n rows.
            pairs: Row numbers into `offers`, shape (m, 2).
            raw: Raw scores of the pairs, shape (m,). All candidates of a run belong into one call, because a pair is
                also judged by how it stands among them.
            rank: How near a search of whole catalogs found the pairs, shape (m,), from 1; without it they are a list of
                picked examples, which have no rivals to speak of.

        Returns:
            Probabilities, shape (m,), kept 0.001 away from 0 and 1; nan where the raw score is nan.
        """
        rivals = rivalry(offers, pairs, linked(raw, self.link), rank, self.repeating)
        odds = np.empty(len(pairs))
        for start in range(0, len(pairs), CHUNK):
            part = slice(start, start + CHUNK)
            odds[part] = self.log_odds(design(offers, pairs[part], raw[part], self.link, rivals[part]))
        if rank is not None and self.exclusive:
            odds = Places.of(offers, pairs, self.repeating).settled(odds, self.overlap)
        return self.curved(odds).astype(np.float32)

    def log_odds(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log odds from a `design` matrix."""
        return np.asarray(self.intercept + matrix @ np.array([self.weights.get(name, 0.0) for name in COLUMNS]))

    def curved(self, odds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities of log odds."""
        if self.curve:
            knots, values = np.array(self.curve).T
            probability = np.interp(odds, knots, values)
        else:
            probability = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
        return np.asarray(np.clip(probability, CLAMP, 1 - CLAMP))

    def covers(self, offers: pa.Table) -> dict[str, bool]:
        """Say for each catalog in `offers` whether the calibration was fitted on labels of its own."""
        return {name: name in self.catalogs for name in sorted(set(offers["catalog"].unique().to_pylist()))}

    def save(self, folder: Path) -> Path:
        """Write the calibration into a folder, replacing that of the same scorer, and return the file."""
        path = folder / file_name(self.scorer)
        values = {name: value for name, value in asdict(self).items() if name != "repeating"}
        text = json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        RunFolder(folder).write_text(path, text)
        return path

    @classmethod
    def read(cls, path: Path) -> "Calibration":
        """Read a calibration file.

        Raises:
            UserError: The file is damaged, or weighs what this version does not know.
        """
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            calibration = cls(**values)
            if unknown := sorted(set(calibration.weights) - set(COLUMNS)):
                raise ValueError(f"it weighs {', '.join(unknown)}, which this version does not know")
            return replace(
                calibration,
                curve=tuple((float(odds), float(probability)) for odds, probability in calibration.curve),
                catalogs=tuple(calibration.catalogs),
            )
        except (OSError, ValueError, TypeError) as error:
            raise UserError(f"The calibration {path} cannot be read ({error}); fit it again or delete it.") from error


def load_calibration(fingerprint: str, *folders: Path | None) -> Calibration:
    """Find the calibration of a scorer: the first in `folders`, else the shipped one, else the raw score itself.

    The last case holds only for scorers whose raw score is a probability already; it covers no catalog.
    """
    for place in (*folders, SHIPPED):
        if place is not None and (path := place / file_name(fingerprint)).exists():
            return Calibration.read(path)
    return Calibration(fingerprint, link=link_of(fingerprint))


def file_name(fingerprint: str) -> str:
    """Name of the file that holds the calibration of a scorer."""
    return f"{hashlib.blake2b(fingerprint.encode(), digest_size=8).hexdigest()}.json"


def link_of(fingerprint: str) -> Link:
    """Scale of a scorer's raw scores: log odds of the bundled one, probabilities of all others."""
    return "none" if fingerprint.startswith("bundled") else "logit"


def linked(raw: NDArray[np.floating[Any]], link: Link) -> NDArray[np.float64]:
    """Raw scores as log odds, kept within twelve of 0."""
    score = np.asarray(raw, dtype=np.float64)
    if link == "logit":
        inside = np.clip(score, 1e-6, 1 - 1e-6)
        score = np.log(inside / (1 - inside))
    return np.clip(score, -LOGIT_LIMIT, LOGIT_LIMIT)


def design(
    offers: pa.Table,
    pairs: NDArray[np.int64],
    raw: NDArray[np.floating[Any]],
    link: Link,
    rivals: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The matrix a calibration's weights apply to, columns as in `COLUMNS`, shape (m, k).

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers into `offers`, shape (m, 2).
        raw: Raw scores of the pairs, shape (m,).
        link: Scale of the raw scores.
        rivals: How the pairs stand among all candidates, as of `rivalry`, shape (m, 8).
    """
    odds = linked(raw, link)
    low, high = np.minimum(odds - NO_MATCH, 0.0), np.maximum(odds - CLEAR_MATCH, 0.0)
    listed = odds * (1.0 - rivals[:, RIVALS.index("among_rivals")])
    return np.hstack([np.stack([odds, low, high, listed], axis=1), rivals, features(offers, pairs)])
