"""What a data engineer sees: the asset graph in a real browser, the report opened from disk."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT, SAMPLES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed"),
]

Browser = Callable[[str], str]


@pytest.fixture
def seen(tmp_path: Path) -> Browser:
    """The page's text as the browser built it."""

    def dump(url: str) -> str:
        quiet = ("gpu", "quic", "background-networking", "component-update", "sync")
        flags = ["--headless", "--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)]
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        return subprocess.run(
            ["chromium", *flags, profile, "--virtual-time-budget=20000", "--dump-dom", url],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout

    return dump


@pytest.fixture
def ui(tmp_path: Path) -> Iterator[str]:
    """A Dagster web server on this machine only."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    command = [sys.executable, "-m", "dagster_webserver", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)]
    environment = os.environ | {"DAGSTER_HOME": str(tmp_path), "SKU_ALIGN_CONFIG": str(SAMPLES / "sku_align.yaml")}
    log = tmp_path / "log"
    with log.open("w") as file, subprocess.Popen(command, cwd=ROOT, env=environment, stderr=file) as server:
        url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 90
        try:
            while not _answers(url):
                assert server.poll() is None, log.read_text()[-2000:]
                assert time.monotonic() < deadline, "the server did not answer in 90 s"
                time.sleep(0.2)
            yield url
        finally:
            server.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/server_info").is_success
    except httpx.TransportError:
        return False


def test_the_ui_shows_the_asset_graph_and_what_an_asset_is(ui: str, seen: Browser) -> None:
    graph = seen(f"{ui}/locations/__repository__@sku_align/asset-groups/align/lineage")
    for name in ("offers", "embeddings", "candidates", "scores", "verdicts", "decisions", "clusters", "publication"):
        assert f">{name}<" in graph, name
    offers = seen(f"{ui}/assets/offers?view=overview")
    assert "Every good row of every catalog in one shape" in offers
    assert "data-engineering" in offers
    assert "Global trade item number, 14 digits with" in offers


def test_the_report_opens_from_disk(sample_run: tuple[Path, str, str], seen: Browser) -> None:
    page = seen((sample_run[0] / "report.html").as_uri())
    for part in ("The run", "Match probabilities", "Quarantined rows", "The most doubtful pairs", 'lang="zh-Hans"'):
        assert part in page, part


ASKED = """<script>addEventListener("load", () => document.body.setAttribute(
"asked", performance.getEntriesByType("resource").map(entry => entry.name).join(" ")))</script></body>"""


def test_the_report_draws_its_charts_and_folds_their_tables(sample_run: tuple[Path, str, str], seen: Browser) -> None:
    charts = (sample_run[0] / "report.html").read_text("utf-8").count('<div class="drawing">')
    page = seen((sample_run[0] / "report.html").as_uri())
    assert charts >= 5
    assert len(re.findall(r'<div class="drawing"[^>]*><svg', page)) == charts
    assert page.count("<details>") == charts, "a table stays open only where its chart was not drawn"
    assert "de-en: " in re.findall(r">(de-en[^<]*)</text>", page)[0]


def test_the_report_asks_no_address(sample_run: tuple[Path, str, str], seen: Browser, tmp_path: Path) -> None:
    page = (sample_run[0] / "report.html").read_text("utf-8")
    # Its own policy would stop what asks as well as what looks for that: without it the page still asks nothing.
    page, policies = re.subn(r"<meta http-equiv=.*?>", "", page)
    assert policies == 1
    copy = tmp_path / "copy.html"
    copy.write_text(page.replace("</body>", ASKED), "utf-8")
    assert 'asked=""' in seen(copy.as_uri())
    # The same look at a page that does ask for something finds it.
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        picture = f"http://127.0.0.1:{nobody.getsockname()[1]}/dot.svg"
    copy.write_text(page.replace("</body>", f'<img src="{picture}">{ASKED}'), "utf-8")
    assert f'asked="{picture}"' in seen(copy.as_uri())


def test_the_policy_of_the_report_stops_a_request(
    sample_run: tuple[Path, str, str], seen: Browser, tmp_path: Path
) -> None:
    page, copy = (sample_run[0] / "report.html").read_text("utf-8"), tmp_path / "copy.html"
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        nobody.setblocking(False)
        picture = f'<img src="http://127.0.0.1:{nobody.getsockname()[1]}/dot.svg">'
        copy.write_text(page.replace("</body>", f"{picture}</body>"), "utf-8")
        seen(copy.as_uri())
        with pytest.raises(BlockingIOError):
            nobody.accept()
