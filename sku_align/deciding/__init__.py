"""From match probabilities to decisions: thresholds, guards, the demands on uncalibrated catalogs, reviewers."""

from sku_align.deciding.decide import AUTO_MERGE, REJECT, REVIEW, REVIEWER, decide

__all__ = ["AUTO_MERGE", "REJECT", "REVIEW", "REVIEWER", "decide"]
