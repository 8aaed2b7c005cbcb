"""The service checks offers by the rules of a run, with another engine."""

from typing import Any

import numpy as np
import pandas as pd

from sku_align.catalogs import plain_rules, validation

VALUES: dict[str, list[Any]] = {
    "offer_id": ["1", "2", "2", None, "4", "5", "6", "7"],
    "key": ["c\n1", "c\n2", "c\n2", None, "c\n4", "d\n5", "d\n6", "d\n7"],
    "title": ["Tarp 3 x 3 m", None, "x" * 501, "y" * 500, "", "Zelt", "天幕", "Tarp"],
    "printed_title": ["Tarp", None, "Ã¼ber", "???? 3m", "", "Zelt ï¿½", "天幕", "Tarp"],
    "price": [1.0, -0.01, None, 0.0, 5.0, -3.0, 2.0, 1.0],
    "unread_price": [None, "two", None, None, None, "?", None, None],
    "currency": ["EUR", "euro", None, "USD", "XXQ", "JPY", "", "eur"],
    "printed_language": ["de", "de_AT", "german language", None, "zh-Hant", "x", "", "en"],
    "unread_time": [None, "yesterday", None, None, None, None, None, None],
    "unit_price": [None, "5 €/kg", None, None, None, None, None, None],
    "unread_url": [None, None, "javascript:x", None, None, None, None, None],
    "cut": [None, None, None, "The brand is cut.", None, None, None, None],
    "unreadable": [None, None, None, None, None, None, None, "The title of this row cannot be read."],
    "gtin_problem": [None, None, "The check digit is wrong.", None, None, None, None, None],
}


def _frame(order: list[int]) -> pd.DataFrame:
    columns = {
        name: pd.Series([values[at] for at in order], dtype="float64" if name == "price" else object)
        for name, values in VALUES.items()
    }
    return pd.DataFrame(columns)


def test_both_engines_find_the_same_rows() -> None:
    for order in (list(range(8)), [3, 0], [6]):
        plain, whole = (engine.failing_rows(_frame(order), validation.RULES) for engine in (plain_rules, validation))
        assert {name: rows.tolist() for name, rows in plain.items()} == {
            name: rows.tolist() for name, rows in whole.items()
        }
    assert any(len(rows) for rows in plain_rules.failing_rows(_frame(list(range(8)))).values())


def test_no_row_fails_nothing() -> None:
    assert all(np.array_equal(rows, []) for rows in plain_rules.failing_rows(_frame([])).values())
