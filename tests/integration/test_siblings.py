"""Siblings that stand alone do not merge by themselves, end to end with the defaults."""

from pathlib import Path

from benchmarks.siblings import measure, read_pairs

PAIRS = Path(__file__).parents[2] / "benchmarks"


def test_siblings_of_the_kinds_that_families_know_stay_apart(tmp_path: Path) -> None:
    outcome = measure(read_pairs(PAIRS / "siblings_prepared.tsv"), tmp_path / "out")
    assert len(outcome.wrong) <= 3, outcome.wrong
    assert len(outcome.missed) <= 12, outcome.missed
    assert outcome.asked >= 5
