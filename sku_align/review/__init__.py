"""Review: questions out to a person, verdicts back in."""

from sku_align.review.exporting import write_questions
from sku_align.review.questions import questions
from sku_align.review.returning import apply_returned, apply_sheet, returned_sheets
from sku_align.review.sheet import blind_sheet, export_review, sheet
from sku_align.review.taking import Receipt
from sku_align.review.verdicts import Verdicts, read_verdicts

__all__ = [
    "Receipt",
    "Verdicts",
    "apply_returned",
    "apply_sheet",
    "blind_sheet",
    "export_review",
    "questions",
    "read_verdicts",
    "returned_sheets",
    "sheet",
    "write_questions",
]
