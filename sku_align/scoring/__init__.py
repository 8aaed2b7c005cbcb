"""Scoring: how likely two offers are the same product."""
