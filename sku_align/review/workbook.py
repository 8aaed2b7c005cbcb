"""The reviewer's sheet as a workbook: frozen header, filters, a drop-down in the reviewer's language, links."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from sku_align.review.keys import MAX_CELL, NO_CELL

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
_MAX_LINKS = 65_530  # Excel calls a worksheet with more links damaged.


def workbook(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], language: str = "en") -> bytes:
    """Write rows as an XLSX workbook whose every cell is text, so that nothing in it is a formula or a number.

    XlsxWriter takes half of openpyxl's time for 20,000 questions; its `constant_memory` would add a fifth
    (docs/experiments/review-order.md).

    Args:
        rows: Cells by column.
        columns: The columns, in their order; the first is `verdict`.
        language: Language of the drop-down, one of `CHOICES`; English where it is another.
    """
    from xlsxwriter import Workbook

    sink = io.BytesIO()
    with Workbook(sink, {"in_memory": True}) as book:
        page = book.add_worksheet("review")
        page.freeze_panes(1, 1)
        last, end = len(rows), len(columns) - 1
        page.autofilter(0, 0, max(last, 1), end)
        for at, name in enumerate(columns):
            page.set_column(at, at, _WIDTHS.get(name, _WIDTH))
        choices = list(CHOICES.get(language.split("-")[0], CHOICES["en"]))
        page.data_validation(1, 0, max(last, 1), 0, {"validate": "list", "source": choices, "show_error": False})
        page.write_row(0, 0, columns, book.add_format({"bold": True}))
        links = 0
        for number, row in enumerate(rows, start=1):
            for at, name in enumerate(columns):
                if not (text := _clean(row.get(name))):
                    continue
                if name.endswith("url") and links < _MAX_LINKS and len(text) < _MAX_LINK and text.startswith(_WEB):
                    links += 1
                    page.write_url(number, at, text, string=text)
                else:
                    page.write_string(number, at, text)
    return sink.getvalue()


def _clean(value: object) -> str:
    """Text that XML can hold and a cell can show."""
    text = "" if value is None else str(value)
    return (text if text.isprintable() else NO_CELL.sub(" ", text))[:MAX_CELL]
