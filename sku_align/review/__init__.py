"""Review: doubtful pairs out to a person, verdicts back in."""
