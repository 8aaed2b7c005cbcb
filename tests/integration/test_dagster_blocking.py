"""A run whose blocking lost too much stops before anything is scored, on the command line and in Dagster."""

from pathlib import Path

import dagster as dg
import numpy as np
import pyarrow as pa
import pytest

from pipelines.defs.block import block
from pipelines.resources import RunSetup
from sku_align import schema
from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.folder import RunFolder
from sku_align.running import Run

SIZE = 60


@pytest.fixture
def quarrelling(tmp_path: Path) -> RunFolder:
    """Two catalogs whose embeddings call other offers alike than their titles do: each channel misses the other's."""
    titles = [f"model{i}" for i in range(SIZE)]
    rows = [
        {"catalog": name, "offer_id": f"{i:03d}", "title": title} for name in "ab" for i, title in enumerate(titles)
    ]
    offers = schema.conform(rows, schema.OFFERS)
    meaning = np.concatenate([np.eye(SIZE), np.roll(np.eye(SIZE), 1, axis=0)]).astype(np.float16)
    vector = pa.FixedSizeListArray.from_arrays(pa.array(meaning.reshape(-1)), SIZE)
    columns = {"catalog": offers["catalog"], "offer_id": offers["offer_id"], "vector": vector}
    folder = RunFolder(tmp_path / "out")
    folder.write("offers", offers, "1")
    folder.write("embeddings", schema.conform(columns, schema.embeddings_schema(SIZE)), "1")
    return folder


def config(folder: RunFolder, limit: float) -> Path:
    path = folder.path / "settings.yaml"
    path.write_text(f"blocking: {{neighbours: 1, lexical: 1, min_pair_completeness: {limit}}}\n")
    return path


def test_an_estimate_below_the_limit_stops_the_stage_every_time_and_says_what_to_do(quarrelling: RunFolder) -> None:
    settings = Settings.load(config(quarrelling, 0.9))
    for _ in range(2):
        with pytest.raises(UserError, match=r"asks for 0\.900\. Raise blocking\.neighbours"):
            Run(quarrelling.path, settings).do("block")
    assert len(quarrelling.read("candidates")) > 0


@pytest.mark.parametrize(("limit", "passes"), [(0.9, False), (0.0, True)])
def test_the_asset_check_holds_the_estimate_against_the_limit(
    quarrelling: RunFolder, limit: float, passes: bool
) -> None:
    setup = RunSetup(config=str(config(quarrelling, limit)), out=str(quarrelling.path), db="")
    result = dg.materialize([block], resources={"setup": setup}, raise_on_error=False)
    (check,) = result.get_asset_check_evaluations()
    assert (result.success, check.passed, check.check_name) == (passes, passes, "pair_completeness")
    assert check.metadata["estimate"].value < 0.5
