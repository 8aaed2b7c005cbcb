"""The stages are declared once, and a table's identity is the same in every process."""

import ast
import inspect
from pathlib import Path

import pytest

from sku_align import schema
from sku_align.config import CatalogSettings, Settings
from sku_align.provenance import code_version, identity, modules_of
from sku_align.stage import ELSEWHERE
from sku_align.stages import BY_NAME, STAGES

ROOT = Path(__file__).parents[2]


def test_every_stage_reads_only_what_stages_before_it_write() -> None:
    written: set[str] = set()
    for stage in STAGES:
        assert set(stage.reads) <= written, stage.name
        written |= set(stage.writes)


def test_every_table_of_the_schema_is_written_by_one_stage() -> None:
    written = [name for stage in STAGES for name in stage.writes]
    assert sorted(written) == sorted({*schema.TABLES, "embeddings", *ELSEWHERE})


def _keys(work: ast.FunctionDef) -> list[object]:
    """Names that a `work(**tables)` takes out of `tables`."""
    found = [node for node in ast.walk(work) if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "tables"]
    return [node.slice.value for node in found if isinstance(node.slice, ast.Constant)]


def test_a_stage_gets_just_the_tables_that_it_declares(tmp_path: Path) -> None:
    """Read from the code: `work` of a stage has one parameter for each table that the stage says it reads."""
    tree = ast.parse((ROOT / "sku_align" / "stages.py").read_text("utf-8"))
    plans = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for stage in STAGES:
        body = plans[stage.plan.__name__].body
        (work,) = (node for node in body if isinstance(node, ast.FunctionDef) and node.name == "work")
        named = _keys(work) if work.args.kwarg else [argument.arg for argument in work.args.args]
        assert set(named) <= set(stage.tables_read), stage.name
        assert work.args.kwarg or named == list(stage.tables_read), stage.name


@pytest.mark.parametrize("stage", [stage for stage in STAGES if not stage.command], ids=lambda stage: stage.name)
def test_every_stage_is_a_command_with_its_sentence(stage, sku_align) -> None:
    assert stage.does in " ".join(sku_align(stage.name, "--help").stdout.split())


def test_the_code_of_a_stage_leaves_out_what_it_does_not_run() -> None:
    for name, foreign in {
        "ingest": ("scoring", "store", "clustering", "report", "cli"),
        "embed": ("catalogs", "scoring", "store", "cli"),
        "block": ("scoring", "store", "review", "cli"),
        "score": ("clustering", "store", "review", "report", "cli"),
        "decide": ("scoring", "clustering", "report", "cli"),
        "cluster": ("scoring", "blocking", "store", "report", "cli"),
    }.items():
        rooms = {module.split(".")[1] for module in modules_of(BY_NAME[name].plan)}
        assert rooms.isdisjoint(foreign), name


def test_a_changed_module_changes_the_version_of_the_stages_that_run_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def versions() -> dict[str, str]:
        code_version.cache_clear()
        return {stage.name: code_version(stage.plan) for stage in STAGES}

    before, read = versions(), Path.read_bytes

    def changed(path: Path) -> bytes:
        return read(path) + (b"# changed" if path.name == "growth.py" else b"")

    monkeypatch.setattr(Path, "read_bytes", changed)
    after = versions()
    monkeypatch.undo()
    code_version.cache_clear()
    assert {name for name in before if before[name] != after[name]} == {"cluster"}


def test_what_has_no_stable_text_has_no_identity() -> None:
    for part in ({1, 2}, frozenset({"a"}), {"catalogs": frozenset({"a"})}, [{1}], object(), lambda: None):
        with pytest.raises(TypeError, match=r"identity\(\)"):
            identity(part)


def test_identities_differ_where_the_parts_do_and_not_where_keys_only_change_places() -> None:
    one = Settings(catalogs={"a": CatalogSettings(language="de"), "b": CatalogSettings()})
    other = Settings(catalogs={"b": CatalogSettings(), "a": CatalogSettings(language="de")})
    assert identity(one) == identity(other)
    assert identity(one) != identity(Settings(catalogs={"a": CatalogSettings(), "b": CatalogSettings()}))
    assert len({identity("ab", "c"), identity("a", "bc"), identity(["ab", "c"]), identity(1), identity("1")}) == 5


def test_a_report_needs_no_run() -> None:
    """The report takes tables and figures, so that whoever has them can write one."""
    from sku_align.report import report_page

    assert list(inspect.signature(report_page).parameters) == ["tables", "facts"]
    assert not {"sku_align.stages", "sku_align.running", "sku_align.aligning"} & modules_of(BY_NAME["report"].plan)
