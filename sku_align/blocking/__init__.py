"""Blocking: which pairs of offers are worth scoring."""
