"""The site of the documentation is built without a warning, and opens without the network."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    words = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_loads_only_what_lies_beside_it(site: Path) -> None:
    loaded = re.compile(
        r"""<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=["']?(?:https?:)?//[^"'\s>]*|@import url"""
    )
    pages = list(site.rglob("*.html"))
    assert len(pages) > 10
    assert {page.name: found for page in pages if (found := loaded.findall(page.read_text(encoding="utf-8")))} == {}


def test_the_reference_shows_what_users_call_with_their_arguments(site: Path) -> None:
    page = (site / "reference.html").read_text(encoding="utf-8")
    for name in ("align", "Scorer", "Embedder", "load_scorer", "evaluate_clusters"):
        assert re.search(rf'id="sku_align\.[\w.]*{name}"', page), name
    assert "accept_churn" in page


def test_every_decision_is_listed_with_its_title(site: Path) -> None:
    page = (site / "adr" / "index.html").read_text(encoding="utf-8")
    records = sorted((ROOT / "docs" / "adr").glob("0*.md"))
    assert [record.name for record in records if f'href="{record.stem}.html"' not in page] == []


def test_the_pictures_and_tables_of_the_architecture_are_drawn_from_the_code_as_it_is() -> None:
    done = subprocess.run([sys.executable, "-m", "docs.draw", "--check"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
