"""The rules of `validation.RULES` without Great Expectations, which takes 0.2 s for a single row.

The service checks a few offers for each request. The rules stay written once: here stand only the few kinds of
expectation that they are made of, and a test holds both engines to the same rows. Rows are looked at one by one: for a
few of them an operation on a whole column of pandas takes longer.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sku_align.catalogs.validation import ROW_RULES, Rule

if TYPE_CHECKING:
    import pandas as pd

Columns = Callable[[str], list[Any]]
Check = Callable[[Columns], list[int]]


def failing_rows(frame: "pd.DataFrame", rules: Sequence[Rule] = ROW_RULES) -> dict[str, NDArray[np.int64]]:
    """Check every row against every rule; the same as `validation.failing_rows`."""
    known: dict[str, list[Any]] = {}

    def column(name: str) -> list[Any]:
        if name not in known:
            # Only what is missing differs from itself.
            known[name] = [None if value != value else value for value in frame[name].tolist()]
        return known[name]

    return {rule.name: np.array(rule.expectation(_Kinds)(column), dtype=np.int64) for rule in rules}


class _Kinds:
    """Named as Great Expectations names them; each gives the check that says which rows fail, nulls left out."""

    @staticmethod
    def ExpectColumnValuesToNotBeNull(column: str) -> Check:  # noqa: N802
        return lambda columns: [row for row, value in enumerate(columns(column)) if value is None]

    @staticmethod
    def ExpectColumnValuesToBeNull(column: str) -> Check:  # noqa: N802
        return _failing(column, lambda value: True)

    @staticmethod
    def ExpectColumnValuesToBeUnique(column: str) -> Check:  # noqa: N802
        def repeated(columns: Columns) -> list[int]:
            times = Counter(columns(column))
            return _failing(column, lambda value: times[value] > 1)(columns)

        return repeated

    @staticmethod
    def ExpectColumnValueLengthsToBeBetween(column: str, max_value: int) -> Check:  # noqa: N802
        return _failing(column, lambda value: len(str(value)) > max_value)

    @staticmethod
    def ExpectColumnValuesToBeBetween(  # noqa: N802
        column: str, min_value: float | None = None, max_value: float | None = None
    ) -> Check:
        low, high = (-np.inf if min_value is None else min_value), (np.inf if max_value is None else max_value)
        return _failing(column, lambda value: bool(value < low or value > high))

    @staticmethod
    def ExpectColumnValuesToBeInSet(column: str, value_set: list[Any]) -> Check:  # noqa: N802
        allowed = frozenset(value_set)
        return _failing(column, lambda value: value not in allowed)

    @staticmethod
    def ExpectColumnValuesToMatchRegex(column: str, regex: str) -> Check:  # noqa: N802
        return _failing(column, lambda value: re.search(regex, str(value)) is None)

    @staticmethod
    def ExpectColumnValuesToNotMatchRegex(column: str, regex: str) -> Check:  # noqa: N802
        return _failing(column, lambda value: re.search(regex, str(value)) is not None)


def _failing(column: str, fails: Callable[[Any], bool]) -> Check:
    """The rows of which a column has a value that fails."""
    return lambda columns: [row for row, value in enumerate(columns(column)) if value is not None and fails(value)]
