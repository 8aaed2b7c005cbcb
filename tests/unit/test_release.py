"""A release is refused where its tag, the package and the changelog do not name one version."""

import importlib.util
import shutil
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


@pytest.fixture
def release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", ROOT / ".ci" / "release.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in ("pyproject.toml", "CHANGELOG.md", "sku_align/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_notes_of_a_release_are_its_own_section_of_the_changelog(release: ModuleType, repository: Path) -> None:
    changelog = (
        "# Changelog\n\n## [Unreleased]\n- later\n\n## [{0}] - 2026-01-02\n- now\n\n## [0.0.1] - 2025-01-02\n- before\n"
    )
    (repository / "CHANGELOG.md").write_text(changelog.format(VERSION), encoding="utf-8")
    assert release.notes(f"v{VERSION}", repository) == "- now"


def test_the_version_of_the_repository_can_be_released(release: ModuleType) -> None:
    assert "### Added" in release.notes(f"v{VERSION}")


def test_a_tag_of_another_version_is_refused(release: ModuleType, repository: Path) -> None:
    with pytest.raises(SystemExit, match=r"v99\.0\.0.*must be equal"):
        release.notes("v99.0.0", repository)


def test_a_package_that_says_another_version_is_refused(release: ModuleType, repository: Path) -> None:
    (repository / "sku_align/__init__.py").write_text('__version__ = "99.0.0"\n', encoding="utf-8")
    with pytest.raises(SystemExit, match=r"__version__ \(99\.0\.0\)"):
        release.notes(f"v{VERSION}", repository)


def test_a_version_without_a_section_is_refused(release: ModuleType, repository: Path) -> None:
    (repository / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n- all of it\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="has no section"):
        release.notes(f"v{VERSION}", repository)
