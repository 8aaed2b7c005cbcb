"""A stage repeats only if something it depends on changed, and a reader never sees half a table."""

from pathlib import Path

import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.errors import UserError
from sku_align.folder import RunFolder
from sku_align.provenance import identity
from sku_align.stages import run_folder


def test_a_table_is_current_only_for_what_made_it(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    made_by = identity("catalog bytes", {"k": 10})
    folder.write("embeddings", pa.table({"x": [1, 2]}), made_by)
    assert folder.is_current(made_by, "embeddings")
    assert not folder.is_current(identity("catalog bytes", {"k": 11}), "embeddings")
    assert not folder.is_current(made_by, "embeddings", "candidates")


def test_a_deleted_table_is_made_again(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write("embeddings", pa.table({"x": [1]}), "id")
    folder.table("embeddings").unlink()
    assert not folder.is_current("id", "embeddings")
    assert folder.content("embeddings") == ""


def test_equal_tables_have_equal_content_whatever_made_them(tmp_path: Path) -> None:
    one, other = RunFolder(tmp_path / "one"), RunFolder(tmp_path / "other")
    one.write("embeddings", pa.table({"x": [1]}), "today")
    other.write("embeddings", pa.table({"x": [1]}), "yesterday")
    assert one.content("embeddings") == other.content("embeddings") != ""


def test_a_missing_table_names_the_stage_to_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="sku-align score"):
        run_folder(tmp_path).read("scores")


def test_a_damaged_table_is_a_sentence(tmp_path: Path) -> None:
    folder = run_folder(tmp_path)
    folder.table("scores").write_bytes(b"not parquet")
    with pytest.raises(UserError, match=r"delete it and run `sku-align score --out .*` again"):
        folder.read("scores")


def test_writing_leaves_nothing_but_the_table(tmp_path: Path) -> None:
    RunFolder(tmp_path).write("embeddings", pa.table({"x": [1]}), "id")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["embeddings.parquet", "manifest.json"]


@pytest.mark.parametrize("manifest", ["null", "[1]", "{", '{"embeddings": 3, "score:facts": []}', "[" * 100_000, "\0"])
def test_a_damaged_manifest_only_costs_doing_the_work_again(manifest: str, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write("embeddings", pa.table({"x": [1]}), "id")
    (tmp_path / "manifest.json").write_text(manifest)
    assert not folder.is_current("id", "embeddings")
    assert (folder.content("embeddings"), folder.rows("embeddings"), folder.facts("score")) == ("", 0, {})
    folder.write("embeddings", pa.table({"x": [1]}), "id")
    assert folder.is_current("id", "embeddings")


def test_a_flipped_bit_is_found_wherever_it_is(tmp_path: Path) -> None:
    folder = run_folder(tmp_path)
    rows = [{"catalog": "harbour", "offer_id": str(at), "sku_id": f"SKU-{at}"} for at in range(50)]
    folder.write("clusters", schema.conform(rows, schema.CLUSTERS), "id")
    whole = folder.table("clusters").read_bytes()
    for at in range(0, len(whole), len(whole) // 40):
        folder.table("clusters").write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        assert not folder.is_current("id", "clusters"), at
        with pytest.raises(UserError, match="run `sku-align cluster --out"):
            folder.read("clusters")
    folder.table("clusters").write_bytes(whole)
    assert folder.read("clusters").num_rows == 50
