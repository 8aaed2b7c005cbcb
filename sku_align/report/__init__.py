"""The summary of a run: short on a terminal, whole on a page that opens offline, in parts beside Dagster's assets."""

from typing import TYPE_CHECKING

from sku_align.report import findings
from sku_align.report.evaluation import evaluation_section
from sku_align.report.markdown import markdown
from sku_align.report.page import page
from sku_align.report.section import Section
from sku_align.report.terminal import render

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import Console

    from sku_align.aligning import Alignment

__all__ = ["Section", "evaluation_section", "findings", "markdown", "page", "render", "write_summary"]

ON_TERMINAL = 3
ON_PAGE = 10


def write_summary(run: "Alignment", console: "Console", gold: "pa.Table | None" = None) -> None:
    """Print the summary and write it to `report.html` of the run folder.

    Args:
        run: A finished run.
        console: Where to print.
        gold: Labels (catalog, offer_id, gold_product_id) to measure against, if there are any.
    """
    folder = run.job.folder
    offers, quarantine = folder.read("offers"), folder.read("quarantine")
    decisions, clusters = folder.read("decisions"), folder.read("clusters")
    flow, places = findings.flow(run), findings.places(run)
    rows_read = [findings.catalogs(offers, quarantine, clusters), findings.quarantine(quarantine)]

    def examples(shown: int) -> list[Section | None]:
        return [findings.merges(offers, clusters, shown), findings.doubts(offers, decisions, shown)]

    short, whole = [], []
    if gold is not None:
        from sku_align.evaluation.clusters import evaluate_clusters

        evaluation = evaluate_clusters(gold, offers, clusters, folder.read("candidates"))
        short, whole = [evaluation_section(evaluation, by_language=False)], [evaluation_section(evaluation)]
    console.print(render([*rows_read, flow, *examples(ON_TERMINAL), *short, places]))
    details = [
        findings.dropped_values(offers),
        findings.refused(folder.read("refused_edges")),
        findings.blocking(run.stages["block"].facts),
        findings.audits(run.publication.audits) if run.publication else None,
    ]
    sections = [flow, *rows_read, *examples(ON_PAGE), *whole, *details, places]
    folder.write_text(folder.report, page("SKU Align: what this run did", sections, findings.spread(decisions)))
