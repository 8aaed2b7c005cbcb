"""A full disk under run folder, caches or database: a sentence, yesterday's SKUs stay, and with room the run goes on.

Each lies on a small file system of its own in memory, which only the superuser may mount.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sku_align import UserError, align
from sku_align.config import Settings
from sku_align.store import Store
from tests.integration.shop import ids, read

SETTINGS = Settings.model_validate({"publishing": {"max_churn": 1}})
SIZE_KB = 6_000


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of some megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_KB}k", "tmpfs", folder], stderr=subprocess.DEVNULL
    )
    if mounted.returncode:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path, left: int) -> Path:
    """Leave so many bytes free."""
    free = os.statvfs(folder)
    ballast = folder / "ballast"
    ballast.write_bytes(b"x" * max(0, free.f_bavail * free.f_frsize - left))
    return ballast


def day(folder: Path, out: Path, url: str, number: int) -> None:
    for name in ("harbour", "pier"):
        rows = "".join(f"{each},{name} Kettle Velora {each}.{number} L day {number}\n" for each in range(60 + number))
        (folder / f"{name}.csv").write_text("offer_id,title\n" + rows, "utf-8")
    align({name: folder / f"{name}.csv" for name in ("harbour", "pier")}, out, db=url, settings=SETTINGS)


@pytest.mark.parametrize(
    ("full", "left"),
    [
        ("run folder", 20_000),
        ("cache", 0),
        ("database", 20_000),
        pytest.param("run folder", 60_000, marks=pytest.mark.slow),
        pytest.param("cache", 60_000, marks=pytest.mark.slow),
        pytest.param("database", 60_000, marks=pytest.mark.slow),
    ],
)
def test_a_full_disk_is_a_sentence_and_costs_nothing(small: Path, tmp_path: Path, full: str, left: int) -> None:
    out = small / "out" if full == "run folder" else tmp_path / "out"
    url = f"sqlite:///{(small if full == 'database' else tmp_path) / 'skus.db'}"
    if full == "cache":
        out.mkdir()
        (out / "work").symlink_to(small)
    day(tmp_path, out, url, 0)
    store = Store.open(url)
    before, yesterday = read(store), ids(store)
    store.close()
    ballast = fill(small, left)
    with pytest.raises(UserError, match=r"(?i)full|no space"):
        day(tmp_path, out, url, 1)
    store = Store.open(url)
    assert read(store) == before
    ballast.unlink()
    day(tmp_path, out, url, 1)
    now = ids(store)
    assert len(now) == len(yesterday) + 2
    assert {offer: now[offer] for offer in yesterday} == yesterday
    store.close()
