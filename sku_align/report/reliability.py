"""What a calibration changes, as a page that opens offline: the figures, and a plot for each pair of languages."""

from collections.abc import Iterable, Mapping

from sku_align.evaluation.reliability import ALL, MIN_LABELS, MIN_OF_A_KIND, Judged
from sku_align.report.charts import Chart, shares
from sku_align.report.page import page
from sku_align.report.section import Section

_BEFORE, _AFTER = "before", "after"
_READING = (
    "A point above the diagonal is more often a match than its probability says. Bars are 95 % intervals, "
    "the dashed line is the threshold."
)


def reliability_page(
    title: str, notes: Iterable[str], before: Mapping[str, Judged], after: Mapping[str, Judged], target: float
) -> str:
    """Draw what a calibration changes.

    Args:
        title: Heading.
        notes: Sentences of plain text above the figures.
        before: Figures of the probabilities in use so far, by languages, as returned by `judge_reliability`.
        after: Figures of the new, cross-validated ones.
        target: Precision that the 95 % lower bound reaches at the lowest threshold.

    Returns:
        An HTML document without any reference to another file.
    """
    about = Section("How it was fitted", ("",), [[note] for note in notes])
    plots = [_plot(name, before.get(name), judged) for name, judged in after.items()]
    return page(title, [about, _figures(before, after, target), *plots])


def _figures(before: Mapping[str, Judged], after: Mapping[str, Judged], target: float) -> Section:
    heads = (
        "languages", "", "labels", "matches", "calibration error", "precision", "95 % lower bound", "recall",
        "expected wrong merges", f"lower bound {target:g} from",
    )  # fmt: skip
    rows = [
        [name, word, *_cells(judged[name])]
        for name in after
        for word, judged in ((_BEFORE, before), (_AFTER, after))
        if name in judged
    ]
    note = (
        f"Precision, recall and expected wrong merges are at probability {after[ALL].threshold:g} and above; the "
        "precision's bound and the last column are lower 95 % confidence bounds. Pairs of languages with fewer than "
        f'{MIN_LABELS} labels, or {MIN_OF_A_KIND} of either answer, are part of "all" only.'
    )
    return Section("Before and after", heads, rows, frozenset(range(2, len(heads))), note=note)


def _cells(judged: Judged) -> list[str]:
    return [
        f"{judged.labels:,}",
        f"{judged.matches:,}",
        f"{judged.calibration_error:.3f}",
        _share(judged.precision),
        _share(judged.lower_bound),
        _share(judged.recall),
        f"{judged.expected_wrong_merges:,.1f}",
        "nowhere" if judged.lowest_threshold is None else f"{judged.lowest_threshold:.3f}",
    ]


def _plot(name: str, before: Judged | None, after: Judged) -> Chart:
    points = {"review": before.points if before else (), "auto_merge": after.points}
    title = f"Share of matches by probability, {name}"
    limit = (after.threshold, f"threshold {after.threshold:g}")
    return shares(title, points, limit, {"review": _BEFORE, "auto_merge": _AFTER}, _READING if name == ALL else "")


def _share(value: float) -> str:
    return "" if value != value else f"{value:.3f}"
