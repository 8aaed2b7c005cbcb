"""From raw scores to match probabilities."""
