"""Reviewed sheets are taken into the store: one that is named, or all that people put into a watched folder.

A sheet from the folder is moved aside with a receipt beside it, so that whoever returned it reads there what was taken
and what was not, and so that no sheet is taken twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from sku_align.errors import UserError
from sku_align.review.verdicts import read_verdicts

if TYPE_CHECKING:
    from sku_align.store import Store

SHEETS = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm"}


@dataclass(frozen=True)
class Receipt:
    """What became of a returned sheet.

    Attributes:
        sheet: Name of the file.
        same: Must-links taken.
        different: Cannot-links taken.
        unknown: Verdicts among them about an offer that no publication shows now.
        rejected: A sentence for each row that was not taken.
        refused: Why nothing could be taken from the file, if so.
    """

    sheet: str
    same: int = 0
    different: int = 0
    unknown: int = 0
    rejected: tuple[str, ...] = ()
    refused: str | None = None

    def __str__(self) -> str:
        if self.refused:
            return f"Nothing was taken: {self.refused}"
        lines = [f"{self.same} must-links and {self.different} cannot-links are kept; the next run obeys them."]
        if self.unknown:
            lines.append(f"{self.unknown} of them name an offer that is not published; they count once it is.")
        if self.rejected:
            lines.append(f"{len(self.rejected)} rows were not taken:")
        return "\n".join([*lines, *self.rejected])


def apply_sheet(sheet: Path, store: "Store", reviewer: str, now: datetime) -> Receipt:
    """Take the verdicts of one sheet into the store.

    Args:
        sheet: As `read_verdicts` reads it.
        store: Keeps the verdicts.
        reviewer: Who decided.
        now: When.

    Raises:
        UserError: The file is no reviewed sheet.
    """
    verdicts = read_verdicts(sheet, reviewer, now.isoformat(timespec="seconds"))
    store.add_verdicts(verdicts.table)
    same = int(pc.sum(pc.equal(verdicts.table["verdict"], "same")).as_py() or 0)
    unknown = _unknown(verdicts.table, store)
    return Receipt(sheet.name, same, len(verdicts.table) - same, unknown, tuple(verdicts.rejected))


def returned_sheets(folder: Path) -> list[Path]:
    """Sheets that wait in the folder, sorted by name; lock files of open spreadsheets and other files are no sheets."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and path.suffix.lower() in SHEETS and not path.name.startswith((".", "~"))
    )


def apply_returned(folder: Path, store: "Store", now: datetime) -> Iterator[Receipt]:
    """Take every sheet that waits in a folder, oldest name first, and move it to `taken` or `refused` with a receipt.

    A sheet that is no reviewed sheet is refused and never stops the others. The reviewer is the file's stem.

    Args:
        folder: Where people put reviewed sheets.
        store: Keeps the verdicts.
        now: When.
    """
    for sheet in returned_sheets(folder):
        try:
            receipt = apply_sheet(sheet, store, sheet.stem, now)
        except UserError as error:
            receipt = Receipt(sheet.name, refused=str(error))
        aside = folder / ("refused" if receipt.refused else "taken")
        aside.mkdir(exist_ok=True)
        name = f"{now:%Y%m%dT%H%M%S}-{sheet.name}"
        (aside / f"{name}.receipt.txt").write_text(f"{receipt}\n", encoding="utf-8")
        sheet.replace(aside / name)
        yield receipt


def _unknown(verdicts: pa.Table, store: "Store") -> int:
    live = store.previous().table
    known = {
        f"{catalog}#{offer}"
        for catalog, offer in zip(live["catalog"].to_pylist(), live["offer_id"].to_pylist(), strict=True)
    }
    return sum(
        any(f"{row[f'{side}_catalog']}#{row[f'{side}_offer_id']}" not in known for side in ("left", "right"))
        for row in verdicts.to_pylist()
    )
