"""Settings: a wrong value is one sentence that names it."""

from pathlib import Path

import pytest

from sku_align.config import Settings
from sku_align.errors import UserError


def write(folder: Path, text: str) -> Path:
    path = folder / "sku_align.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_defaults_need_no_file() -> None:
    settings = Settings.load(None)
    assert (settings.deciding.auto_merge, settings.deciding.review) == (0.9, 0.7)
    assert settings.scoring.name == "bundled"


def test_catalog_paths_are_relative_to_the_settings_file(tmp_path: Path) -> None:
    settings = Settings.load(write(tmp_path, "catalogs: {shop: {path: shop.csv, language: en}}"))
    assert settings.catalog("shop").path == tmp_path / "shop.csv"
    assert settings.catalog("another").path is None


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("deciding: {auto_merge: 1.5}", "deciding.auto_merge"),
        ("deciding: {auto_merge: 0.6}", "deciding"),
        ("catalogs: {shop: {delimiter: '||'}}", "catalogs.shop.delimiter"),
        ("scoring: {name: magic}", "scoring.name"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(UserError, match=rf"wrong value at {where}"):
        Settings.load(write(tmp_path, text))


def test_a_missing_or_broken_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        Settings.load(tmp_path / "none.yaml")
    with pytest.raises(UserError, match="not valid YAML"):
        Settings.load(write(tmp_path, "catalogs: ["))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("blocking: {neighbors: 5}", "unknown setting blocking.neighbors (did you mean neighbours?)"),
        ("catalogs: {shop: {colums: {}}}", "unknown setting catalogs.shop.colums (did you mean columns"),
        ("zzz: 1", "unknown setting zzz; remove or correct it."),
    ],
)
def test_an_unknown_setting_is_named_with_the_one_it_may_mean(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UserError) as caught:
        Settings.load(write(tmp_path, text))
    assert says in str(caught.value)
