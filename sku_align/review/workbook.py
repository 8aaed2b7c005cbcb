"""The reviewer's sheet as a workbook: frozen header, filters, a drop-down in the reviewer's language, links."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sku_align.review.keys import MAX_CELL

# What the drop-down offers; `review.words` reads each of them.
CHOICES: Mapping[str, tuple[str, str, str]] = {
    "en": ("same", "different", "skip"),
    "de": ("gleich", "verschieden", "überspringen"),
    "fr": ("identique", "différent", "passer"),
    "es": ("mismo", "distinto", "saltar"),
    "it": ("uguale", "diverso", "salta"),
    "pt": ("igual", "diferente", "pular"),
    "nl": ("zelfde", "verschillend", "overslaan"),
    "pl": ("tak", "nie", "pomiń"),
    "tr": ("aynı", "farklı", "atla"),
    "zh": ("相同", "不同", "跳过"),
    "ja": ("同じ", "違う", "スキップ"),
    "ko": ("같음", "다름", "건너뛰기"),
}
_WIDTHS = {"verdict": 14, "left_title": 48, "right_title": 48, "comparison": 60, "note": 24}
_WIDTH = 16
_WEB = ("http://", "https://")
_MAX_LINK = 2_000  # Excel cuts addresses at 2,079 characters.


def workbook(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], language: str = "en") -> bytes:
    """Write rows as an XLSX workbook whose every cell is text, so that nothing in it is a formula or a number.

    Args:
        rows: Cells by column.
        columns: The columns, in their order; the first is `verdict`.
        language: Language of the drop-down, one of `CHOICES`; English where it is another.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook(write_only=True)
    page = book.create_sheet("review")
    page.freeze_panes = "B2"
    for at, name in enumerate(columns, start=1):
        page.column_dimensions[get_column_letter(at)].width = _WIDTHS.get(name, _WIDTH)

    def cell(text: str, bold: bool = False) -> Any:
        made = WriteOnlyCell(page, value=text)
        # Text that starts with "=" would be a formula.
        made.data_type = "s"
        if bold:
            made.font = Font(bold=True)
        return made

    page.append([cell(name, bold=True) for name in columns])
    last = 1
    for row in rows:
        last += 1
        cells: list[Any] = []
        for name in columns:
            text = _clean(row.get(name))
            is_link = name.endswith("url") and len(text) < _MAX_LINK and text.startswith(_WEB)
            # Plain text is written as it is, which is several times faster than a cell of its own.
            cells.append(cell(text) if is_link or text.startswith("=") else text or None)
            if is_link:
                cells[-1].hyperlink = text
        page.append(cells)
    choices = ",".join(CHOICES.get(language.split("-")[0], CHOICES["en"]))
    choice = DataValidation("list", formula1=f'"{choices}"', allow_blank=True, showErrorMessage=False)
    choice.add(f"A2:A{last}")
    page.data_validations.append(choice)
    page.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{last}"
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def _clean(value: object) -> str:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    text = "" if value is None else str(value).encode("utf-8", "replace").decode()
    return ILLEGAL_CHARACTERS_RE.sub(" ", text)[:MAX_CELL]
