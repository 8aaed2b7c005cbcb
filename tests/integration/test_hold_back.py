"""A catalog that fails is held back alone, is named, and comes back by itself."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.running import Run
from sku_align.store import Store
from tests.integration.shop import ids, read

FEEDS = {
    "hafen": "offer_id,title\n1,Kettle Velora 1.7 L\n",
    "mole": "offer_id,title\n7,Toaster Krona T2\n8,Lamp Osk 40 W\n",
}
BROKEN = {
    "cut off": "offer_id\n",
    "without its column": "number,name\n7,Toaster\n",
    "missing": None,
}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    for name, text in FEEDS.items():
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    catalogs = {name: {"path": tmp_path / f"{name}.csv"} for name in FEEDS}
    settings = Settings.model_validate({"catalogs": catalogs, "hold_back_failed_catalogs": True})
    return Run(tmp_path / "out", settings)


def titles(run: Run) -> list[str]:
    return [str(title) for title in run.folder.read("offers")["title"].to_pylist()]


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_the_others_go_on_and_the_failed_one_keeps_its_last_good_version(
    run: Run, text: str | None, tmp_path: Path
) -> None:
    run.do("ingest")
    path = tmp_path / "mole.csv"
    if text is None:
        path.unlink()
    else:
        path.write_text(text, "utf-8")
    (tmp_path / "hafen.csv").write_text("offer_id,title\n1,Kettle Velora 2 L\n", "utf-8")
    result = run.do("ingest")
    assert titles(run) == ["Kettle Velora 2 L", "Toaster Krona T2", "Lamp Osk 40 W"]
    assert list(result.facts["held_back"]) == ["mole"]
    assert "mole" in result.facts["held_back"]["mole"]
    path.write_text("offer_id,title\n7,Toaster Krona T3\n", "utf-8")
    assert run.do("ingest").facts["held_back"] == {}
    assert titles(run) == ["Kettle Velora 2 L", "Toaster Krona T3"]


def test_where_all_fail_the_run_fails(run: Run, tmp_path: Path) -> None:
    for name in FEEDS:
        (tmp_path / f"{name}.csv").unlink()
    with pytest.raises(UserError, match="does not exist"):
        run.do("ingest")


def test_without_the_setting_one_fault_stops_the_run(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mole.csv").unlink()
    with pytest.raises(UserError, match=r"mole\.csv does not exist"):
        Run(tmp_path / "out", run.settings.model_copy(update={"hold_back_failed_catalogs": False})).do("ingest")


def test_one_catalog_is_read_anew_alone(run: Run, tmp_path: Path) -> None:
    run.do("ingest")
    (tmp_path / "hafen.csv").write_text("offer_id,title\n1,Kettle Velora 2 L\n", "utf-8")
    (tmp_path / "mole.csv").write_text("offer_id,title\n7,Toaster Krona T3\n", "utf-8")
    again = Run(tmp_path / "out", run.settings, only=["mole"])
    again.do("ingest")
    assert titles(run) == ["Kettle Velora 1.7 L", "Toaster Krona T3"]
    assert not run.do("ingest").reused, "the other catalog changed as well, and the next run must see it"
    assert titles(run) == ["Kettle Velora 2 L", "Toaster Krona T3"]
    with pytest.raises(UserError, match="There is no catalog 'kai'"):
        Run(tmp_path / "out", run.settings, only=["kai"]).do("ingest")


def publish(run: Run, url: str, at: datetime = datetime(2026, 5, 1, tzinfo=UTC), lose: Path | None = None) -> Store:
    """All stages of a run that tells the time as `at`; a catalog may be deleted once it was read."""
    whole = Run(run.folder.path, run.settings, db=url, now=lambda: at)
    for stage in whole.stages:
        whole.do(stage.name)
        if stage.name == "ingest" and lose:
            lose.unlink()
    return Store.open(url)


def test_a_catalog_that_is_deleted_in_mid_run_is_published_and_goes_on_with_its_last_good_version(
    run: Run, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'skus.db'}"
    first = ids(publish(run, url, lose=tmp_path / "mole.csv"))
    assert first.keys() == {"hafen#1", "mole#7", "mole#8"}
    assert ids(publish(run, url)) == first
    assert "does not exist" in run.folder.facts("ingest")["held_back"]["mole"]


def test_a_clock_that_jumps_back_changes_neither_ids_nor_the_order_of_publications(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'skus.db'}"
    first = ids(publish(run, url))
    (tmp_path / "hafen.csv").write_text("offer_id,title\n1,Kettle Velora 1.7 L\n2,Grill Pelikor G4\n", "utf-8")
    store = publish(run, url, datetime(2019, 1, 1, tzinfo=UTC))
    (live,) = read(store, "storefront_publication")["storefront_publication"]
    assert live["publication_id"] == 2
    now = ids(store)
    assert now.keys() == first.keys() | {"hafen#2"}
    assert {offer: now[offer] for offer in first} == first
