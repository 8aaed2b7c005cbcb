"""The summary of a run: short on a terminal, whole on a page that opens offline, in parts beside Dagster's assets."""

from typing import TYPE_CHECKING

from sku_align.evaluation.mistakes import find_mistakes
from sku_align.report import figures, findings
from sku_align.report.charts import Chart
from sku_align.report.evaluation import categories_section, evaluation_section, mistakes_sections
from sku_align.report.gold import gold_curves
from sku_align.report.markdown import markdown
from sku_align.report.page import page
from sku_align.report.proof import Proof, gather_proof, proof_sections
from sku_align.report.run import About, Facts, Tables, about_section, made_with
from sku_align.report.section import Section
from sku_align.report.terminal import render

if TYPE_CHECKING:
    from rich.console import RenderableType

    from sku_align.evaluation.clusters import ClusterEvaluation

__all__ = [
    "About",
    "Facts",
    "Proof",
    "Section",
    "Tables",
    "evaluation_section",
    "findings",
    "gather_proof",
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
    settings, measured = facts.about.settings, facts.evaluation
    asked, blocked = facts.stages.get("publish", {}).get("audits"), facts.stages.get("block")
    parts: list[Section | Chart | None] = [
        about_section(facts),
        findings.funnel(facts, tables.clusters),
        findings.flow(facts),
        findings.audits(asked) if asked else None,
        figures.churn(facts),
        *proof_sections(facts.proof),
        *_read(tables, facts),
        figures.probabilities(tables.decisions, settings.deciding),
        figures.decisions_by_languages(tables.offers, tables.decisions),
        *(_against_gold(tables, facts, measured) if measured else ()),
        *_examples(tables, ON_PAGE),
        figures.attributes(tables.offers, tables.decisions),
        figures.sku_sizes(tables.clusters),
        findings.forbidden(tables.forbidden),
        findings.refused(tables.refused_edges),
        *((figures.channels(blocked), findings.blocking(blocked), findings.completeness(blocked)) if blocked else ()),
        findings.dropped_values(tables.offers),
        figures.cost(facts, settings.costs),
        findings.places(facts),
        made_with(facts.about),
    ]
    return page("SKU Align: what this run did", parts)


def terminal_summary(tables: Tables, facts: Facts, command: str = "sku-align") -> "RenderableType":
    """The summary for a terminal: the page's figures with fewer examples.

    Args:
        tables: Of the run.
        facts: Its figures, and where, when and how it was made.
        command: How the reader calls the command line, so that what is shown can be pasted.
    """
    measured = evaluation_section(facts.evaluation, by_language=False) if facts.evaluation else None
    examples = _examples(tables, ON_TERMINAL)
    proof = proof_sections(facts.proof, marked=False) if facts.proof.certificate or facts.proof.comparison else []
    return render(
        [*_read(tables, facts), findings.flow(facts), *examples, measured, *proof, findings.places(facts, command)]
    )


def _against_gold(tables: Tables, facts: Facts, measured: "ClusterEvaluation") -> list[Section | Chart | None]:
    parts: list[Section | Chart | None] = [evaluation_section(measured), categories_section(measured)]
    if facts.gold is not None:
        limit = facts.about.settings.deciding.auto_merge
        parts += gold_curves(facts.gold, tables.offers, tables.decisions, measured, limit)
        candidates = facts.about.folder.read("candidates")
        made = (tables.clusters, candidates, tables.decisions, tables.refused_edges)
        parts += mistakes_sections(find_mistakes(facts.gold, tables.offers, *made, tables.forbidden), ON_PAGE)
    return parts


def _read(tables: Tables, facts: Facts) -> list[Section | None]:
    return [
        findings.catalogs(tables.offers, tables.quarantine, tables.clusters),
        findings.remarks(facts.stages.get("ingest", {})),
        findings.quarantine(tables.quarantine),
    ]


def _examples(tables: Tables, shown: int) -> list[Section | None]:
    return [
        findings.merges(tables.offers, tables.clusters, shown),
        findings.doubts(tables.offers, tables.decisions, shown),
    ]
