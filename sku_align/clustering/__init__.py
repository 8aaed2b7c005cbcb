"""Clustering: decisions in, SKUs that survive runs out."""
