"""What `tests/typings` says of pyarrow exists there: mypy checks our calls against it and cannot see pyarrow itself."""

import ast
import importlib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "typings" / "pyarrow"


@pytest.mark.parametrize("stub", sorted(FOLDER.glob("*.pyi")), ids=lambda path: path.stem)
def test_every_public_name_and_method_of_a_stub_is_one_of_pyarrow(stub: Path) -> None:
    module = importlib.import_module("pyarrow" if stub.stem == "__init__" else f"pyarrow.{stub.stem}")
    missing = set()
    for node in ast.parse(stub.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name.startswith("_"):
            continue
        real = getattr(module, node.name, None)
        if real is None:
            missing.add(node.name)
            continue
        methods = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
        # Python asks buffers by this name from 3.12 on.
        missing |= {f"{node.name}.{name}" for name in methods - {"__buffer__"} if not hasattr(real, name)}
    assert missing == set()
