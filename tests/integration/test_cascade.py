"""A whole run by a cascade of two models, from feeds to what the service answers."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from sku_align.config import BundledScoring, CascadeScoring, Settings
from sku_align.running import Run
from sku_align.scoring.scorers.cross_encoder import WEIGHTS
from sku_align.serving.publication import Keeper
from sku_align.serving.schemas import MatchRequest
from sku_align.serving.service import Service
from tests.conftest import Command

PRODUCTS = (
    "Copper saucepan 16 cm", "Copper saucepan 20 cm", "Bread knife oak handle", "Egg timer blue", "Salt mill 18 cm",
    "Picnic blanket wool 150 x 200 cm", "Door mat coconut 40 x 60 cm", "Bird feeder cedar", "Rain gauge glass",
    "Reading lamp brass", "Desk fan 25 cm", "Wall clock walnut 30 cm", "Ironing board cover 120 cm",
)  # fmt: skip


@pytest.fixture(scope="module")
def other_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled model under another name: another fingerprint, and scores that agree."""
    folder = tmp_path_factory.mktemp("models") / "other"
    shutil.copytree(WEIGHTS, folder)
    about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    (folder / "model.json").write_text(json.dumps({**about, "name": "other"}), encoding="utf-8")
    return folder


def write_feeds(folder: Path, products: Sequence[str]) -> list[Path]:
    """Feeds of two shops with the same products, which the second one calls new."""
    feeds = []
    for shop, words in (("north", "{}"), ("south", "{} new")):
        lines = [f"{shop}{at},{words.format(name)},{10 + at}.00,EUR" for at, name in enumerate(products)]
        feeds.append(folder / f"{shop}.csv")
        feeds[-1].write_text("\n".join(["offer_id,title,price,currency", *lines]), encoding="utf-8")
    return feeds


def test_a_run_by_a_cascade_is_published_and_served(tmp_path: Path, other_model: Path) -> None:
    feeds, db = write_feeds(tmp_path, PRODUCTS), f"sqlite:///{tmp_path / 'skus.db'}"
    scoring = CascadeScoring(strong=BundledScoring(model=str(other_model)))
    run = Run(tmp_path / "run", Settings(scoring=scoring), feeds, db)
    for stage in run.stages:
        run.do(stage.name)
    plain = Run(tmp_path / "plain", Settings(), feeds)
    for name in ("ingest", "embed", "block", "score", "decide"):
        plain.do(name)
    # Both models agree, so every decision is that of either alone, and the strong one read a probe only.
    assert run.folder.read("decisions")["decision"].equals(plain.folder.read("decisions")["decision"])
    facts = run.folder.facts("score")
    assert facts["scorer"].startswith("cascade of bundled onnx:sku-align-reranker-small@")
    assert facts["cascade"]["strong_pairs"] == facts["cascade"]["probe"] == facts["scores"]
    assert facts["cascade"]["changed"] == {}
    assert "pairs that the strong scorer read as well" in run.folder.report.read_text(encoding="utf-8")
    assert run.do("score").reused

    keeper = Keeper(db, None, None)
    keeper.look()
    offer = {"offer_id": "new", "title": "Reading lamp, brass", "price": "19.00", "currency": "EUR"}
    answer = Service(keeper).match(MatchRequest(catalog="west", offers=[offer]))
    lamp = run.folder.read("clusters").filter(_is("north9", run))["sku_id"].to_pylist()
    assert answer.scorer == facts["scorer"]
    assert answer.results[0].sku_id == lamp[0]


def _is(offer_id: str, run: Run) -> object:
    import pyarrow.compute as pc

    return pc.equal(run.folder.read("clusters")["offer_id"].cast("string"), offer_id)


def test_bench_measures_both_scorers_of_a_cascade(tmp_path: Path, other_model: Path, sku_align: Command) -> None:
    config = tmp_path / "settings.yaml"
    config.write_text(f"scoring: {{name: cascade, strong: {{model: {other_model}}}}}", encoding="utf-8")
    words = ("--config", config, "--batch", 2, "--characters", 20, "--calls", 1, "--json")
    fast, strong = json.loads(sku_align("bench", "scoring", *words).stdout)
    assert fast["scorer"].startswith("bundled onnx:sku-align-reranker-small@")
    assert strong["scorer"].startswith("bundled onnx:other@")
    assert strong["speeds"][0]["pairs_per_s"] > 0
