"""The wheel, installed where no clone is: it aligns, publishes, and Dagster finds its definitions."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # hatchling is not among the locked packages, so that its sources are read the way an installer does.
    uv = Path(sys.executable).with_name("uv")
    words = [str(uv), "build", "--wheel", "--quiet", "--out-dir", str(folder), str(ROOT)]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode and "hatchling" in done.stderr:
        pytest.skip("hatchling cannot be had here")
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel in it, which borrows the other packages of this one."""
    folder = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(folder, with_pip=False)
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    return folder / "bin" / "python"


def run(python: Path, folder: Path, *words: object) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(python), *map(str, words)],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment | {"DAGSTER_HOME": str(folder)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_wheel_claims_no_name_of_others_and_is_typed(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if not name.split("/")[0].endswith(".dist-info")}
    assert tops == {"sku_align", "sku_align_pipelines"}
    assert "sku_align/py.typed" in names
    assert "sku_align/sql/views/storefront_sku.sql" in names
    scripts = ("vega.min.js", "vega-lite.min.js", "charts.js", "vega.LICENSE.txt")
    assert {f"sku_align/report/static/{name}" for name in scripts} <= set(names)


def test_an_installed_wheel_aligns_and_publishes(python: Path, tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text("offer_id,title\n1,Kettle Velora 1.7 L\n", "utf-8")
    command = ("-c", "import sku_align.cli; print(sku_align.cli.__file__); sku_align.cli.main()")
    said = run(python, tmp_path, *command, "align", "shop.csv", "--out", "out", "--db", "sqlite:///skus.db")
    assert said.startswith(str(python.parents[1])), "the wheel's code must have run, not the clone's"
    assert "publication 1 is live" in said


def test_dagster_finds_the_definitions_of_an_installed_wheel(python: Path, tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    words = ("-m", "dagster", "definitions", "validate", "-m", "sku_align_pipelines.definitions")
    assert "All code locations passed validation" in run(python, tmp_path, *words)
