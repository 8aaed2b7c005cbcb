"""Back up and restore by the commands of docs/operations.md: the ids of the backup, and after it the same again."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa

from sku_align import UserError, align
from sku_align.config import Settings
from sku_align.retrieval.index import PublishedIndex
from sku_align.retrieval.versions import IndexRoot
from sku_align.running import Run
from sku_align.store import Store
from sku_align.store.corrections import verdicts
from tests.conftest import ROOT
from tests.integration.shop import ids, read

SETTINGS = Settings.model_validate({"publishing": {"max_churn": 1, "keep_indexes": 1}})
THINGS = ("Kettle Velora 1.7 L black", "Toaster Krona T2", "Blender Tamsin B5", "Mixer Ordo 300 W", "Grill Pelikor G4")


def documented(what: str) -> str:
    """Commands of the page's block that begins with a comment."""
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    return re.search(rf"```sh\n(# {what}.*?)```", page, re.S).group(1)


def shell(script: str, folder: Path, url: str) -> None:
    libpq = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    done = subprocess.run(
        ["bash", "-euc", script], cwd=folder, env=os.environ | {"DATABASE": libpq}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def day(folder: Path, url: str, things: int) -> None:
    for name in ("harbour", "pier"):
        rows = [f"{number},{name.title()} {thing}" for number, thing in enumerate(THINGS[:things])]
        (folder / f"{name}.csv").write_text("offer_id,title\n" + "\n".join(rows) + "\n", "utf-8")
    align({name: folder / f"{name}.csv" for name in ("harbour", "pier")}, folder / "out", db=url, settings=SETTINGS)


@pytest.mark.skipif(not (shutil.which("sqlite3") and shutil.which("pg_dump")), reason="sqlite3 or pg_dump is missing")
def test_a_restored_database_goes_on_with_the_same_ids(database_url: str, tmp_path: Path) -> None:
    kind = "PostgreSQL" if database_url.startswith("postgresql") else "SQLite"
    back_up, restore = documented(f"{kind}: back up"), documented(f"{kind}: restore")
    day(tmp_path, database_url, 3)
    store = Store.open(database_url)
    store.add_verdicts(verdicts([(("harbour", "0"), ("pier", "0"))], "same", "ann", None, "2026-01-01"))
    shell(back_up, tmp_path, database_url)
    then = read(store)
    for things in (4, 5):
        day(tmp_path, database_url, things)
    lost = ids(store)
    store.close()

    shell(restore, tmp_path, database_url)
    store = Store.open(database_url)
    assert read(store) == then
    assert store.verdicts()["verdict"].to_pylist() == ["same"]
    with pytest.raises(UserError, match="run `sku-align cluster` again"):
        Run(tmp_path / "out", SETTINGS, (), database_url).do("publish")
    day(tmp_path, database_url, 5)
    assert ids(store) == lost, "what was published after the backup gets the ids that it had"
    (live,) = read(store, "storefront_publication")["storefront_publication"]
    root = IndexRoot.beside(database_url, run=tmp_path / "out")
    assert root.publications() == [live["publication_id"]], "not those of the publications that are lost"
    assert PublishedIndex.open(root.folder(live["publication_id"])).publication == live["publication_id"]
    store.close()
