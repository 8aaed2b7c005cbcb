"""Settings: a wrong value is one sentence that names it."""

from pathlib import Path

import pytest

from sku_align.config import BundledScoring, HttpScoring, Settings, VllmScoring
from sku_align.errors import UserError


def write(folder: Path, text: str) -> Path:
    path = folder / "sku_align.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    """The sentence by which settings are refused."""
    with pytest.raises(UserError) as caught:
        Settings.load(write(folder, text))
    return str(caught.value)


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
    assert says in refusal(tmp_path, text)


def test_settings_of_the_last_release_are_read_with_a_warning_that_names_the_new_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "sku_align.yaml"
    path.write_text("catalogs: {kiosk: {may_repeat: true}}\nclustering: {one_offer_per_catalog: false, max_size: 9}\n")
    settings = Settings.load(path)
    assert settings == Settings.model_validate(
        {"has_duplicates": True, "catalogs": {"kiosk": {"has_duplicates": True}}, "clustering": {"max_size": 9}}
    )
    warned = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert any("may_repeat is now called has_duplicates" in message for message in warned)
    assert any("one_offer_per_catalog is now has_duplicates at the top level" in message for message in warned)


def test_an_old_name_beside_its_new_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sku_align.yaml"
    path.write_text("catalogs: {kiosk: {may_repeat: true, has_duplicates: false}}\n")
    with pytest.raises(UserError, match="may_repeat is the old name of has_duplicates, which is set as well"):
        Settings.load(path)


def test_a_catalog_has_duplicates_if_it_or_else_the_top_level_says_so() -> None:
    settings = Settings.model_validate(
        {"has_duplicates": True, "catalogs": {"kiosk": {"has_duplicates": False}, "depot": {}}}
    )
    assert settings.with_duplicates(["kiosk", "unnamed", "depot"]) == ("depot", "unnamed")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "scoring: {url: http://127.0.0.1/v1/rerank}",
            "url is a setting of the scorer http, but scoring.name is bundled",
        ),
        ("scoring: {name: http, threads: 2}", "threads is a setting of the scorer bundled, but scoring.name is http"),
        (
            "scoring: {offer_tokens: 40}",
            "offer_tokens is a setting of the scorer vllm or http, but scoring.name is bundled: set scoring.name: vllm",
        ),
        ("scoring: {name: vllm, dtyp: half}", "unknown setting scoring.dtyp (did you mean dtype?)"),
        ("scoring: {name: vllm, engines: 0}", "wrong value at scoring.engines"),
        ("scoring: {name: abacus}", "there is no scorer 'abacus'; set scoring.name to one of bundled, vllm, http"),
    ],
)
def test_a_scorer_refuses_the_settings_of_another_with_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    sentence = refusal(tmp_path, text)
    assert says in sentence
    assert "Value error" not in sentence


def test_the_flat_settings_of_a_scorer_stay_as_people_write_them(tmp_path: Path) -> None:
    path = write(tmp_path, "scoring: {name: vllm, model: org/reranker, dtype: half, engines: 2, both_directions: true}")
    scoring = Settings.load(path).scoring
    assert scoring == VllmScoring(model="org/reranker", dtype="half", engines=2, both_directions=True)


def test_another_scorer_on_the_command_line_takes_the_settings_that_it_knows(tmp_path: Path) -> None:
    path = write(tmp_path, "scoring: {name: vllm, dtype: half, shard_size: 50, offer_tokens: 40, threads: 3}")
    assert Settings.load(path, "bundled").scoring == BundledScoring(shard_size=50, threads=3)
    assert Settings.load(path, "http").scoring == HttpScoring(shard_size=50, offer_tokens=40)
    assert Settings.load(None, "http").scoring == HttpScoring()
    with pytest.raises(UserError, match="threads is a setting of the scorer bundled"):
        Settings.load(path)
