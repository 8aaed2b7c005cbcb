"""How the reader called this program, so that commands which are shown can be pasted."""

import shutil
import sys
from pathlib import Path

NAME = "sku-align"


def program() -> str:
    """`sku-align` where that is found, else the path that it was called by, such as `.venv/bin/sku-align`."""
    called = Path(sys.argv[0])
    if called.name != NAME or shutil.which(NAME):
        return NAME
    path = called.absolute()
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
