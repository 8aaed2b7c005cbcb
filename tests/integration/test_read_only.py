"""Commands that only read never make a database where a name is mistyped."""

import sqlite3
from pathlib import Path

import pytest

from tests.conftest import Command

READERS = (["publications"], ["sku", "show", "SKU-A"], ["rollback"])


@pytest.mark.parametrize("words", READERS, ids=lambda words: words[0])
def test_a_mistyped_database_is_a_sentence_and_no_file(words: list[str], sku_align: Command, tmp_path: Path) -> None:
    done = sku_align(*words, "--db", f"sqlite:///{tmp_path}/none/skuss.db", check=False, cwd=tmp_path)
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert done.stderr == (
        f"Error: There is no database at {tmp_path}/none/skuss.db: correct --db; only publishing makes one.\n"
    )


def test_doctor_says_that_a_database_is_missing(sku_align: Command, tmp_path: Path) -> None:
    done = sku_align("doctor", "--db", f"sqlite:///{tmp_path}/skuss.db", check=False)
    assert done.returncode == 1
    assert "There is no database at" in done.stdout
    assert not list(tmp_path.iterdir())


def test_somebody_elses_database_is_left_as_it_is(sku_align: Command, tmp_path: Path) -> None:
    path = tmp_path / "blog.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE post (id INTEGER)")
    done = sku_align("publications", "--db", f"sqlite:///{path}", check=False)
    assert done.returncode == 2
    assert "holds nothing of SKU Align" in done.stderr
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("post",)]
