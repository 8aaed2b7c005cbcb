"""A stage rests just where nothing that it depends on changed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sku_align.config import Settings
from sku_align.running import Run
from tests.conftest import ROOT

FEED = "offer_id,title\n1,Kettle Velora 1.7 L\n2,Toaster Krona T2\n"

RAN = """
import sys
from pathlib import Path
from sku_align.config import Settings
from sku_align.running import Run
from sku_align.stages import BY_NAME
from sku_align.provenance import modules_of
out, catalog, stage = sys.argv[1:]
run = Run(Path(out), Settings(), [Path(catalog)])
import sku_align.gpu  # loaded by the runner to say what a stage cost, and no part of any stage
before = set(sys.modules)
run.do(stage)
ran = {name for name in set(sys.modules) - before if name.startswith("sku_align.")}
print(sorted(ran - modules_of(BY_NAME[stage].plan)))
"""


def test_the_code_of_a_stage_holds_every_module_that_it_loads(tmp_path: Path) -> None:
    catalog = tmp_path / "shop.csv"
    catalog.write_text("offer_id,title\n1,Kettle Velora 1.7 L\n2,Toaster Krona T2\n", "utf-8")
    for stage in ("ingest", "embed", "block"):
        done = subprocess.run(
            [sys.executable, "-c", RAN, str(tmp_path / "out"), str(catalog), stage], capture_output=True, text=True
        )
        assert done.stdout.strip() == "[]", (stage, done.stdout, done.stderr[-2000:])


RESTED = """
import sys
from pathlib import Path
from sku_align.config import Settings
from sku_align.running import Run
run = Run(Path("out"), Settings.load(Path("settings.yaml")))
print([stage.name for stage in run.stages if not run.do(stage.name).reused and stage.tables_written])
"""


def test_a_second_run_rests_whatever_the_hash_seed(tmp_path: Path) -> None:
    """Three catalogs with duplicates: a set of their names has another order under another seed."""
    names = ("hafen", "mole", "kai")
    for name in names:
        (tmp_path / f"{name}.csv").write_text(FEED, "utf-8")
    listed = "".join(f"  {name}: {{path: {name}.csv, has_duplicates: true}}\n" for name in names)
    (tmp_path / "settings.yaml").write_text(f"catalogs:\n{listed}", "utf-8")

    def worked(seed: int) -> str:
        environment = os.environ | {"PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)}
        words = [sys.executable, "-c", RESTED]
        done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, env=environment, check=True)
        return done.stdout.strip()

    assert worked(1) == "['ingest', 'embed', 'block', 'score', 'decide', 'cluster']"
    assert worked(2) == "[]"
    assert worked(3) == "[]"


def test_another_embedder_makes_new_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sku_align.embedding.bundled import UniversalSentenceEncoder

    catalog = tmp_path / "shop.csv"
    catalog.write_text(FEED, "utf-8")
    run = Run(tmp_path / "out", Settings(), [catalog])
    run.do("ingest")
    assert not run.do("embed").reused
    assert run.do("embed").reused
    made = UniversalSentenceEncoder.__init__

    def upgraded(self: UniversalSentenceEncoder) -> None:
        made(self)
        self.fingerprint += " of next year"

    monkeypatch.setattr(UniversalSentenceEncoder, "__init__", upgraded)
    assert not run.do("embed").reused


def test_a_damaged_table_is_made_again_and_never_published(tmp_path: Path) -> None:
    catalog = tmp_path / "shop.csv"
    catalog.write_text(FEED, "utf-8")
    run = Run(tmp_path / "out", Settings(), [catalog])
    run.do("ingest")
    path = run.folder.table("offers")
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"Velora", b"Belora") if b"Velora" in whole else whole[:-40] + whole[-39:] + b"x")
    assert not run.do("ingest").reused
    assert path.read_bytes() == whole
