"""One scorer against another on the candidates of one run: both decided and clustered alike, without verdicts."""

from dataclasses import replace

import pyarrow as pa

from sku_align import schema
from sku_align.calibration.calibration import Calibration, load_calibration
from sku_align.clustering.cluster import cluster
from sku_align.config import ScoringSettings, Settings
from sku_align.deciding.bounds import bounds
from sku_align.deciding.decide import decide
from sku_align.evaluation.comparing import RunTables, made_by
from sku_align.folder import RunFolder
from sku_align.scoring.load import load_scorer
from sku_align.scoring.score import score


def compare_scorers(folder: RunFolder, other: ScoringSettings, settings: Settings) -> tuple[RunTables, RunTables]:
    """The run as its own scores make it, and as those of another scorer would.

    Args:
        folder: Run folder with `offers`, `candidates` and `scores`.
        other: The other scorer.
        settings: Thresholds, guards and rules of clustering for both.

    Returns:
        Both, to be given to `evaluation.comparing.compare_runs`.

    Raises:
        UserError: A table is missing, or the scorer cannot score.
    """
    offers, candidates, own = (folder.read(name) for name in ("offers", "candidates", "scores"))
    made, scorer = made_by(folder), load_scorer(other)
    one, two = (_calibration(folder, name, other, offers, settings) for name in (made["scorer"], scorer.fingerprint))
    # A place of its own keeps the run's own shards and cached scores as they are.
    known = settings.with_calibrated(two.covers(offers))
    scores = score(
        offers,
        candidates,
        scorer,
        two,
        other,
        folder.work / "compare",
        bounds=lambda offers, pairs: bounds(offers, pairs, known),
    )
    return (
        RunTables(offers, *_decided(offers, own, one, settings), **made),
        RunTables(
            offers,
            *_decided(offers, scores, two, settings),
            scorer=scorer.fingerprint,
            calibration=two.fingerprint,
            blocked_by=made["blocked_by"],
        ),
    )


def _calibration(
    folder: RunFolder, fingerprint: str, scoring: ScoringSettings, offers: pa.Table, settings: Settings
) -> Calibration:
    own = scoring.calibrations or folder.calibrations
    found = load_calibration(fingerprint, own, scoring.model_calibrations)
    return replace(found, has_duplicates=settings.with_duplicates(offers["catalog"].unique().to_pylist()))


def _decided(
    offers: pa.Table, scores: pa.Table, calibration: Calibration, settings: Settings
) -> tuple[pa.Table, pa.Table]:
    """Decisions and clusters; cluster numbers stand in for SKU ids, which nothing here compares."""
    settings = settings.with_calibrated(calibration.covers(offers))
    decisions = decide(offers, scores, schema.VERDICTS.empty_table(), settings)
    groups = cluster(offers, decisions, settings).groups
    columns = {name: groups[name] for name in ("catalog", "offer_id")}
    return decisions, schema.conform({**columns, "sku_id": groups["cluster"].cast(pa.string())}, schema.CLUSTERS)
