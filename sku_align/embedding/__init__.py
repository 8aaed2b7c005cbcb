"""Embedding: offer texts in, unit vectors out."""
