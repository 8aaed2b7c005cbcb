"""`sku-align audit`: a blind sheet out, a certificate in, kept with the publication, and a gate for the next one."""

import csv
import io
from pathlib import Path

import pytest

from sku_align.cli import main
from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.review.audit import apply_answers, certificate_of, draw_sample
from sku_align.stages import run_folder
from sku_align.store import AuditError, Store
from tests.integration.shop import merged, offers_table, publish, read

GROUPS = {f"{shop}#{number:02}": f"s{number}" for shop in ("de", "fr", "en") for number in range(30)}
WRONG = "en#03"


def audited(tmp_path: Path, store: Store, wrong: str = WRONG) -> Path:
    """A run folder whose published clusters hold one offer of another product."""
    folder = run_folder(tmp_path / "out")
    offers, decisions = offers_table(GROUPS), merged(GROUPS)
    publication = publish(store, GROUPS, offers=offers, decisions=decisions)
    clusters = store.previous().table.select(["catalog", "offer_id", "sku_id"])
    for name, table in (("offers", offers), ("decisions", decisions), ("clusters", clusters)):
        folder.write(name, table, "test")
    facts = {"publication_id": publication.publication_id, "clusters": folder.content("clusters")}
    folder.note("publish", facts)
    return folder.path


def answer(sheet: Path, wrong: str = WRONG) -> None:
    rows = list(csv.DictReader(io.StringIO(sheet.read_text("utf-8-sig"), newline="")))
    for row in rows:
        row["verdict"] = "different" if wrong in (row["left"], row["right"]) else "same"
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def test_the_sheet_is_blind_and_the_certificate_is_kept_with_the_publication(
    tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store.open(database_url)
    out = audited(tmp_path, store)
    main(["audit", "sample", "--out", str(out), "--db", database_url, "--n", "30"])
    assert "60 questions about 30 SKUs and 0 near pairs" in capsys.readouterr().out
    rows = list(csv.DictReader(io.StringIO((out / "audit.csv").read_text("utf-8-sig"), newline="")))
    assert {row["verdict"] for row in rows} == {""}
    assert not {"probability", "reason"} & set(rows[0])
    answer(out / "audit.csv")
    main(["audit", "apply", str(out / "audit.csv"), "--out", str(out), "--db", database_url, "--reviewer", "Mia"])
    shown = capsys.readouterr().out
    assert "Kept with publication 1" in shown and "catalog: en" in shown
    [publication] = store.publications()
    # All 30 SKUs were drawn: 88 of their 90 pairs are one product, and nothing is left to chance.
    assert publication.precision_estimate == pytest.approx(88 / 90)
    assert publication.precision_low == publication.precision_high == publication.precision_estimate
    [shown_to_storefronts] = read(store, "storefront_publication")["storefront_publication"]
    assert shown_to_storefronts["precision_low"] == publication.precision_low
    certificate = certificate_of(run_folder(out))
    assert certificate is not None and certificate.overall.sku_precision is not None
    assert certificate.overall.sku_precision.value == pytest.approx(29 / 30)
    assert len(store.verdicts()) == 60


def test_answers_are_reused_while_both_offers_are_unchanged(tmp_path: Path, database_url: str) -> None:
    store = Store.open(database_url)
    folder = run_folder(audited(tmp_path, store))
    sheet = draw_sample(folder, 30, store=store).sheet
    answer(sheet)
    apply_answers(folder, sheet, "Mia", "2026-01-01", store)
    again = draw_sample(folder, 30, seed=5, store=store)
    assert (again.questions, again.known) == (0, 30)
    folder.write("offers", offers_table(GROUPS, content_hash={"fr#07": "a new text"}), "test")
    assert draw_sample(folder, 30, store=store).questions == 1


def test_a_limit_on_precision_stops_a_publication_that_was_not_measured_so_well(
    tmp_path: Path, database_url: str
) -> None:
    store = Store.open(database_url)
    folder = run_folder(audited(tmp_path, store))
    demanding = Settings.model_validate({"publishing": {"min_precision": 0.95}})
    with pytest.raises(AuditError, match="no run or publication was audited"):
        publish(store, GROUPS, settings=demanding)
    sheet = draw_sample(folder, 12, store=store).sheet
    answer(sheet, wrong="nobody")
    apply_answers(folder, sheet, "Mia", "2026-01-01", store)
    with pytest.raises(AuditError, match=r"precision: precision of pairs 1\.000 \(0\.\d+ to 1\.000\), measured on pub"):
        publish(store, GROUPS, settings=demanding)
    allowed = Settings.model_validate({"publishing": {"min_precision": 0.6}})
    assert publish(store, GROUPS, settings=allowed).publication_id == 2


def test_clusters_that_changed_after_the_sample_are_not_certified(tmp_path: Path, database_url: str) -> None:
    store = Store.open(database_url)
    folder = run_folder(audited(tmp_path, store))
    sheet = draw_sample(folder, 30).sheet
    folder.write("clusters", folder.read("clusters").slice(1), "test")
    with pytest.raises(UserError, match="changed after the sample was drawn"):
        apply_answers(folder, sheet, "Mia", "2026-01-01")
