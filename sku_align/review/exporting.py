"""Questions of a run folder into files: one, or one per reviewer, language pair, category or catalog."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.files import write_text, written_whole
from sku_align.folder import RunFolder
from sku_align.pairs import sort_offers
from sku_align.review.reading import WORKBOOKS
from sku_align.review.sheet import COLUMNS, csv_text, rows_of, run_questions
from sku_align.review.workbook import workbook

Row = dict[str, Any]


@dataclass(frozen=True)
class Export:
    """What to write; see `sku-align review export --help`."""

    language: str = "en"
    checks: bool = False
    split_by: str | None = None
    reviewers: int = 1
    overlap: float = 0.0


def export(out: Path, config: Path | None, file: Path | None, wanted: Export) -> Iterator[tuple[Path, int]]:
    """Write the questions of a run; yields each file with the number of its questions.

    Raises:
        UserError: The run has no clusters yet, or a file cannot be written.
    """
    folder = RunFolder(out)
    offers, decisions, clusters = (folder.read(name) for name in ("offers", "decisions", "clusters"))
    offers = sort_offers(offers)
    asked = run_questions(offers, decisions, clusters, Settings.load(config))
    is_check = pc.equal(asked["kind"], "check")
    asked = asked.filter(is_check if wanted.checks else pc.invert(is_check))
    rows = list(rows_of(offers, asked, clusters))
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
