"""The examples in docstrings do what they say."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import sku_align

PACKAGE = Path(sku_align.__file__).parent
WITH_EXAMPLES = [path for path in sorted(PACKAGE.rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]
# What a program calls; each shows how.
CALLED = ("Settings.load", "load_scorer", "load_embedder", "BundledScorer", "evaluate_clusters", "average_precision")


def _examples(path: Path) -> list[doctest.DocTest]:
    module = import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"))
    return [test for test in doctest.DocTestFinder(exclude_empty=True).find(module) if test.examples]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_an_example_gives_what_it_shows(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    tests = _examples(path)
    for test in tests:
        doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS).run(test, out=said.append)
    assert tests
    assert not said, "".join(said)


def test_what_users_call_has_an_example() -> None:
    shown = {test.name for path in WITH_EXAMPLES for test in _examples(path)}
    assert [name for name in CALLED if not any(each.endswith(f".{name}") for each in shown)] == []
