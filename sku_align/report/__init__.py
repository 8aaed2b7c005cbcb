"""The summary of a run: short on a terminal, whole on a page that opens offline, in parts beside Dagster's assets."""

from typing import TYPE_CHECKING

from sku_align.report import findings
from sku_align.report.evaluation import evaluation_section
from sku_align.report.markdown import markdown
from sku_align.report.page import page
from sku_align.report.run import About, Facts, Tables, about_section, made_with
from sku_align.report.section import Section
from sku_align.report.terminal import render

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = [
    "About",
    "Facts",
    "Section",
    "Tables",
    "evaluation_section",
    "findings",
    "markdown",
    "page",
    "render",
    "report_page",
    "terminal_summary",
]

ON_TERMINAL = 3
ON_PAGE = 10


def report_page(tables: Tables, facts: Facts) -> str:
    """The whole report as one HTML page that needs nothing else.

    Args:
        tables: Of the run.
        facts: Its figures, and where, when and how it was made.
    """
    asked = facts.stages.get("publish", {}).get("audits")
    sections = [
        about_section(facts),
        findings.flow(facts),
        *_read(tables),
        *_examples(tables, ON_PAGE),
        evaluation_section(facts.evaluation) if facts.evaluation else None,
        findings.dropped_values(tables.offers),
        findings.forbidden(tables.forbidden),
        findings.refused(tables.refused_edges),
        findings.blocking(facts.stages["block"]) if facts.stages.get("block") else None,
        findings.audits(asked) if asked else None,
        findings.places(facts),
        made_with(facts.about),
    ]
    return page("SKU Align: what this run did", sections, findings.spread(tables.decisions))


def terminal_summary(tables: Tables, facts: Facts, command: str = "sku-align") -> "RenderableType":
    """The summary for a terminal: the page's figures with fewer examples.

    Args:
        tables: Of the run.
        facts: Its figures, and where, when and how it was made.
        command: How the reader calls the command line, so that what is shown can be pasted.
    """
    measured = evaluation_section(facts.evaluation, by_language=False) if facts.evaluation else None
    examples = _examples(tables, ON_TERMINAL)
    return render([*_read(tables), findings.flow(facts), *examples, measured, findings.places(facts, command)])


def _read(tables: Tables) -> list[Section | None]:
    return [
        findings.catalogs(tables.offers, tables.quarantine, tables.clusters),
        findings.quarantine(tables.quarantine),
    ]


def _examples(tables: Tables, shown: int) -> list[Section | None]:
    return [
        findings.merges(tables.offers, tables.clusters, shown),
        findings.doubts(tables.offers, tables.decisions, shown),
    ]
