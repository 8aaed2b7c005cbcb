"""Review: doubtful pairs out to a person, verdicts back in."""

from sku_align.review.returning import Receipt, apply_returned, apply_sheet, returned_sheets
from sku_align.review.sheet import export_review, sheet
from sku_align.review.verdicts import Verdicts, read_verdicts

__all__ = [
    "Receipt",
    "Verdicts",
    "apply_returned",
    "apply_sheet",
    "export_review",
    "read_verdicts",
    "returned_sheets",
    "sheet",
]
