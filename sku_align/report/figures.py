"""What the tables of a run give to draw: probabilities, languages, sizes of SKUs, attributes, churn, cost."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sku_align.pairs import language_pairs, pair_rows
from sku_align.report.charts import Chart, bars, histogram, stacked
from sku_align.report.section import Section

if TYPE_CHECKING:
    from sku_align.config import CostSettings, DecidingSettings
    from sku_align.report.run import Facts

DECISIONS = {"auto_merge": "merged by themselves", "review": "for a person", "reject": "rejected"}
_BINS = 50
_LANGUAGES = 20
# Pairs whose attributes are compared for the report; a share of more pairs than this says the same (chosen by eye).
_COMPARED = 20_000


def probabilities(decisions: pa.Table, settings: "DecidingSettings") -> Chart | None:
    """Where the probabilities of the scored pairs lie, by decision, with the thresholds."""
    scored = decisions.filter(pc.is_valid(decisions["probability"]))
    if not len(scored):
        return None
    names = np.array(scored["decision"].cast(pa.string()).to_pylist(), dtype=object)
    at = np.minimum((scored["probability"].to_numpy() * _BINS).astype(int), _BINS - 1)
    counts = {name: np.bincount(at[names == name], minlength=_BINS).tolist() for name in DECISIONS}
    key = {name: f"{sum(counts[name]):,} {words}" for name, words in DECISIONS.items()}
    limits = [(settings.review, f"review {settings.review:g}"), (settings.auto_merge, f"merge {settings.auto_merge:g}")]
    note = "Rejected above a line: a guard, a verdict or the margin to the runner-up."
    return histogram("Match probabilities of the scored pairs", counts, limits, key, note)


def decisions_by_languages(offers: pa.Table, decisions: pa.Table) -> Chart | None:
    """What became of the pairs of each pair of languages, the most merges first; rejected pairs only as a figure."""
    if not len(decisions):
        return None
    names = language_pairs(offers, pair_rows(offers, decisions))
    made = np.array(decisions["decision"].cast(pa.string()).to_pylist(), dtype=object)
    counted = {name: Counter(made[names == name].tolist()) for name in np.unique(names).tolist()}
    order = sorted(counted, key=lambda name: (-counted[name]["auto_merge"], -counted[name]["review"], name))
    rows = []
    for name in order[:_LANGUAGES]:
        of = counted[name]
        words = f"{of['auto_merge']:,} merged, {of['review']:,} asked, {of['reject']:,} rejected"
        rows.append((name, {part: float(of[part]) for part in ("auto_merge", "review")}, words))
    more = len(order) - _LANGUAGES
    note = f"{more} more pairs of languages are not shown." if more > 0 else ""
    key = {part: DECISIONS[part] for part in ("auto_merge", "review")}
    return stacked("Decisions by pair of languages", rows, key, note)


def sku_sizes(clusters: pa.Table) -> Chart | None:
    """How many SKUs have how many offers."""
    sizes = Counter(entry["counts"] for entry in pc.value_counts(clusters["sku_id"]).to_pylist())
    steps = [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 10), (11, 20), (21, 10**9)]
    rows = []
    for low, high in steps:
        count = sum(number for size, number in sizes.items() if low <= size <= high)
        name = f"{low}" if low == high else f"{low} to {high}" if high < 10**9 else f"{low} or more"
        if count:
            rows.append((f"{name} offer{'s' * (high > 1)}", float(count), f"{count:,} SKUs"))
    return bars("Offers of a SKU", rows)


def channels(facts: Mapping[str, Any]) -> Chart | None:
    """Candidate pairs that each channel of blocking found, those that no other found apart."""
    only = facts.get("only_by_channel", {})
    rows = [
        (name, {"alone": float(only.get(name, 0)), "plain": float(count - only.get(name, 0))},
         f"{count:,}, {only.get(name, 0):,} by it alone")
        for name, count in sorted(facts.get("by_channel", {}).items(), key=lambda entry: -entry[1])
    ]  # fmt: skip
    return stacked("What found the candidate pairs", rows, {"alone": "found by it alone", "plain": "by others too"})


def attributes(offers: pa.Table, decisions: pa.Table) -> Section | None:
    """Attributes that pairs agree and differ in, for pairs that merged and pairs that did not."""
    from sku_align.attributes.compare import Comparer

    if not len(decisions):
        return None
    step = -(-len(decisions) // _COMPARED)
    chosen = decisions.take(pa.array(np.arange(0, len(decisions), step)))
    compared = Comparer(offers).compare(pair_rows(offers, chosen))
    merged = np.array(chosen["decision"].cast(pa.string()).to_pylist(), dtype=object) == "auto_merge"
    signals = {"GTIN": compared.gtin, "part number": compared.mpn, "quantity": compared.quantity, "pack": compared.pack}
    rows = []
    for name, signal in (signals | dict(compared.attributes)).items():
        differ, agree = signal < 0, signal > 0
        if not differ.any():
            continue
        counts = (differ & ~merged, differ & merged, agree & merged, agree & ~merged)
        rows.append([name.replace("_", " "), *(f"{int(each.sum()):,}" for each in counts)])
    rows.sort(key=lambda row: -int(row[1].replace(",", "")))
    heads = ("attribute", "differs: not merged", "differs: merged", "agrees: merged", "agrees: not merged")
    note = f"Of every {step}th pair." if step > 1 else ""
    return Section("Attributes that differ", heads, rows, frozenset(range(1, 5)), note=note) if rows else None


def churn(facts: "Facts") -> Chart | Section | None:
    """What happened to SKUs since the publication that this run builds on."""
    cluster = facts.stages.get("cluster", {})
    if not cluster.get("based_on_publication"):
        return None
    rows = [(name, float(count), f"{count:,}") for name, count in sorted(cluster.get("events", {}).items())]
    title = f"SKU ids since publication {cluster['based_on_publication']}"
    return bars(title, rows) or Section(title, (), [], note="Nothing changed.")


def cost(facts: "Facts", settings: "CostSettings") -> Section | None:
    """Seconds, memory and money of each stage, and per million offers."""
    offers = facts.stages.get("ingest", {}).get("offers") or 0
    rows, total = [], {"seconds": 0.0, "gpu_seconds": 0.0}
    priced = settings.machine_hour is not None or settings.gpu_hour is not None
    for stage, spent in facts.costs.items():
        rows.append([stage, *_spent(spent, settings, priced), "rested" if stage in facts.about.rested else ""])
        for name in total:
            total[name] += spent.get(name, 0.0)
    if not rows:
        return None
    rows.append(["all stages", *_spent(total, settings, priced), ""])
    if offers:
        scaled = {name: value * 1e6 / offers for name, value in total.items()}
        rows.append(["per million offers, if it grew in step", *_spent(scaled, settings, priced), ""])
    heads = ["stage", "seconds", "peak memory (MB)", "GPU seconds", *([settings.currency] if priced else []), ""]
    note = "A stage that rested shows what it took when its tables were made."
    if not priced:
        note += " Prices in the settings (`costs`) add what it costs."
    return Section("Time, memory and money", heads, rows, frozenset(range(1, len(heads) - 1)), note=note)


def _spent(spent: Mapping[str, float], settings: "CostSettings", priced: bool) -> list[str]:
    memory, gpu = spent.get("peak_mb"), spent.get("gpu_seconds", 0.0)
    cells = [f"{spent['seconds']:,.1f}", "" if memory is None else f"{memory:,.0f}", f"{gpu:,.1f}" if gpu else ""]
    money = spent["seconds"] / 3600 * (settings.machine_hour or 0) + gpu / 3600 * (settings.gpu_hour or 0)
    return [*cells, *([f"{money:,.4f}" if money < 1 else f"{money:,.2f}"] if priced else [])]
