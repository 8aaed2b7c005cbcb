"""Reviewed sheets are taken into the store: one that is named, or all that people put into a watched folder.

A sheet from the folder is moved aside with a receipt beside it, so that whoever returned it reads there what was taken
and what was not. Each sheet is taken by itself: what is wrong with one never stops the others. Its verdicts are kept
first and the file is moved last; where the move fails, the next try finds every verdict kept already.
"""

import hashlib
import logging
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sku_align.errors import TransientError, UserError
from sku_align.files import write_text
from sku_align.review.keys import Key
from sku_align.review.reading import read_answers
from sku_align.review.taking import Receipt, take
from sku_align.skus.versions import offer_versions

if TYPE_CHECKING:
    import pyarrow as pa

    from sku_align.store import Store

SHEETS = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm"}
# File systems allow names of 255 bytes; the time before the name and ".receipt.txt" after it need 30.
_MAX_NAME = 200
_log = logging.getLogger(__name__)


def apply_sheet(
    sheet: Path,
    store: "Store",
    reviewer: str,
    now: datetime,
    offers: "pa.Table | None" = None,
    overrule: bool = False,
) -> Receipt:
    """Take the verdicts of one sheet into the store.

    Args:
        sheet: As `read_answers` reads it.
        store: Keeps the verdicts.
        reviewer: Who decided.
        now: When.
        offers: Offers of the run that asked, table of `schema.OFFERS`, if it was not published.
        overrule: Take answers although another person said the opposite.

    Raises:
        UserError: The file is not a reviewed sheet.
    """
    texts: dict[Key, frozenset[str]] = {}
    if offers is not None:
        texts = {key: frozenset({text}) for key, text in offer_versions(offers).items()}
    return take(read_answers(sheet), store, reviewer, now, _readable(sheet.name), texts, overrule)


def returned_sheets(folder: Path) -> list[Path]:
    """Sheets that wait in the folder, sorted by name; lock files of open spreadsheets and other files are left out."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and path.suffix.lower() in SHEETS and not path.name.startswith((".", "~"))
    )


def apply_returned(folder: Path, store: "Store", now: datetime, offers: "pa.Table | None" = None) -> Iterator[Receipt]:
    """Take every sheet that waits in a folder, oldest name first, and move it to `taken` or `refused` with a receipt.

    The reviewer is the file's stem.

    Args:
        folder: Where people put reviewed sheets.
        store: Keeps the verdicts.
        now: When.
        offers: Offers of the run that asked, table of `schema.OFFERS`, if it was not published.

    Raises:
        TransientError: The database cannot be reached; the sheets stay where they are.
    """
    for sheet in returned_sheets(folder):
        name = _readable(sheet.name)
        try:
            receipt = apply_sheet(sheet, store, _readable(sheet.stem)[:100], now, offers)
        except TransientError:
            raise
        except UserError as error:
            receipt = Receipt(name, refused=str(error))
        # One sheet never stops the others: what nobody foresaw is a refusal, with its traceback in the log.
        except Exception as error:
            _log.exception("The reviewed sheet %s cannot be taken", name)
            receipt = Receipt(name, refused=f"The sheet {name} cannot be taken ({type(error).__name__}: {error}).")
        try:
            _move_aside(sheet, folder / ("refused" if receipt.refused else "taken"), receipt, now)
        except OSError as error:
            _log.warning("%s cannot be moved aside (%s); its verdicts are kept once.", name, error.strerror)
        yield receipt


def _move_aside(sheet: Path, aside: Path, receipt: Receipt, now: datetime) -> None:
    aside.mkdir(exist_ok=True)
    name = _readable(sheet.name)
    if name != sheet.name or len(name.encode()) > _MAX_NAME:
        digest = hashlib.blake2b(os.fsencode(sheet.name), digest_size=4).hexdigest()
        stem = re.sub(r"[^\w.-]", "_", _readable(sheet.stem)).encode()[:100].decode("utf-8", "ignore")
        name = f"{stem}-{digest}{sheet.suffix.lower()}"
    target, number = aside / f"{now:%Y%m%dT%H%M%S}-{name}", 1
    while target.exists():
        number += 1
        target = aside / f"{now:%Y%m%dT%H%M%S}-{number}-{name}"
    written = aside / f"{target.name}.receipt.txt"
    write_text(written, f"{receipt}\n".encode("utf-8", "backslashreplace").decode())
    sheet.replace(target)


def _readable(name: str) -> str:
    """A file's name as text that can be written, also where it is not UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")
