"""The audit of a run: draw a blind sample, take the answers in, and keep the certificate they give.

Everything lies in the run folder (`audit.csv` for a person, `audit.json` with the design, `audit_labels.parquet` with
all answers); with a database the answers and the certificate are kept there as well, beside the publication.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from sku_align import schema
from sku_align.errors import UserError
from sku_align.evaluation.audit_labels import AUDIT_LABELS, label_table, valid_labels
from sku_align.evaluation.certificate import Certificate, Labels, certify, open_questions
from sku_align.evaluation.sampling_design import Design, Key, Population
from sku_align.files import written_whole
from sku_align.folder import RunFolder

if TYPE_CHECKING:
    from sku_align.store import Store

NOTE = "certificate"
SHEET, MORE, DESIGN, LABELS = "audit.csv", "audit_more.csv", "audit.json", "audit_labels.parquet"


@dataclass(frozen=True)
class Drawn:
    """A sample that waits for answers.

    Attributes:
        sheet: The file with the questions.
        questions: How many there are.
        skus: SKUs drawn.
        near: Near pairs drawn.
        known: Drawn SKUs and pairs that earlier answers cover.
    """

    sheet: Path
    questions: int
    skus: int
    near: int
    known: int


@dataclass(frozen=True)
class Applied:
    """Answers taken in.

    Attributes:
        certificate: What they give; `None` while questions of the second round are open.
        more: The file with questions that only these answers raised, if there are any.
        questions: How many it holds.
        rejected: Rows that were not understood.
        publication: The publication that the certificate is kept with, if these clusters were published.
    """

    certificate: Certificate | None
    more: Path | None
    questions: int
    rejected: tuple[str, ...]
    publication: int | None = None


def draw_sample(folder: RunFolder, size: int, seed: int = 0, store: "Store | None" = None) -> Drawn:
    """Draw SKUs and near pairs of a run and write the questions as a blind sheet.

    Args:
        folder: Run folder with `offers`, `decisions` and `clusters`.
        size: About how many SKUs and pairs to draw.
        seed: Of the random start.
        store: Database whose earlier audit answers count.

    Raises:
        UserError: A table is missing, or no SKU has several offers.
    """
    offers = folder.read("offers")
    population = Population(offers, folder.read("decisions"), folder.read("clusters"), folder.content("clusters"))
    design = population.draw(size, seed)
    folder.write_text(folder.path / DESIGN, json.dumps(design.to_dict(), ensure_ascii=False, indent=1))
    labels = valid_labels(offers, *_kept(folder, store))
    questions = _questions(design, labels)
    _write_sheet(folder, folder.path / SHEET, offers, questions)
    kinds = [unit.kind for unit in design.units]
    known = sum(not open_questions(unit, labels) for unit in design.units)
    return Drawn(folder.path / SHEET, len(questions), kinds.count("sku"), kinds.count("near"), known)


def apply_answers(
    folder: RunFolder, sheet: Path, reviewer: str, labelled_at: str, store: "Store | None" = None
) -> Applied:
    """Take the answers of a sheet in and give the certificate, or the questions that they raise.

    Args:
        folder: Run folder that was sampled.
        sheet: The answered sheet.
        reviewer: Who answered.
        labelled_at: When, ISO 8601.
        store: Database that keeps answers, as audit labels and as verdicts, and the certificate.

    Raises:
        UserError: No sample was drawn, the clusters changed since, or too few questions have an answer.
    """
    from sku_align.review.verdicts import read_verdicts

    design = _design(folder)
    offers, read = folder.read("offers"), read_verdicts(sheet, reviewer, labelled_at)
    new = label_table(offers, read.table)
    kept = _kept(folder, store)
    with written_whole(folder.path / LABELS) as beside:
        pq.write_table(pa.concat_tables([*kept[:1], new]), beside)
    if store is not None:
        store.add_audit_labels(new)
        store.add_verdicts(read.table)
    labels = valid_labels(offers, *kept, new)
    # Questions of the first round that stay empty are non-response. Those that an answer raised are asked once more.
    before = set(_questions(design, valid_labels(offers, *kept)))
    raised = [pair for pair in _questions(design, labels) if pair not in before]
    if raised:
        _write_sheet(folder, folder.path / MORE, offers, raised)
        return Applied(None, folder.path / MORE, len(raised), tuple(read.rejected))
    certificate = certify(design, labels)
    folder.note(NOTE, certificate.to_dict())
    publication = None
    published = folder.facts("publish")
    if store is not None and published.get("clusters") == design.content:
        publication = published.get("publication_id")
        store.certify(int(published["publication_id"]), certificate.to_dict())
    return Applied(certificate, None, 0, tuple(read.rejected), publication)


def certificate_of(folder: RunFolder) -> Certificate | None:
    """The certificate of the clusters that lie in a run folder now, if they were audited."""
    values = folder.facts(NOTE)
    if not values or values["content"] != folder.content("clusters"):
        return None
    return Certificate.from_dict(values)


def _design(folder: RunFolder) -> Design:
    try:
        design = Design.from_dict(json.loads((folder.path / DESIGN).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"No sample was drawn from {folder.path}: run `sku-align audit sample` first.") from error
    if design.content != folder.content("clusters"):
        raise UserError(
            f"The clusters in {folder.path} changed after the sample was drawn: run `sku-align audit sample` again; "
            "answers about offers that did not change are kept."
        )
    return design


def _kept(folder: RunFolder, store: "Store | None") -> list[pa.Table]:
    """Labels of the folder, then those of the database."""
    path = folder.path / LABELS
    own = pq.read_table(path, schema=AUDIT_LABELS) if path.exists() else AUDIT_LABELS.empty_table()
    return [own] if store is None else [own, store.audit_labels()]


def _questions(design: Design, labels: Labels) -> list[tuple[Key, Key]]:
    return list(dict.fromkeys(pair for unit in design.units for pair in open_questions(unit, labels)))


def _write_sheet(folder: RunFolder, path: Path, offers: pa.Table, questions: list[tuple[Key, Key]]) -> None:
    from sku_align.review.sheet import blind_sheet

    rows = [dict(zip(schema.PAIR_NAMES, (*low, *high), strict=True)) for low, high in map(sorted, questions)]
    folder.write_text(path, blind_sheet(offers, schema.conform(rows, schema.DECISIONS)))
