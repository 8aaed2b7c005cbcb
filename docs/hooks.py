"""Hooks of the site: lists of records and experiments, made from the files, so that no list can be out of date."""

from pathlib import Path
from typing import Any

LISTED = {"adr/index.md": "0*.md", "experiments/index.md": "[!i]*.md"}


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Add to an index page one line for each file beside it: its first heading, linked."""
    pattern = LISTED.get(page.file.src_uri)
    if pattern is None:
        return markdown
    folder = Path(page.file.abs_src_path).parent
    return markdown + "\n".join(f"- [{_title(path)}]({path.name})" for path in sorted(folder.glob(pattern))) + "\n"


def _title(path: Path) -> str:
    return path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
