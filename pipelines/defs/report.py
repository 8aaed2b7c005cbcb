"""What the run did, as a page that opens offline: the last that a run writes."""

from collections.abc import Iterator

import dagster as dg

from ..policy import stage_assets
from ..resources import RunSetup, materialized


@stage_assets("report", kinds={"html"})
def report(setup: RunSetup) -> Iterator[dg.MaterializeResult]:
    """`report.html` of the run folder."""
    with setup.run() as run:
        yield from materialized(run.do("report"))
