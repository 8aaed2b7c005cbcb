"""How right a run is and what it changed: its certificate, the last publication beside it, and drift."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sku_align.evaluation.certificate import Certificate, Estimate
from sku_align.evaluation.comparing import CAUSES, NOT_SCORED, Change, RunComparison, RunTables, compare_runs
from sku_align.evaluation.drift import ALL, MAX_PSI, Drift, drifts_since, expected_precision
from sku_align.report.differences import mark_differences
from sku_align.report.figures import DECISIONS
from sku_align.report.section import Cell, Section

if TYPE_CHECKING:
    from sku_align.folder import RunFolder
    from sku_align.store import Publication

_EXAMPLES = 5
_DRIFTS = 12
_TELLING = 0.01  # An index below is not shown: a tenth of what scorecards look at.
_LANGUAGES = "languages: "


class Proof(NamedTuple):
    """What is known of a run beside what it made.

    Attributes:
        certificate: The newest measured precision and recall; `None` if nothing was audited yet.
        measured_on: What the certificate is about.
        expected: Language pair or "all" -> precision that the calibration expects.
        base: The last publication; `None` before the first.
        comparison: What changed since the last publication; `None` if that is not kept.
        drifts: How far distributions moved since earlier publications.
    """

    certificate: Certificate | None = None
    measured_on: str = ""
    expected: Mapping[str, float] = {}
    base: int | None = None
    comparison: RunComparison | None = None
    drifts: Sequence[Drift] = ()


def gather_proof(
    folder: "RunFolder", now: RunTables, publications: Sequence["Publication"], earlier: Mapping[int, RunTables]
) -> Proof:
    """Read what is known of a run that has been decided and clustered.

    Args:
        folder: Its folder.
        now: Its tables.
        publications: Of its database, the newest first.
        earlier: Publications to compare with, by number.
    """
    from sku_align.review.audit import certificate_of

    certificate, measured_on = certificate_of(folder), "this run"
    for publication in publications if certificate is None else ():
        if publication.certificate:
            certificate = Certificate.from_dict(publication.certificate)
            measured_on = f"publication {publication.publication_id} of {publication.published_at:%Y-%m-%d}"
            break
    base = folder.facts("cluster").get("based_on_publication") or None
    return Proof(
        certificate,
        measured_on,
        expected_precision(now.offers, now.decisions),
        base,
        compare_runs(earlier[base], now) if base is not None and base in earlier else None,
        drifts_since(earlier, now),
    )


def proof_sections(proof: Proof, marked: bool = True) -> list[Section | None]:
    """Certificate, what changed since the last publication, and drift.

    Args:
        proof: Of the run.
        marked: Show examples of what changed.
    """
    sections: list[Section | None] = [certificate_section(proof.certificate, proof.measured_on, proof.expected)]
    if proof.comparison is not None:
        title = f"What changed since publication {proof.base}, and why"
        sections += comparison_sections(proof.comparison, title)[: 2 if marked else 1]
    elif proof.base is not None:
        note = f"The tables of publication {proof.base} are not kept (publishing.keep_indexes), so nothing is compared."
        sections.append(Section("What changed", (), [], note=note))
    return [*sections, drift_section(proof.drifts)]


def certificate_section(
    certificate: Certificate | None, measured_on: str = "", expected: Mapping[str, float] | None = None
) -> Section:
    """Measured precision and recall with 95 % intervals by domain, beside what the calibration expects.

    Args:
        certificate: If something was audited.
        measured_on: What it is about.
        expected: As `expected_precision` gives it.
    """
    wanted = {ALL if name == ALL else f"{_LANGUAGES}{name}": value for name, value in (expected or {}).items()}
    domains = certificate.domains if certificate else {}
    rows: list[list[str | Cell]] = []
    for name in sorted({*domains, *wanted}, key=lambda name: (name != ALL, name)):
        figures = domains.get(name)
        found = (figures.pair_precision, figures.sku_precision, figures.recall) if figures else (None, None, None)
        cells = map(_interval, found) if certificate else ()
        rows.append([name, *cells, *([f"{wanted[name]:.3f}" if name in wanted else ""] if expected else [])])
    heads = ["domain"]
    if certificate:
        heads += ["precision of pairs", "precision of SKUs", "recall"]
        about = f" of {measured_on}" if measured_on else ""
        note = f"95 % intervals, from {certificate.labels} answers about a blind sample{about}"
        note += f"; {certificate.unanswered} questions have no answer." if certificate.unanswered else "."
    else:
        note = (
            "Nothing was audited yet: `sku-align audit sample` writes a blind sheet, `sku-align audit apply` reads it."
        )
    if expected:
        heads.append("expected by the calibration")
    title = (
        "Certificate: measured precision and recall" if certificate else "Expected precision of what merges by itself"
    )
    return Section(title, heads, rows, frozenset(range(1, len(heads))), note=note)


def comparison_sections(comparison: RunComparison, title: str = "Pairs that changed") -> list[Section | None]:
    """What merged and split by cause and languages, and examples of each.

    Args:
        comparison: Of two runs.
        title: Of the first section.
    """
    counted: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for (change, cause, languages), number in comparison.counts().items():
        counted[change, cause][languages] += number
    rows = [
        [change, cause, f"{of.total():,}", ", ".join(f"{name} {count:,}" for name, count in of.most_common())]
        for (change, cause), of in sorted(counted.items(), key=lambda entry: (-entry[1].total(), entry[0]))
    ]
    note = (
        f"{comparison.same:,} pairs are in one SKU in both. {comparison.moved:,} offers share a SKU with other offers "
        f"than before, {comparison.new:,} offers are new, {comparison.gone:,} are gone."
    )
    counts = Section(title, ("change", "cause", "pairs", "by languages"), rows, frozenset({2}), note=note)
    return [counts, _examples(comparison.changes)]


def agreement_section(counts: Mapping[tuple[str, str], int]) -> Section | None:
    """What the pairs of one run became in the other, as `decision_counts` gives it."""
    names = [name for name in (*DECISIONS, NOT_SCORED) if any(name in key for key in counts)]
    rows = [[DECISIONS.get(one, one), *(f"{counts.get((one, other), 0):,}" for other in names)] for one in names]
    heads = ("first run", *(f"second: {DECISIONS.get(name, name)}" for name in names))
    return Section("Decisions on pairs", heads, rows, frozenset(range(1, len(heads)))) if rows else None


def drift_section(drifts: Sequence[Drift]) -> Section | None:
    """The distributions that moved most, and how many stayed."""
    if not drifts:
        return None
    moved = sum(not drift.passed for drift in drifts)
    listed = [drift for drift in drifts if not drift.passed or drift.psi >= _TELLING]
    rows = [
        [
            drift.figure,
            *([f"publication {drift.since}"] if drift.since else []),
            f"{drift.psi:.3f}",
            f"{drift.limit:.2f}",
            "" if drift.passed else "look into it",
        ]
        for drift in listed[: max(_DRIFTS, moved)]
    ]
    against = ["against"] if drifts[0].since else []
    heads = ("distribution", *against, "stability index", "limit", "") if rows else ()
    note = (
        f"{moved} of {len(drifts)} distributions moved further than their limit, which is {MAX_PSI:g} where values are "
        f"many; {len(drifts) - len(listed)} moved by less than {_TELLING:g} and are not shown."
    )
    numbers = frozenset({1 + len(against), 2 + len(against)})
    return Section("Drift", heads, rows, numbers, note=note)


def _examples(changes: Sequence[Change]) -> Section | None:
    shown: Counter[tuple[str, str]] = Counter()
    rows: list[list[str | Cell]] = []
    for each in sorted(changes, key=lambda each: (each.change, CAUSES.index(each.cause))):
        shown[each.change, each.cause] += 1
        if shown[each.change, each.cause] > _EXAMPLES:
            continue
        cells = [
            cell._replace(aside="#".join(key))
            for cell, key in zip(mark_differences(*each.titles), (each.left, each.right), strict=True)
        ]
        chances = dict.fromkeys(NOT_SCORED if p is None else f"{p:.3f}" for p in (each.before, each.after))
        first = shown[each.change, each.cause] == 1
        rows.append([each.change if first else "", each.cause if first else "", *cells, " to ".join(chances)])
    heads = ("change", "cause", "one offer", "the other", "probability")
    return Section("Examples of what changed", heads, rows, ruled=True) if rows else None


def _interval(estimate: Estimate | None) -> Cell:
    if estimate is None:
        return Cell("nothing drawn")
    return Cell(f"{estimate.value:.3f}", f"{estimate.low:.3f} to {estimate.high:.3f}")
