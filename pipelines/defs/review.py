"""Doubtful pairs go to a person as a CSV; the asset says how many answers it waits for."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from sku_align.report import Section

from ..policy import stage_assets
from ..resources import RunSetup, materialized


@stage_assets("review", kinds={"csv"})
def review(setup: RunSetup) -> Iterator[dg.MaterializeResult]:
    """`review.csv`: one row per question; a filled-in copy goes into the folder `returned` beside it."""
    with setup.run() as run:
        result = run.do("review")
        yield from materialized(result, waits_for=_waiting(result.facts))


def _waiting(facts: dict[str, Any]) -> Section:
    """What the run waits for, in the words of the page."""
    names = {
        "questions": "questions wait for an answer",
        "skipped": "of them were skipped and are asked last",
        "answered_for_earlier_texts": "of them were answered before the texts changed",
        "spot_checks": "spot checks",
    }
    return Section(
        "Answers that the run waits for", ("", ""), [[f"{facts[name]:,}", words] for name, words in names.items()]
    )
