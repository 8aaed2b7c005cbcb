"""Keep what the service needs of a publication, as the last act of publishing it."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pyarrow as pa

from sku_align.calibration.calibration import CALIBRATIONS, load_calibration
from sku_align.config import CascadeScoring, HttpScoring, MeanScoring, ScoringSettings, Settings
from sku_align.errors import UserError
from sku_align.evaluation.comparing import made_by
from sku_align.folder import RunFolder
from sku_align.retrieval.build import IndexInput, build_index
from sku_align.retrieval.versions import IndexRoot


def keep_index(
    root: IndexRoot,
    publication: int,
    tables: Mapping[str, pa.Table],
    settings: Settings,
    folder: RunFolder,
) -> Path:
    """Write the index of a publication and forget old ones.

    Args:
        root: Where indexes lie.
        publication: Its number.
        tables: `offers`, `embeddings`, `candidates`, `scores`, `decisions` and `clusters` of its run.
        settings: All settings of its run.
        folder: The run folder, whose figures say what made the tables.

    Raises:
        UserError: The folder cannot be written to; the publication is live all the same.
    """
    run = IndexInput(
        **{name: tables[name] for name in ("offers", "embeddings", "candidates", "scores", "decisions", "clusters")},
        settings=without_secrets(settings).model_dump_json(),
        hub_limit=settings.blocking.hub_limit,
    )

    makers = made_by(folder)
    own = settings.scoring.calibrations or folder.calibrations
    calibration = load_calibration(makers["scorer"], own, settings.scoring.model_calibrations)
    # A calibration that was fitted after the scores is the one that answers from now on, and not the one of the scores.
    about = {**makers, "embedder": folder.facts("embed").get("embedder", "")}
    if cascade := folder.facts("score").get("cascade"):
        about["cascade_fit"] = cascade["fit"]

    def fill(place: Path) -> None:
        calibration.save(place / CALIBRATIONS)
        build_index(place, publication, run, about)

    try:
        return root.write(publication, fill, settings.publishing.keep_indexes)
    except OSError as error:
        raise UserError(
            f"Publication {publication} is live, but the service cannot take it up, because its index cannot be "
            f"written to {root.path} ({error.strerror}): make room there, or name another folder by publishing.index, "
            "and publish again."
        ) from error


def without_secrets(settings: Settings) -> Settings:
    """The settings without the places that catalogs come from, and without a user in the scorer's address."""
    catalogs = {
        name: catalog.model_copy(update={"path": None, "url": None, "query": None})
        for name, catalog in settings.catalogs.items()
    }
    changes: dict[str, object] = {"catalogs": catalogs}
    changes["scoring"] = _without_user(settings.scoring)
    return settings.model_copy(update=changes)


def _without_user(scoring: ScoringSettings) -> ScoringSettings:
    if isinstance(scoring, CascadeScoring):
        return scoring.model_copy(update={"fast": _without_user(scoring.fast), "strong": _without_user(scoring.strong)})
    if isinstance(scoring, MeanScoring):
        return scoring.model_copy(update={"scorers": tuple(map(_without_user, scoring.scorers))})
    if not isinstance(scoring, HttpScoring) or not scoring.url:
        return scoring
    parts = urlsplit(scoring.url)
    plain = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return scoring.model_copy(update={"url": plain})
