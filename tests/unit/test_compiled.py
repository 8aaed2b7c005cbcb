"""Tables are prepared once, and anew when what they are made of changes."""

import sys
from pathlib import Path

import pytest

from sku_align.attributes.compiled import compiled
from sku_align.attributes.families import kind


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "kept"))
    source = tmp_path / "words.tsv"
    source.write_text("kettle")
    return source


def prepared(module: Path, source: Path) -> tuple[dict[str, tuple[str, ...]], int]:
    """A table, and how often it had to be prepared for it."""
    calls = []

    def prepare() -> dict[str, tuple[str, ...]]:
        calls.append(1)
        return {"words": (source.read_text(),)}

    return compiled(str(module), "en", [Path(str(source))], prepare), len(calls)


def test_a_second_process_reads_what_the_first_has_prepared(source: Path, tmp_path: Path) -> None:
    assert prepared(tmp_path / "words.py", source) == ({"words": ("kettle",)}, 1)
    assert prepared(tmp_path / "words.py", source) == ({"words": ("kettle",)}, 0)


def test_a_changed_source_is_prepared_anew(source: Path, tmp_path: Path) -> None:
    prepared(tmp_path / "words.py", source)
    other = source.with_name("more.tsv")
    other.write_text("teapot")
    assert prepared(tmp_path / "words.py", other) == ({"words": ("teapot",)}, 1)


@pytest.mark.parametrize("left", [b"", b"digest of something else", None])
def test_a_damaged_file_is_prepared_anew(left: bytes | None, source: Path, tmp_path: Path) -> None:
    prepared(tmp_path / "words.py", source)
    (kept,) = (path for path in (tmp_path / "kept").rglob("*") if path.is_file())
    kept.write_bytes(kept.read_bytes()[:-3] if left is None else left)
    assert prepared(tmp_path / "words.py", source) == ({"words": ("kettle",)}, 1)
    assert prepared(tmp_path / "words.py", source)[1] == 0


def test_where_nothing_can_be_written_the_table_is_there_all_the_same(source: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file where the folder should be")
    assert prepared(tmp_path / "words.py", source) == ({"words": ("kettle",)}, 1)


def test_python_that_may_not_write_bytecode_keeps_nothing(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    prepared(tmp_path / "words.py", source)
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    ("column", "title"), [("pl", "krem na noc ondara 50 ml"), ("ja", "オンダラ ナイトクリーム 50ml")]
)
def test_kinds_are_the_same_whether_prepared_or_read(column: str, title: str, source: Path) -> None:
    prepare, read = (kind._Unspaced(column) if column == "ja" else kind._Spaced(column, True) for _ in range(2))
    assert list(prepare.find(title)) == list(read.find(title)) != []
    assert prepare._filed == read._filed
