"""Tuning: a reranker learns from a user's own labels. Needs the extra `train`; torch is imported inside functions."""
