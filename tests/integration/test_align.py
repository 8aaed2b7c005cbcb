"""The main job, from files to published SKUs, as a data engineer meets it."""

import csv
import filecmp
import json
import random
import shutil
import sqlite3
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.conftest import SAMPLES, Command

OUTPUTS = ("offers", "candidates", "scores", "decisions", "clusters", "quarantine")


def membership(out: Path) -> set[frozenset[tuple[str, str]]]:
    groups: dict[str, set[tuple[str, str]]] = {}
    for row in pq.read_table(out / "clusters.parquet").to_pylist():
        groups.setdefault(row["sku_id"], set()).add((row["catalog"], row["offer_id"]))
    return {frozenset(group) for group in groups.values()}


def test_a_run_leaves_every_promised_file(sample_run: tuple[Path, str, str]) -> None:
    out, _, _ = sample_run
    for name in (*(f"{table}.parquet" for table in OUTPUTS), "review.csv", "report.html"):
        assert (out / name).stat().st_size > 0, name


def test_every_good_offer_has_one_sku_and_every_bad_row_a_reason(sample_run: tuple[Path, str, str]) -> None:
    out, _, _ = sample_run
    offers, clusters = pq.read_table(out / "offers.parquet"), pq.read_table(out / "clusters.parquet")
    assert clusters.select(["catalog", "offer_id"]).equals(offers.select(["catalog", "offer_id"]))
    quarantine = pq.read_table(out / "quarantine.parquet").to_pylist()
    assert quarantine
    assert all(row["reasons"] for row in quarantine)


def test_what_merges_by_itself_is_right_on_the_samples(sku_align: Command, sample_run: tuple[Path, str, str]) -> None:
    out, _, _ = sample_run
    figures = json.loads(sku_align("evaluate", "clusters", SAMPLES / "gold.csv", out, "--json").stdout)
    assert figures["pairs"]["all"]["precision"] >= 0.97
    assert figures["pairs"]["all"]["recall"] >= 0.5
    assert figures["completeness"]["all"] >= 0.97


def test_the_summary_shows_where_everything_lies(sample_run: tuple[Path, str, str]) -> None:
    out, db, printed = sample_run
    flat = printed.replace("\n", "")
    for part in ("Offers", "Quarantined rows", "The most interesting merges", "The most doubtful pairs"):
        assert part in printed
    assert str(out / "review.csv") in flat
    assert db in flat


def test_storefronts_read_the_published_skus(sample_run: tuple[Path, str, str]) -> None:
    out, db, _ = sample_run
    with sqlite3.connect(db.removeprefix("sqlite:///")) as connection:
        published = dict(connection.execute("SELECT catalog || '#' || offer_id, sku_id FROM storefront_offer"))
    clusters = pq.read_table(out / "clusters.parquet").to_pylist()
    assert published == {f"{row['catalog']}#{row['offer_id']}": row["sku_id"] for row in clusters}


def test_running_twice_gives_the_same_bytes(
    sku_align: Command, sample_run: tuple[Path, str, str], tmp_path: Path
) -> None:
    out, db, _ = sample_run
    shutil.copy(db.removeprefix("sqlite:///"), tmp_path / "skus.db")
    again = tmp_path / "out"
    sku_align("align", "--config", SAMPLES / "sku_align.yaml", "--out", again, "--db", f"sqlite:///{tmp_path}/skus.db")
    names = [*(f"{table}.parquet" for table in OUTPUTS), "review.csv"]
    assert filecmp.cmpfiles(out, again, names, shallow=False) == (names, [], [])


def test_the_order_of_rows_changes_no_sku(sku_align: Command, tmp_path: Path) -> None:
    ours, shuffled = tmp_path / "ours", tmp_path / "shuffled"
    for folder in (ours, shuffled):
        folder.mkdir()
    for name in ("en-homestore.csv", "outlet-mix.csv"):
        header, *rows = (SAMPLES / name).read_text("utf-8").splitlines(keepends=True)
        (ours / name).write_text(header + "".join(rows), "utf-8")
        random.Random(7).shuffle(rows)
        (shuffled / name).write_text(header + "".join(rows), "utf-8")
    for folder in (ours, shuffled):
        sku_align("align", *sorted(folder.glob("*.csv")), "--out", folder / "out")
    assert membership(ours / "out") == membership(shuffled / "out")


def test_a_second_run_repeats_no_stage(sku_align: Command, sample_run: tuple[Path, str, str], tmp_path: Path) -> None:
    out, _, _ = sample_run
    shutil.copytree(out, tmp_path / "out")
    done = sku_align("score", "--out", tmp_path / "out", "--config", SAMPLES / "sku_align.yaml")
    assert "score: unchanged, kept" in done.stdout


def test_a_reviewers_word_stands_above_the_scores(
    sku_align: Command, sample_run: tuple[Path, str, str], tmp_path: Path
) -> None:
    out, published, _ = sample_run
    shutil.copytree(out, tmp_path / "out")
    shutil.copy(published.removeprefix("sqlite:///"), tmp_path / "skus.db")
    db = f"sqlite:///{tmp_path}/skus.db"
    sku_of = {
        (row["catalog"], row["offer_id"]): row["sku_id"] for row in pq.read_table(out / "clusters.parquet").to_pylist()
    }
    decisions = pq.read_table(out / "decisions.parquet").to_pylist()
    keys = [
        ((row["left_catalog"], row["left_offer_id"]), (row["right_catalog"], row["right_offer_id"]))
        for row in decisions
    ]
    apart = next(
        key
        for key, row in zip(keys, decisions, strict=True)
        if row["decision"] == "auto_merge" and sku_of[key[0]] == sku_of[key[1]]
    )
    together = next(
        key
        for key, row in zip(keys, decisions, strict=True)
        if row["decision"] == "review"
        and key[0][0] != key[1][0]
        and not set(apart) & set(key)
        and {sku_of[key[0]], sku_of[key[1]]}.isdisjoint({sku_of[apart[0]]})
        and list(sku_of.values()).count(sku_of[key[0]]) == list(sku_of.values()).count(sku_of[key[1]]) == 1
    )
    sheet = tmp_path / "reviewed.csv"
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["verdict", "left", "right"])
        for word, pair in (("different", apart), ("same", together)):
            writer.writerow([word, *("#".join(key) for key in pair)])
    printed = sku_align("review", "apply", sheet, "--db", db, "--reviewer", "ana").stdout
    assert "1 must-links and 1 cannot-links" in printed
    sku_align("align", "--config", SAMPLES / "sku_align.yaml", "--out", tmp_path / "out", "--db", db)
    sku_of = {
        (row["catalog"], row["offer_id"]): row["sku_id"]
        for row in pq.read_table(tmp_path / "out" / "clusters.parquet").to_pylist()
    }
    assert sku_of[apart[0]] != sku_of[apart[1]]
    assert sku_of[together[0]] == sku_of[together[1]]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.csv"
    path.write_text("offer_id,title,language\n1,Kettle 1.7 L,en\n2,Toaster,en\n", "utf-8")
    return path


def test_errors_are_one_sentence_and_leave_nothing_behind(sku_align: Command, shop: Path, tmp_path: Path) -> None:
    (tmp_path / "untitled.csv").write_text("offer_id,flavour\n1,Mint\n", "utf-8")
    (tmp_path / "empty.csv").write_text("offer_id,title\n", "utf-8")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "twin").mkdir()
    shutil.copy(shop, tmp_path / "twin" / "shop.csv")
    cases: dict[str, list[object]] = {
        "none.csv": [tmp_path / "none.csv"],
        "title": [tmp_path / "untitled.csv"],
        "empty.csv": [tmp_path / "empty.csv"],
        "binary.csv": [tmp_path / "binary.csv"],
        "two catalogs": [shop, tmp_path / "twin" / "shop.csv"],
        "magic": [shop, "--scorer", "magic"],
        "database": [shop, "--db", "postgresql+psycopg://nobody@127.0.0.1:1/none"],
        "No catalog": [],
    }
    for part, words in cases.items():
        done = sku_align("align", *words, "--out", tmp_path / "out", check=False)
        assert done.returncode == 2, (part, done.stderr)
        assert done.stderr.startswith("Error: "), (part, done.stderr)
        assert part.lower() in done.stderr.lower(), (part, done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1, (part, done.stderr)
        assert not (tmp_path / "out").exists(), part


def test_a_run_folder_that_cannot_be_used_is_a_sentence(sku_align: Command, shop: Path) -> None:
    done = sku_align("align", shop, "--out", shop, check=False)
    assert done.returncode == 2
    assert (
        done.stderr
        == f"Error: The run folder {shop} cannot be used, because {shop} is not a folder; name another by --out.\n"
    )


def test_debug_shows_the_traceback(sku_align: Command, tmp_path: Path) -> None:
    done = sku_align("--debug", "align", tmp_path / "none.csv", "--out", tmp_path / "out", check=False)
    assert done.returncode == 2
    assert "Traceback" in done.stderr
