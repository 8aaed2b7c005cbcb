"""Review: doubtful pairs out to a person, verdicts back in."""

from sku_align.review.sheet import export_review, sheet
from sku_align.review.verdicts import Verdicts, read_verdicts

__all__ = ["Verdicts", "export_review", "read_verdicts", "sheet"]
