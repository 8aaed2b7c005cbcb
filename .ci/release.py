"""Print the notes of a release: the changelog's section of a tag, which must be the version of the package."""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def notes(tag: str, root: Path = ROOT) -> str:
    """The changelog's section of a version.

    Args:
        tag: The tag, "v" and the version.
        root: The repository.

    Raises:
        SystemExit: pyproject.toml, `sku_align.__version__` and the changelog do not all have this version.
    """
    version = tag.removeprefix("v")
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    package = re.search(r'^__version__ = "(.+)"', (root / "sku_align/__init__.py").read_text(encoding="utf-8"), re.M)
    if not (package and version == project == package[1]):
        found = package[1] if package else "none"
        raise SystemExit(
            f"The tag {tag}, pyproject.toml ({project}) and sku_align.__version__ ({found}) must be equal."
        )
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    section = re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## |\Z)", changelog, re.M | re.S)
    if section is None or not section[1].strip():
        raise SystemExit(f"CHANGELOG.md has no section '## [{version}] - YYYY-MM-DD' with entries.")
    return section[1].strip()


if __name__ == "__main__":
    print(notes(sys.argv[1]))
