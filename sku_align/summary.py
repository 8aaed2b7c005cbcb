"""The summary of a run: a short one to enjoy on a terminal, the same as a page that opens offline."""

import io
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import Indel
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from sku_align import schema
from sku_align.align import Alignment
from sku_align.evaluation.clusters import OVERALL, ClusterEvaluation, evaluate_clusters
from sku_align.folder import RunFolder

SHOWN = 3


def write_summary(run: Alignment, console: Console, gold: pa.Table | None = None) -> None:
    """Print the summary and write it to `report.html` of the run folder.

    Args:
        run: A finished run.
        console: Where to print.
        gold: Labels (catalog, offer_id, gold_product_id) to measure against, if there are any.
    """
    parts = summary(run, gold)
    console.print(parts)
    page = Console(record=True, width=140, file=io.StringIO(), force_terminal=False)
    page.print(parts)
    run.job.folder.write_text(run.job.folder.report, page.export_html(inline_styles=True))


def summary(run: Alignment, gold: pa.Table | None = None) -> RenderableType:
    """Lay out what a run did."""
    folder = run.job.folder
    offers, decisions = folder.read("offers"), folder.read("decisions")
    clusters, quarantine = folder.read("clusters"), folder.read("quarantine")
    parts: list[RenderableType | None] = [
        _catalogs(offers, quarantine, clusters),
        _quarantine(quarantine),
        _flow(run),
        _merges(offers, clusters),
        _doubts(offers, decisions),
    ]
    if gold is not None:
        parts.append(evaluation_table(evaluate_clusters(gold, offers, clusters, folder.read("candidates"))))
    parts.append(_places(run, folder))
    return Group(*(part for part in parts if part is not None))


def evaluation_table(evaluation: ClusterEvaluation) -> Table:
    """Figures of an evaluation: a row for all offers, one for each language pair."""
    found = (
        "" if evaluation.candidates_per_offer is None else f", {evaluation.candidates_per_offer:.1f} candidates each"
    )
    table = _table(f"Against the gold labels: {evaluation.offers:,} offers of {evaluation.products:,} products{found}")
    table.add_column("languages")
    for name in ("true pairs", "merged", "precision", "recall", "F1", "found by blocking"):
        table.add_column(name, justify="right")
    for scope, pairs in evaluation.pairs.items():
        figures = (pairs.precision, pairs.recall, pairs.f1, evaluation.completeness.get(scope))
        table.add_row(scope, f"{pairs.true_pairs:,}", f"{pairs.predicted_pairs:,}", *map(_share, figures))
        if scope == OVERALL:
            cubed = (evaluation.b_cubed.precision, evaluation.b_cubed.recall, evaluation.b_cubed.f1)
            table.add_row("all, B-cubed", "", "", *map(_share, cubed), "")
            table.add_section()
    return table


def _catalogs(offers: pa.Table, quarantine: pa.Table, clusters: pa.Table) -> Table:
    table = _table("Offers")
    for name in ("catalog", "languages"):
        table.add_column(name)
    for name in ("offers", "quarantined", "in a shared SKU"):
        table.add_column(name, justify="right")
    frame = offers.select(["catalog", "offer_id", "language"]).to_pandas()
    frame["shared"] = clusters.to_pandas().duplicated("sku_id", keep=False).to_numpy()
    bad = quarantine["catalog"].to_pandas().value_counts()
    for catalog, rows in frame.groupby("catalog"):
        languages = rows["language"].fillna("?").value_counts()
        names = [f"{name} {count}" if len(languages) > 1 else str(name) for name, count in languages.items()]
        shown = ", ".join(names[:4]) + (" ..." if len(names) > 4 else "")
        table.add_row(str(catalog), shown, f"{len(rows):,}", f"{bad.get(catalog, 0):,}", f"{rows['shared'].mean():.0%}")
    return table


def _quarantine(quarantine: pa.Table) -> Table | None:
    if not len(quarantine):
        return None
    table = _table("Quarantined rows")
    table.add_column("reason")
    table.add_column("rows", justify="right")
    reasons = quarantine["reasons"].to_pandas().explode().str.replace(r"\d+", "N", regex=True)
    examples = quarantine["reasons"].to_pandas().explode().groupby(reasons).first()
    for reason, count in reasons.value_counts().items():
        table.add_row(examples[reason] if count == 1 else str(reason), f"{count:,}")
    return table


def _flow(run: Alignment) -> Panel:
    facts = {stage: result.facts for stage, result in run.stages.items()}
    decided, made = facts["decide"]["decisions"], facts["cluster"]
    kept = [stage for stage, result in run.stages.items() if result.reused]
    lines = [
        f"{facts['ingest']['offers']:>9,} offers",
        f"{facts['block']['candidates']:>9,} candidate pairs",
        f"{decided.get('auto_merge', 0):>9,} merged by themselves",
        f"{decided.get('review', 0):>9,} for a person to decide",
        f"{made['skus']:>9,} SKUs, {made['skus_with_several_offers']:,} of them from several offers",
        f"{made['refused_edges']:>9,} merges refused by a constraint",
    ]
    if kept:
        lines.append(f"          unchanged since the last run: {', '.join(kept)}")
    return Panel(Text("\n".join(lines)), title="The run", title_align="left", expand=False)


def _merges(offers: pa.Table, clusters: pa.Table) -> Table | None:
    """The merges with most languages whose titles look least alike: what no string comparison would have found."""
    skus = pc.dictionary_encode(clusters["sku_id"].combine_chunks())
    codes = skus.indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    groups = [group for group in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1) if len(group) > 1]
    titles, languages = offers["title"].to_pylist(), offers["language"].to_pylist()

    def interest(group: Any) -> tuple[float, ...]:
        first = titles[group[0]].casefold()
        alike = [Indel.normalized_similarity(first, titles[at].casefold()) for at in group[1:]]
        return (-len({languages[at] for at in group}), float(np.mean(alike)), float(group[0]))

    if not groups:
        return None
    table = _table("The most interesting merges")
    for name in ("SKU", "lang", "catalog", "title"):
        table.add_column(name, no_wrap=name != "title")
    for group in sorted(groups, key=interest)[:SHOWN]:
        for number, at in enumerate(group):
            sku = skus.dictionary[int(codes[at])].as_py() if number == 0 else ""
            table.add_row(sku, languages[at], offers["catalog"][int(at)].as_py(), titles[at])
        table.add_section()
    return table


def _doubts(offers: pa.Table, decisions: pa.Table) -> Table | None:
    """The pairs for a person that are hardest to call: nearest to even odds of the review band's middle."""
    review = decisions.filter(pc.equal(decisions["decision"].cast(pa.string()), "review"))
    if not len(review):
        return None
    probability = np.nan_to_num(review["probability"].to_numpy())
    hardest = np.lexsort((np.arange(len(review)), np.abs(probability - np.median(probability))))[:SHOWN]
    rows = schema.pair_rows(offers, review)
    table = _table("The most doubtful pairs")
    for name in ("probability", "one", "other", "why"):
        table.add_column(name)
    for at in hardest:
        sides = [offers.slice(int(rows[at, side]), 1).to_pylist()[0] for side in (0, 1)]
        cells = [f"{side['title']}\n[dim]{side['catalog']}, {side['brand'] or 'no brand'}[/dim]" for side in sides]
        table.add_row(f"{probability[at]:.2f}", *cells, review["reason"][int(at)].as_py())
        table.add_section()
    return table


def _places(run: Alignment, folder: RunFolder) -> Panel:
    lines = [
        f"tables     {folder.path}/*.parquet",
        f"report     {folder.report}",
        f"questions  {folder.review}",
    ]
    if run.publication is not None:
        lines.append(f"database   {run.job.db} (publication {run.publication.publication_id} is live)")
        lines.append(f"next       fill in `verdict` in {folder.review}, then")
        lines.append(f"           sku-align review apply {folder.review} --db {run.job.db}")
    return Panel(
        Text("\n".join(lines), overflow="fold"), title="Where everything lies", title_align="left", expand=False
    )


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", header_style="dim")


def _share(value: float | None) -> str:
    return "" if value is None or np.isnan(value) else f"{value:.3f}"
