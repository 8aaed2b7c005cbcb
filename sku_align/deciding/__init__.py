"""Deciding: probabilities, guards and verdicts in, decisions with reasons out."""
