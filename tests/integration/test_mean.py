"""A whole run by the mean of the bundled model and a served one, from feeds to what the service answers."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sku_align.calibration.features import raw_log_odds
from sku_align.config import BundledScoring, HttpScoring, MeanScoring, Settings
from sku_align.running import Run
from sku_align.serving.publication import Keeper
from sku_align.serving.schemas import MatchRequest
from sku_align.serving.service import Service
from tests.conftest import Command
from tests.integration.test_cascade import write_feeds
from tests.integration.test_service_outages import started

PRODUCTS = (
    "Copper saucepan with lid",
    "Bread knife oak handle",
    "Picnic blanket blue wool",
    "Reading lamp polished brass",
)


@pytest.fixture
def scoring() -> Iterator[MeanScoring]:
    """The bundled model, and a server that counts words in common."""
    port, kill = started()
    yield MeanScoring(scorers=(BundledScoring(), HttpScoring(url=f"http://127.0.0.1:{port}/v1/rerank")))
    kill()


def test_a_run_by_a_mean_is_published_and_served(tmp_path: Path, scoring: MeanScoring) -> None:
    feeds, db = write_feeds(tmp_path, PRODUCTS), f"sqlite:///{tmp_path / 'skus.db'}"
    run = Run(tmp_path / "run", Settings(scoring=scoring), feeds, db)
    for stage in run.stages:
        run.do(stage.name)
    raw = []
    for number, each in enumerate(scoring.scorers):
        alone = Run(tmp_path / str(number), Settings(scoring=each), feeds)
        for name in ("ingest", "embed", "block", "score"):
            alone.do(name)
        raw.append(alone.folder.read("scores")["raw_score"].to_numpy())
    mean = (raw_log_odds(raw[0], "log_odds") + raw_log_odds(raw[1], "probability")) / 2
    np.testing.assert_allclose(run.folder.read("scores")["raw_score"].to_numpy(), mean, atol=1e-5)
    scorer = run.folder.facts("score")["scorer"]
    assert scorer.startswith("mean of bundled onnx:sku-align-reranker-small@")
    skus = dict(zip(*(run.folder.read("clusters")[name].to_pylist() for name in ("offer_id", "sku_id")), strict=True))
    assert [skus[f"south{at}"] for at in range(len(PRODUCTS))] == [skus[f"north{at}"] for at in range(len(PRODUCTS))]
    assert run.do("score").reused

    keeper = Keeper(db, None, None)
    keeper.look()
    offer = {"offer_id": "new", "title": "Reading lamp, polished brass", "price": "13.00", "currency": "EUR"}
    answer = Service(keeper).match(MatchRequest(catalog="west", offers=[offer]))
    assert answer.scorer == scorer
    assert answer.results[0].sku_id == skus["north3"]


def test_the_doctor_tries_every_scorer_of_a_mean(tmp_path: Path, scoring: MeanScoring, sku_align: Command) -> None:
    found = _doctor(sku_align, scoring, tmp_path)
    assert found["state"] == "works"
    assert found["detail"].startswith("mean of bundled onnx:sku-align-reranker-small@")
    nowhere = scoring.scorers[1].model_copy(update={"url": "http://127.0.0.1:9/v1/rerank", "http_retries": 0})
    broken = MeanScoring(scorers=(scoring.scorers[0], nowhere))
    found = _doctor(sku_align, broken, tmp_path)
    assert found["state"] == "fails"
    assert "127.0.0.1:9" in found["detail"]


def _doctor(sku_align: Command, scoring: MeanScoring, folder: Path) -> dict[str, str]:
    words = ("doctor", "--config", _settings(folder, scoring), "--json")
    findings = json.loads(sku_align(*words, check=False).stdout)
    return next(finding for finding in findings if finding["subject"] == "scorer mean")


def _settings(folder: Path, scoring: MeanScoring) -> Path:
    path = folder / "settings.yaml"
    path.write_text(Settings(scoring=scoring).model_dump_json(include={"scoring"}), encoding="utf-8")
    return path


def test_bench_measures_each_scorer_of_a_mean(tmp_path: Path, scoring: MeanScoring, sku_align: Command) -> None:
    words = ("--config", _settings(tmp_path, scoring), "--batch", 2, "--characters", 20, "--calls", 1, "--json")
    measured = json.loads(sku_align("bench", "scoring", *words).stdout)
    assert [each["scorer"].split()[0] for each in measured] == ["bundled", "http"]
