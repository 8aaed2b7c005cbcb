"""Two runs that differ in one thing: every change has its cause, as folders, as publications and on the page."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from sku_align import align
from sku_align.cli import main
from sku_align.config import Settings
from sku_align.retrieval.arrays import write_table
from sku_align.retrieval.build import FORMAT
from sku_align.retrieval.publications import published_tables
from sku_align.retrieval.versions import IndexRoot
from sku_align.scoring.load import SCORERS
from sku_align.store import Store

THINGS = ("kettle", "toaster", "lamp", "mixer", "knife", "iron", "clock", "towel")
GERMAN = ("Kessel", "Toaster", "Lampe", "Mixer", "Messer", "Eisen", "Uhr", "Tuch")
BRANDS = ("Velora", "Krona", "Tasmin", "Orbeck")
Titles = dict[str, dict[str, str]]


class Words:
    """The share of words that two titles have in common, raised to a power."""

    def __init__(self, power: float) -> None:
        self.power = power
        self.fingerprint = f"words to the {power:g}"

    def score(self, offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        words = [set(title.casefold().split()) for title in offers["title"].to_pylist()]
        shared = [len(words[a] & words[b]) / min(len(words[a]), len(words[b])) for a, b in pairs.tolist()]
        return np.array(shared, dtype=np.float32) ** np.float32(self.power)


def titles() -> Titles:
    """Three shops of 32 products; a third of the German titles share fewer words with the others."""
    found: Titles = {"berlin": {}, "leeds": {}, "london": {}}
    for number in range(32):
        brand, thing = BRANDS[number // 8], number % 8
        model = f"{brand[0]}{number * 37 % 900 + 100}"
        found["london"][f"{number:02}"] = f"{brand} {THINGS[thing]} {model} series {brand[:2]}{number}"
        found["leeds"][f"{number:02}"] = f"{brand} {THINGS[thing]} {model} by {brand}"
        found["berlin"][f"{number:02}"] = f"{brand} {GERMAN[thing]} {model} {'neu' if number % 3 else 'series'}"
    return found


def run(
    folder: Path,
    feeds: Titles,
    monkeypatch: pytest.MonkeyPatch,
    *,
    power: float = 0.2,
    db: str | None = None,
    **more: Any,
) -> Path:
    """A whole run over titles with a scorer that counts words."""
    monkeypatch.setitem(SCORERS, "bundled", lambda settings: Words(power))
    folder.mkdir(parents=True, exist_ok=True)
    for shop, rows in feeds.items():
        lines = "".join(f"{number},{title}\n" for number, title in rows.items())
        (folder / f"{shop}.csv").write_text(f"offer_id,title\n{lines}", "utf-8")
    settings = Settings.model_validate({"publishing": {"max_churn": 1}, **more})
    align(sorted(folder.glob("*.csv")), folder / "out", db, settings)
    return folder / "out"


def compared(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    capsys.readouterr()
    main(["compare", *map(str, words), "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["changes"], "what is compared here differs"
    return found


def causes(found: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(each["change"], each["cause"]) for each in found["changes"]}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as monkeypatch:
        return run(tmp_path_factory.mktemp("first"), titles(), monkeypatch)


def test_of_one_changed_setting_every_change_is_the_setting(
    first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    strict = run(tmp_path, titles(), monkeypatch, deciding={"auto_merge": 0.97})
    assert causes(compared(capsys, first, strict)) == {("split", "settings")}
    assert causes(compared(capsys, strict, first)) == {("merged", "settings")}


def test_of_one_changed_catalog_every_change_is_of_its_offers_or_of_what_competes_with_them(
    first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feeds = titles()
    for number in ("03", "11", "20"):
        feeds["leeds"][number] = "Something else altogether"
    del feeds["leeds"]["07"]
    feeds["leeds"]["99"] = feeds["leeds"].pop("15") + " again"
    found = compared(capsys, first, run(tmp_path, feeds, monkeypatch))
    why = dict.fromkeys(("03", "11", "20"), "data changed") | {
        "07": "offer gone",
        "15": "offer gone",
        "99": "new offer",
    }
    seen = set()
    for each in found["changes"]:
        for shop, number in (each["left"], each["right"]):
            if shop == "leeds" and number in why:
                assert each["cause"] == why[number]
                seen.add(number)
    assert seen >= {"03", "07", "15", "99"}
    others = {each["cause"] for each in found["changes"]} - set(why.values())
    assert others <= {"other candidates"}
    assert (found["new"], found["gone"]) == (1, 2)


def test_of_another_model_every_change_is_the_scorer(
    first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    second = run(tmp_path, titles(), monkeypatch, power=0.9)
    assert causes(compared(capsys, first, second)) == {("split", "scorer")}


def test_two_scorers_are_compared_on_the_candidates_of_one_run(
    first: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(SCORERS, "bundled", lambda settings: Words(0.9))
    found = compared(capsys, first, "--scorer", "bundled")
    assert (found["first"], found["second"]) == ("words to the 0.2", "words to the 0.9")
    assert causes(found) == {("split", "scorer")}
    became = {(each["first"], each["second"]): each["pairs"] for each in found["decisions"]}
    assert sum(pairs for (one, other), pairs in became.items() if one == "auto_merge" != other) > 0
    assert not [names for names in became if "not scored" in names], "both read the same pairs"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """A first publication's folder as it was, the folder of the second, and their database."""
    folder = tmp_path_factory.mktemp("published")
    db = f"sqlite:///{folder / 'skus.db'}"
    with pytest.MonkeyPatch.context() as monkeypatch:
        shutil.copytree(run(folder / "shop", titles(), monkeypatch, db=db), folder / "before")
        feeds = titles()
        feeds["berlin"] = {number: f"{title} rot" for number, title in feeds["berlin"].items()}
        feeds["leeds"]["03"] = "Something else altogether"
        run(folder / "shop", feeds, monkeypatch, db=db, deciding={"auto_merge": 0.97})
    return folder / "before", folder / "shop" / "out", db


def test_publications_are_compared_as_their_run_folders_are(
    published: tuple[Path, Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    before, after, db = published
    by_number = compared(capsys, "1", "2", "--db", db)
    assert by_number["changes"] == compared(capsys, before, after)["changes"]
    assert {each["cause"] for each in by_number["changes"]} == {"data changed", "settings"}
    with pytest.raises(SystemExit):
        main(["compare", "1", "7", "--db", db])
    assert "There is no publication 7" in capsys.readouterr().err


def test_an_index_of_another_release_is_not_compared_and_stops_nothing(tmp_path: Path) -> None:
    root = IndexRoot(tmp_path)
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "index.json").write_text(json.dumps({"format": FORMAT}), "utf-8")
    for name in ("offers", "pairs"):
        write_table(tmp_path / "1" / f"{name}.arrow", pa.table({"something": ["else"]}))
    assert published_tables(root, (1,)) is None
    assert published_tables(root, (7, None)) is None


def test_the_page_says_what_changed_since_the_last_publication_and_asks_no_address(
    published: tuple[Path, Path, str],
) -> None:
    page = (published[1] / "report.html").read_text("utf-8")
    for part in ("What changed since publication 1, and why", "Examples of what changed", "data changed",
                 "Expected precision of what merges by itself", "Nothing was audited yet"):  # fmt: skip
        assert part in page, part
    assert len(page.encode()) < 3_000_000
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|<link|src=|@import", re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL))


def test_drift_is_measured_against_the_last_publication_and_may_stop_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sku_align.store import AuditError

    db = f"sqlite:///{tmp_path / 'skus.db'}"
    feeds = titles()
    many = {
        shop: {f"{at}{number}": title for at in range(3) for number, title in rows.items()}
        for shop, rows in feeds.items()
    }
    settings = {"has_duplicates": True, "publishing": {"max_churn": 1, "max_sku_size": 1000}}
    run(tmp_path, many, monkeypatch, db=db, **settings)
    worse = {shop: {number: title.upper()[:9] for number, title in rows.items()} for shop, rows in many.items()}
    settings["publishing"] |= {"max_drift": 0.25}
    with pytest.raises(AuditError, match=r"drift: .*probability by \d"):
        run(tmp_path, worse, monkeypatch, db=db, **settings)
    assert [each.publication_id for each in Store.open(db).publications()] == [1]
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "look into it" in page
    assert "<td>drift</td><td>FAILED</td>" in page
