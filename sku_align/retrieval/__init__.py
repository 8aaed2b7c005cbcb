"""Retrieval: what was published, kept so that it can be searched at any time."""
