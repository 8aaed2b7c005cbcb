"""Questions of a run folder into files: one, or one per reviewer, language pair, category or catalog."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.files import write_text, written_whole
from sku_align.folder import RunFolder
from sku_align.pairs import sort_offers
from sku_align.review.reading import WORKBOOKS
from sku_align.review.sheet import COLUMNS, csv_text, rows_of
from sku_align.review.waiting import run_questions, waiting
from sku_align.review.workbook import workbook

if TYPE_CHECKING:
    from sku_align.store import Store

Row = dict[str, Any]
MAX_CHECKS = 50  # Spot checks are a sample: chosen by eye.


@dataclass(frozen=True)
class Export:
    """What to write; see `sku-align review export --help`."""

    language: str = "en"
    checks: bool = False
    split_by: str | None = None
    reviewers: int = 1
    overlap: float = 0.0


class Written(NamedTuple):
    """Two sheets: the questions, and spot checks of SKUs that only doubtful pairs speak against.

    Attributes:
        text: The questions as CSV.
        checks: Spot checks as CSV.
        questions: How many questions wait for an answer.
        spot_checks: How many spot checks there are.
        skipped: Questions among them that somebody skipped.
        earlier: Questions among them that somebody answered for texts that have changed.
    """

    text: str
    checks: str
    questions: int
    spot_checks: int
    skipped: int
    earlier: int


def write_questions(
    offers: pa.Table, decisions: pa.Table, clusters: pa.Table, settings: Settings, store: "Store | None" = None
) -> Written:
    """Write the questions of a run as one sheet and its most doubtful spot checks as another.

    Args:
        offers: Table of `schema.OFFERS`.
        decisions: Table of `schema.DECISIONS`.
        clusters: Table of `schema.CLUSTERS`.
        settings: Settings of the run.
        store: Knows which were skipped and what was answered earlier.
    """
    offers = sort_offers(offers)
    wait = waiting(offers, decisions, clusters, settings, store)
    checks = wait.checks.slice(0, MAX_CHECKS)
    texts = [csv_text(rows_of(offers, part, clusters, remarks=wait.remarks), COLUMNS) for part in (wait.joins, checks)]
    return Written(texts[0], texts[1], len(wait.joins), len(checks), wait.count("skipped"), wait.count("earlier"))


def export(
    out: Path, config: Path | None, file: Path | None, wanted: Export, store: "Store | None" = None
) -> Iterator[tuple[Path, int]]:
    """Write the questions of a run; yields each file with the number of its questions.

    Args:
        out: The run folder.
        config: Settings file.
        file: Where to write; `review.csv` or `spot_checks.csv` of the run folder if absent.
        wanted: What to write.
        store: Knows what was answered, skipped and said earlier since the run; without it every question is written.

    Raises:
        UserError: The run has no clusters yet, or a file cannot be written.
    """
    folder = RunFolder(out)
    offers, decisions, clusters = (folder.read(name) for name in ("offers", "decisions", "clusters"))
    offers = sort_offers(offers)
    wait = waiting(offers, decisions, clusters, Settings.load(config), store)
    asked = wait.checks if wanted.checks else wait.joins
    rows = list(rows_of(offers, asked, clusters, wanted.language, wait.remarks))
    path = file or (folder.review.with_name("spot_checks.csv") if wanted.checks else folder.review)
    for name, part in _parts(rows, wanted).items():
        target = path.with_name(f"{path.stem}-{name}{path.suffix}") if name else path
        _write(target, part, wanted.language)
        yield target, len(part)


def _write(path: Path, rows: list[Row], language: str) -> None:
    try:
        if path.suffix.lower() in WORKBOOKS:
            with written_whole(path) as beside:
                beside.write_bytes(workbook(rows, COLUMNS, language))
        else:
            write_text(path, csv_text(rows, COLUMNS))
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from error


def _parts(rows: list[Row], wanted: Export) -> dict[str, list[Row]]:
    """Rows by the name of their file; each question is in one file, or in all where reviewers overlap."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[_group(row, wanted.split_by)].append(row)
    if wanted.reviewers == 1:
        return dict(groups) or {"": []}
    parts: dict[str, list[Row]] = defaultdict(list)
    for name, group in groups.items():
        shared = 0.0
        for at, row in enumerate(group):
            # Every 1 / overlap-th question goes to everybody, so that agreement is measured over the whole list.
            shared += wanted.overlap
            everybody = shared >= 1
            shared -= everybody
            for reviewer in range(wanted.reviewers):
                if everybody or at % wanted.reviewers == reviewer:
                    parts["-".join(filter(None, (name, f"reviewer{reviewer + 1}")))].append(row)
    return dict(parts)


def _group(row: Row, by: str | None) -> str:
    if by is None:
        return ""
    if by == "languages":
        values = sorted((row[f"{side}_language"] or "und").split("-")[0] for side in ("left", "right"))
    elif by == "catalog":
        values = sorted(row[side].partition("#")[0] for side in ("left", "right"))
    else:
        values = [(row["left_category"] or row["right_category"] or "none").split(">")[0].strip()]
    return re.sub(r"[^\w-]+", "_", "-".join(values))[:80]


def questions_of(folder: RunFolder, settings: Settings) -> tuple[pa.Table, list[Row]]:
    """All questions of a run as a table of `QUESTIONS`, and what a person sees of each, in the same order."""
    offers, decisions, clusters = (folder.read(name) for name in ("offers", "decisions", "clusters"))
    offers = sort_offers(offers)
    asked = run_questions(offers, decisions, clusters, settings)
    return asked, list(rows_of(offers, asked, clusters))
