"""The settings that `sku-align init` writes for any preset are those that `sku-align align` runs with at once."""

from pathlib import Path

import pyarrow.parquet as pq

from sku_align.config import Settings
from tests.conftest import Command
from tests.unit.test_init import EXAMPLES


def test_align_runs_with_what_init_wrote_for_every_preset(sku_align: Command, tmp_path: Path) -> None:
    feeds = []
    for preset, text in EXAMPLES.items():
        kind = "xml" if text.startswith("<") else "tsv" if "\t" in text else "csv"
        feeds.append(tmp_path / f"{preset}.{kind}")
        feeds[-1].write_text(text, encoding="utf-8")
    config, out = tmp_path / "sku_align.yaml", tmp_path / "out"
    sku_align("init", *feeds, "--config", config)
    assert {name: catalog.preset for name, catalog in Settings.load(config).catalogs.items()} == {
        n: n for n in EXAMPLES
    }
    sku_align("align", "--config", config, "--out", out)
    offers = pq.read_table(out / "offers.parquet", columns=["catalog"])["catalog"].to_pylist()
    assert set(offers) == set(EXAMPLES)
    assert pq.read_table(out / "clusters.parquet").num_rows == len(offers)
    assert pq.read_table(out / "quarantine.parquet").num_rows == 0
