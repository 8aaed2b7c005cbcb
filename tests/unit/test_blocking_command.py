"""`sku-align evaluate blocking` prints what was lost and writes down the missed pairs."""

import json
from pathlib import Path

import pyarrow as pa
from click.testing import CliRunner

from sku_align import schema
from sku_align.cli.evaluate_blocking import evaluate_blocking_command
from sku_align.folder import RunFolder


def run_folder(path: Path) -> RunFolder:
    titles = {"a": ["red lamp", "=1+1"], "b": ["lampe rouge", "vase"]}
    offers = schema.conform([{"catalog": catalog, "offer_id": str(i), "title": title, "language": language}
                             for (catalog, listed), language in zip(titles.items(), ("en", "fr"), strict=True)
                             for i, title in enumerate(listed)], schema.OFFERS)  # fmt: skip
    pair = {"left_catalog": "a", "left_offer_id": "0", "right_catalog": "b", "right_offer_id": "0"}
    candidates = schema.conform(
        pa.Table.from_pylist([{**pair, "channels": ["neighbours"], "rank": 1}]), schema.CANDIDATES
    )
    folder = RunFolder(path)
    folder.write("offers", offers, "1")
    folder.write("candidates", candidates, "1")
    folder.note("block", {"estimated_pair_completeness": 0.9876})
    return folder


def test_against_gold_it_reports_completeness_and_lists_what_was_missed(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "run")
    gold, missed = tmp_path / "gold.csv", tmp_path / "missed.csv"
    gold.write_text("catalog,offer_id,gold_product_id\na,0,p\na,1,q\nb,0,p\nb,1,q\n", encoding="utf-8")
    words = [str(folder.path), "--gold", str(gold), "--missed", str(missed), "--json"]
    done = CliRunner().invoke(evaluate_blocking_command, words, catch_exceptions=False)
    figures = json.loads(done.output)["by_languages"]["en-fr"]
    assert json.loads(done.output)["by_budget"] == {"1": {"en-fr": 0.5, "all": 0.5}}
    assert (figures["matches"], figures["pair_completeness"], figures["reduction_ratio"]) == (2, 0.5, 0.75)
    lines = missed.read_text(encoding="utf-8-sig").splitlines()
    assert lines[1:] == ["en-fr,a,1,'=1+1,,b,1,vase,"]


def test_without_gold_it_shows_the_estimate_as_an_estimate(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "run")
    done = CliRunner().invoke(evaluate_blocking_command, [str(folder.path)], catch_exceptions=False)
    assert done.output.startswith("Estimated pair completeness") and "0.988" in done.output
