"""A person's word on SKUs: read the history, split, unmerge, link, and roll back from the command line."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result

from sku_align import schema
from sku_align.cli.publication import publications_command, rollback_command
from sku_align.cli.sku import sku_group
from sku_align.clustering.cluster import cluster
from sku_align.config import Settings
from sku_align.deciding.decide import decide
from sku_align.errors import UserError
from sku_align.pairs import pair_columns
from sku_align.store import Store, corrections
from tests.integration.shop import ids, offers_table, pairs_table, publish, redirects

FIVE = {"de#1": "x", "fr#1": "x", "en#1": "y", "ja#1": "y", "de#2": "z"}
Run = Callable[..., str]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'skus.db'}"


@pytest.fixture
def run(url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words: str) -> str:
        command = {"publications": publications_command, "rollback": rollback_command}.get(words[0], sku_group)
        arguments = [*(words if command is sku_group else words[1:]), "--db", url]
        result: Result = CliRunner().invoke(command, arguments)
        if result.exception:
            raise result.exception
        return result.output

    return call


def verdicts(store: Store) -> set[tuple[str, str, str]]:
    return {
        (f"{r['left_catalog']}#{r['left_offer_id']}", f"{r['right_catalog']}#{r['right_offer_id']}", r["verdict"])
        for r in store.verdicts().to_pylist()
    }


def test_the_story_names_offers_pairs_refusals_redirects_and_causes(url: str, run: Run) -> None:
    store = Store.open(url)
    publish(store, FIVE)
    former, kept = ids(store)["de#2"], ids(store)["de#1"]
    pairs = [
        ("de#1", "fr#1", "auto_merge", "threshold"),
        ("de#2", "fr#1", "auto_merge", "threshold"),
        ("en#1", "fr#1", "review", "guard:brand"),
        ("en#1", "ja#1", "auto_merge", "threshold"),
    ]
    publish(store, FIVE | {"de#2": "x"}, decisions=pairs_table(pairs), day=1, run_id="nightly-7")
    history = run("show", kept)
    for told in (
        "nightly-7",
        f"{kept}: on sale; first seen in publication 1",
        f"former ids that lead here: {former}",
        "de#1 - fr#1",
        "en#1 - fr#1",
        "guard:brand",
        "threshold 0.950: de#2 and fr#1",
        "merged",
    ):
        assert told in history
    assert f"now {kept}" in run("show", former)
    with pytest.raises(UserError, match="There never was a SKU SKU-X"):
        run("show", "SKU-X")


def test_split_keeps_the_named_offers_from_all_others(url: str, run: Run) -> None:
    store = Store.open(url)
    publish(store, dict.fromkeys(FIVE, "all"))
    sku_id = ids(store)["de#1"]
    assert "7 verdict(s) are kept" in run("split", sku_id, "de#2", "--reviewer", "ann")
    assert {word for word in verdicts(store) if word[2] == "different"} == {
        ("de#1", "de#2", "different"),
        ("de#2", "en#1", "different"),
        ("de#2", "fr#1", "different"),
        ("de#2", "ja#1", "different"),
    }
    assert "ann" in run("show", sku_id)
    with pytest.raises(UserError, match="'de#9' is not an offer of"):
        run("split", sku_id, "de#9")
    with pytest.raises(UserError, match="All offers of"):
        run("split", sku_id, *FIVE)


def test_a_user_without_a_name_can_still_split(url: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise OSError("No username set in the environment")

    monkeypatch.setattr("getpass.getuser", nobody)
    store = Store.open(url)
    publish(store, dict.fromkeys(FIVE, "all"))
    run("split", ids(store)["de#1"], "de#2")
    assert set(store.verdicts()["reviewer"].to_pylist()) == {str(os.getuid())}


def test_unmerge_parts_what_came_from_the_former_sku_and_brings_its_redirect_home(url: str, run: Run) -> None:
    store = Store.open(url)
    six = FIVE | {"nl#1": "x"}
    publish(store, six)
    former = ids(store)["ja#1"]
    publish(store, six | {"de#2": "x", "en#1": "x", "ja#1": "x"})
    assert redirects(store)[former] == ids(store)["de#1"]
    run("unmerge", former)
    assert ("de#1", "ja#1", "different") in verdicts(store) and ("en#1", "ja#1", "different") not in verdicts(store)
    publish(store, six | {"de#2": "x"})
    assert redirects(store)[former] == ids(store)["ja#1"] != ids(store)["de#1"]
    with pytest.raises(UserError, match="is live, not merged"):
        run("unmerge", ids(store)["de#1"])


def test_link_joins_all_offers_of_two_skus(url: str, run: Run) -> None:
    store = Store.open(url)
    publish(store, FIVE)
    run("link", ids(store)["de#1"], ids(store)["en#1"])
    assert verdicts(store) == {("de#1", other, "same") for other in ("en#1", "fr#1", "ja#1")}
    with pytest.raises(UserError, match="named twice"):
        run("link", ids(store)["de#1"], ids(store)["de#1"])


def test_a_link_takes_back_every_word_that_set_the_two_apart(url: str, run: Run) -> None:
    store = Store.open(url)
    publish(store, dict.fromkeys(FIVE, "all"))
    run("split", ids(store)["de#1"], "en#1", "ja#1")
    publish(store, FIVE | {"de#2": "x"})
    with pytest.raises(UserError, match=r"keep .* apart: de#1 and en#1 are different"):
        run("link", ids(store)["ja#1"], ids(store)["fr#1"])
    assert "Taken back" in run("link", ids(store)["ja#1"], ids(store)["fr#1"], "--overrule")
    between = {word for word in verdicts(store) if {word[0], word[1]} & {"en#1", "ja#1"} and "de#2" not in word}
    assert {word for *_, word in between} == {"same"}


def test_publications_are_listed_and_rolled_back(url: str, run: Run) -> None:
    store = Store.open(url)
    assert "Nothing was published" in run("publications")
    publish(store, FIVE)
    first = ids(store)
    publish(store, dict.fromkeys(FIVE, "all"))
    assert "publication 3 is live: it shows publication 1 again (5 offers, 3 SKUs)" in run("rollback", "--to", "1")
    assert ids(store) == first
    lines = run("publications").splitlines()
    assert "live, publication 1 again" in lines[1] and len(lines) == 4


class Scored:
    """A shop whose scorer finds two pairs, de#1 with en#1 and de#2 with fr#1, whatever its catalogs are called."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = Settings.model_validate(
            {"catalogs": {key: {"calibrated": True} for key in ("de", "deutschland", "en", "fr", "ja")}}
        )

    def day(self, number: int, de: str = "de") -> dict[str, str]:
        """Decide, cluster and publish; offer -> SKU id, by the names that the offers had at first."""
        content = {offer: f"content of {offer}" for offer in FIVE}
        table = offers_table(FIVE, content_hash=content)
        names = [de if name == "de" else name for name in table["catalog"].to_pylist()]
        offers = table.set_column(0, "catalog", pa.array(names))
        columns = pair_columns(offers, np.array([0, 1]), np.array([2, 3]))
        columns |= {"raw_score": [1.0, 1.0], "probability": [0.99, 0.99], "scorer": ["test", "test"]}
        scores = schema.conform(columns, schema.SCORES)
        decisions = decide(offers, scores, self.store.verdicts(offers), self.settings)
        groups, _ = cluster(offers, decisions, self.settings)
        numbers = {f"{r['catalog']}#{r['offer_id']}": str(r["cluster"]) for r in groups.to_pylist()}
        publish(self.store, numbers, offers=offers, decisions=decisions, day=number)
        return {offer.replace(f"{de}#", "de#"): sku_id for offer, sku_id in ids(self.store).items()}


def test_a_split_and_a_link_are_obeyed_by_the_next_run(url: str, run: Run) -> None:
    shop = Scored(Store.open(url))
    together = shop.day(0)
    assert together["de#1"] == together["en#1"] and together["de#2"] == together["fr#1"]
    run("split", together["de#1"], "en#1")
    run("link", together["ja#1"], together["de#2"])
    after = shop.day(1)
    assert after["de#1"] != after["en#1"]
    assert after["ja#1"] == after["fr#1"] == after["de#2"]
    run("link", after["de#1"], after["en#1"], "--overrule")
    again = shop.day(2)
    assert again["de#1"] == again["en#1"]


def test_people_are_obeyed_when_a_catalog_gets_another_name(database_url: str) -> None:
    store = Store.open(database_url)
    shop = Scored(store)
    before = shop.day(0)
    store.add_verdicts(corrections.split(store, before["de#1"], ["en#1"]).table("ann", "no", "1"))
    parted = shop.day(1)
    assert parted["de#1"] != parted["en#1"]
    assert shop.day(2, de="deutschland") == parted
    assert ("deutschland#1", "en#1", "different") in verdicts(store)
    assert shop.day(3, de="deutschland") == parted, "the word outlives the day of the renaming"
    store.add_verdicts(corrections.verdicts([(("deutschland", "1"), ("en", "1"))], "same", "ben", None, "2"))
    assert shop.day(4, de="deutschland")["en#1"] == parted["de#1"], "a later word counts"
