"""The whole job in one call."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sku_align.config import Settings
from sku_align.job import STAGES, Job, StageResult

if TYPE_CHECKING:
    from sku_align.store import Publication


@dataclass(frozen=True)
class Alignment:
    """What a finished run did and where it lies."""

    job: Job
    stages: dict[str, StageResult]
    publication: "Publication | None"


def align(
    catalogs: Sequence[Path | str],
    out: Path | str,
    db: str | None = None,
    settings: Settings | None = None,
    accept_churn: bool = False,
    around: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> Alignment:
    """Align catalogs: ingest, embed, block, score, decide, cluster, and publish if a database is named.

    Args:
        catalogs: Catalog files; empty means those that the settings name.
        out: Folder for the tables, `review.csv` and `report.html`.
        db: SQLAlchemy URL of the database that storefronts read; nothing is published without it.
        settings: Settings of the run; the defaults need no GPU and no network.
        accept_churn: Publish although more offers change their SKU than the limit allows.
        around: Called with each stage's name; the stage runs inside the context it returns.

    Returns:
        The run: its stages' figures and its publication.

    Raises:
        UserError: The input or the surroundings are at fault; the message says what to do.
    """
    job = Job(Path(out), settings or Settings(), [Path(catalog) for catalog in catalogs], db)
    with around("check"):
        job.check()
    results = {}
    for stage in STAGES:
        with around(stage):
            results[stage] = getattr(job, stage)()
    with around("review"):
        results["review"] = job.export_review()
    publication = None
    if db:
        with around("publish"):
            publication = job.publish(datetime.now(UTC), accept_churn)
    return Alignment(job, results, publication)
