"""Evaluation: figures against gold labels."""
