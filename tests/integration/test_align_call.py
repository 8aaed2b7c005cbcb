"""`sku_align.align` from Python: what it takes, what it gives back, and what it says to wrong input."""

from pathlib import Path

import pandas as pd
import pytest

from sku_align import UserError, align

SHOP = "offer_id,title,brand\n00205,Kettle Velora 1.7 L black,Velora\n7,Toaster Krona T2,Krona\n"
FEED = pd.DataFrame(
    {"offer_id": ["x1", 22], "title": ["Velora kettle 1.7 L black", None], "brand": ["Velora", "Krona"]}
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.csv"
    path.write_text(SHOP, "utf-8")
    return path


def test_one_path_is_one_catalog(shop: Path, tmp_path: Path) -> None:
    run = align(str(shop), tmp_path / "out")
    assert run.offers[["catalog", "offer_id"]].values.tolist() == [["shop", "00205"], ["shop", "7"]]
    assert len(repr(run)) < 300
    assert "2 offers" in repr(run)
    assert "<h2>" in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_names_with_a_path_and_a_data_frame_are_catalogs(shop: Path, tmp_path: Path) -> None:
    run = align({"harbour": shop, "pier/1": FEED}, tmp_path / "out", db=f"sqlite:///{tmp_path / 'skus.db'}")
    assert run.clusters["catalog"].tolist() == ["harbour", "harbour", "pier/1"]
    assert set(run.clusters["sku_id"]) == set(run.skus["sku_id"])
    assert run.publication is not None
    assert run.publication.offers == 3
    again = align({"harbour": shop, "pier/1": FEED}, tmp_path / "out", db=f"sqlite:///{tmp_path / 'skus.db'}")
    assert again.stages["ingest"].reused, "the same frame is the same input"


@pytest.mark.parametrize(
    ("catalogs", "says"),
    [
        (FEED, "A data frame needs a name"),
        (3, "a value of type int was given"),
        ([FEED], "A data frame needs a name"),
        ({"a": 3}, "The catalog a is a path or a pandas data frame"),
        ({3: "a.csv"}, "name is a text, not 3"),
        ({"a": pd.DataFrame([[1, 2]], columns=["title", "title"])}, "several columns with the name 'title'"),
        ({}, "There is no catalog to read"),
        (b"a.csv", "a value of type bytes was given"),
    ],
)
def test_a_wrong_kind_of_catalog_is_a_sentence(catalogs: object, says: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=says):
        align(catalogs, tmp_path / "out")  # type: ignore[arg-type]


def test_a_wrong_folder_is_a_sentence(shop: Path) -> None:
    with pytest.raises(UserError, match="`out` is the path of a folder"):
        align(shop, 3)  # type: ignore[arg-type]
    with pytest.raises(UserError, match="The run folder /proc/x cannot be used"):
        align({"a": FEED}, "/proc/x")
