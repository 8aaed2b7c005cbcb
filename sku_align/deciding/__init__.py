"""From match probabilities to decisions: thresholds, guards, uncalibrated catalogs, reviewers' verdicts."""

from sku_align.deciding.decide import AUTO_MERGE, REJECT, REVIEW, REVIEWER, decide

__all__ = ["AUTO_MERGE", "REJECT", "REVIEW", "REVIEWER", "decide"]
