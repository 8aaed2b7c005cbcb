"""What a run found, as sections: catalogs, quarantined rows, merges worth a look, doubtful pairs, audits."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import Indel

from sku_align.pairs import pair_rows
from sku_align.redaction import redact
from sku_align.report.charts import Chart, bars
from sku_align.report.differences import mark_differences
from sku_align.report.section import Cell, Section

if TYPE_CHECKING:
    from sku_align.report.run import Facts

_EXAMPLES = 3


def catalogs(offers: pa.Table, quarantine: pa.Table, clusters: pa.Table | None = None) -> Section:
    """Offers, languages and quarantined rows of every catalog, and the share of its offers in a SKU of several."""
    languages: dict[str, Counter[str]] = defaultdict(Counter)
    shared: Counter[str] = Counter()
    bad = Counter(quarantine["catalog"].to_pylist())
    sizes = Counter(clusters["sku_id"].to_pylist()) if clusters else Counter()
    skus = clusters["sku_id"].to_pylist() if clusters else [None] * len(offers)
    for catalog, language, sku in zip(offers["catalog"].to_pylist(), offers["language"].to_pylist(), skus, strict=True):
        languages[catalog][language or "?"] += 1
        shared[catalog] += sizes[sku] > 1
    rows = []
    for catalog in sorted({*languages, *bad}):
        counts = sorted(languages[catalog].items(), key=lambda entry: (-entry[1], entry[0]))
        names = ", ".join(f"{name} {count}" if len(counts) > 1 else name for name, count in counts[:4])
        good = sum(languages[catalog].values())
        share = f"{shared[catalog] / good:.0%}" if clusters and good else ""
        rows.append([catalog, names + (", ..." if len(counts) > 4 else ""), f"{good:,}", f"{bad[catalog]:,}", share])
    heads = ("catalog", "languages", "offers", "quarantined", "in a shared SKU")
    width = len(heads) if clusters else len(heads) - 1
    return Section("Offers", heads[:width], [row[:width] for row in rows], frozenset({2, 3, 4}))


def quarantine(table: pa.Table) -> Section | None:
    """Why rows were set aside, how many, and where the first ones stand."""
    rows = table.select(["catalog", "row", "reasons"]).to_pylist()
    found = ((reason, f"{row['catalog']} row {row['row']}") for row in rows for reason in row["reasons"])
    note = "Bad rows never stop the good ones; quarantine.parquet holds them as they stand in the feed."
    return _grouped("Quarantined rows", "reason", found, note)


def remarks(ingested: Mapping[str, Any]) -> Section | None:
    """What whole feeds call for: how they were read, totals set aside, placeholders, doubtful languages.

    Args:
        ingested: The figures of the stage `ingest`.
    """
    rows = [[each["catalog"], each["sentence"], f"{each['rows']:,}"] for each in ingested.get("remarks") or ()]
    note = "Rows counted here are neither offers nor quarantined."
    heads = ("catalog", "remark", "rows")
    return Section("Remarks on the feeds", heads, rows, frozenset({2}), note=note) if rows else None


def dropped_values(offers: pa.Table) -> Section | None:
    """Why values of good offers were left out, how many, and of which offers."""
    rows = offers.select(["catalog", "offer_id", "warnings"]).filter(
        pc.greater(pc.list_value_length(offers["warnings"]), 0)
    )
    found = ((reason, _key(row)) for row in rows.to_pylist() for reason in row["warnings"])
    return _grouped("Values left out", "reason", found, "The offers stay; only these values of theirs are not used.")


def forbidden(table: pa.Table) -> Section | None:
    """Which guards forbade pairs before they were scored, with examples."""
    rows = []
    for reason in sorted(set(table["reason"].to_pylist())):
        of_guard = table.filter(pc.equal(table["reason"].cast(pa.string()), reason))
        examples = of_guard.slice(0, _EXAMPLES).to_pylist()
        shown = "; ".join(
            f"{row['left_catalog']}#{row['left_offer_id']} and {row['right_catalog']}#{row['right_offer_id']}: "
            f"{row['detail'] or ''}"
            for row in examples
        )
        rows.append([reason, f"{len(of_guard):,}", shown])
    note = "forbidden.parquet holds them all. Pairs of one GTIN or part number are not among them: a person decides."
    heads = ("guard", "pairs", "such as")
    return Section("Pairs that a guard forbids", heads, rows, frozenset({1}), note=note) if rows else None


def refused(table: pa.Table) -> Section | None:
    """Which constraints refused merges, with examples."""
    rows = table.select(["reason", "detail"]).to_pylist()
    return _grouped("Merges refused by a constraint", "constraint", ((r["reason"], r["detail"] or "") for r in rows))


def _grouped(title: str, head: str, found: Iterable[tuple[str, str]], note: str = "") -> Section | None:
    """Reasons that differ only in a name or a number are one row, shown by the first of them."""
    places: dict[str, list[str]] = defaultdict(list)
    shown: dict[str, str] = {}
    for reason, place in found:
        group = re.sub(r"offer id .+? is used|GTIN \S+|(?:price|currency|language|time) .+? is n|\d+", "", reason)
        shown.setdefault(group, reason)
        places[group].append(place)
    rows = []
    for group, all_places in sorted(places.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        more = len(all_places) - _EXAMPLES
        where = ", ".join(all_places[:_EXAMPLES]) + (f" and {more:,} more" if more > 0 else "")
        reason = shown[group] if len(all_places) == 1 or group == shown[group] else f"{shown[group]} (and alike)"
        rows.append([reason, f"{len(all_places):,}", where])
    return Section(title, (head, "rows", "where"), rows, frozenset({1}), note=note) if rows else None


def funnel(run: "Facts", clusters: pa.Table) -> Chart | None:
    """From rows read to SKUs of several offers, as bars."""
    facts = run.stages
    read, made = facts.get("ingest", {}), facts.get("cluster", {})
    sizes = pc.value_counts(clusters["sku_id"]).to_pylist() if len(clusters) else []
    shared = sum(entry["counts"] for entry in sizes if entry["counts"] > 1)
    counted = [
        ("rows read", read.get("offers", 0) + read.get("quarantined", 0), ""),
        ("offers", read.get("offers", 0), f", {read.get('quarantined', 0):,} rows in quarantine"),
        ("offers in a shared SKU", shared, ""),
        ("SKUs", made.get("skus", 0), f", {made.get('skus_with_several_offers', 0):,} of several offers"),
    ]
    rows = [(label, float(count), f"{count:,}{words}") for label, count, words in counted if count]
    return bars("From rows to SKUs", rows)


def flow(run: "Facts") -> Section:
    """What became of the offers, stage by stage; a stage that has not run is left out."""
    facts, rows = run.stages, []
    if read := facts.get("ingest"):
        rows.append([f"{read['offers']:,}", "offers"])
        for name, why in read.get("held_back", {}).items():
            rows.append(["HELD BACK", f"{name} goes on with its last good version: {why}"])
    if found := facts.get("block"):
        rows.append([f"{found['candidates']:,}", "candidate pairs"])
        aside = sum(found.get("forbidden_by_guards", {}).values())
        rows.append([f"{aside:,}", "pairs that a guard forbids, such as another size"])
    if cascade := facts.get("score", {}).get("cascade"):
        rows.append(
            [f"{cascade['strong_pairs']:,}", f"pairs that the strong scorer read as well ({cascade_words(cascade)})"]
        )
    if decided := facts.get("decide"):
        rows.append([f"{decided['decisions'].get('auto_merge', 0):,}", "merged by themselves"])
        rows.append([f"{decided['decisions'].get('review', 0):,}", "for a person to decide"])
    if made := facts.get("cluster"):
        rows.append([f"{made['skus']:,}", f"SKUs, {made['skus_with_several_offers']:,} of them from several offers"])
        rows.append([f"{made['refused_edges']:,}", "merges refused by a constraint"])
    if new := [name for name, known in facts.get("score", {}).get("calibrated", {}).items() if not known]:
        rows.append([f"{len(new)}", "catalogs without labels of their own: to merge by itself there asks for more"])
    if kept := run.about.rested:
        rows.append([f"{len(kept)}", f"stages unchanged since the last run: {', '.join(kept)}"])
    return Section("The run", ("", ""), rows, frozenset({0}))


def cascade_words(cascade: Mapping[str, Any]) -> str:
    """What the strong scorer of a cascade changed, in words."""
    kinds = sorted(cascade["changed"].items(), key=lambda entry: (-entry[1], entry[0]))
    told = ", ".join(f"{kind.replace('>', 'to')} {count:,}" for kind, count in kinds) or "no decision changed"
    return f"{told}; about {cascade['expected_missed']:.0f} more if it read all"


def merges(offers: pa.Table, clusters: pa.Table, shown: int) -> Section | None:
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

    rows: list[list[str | Cell]] = []
    for group in sorted(groups, key=interest)[:shown]:
        for number, at in enumerate(group):
            sku = skus.dictionary[int(codes[at])].as_py() if number == 0 else ""
            title = Cell(titles[at], language=languages[at] or "")
            rows.append([sku, languages[at] or "", offers["catalog"][int(at)].as_py(), title])
    heads = ("SKU", "language", "catalog", "title")
    return Section("The most interesting merges", heads, rows, ruled=True) if rows else None


def doubts(offers: pa.Table, decisions: pa.Table, shown: int) -> Section | None:
    """The pairs for a person that are hardest to call: nearest to the middle of all such pairs."""
    from sku_align.review.explain import explain

    review = decisions.filter(pc.equal(decisions["decision"].cast(pa.string()), "review"))
    if not len(review):
        return None
    probability = np.nan_to_num(review["probability"].to_numpy())
    hardest = np.lexsort((np.arange(len(review)), np.abs(probability - np.median(probability))))[:shown]
    pairs = pair_rows(offers, review)
    rows: list[list[str | Cell]] = []
    for at in hardest:
        one, other = (offers.slice(int(pairs[at, side]), 1).to_pylist()[0] for side in (0, 1))
        reason = ", ".join(filter(None, (review["reason"][int(at)].as_py(), review["detail"][int(at)].as_py())))
        marked = mark_differences(one["title"], other["title"])
        sides = [
            cell._replace(aside=_key(side), language=side["language"] or "")
            for cell, side in zip(marked, (one, other), strict=True)
        ]
        rows.append([f"{probability[at]:.2f}", *sides, Cell(explain(one, other), reason)])
    heads = ("probability", "one", "other", "what agrees, what differs")
    return Section("The most doubtful pairs", heads, rows, frozenset({0}), ruled=True)


def blocking(facts: Mapping[str, Any]) -> Section:
    """What each channel of blocking found, what it lost by its own estimate, and keys on too many offers."""
    estimate = facts.get("estimated_pair_completeness")
    note = "" if estimate is None else f"Estimated share of the true pairs among the candidates: {estimate:.1%}. "
    hubs = [f"{hub['kind']} {hub['key']} on {hub['offers']:,} offers" for hub in facts.get("hubs", [])[:5]]
    note += f"No evidence, because too common: {'; '.join(hubs)}." if hubs else ""
    only = facts.get("only_by_channel", {})
    rows = [[name, f"{count:,}", f"{only.get(name, 0):,}"] for name, count in sorted(facts["by_channel"].items())]
    heads = ("channel", "pairs found", "found by it alone")
    return Section("How candidate pairs were found", heads, rows, frozenset({1, 2}), note=note)


def completeness(facts: Mapping[str, Any]) -> Section | None:
    """Estimated share of the true pairs that blocking found, of each pair of languages and catalog, the worst first."""
    found = facts.get("estimated_by_domain", {})
    rows = [[name, f"{value:.3f}"] for name, value in sorted(found.items(), key=lambda entry: (entry[1], entry[0]))]
    note = "By capture and recapture of two channels, without labels: too high where a match is hard for both."
    heads = ("domain", "estimated pair completeness")
    return Section("What blocking lost, estimated", heads, rows, frozenset({1}), note=note) if rows else None


def audits(asked: Sequence[Mapping[str, Any]]) -> Section:
    """What was asked of a run before it went live; audits as `Audit.to_dict` gives them."""
    rows = [[audit["name"], "passed" if audit["passed"] else "FAILED", audit["detail"]] for audit in asked]
    return Section("Audits before publication", ("audit", "outcome", "found"), rows)


def places(run: "Facts", command: str = "sku-align") -> Section:
    """Where everything lies, and what to do next."""
    folder, db = run.about.folder, run.about.db
    rows = [
        ["tables", f"{folder.path}/*.parquet"],
        ["report", str(folder.report)],
        ["questions", str(folder.review)],
    ]
    if db and run.publication_id is not None:
        rows.append(["database", f"{redact(db)} (publication {run.publication_id} is live)"])
        rows.append(["next", f"fill in `verdict` in {folder.review}, then"])
        rows.append(["", f"{command} review apply {folder.review} --db {redact(db)}"])
    return Section("Where everything lies", ("", ""), rows)


def _key(offer: dict[str, Any]) -> str:
    return f"{offer['catalog']}#{offer['offer_id']}"
