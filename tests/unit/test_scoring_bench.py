"""`bench scoring` and `doctor` say what is so."""

import json
import time
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner

from sku_align.cli import bench, doctor
from sku_align.config import HttpScoring, Settings
from sku_align.scoring import bench as measuring
from sku_align.scoring.scorers.bundled import BundledScorer


class Slow:
    """Takes two milliseconds a pair."""

    fingerprint = "slow"

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.lengths: set[int] = set()
        self.scripts: set[bool] = set()

    def score(self, offers: pa.Table, pairs: Any) -> Any:
        self.sizes.append(len(pairs))
        self.lengths.update(map(len, offers["title"].to_pylist()))
        self.scripts.update(title.isascii() for title in offers["title"].to_pylist())
        time.sleep(0.002 * len(pairs))
        return np.zeros(len(pairs))


def test_figures_are_those_of_the_calls_made() -> None:
    scorer = Slow()
    speeds = measuring.measure(scorer, batches=[1, 5], lengths=[60], calls=6)
    assert [(speed.batch, speed.characters) for speed in speeds] == [(1, 60), (5, 60)]
    assert scorer.sizes == [1] * 7 + [5] * 7
    assert scorer.lengths == {60}
    assert scorer.scripts == {True, False}
    for speed in speeds:
        assert 2 * speed.batch <= speed.p50_ms <= speed.p95_ms <= speed.p99_ms
        assert 0 < speed.pairs_per_s <= 500
        assert speed.pairs_per_cpu_s > speed.pairs_per_s
        assert speed.tokenising is None


def test_the_bundled_scorer_says_what_share_its_tokens_take_and_what_memory_it_holds() -> None:
    (speed,) = measuring.measure(BundledScorer(threads=1), batches=[20], lengths=[60], calls=2)
    assert speed.tokenising is not None
    assert 0 < speed.tokenising < 0.5
    assert 100 < speed.memory_mib < 4000


def test_the_table_and_the_json_name_the_scorer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sku_align.scoring.load.load_scorer", lambda settings: Slow())
    command = ["scoring", "--batch", "2", "--characters", "30", "--calls", "2"]
    shown = CliRunner(env={"COLUMNS": "80"}).invoke(bench.bench_group, command).output
    assert "slow" in shown
    assert "…" not in shown
    assert all(word in shown for word in ("characters", "per CPU s", "tokenising", "GPU MiB"))
    answer = json.loads(CliRunner().invoke(bench.bench_group, [*command, "--json"]).output)
    assert answer["scorer"] == "slow"
    assert answer["speeds"][0]["batch"] == 2


def test_doctor_names_what_fails_and_what_to_do() -> None:
    settings = Settings(scoring=HttpScoring(url="http://127.0.0.1:9/v1/rerank", http_retries=0))
    findings = {finding.subject: finding for finding in doctor.examine(settings)}
    assert findings["scorer http"].state == "fails"
    assert "127.0.0.1:9/v1/rerank gave no answer" in findings["scorer http"].detail
    assert findings["Python"].state == "works"


def test_doctor_says_that_the_default_scorer_works_here() -> None:
    result = CliRunner().invoke(doctor.doctor_command, ["--json"])
    findings = {finding["subject"]: finding for finding in json.loads(result.output)}
    assert findings["scorer bundled"]["state"] == "works"
    assert findings["embedder"]["state"] == "works"
    assert result.exit_code == 0
