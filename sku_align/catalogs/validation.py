"""The expectations on the rows of a feed and on whole feeds, checked with Great Expectations.

Errors send a row to quarantine; warnings drop one value and keep the row, because bad input must never cost a good
offer. Great Expectations takes about ten seconds to import, so it is imported here only, inside functions; its results
come in no particular order and a missing column is a failed result instead of an exception.
"""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sku_align.catalogs.currencies import CODES

if TYPE_CHECKING:
    import pandas as pd

MAX_TITLE_LENGTH = 500
MAX_ID_LENGTH = 200
_TWICE_ENCODED = (
    r"\ufffd|ï¿½|\?{4,}|[ÂÃ][\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œž]|â€[\u0080-\u00bf“”™œ¦˜]"
    r"|(?:[ãäåæçèéìíëê][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸŽ]{2}){2}"
)
LANGUAGE_TAG = r"^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$"


@dataclass(frozen=True)
class Rule:
    """One expectation.

    Attributes:
        name: What holds where it is met.
        reason: The sentence for a failing row; `{value}` is the cell of `shows`.
        severity: An error quarantines the row, a warning drops one value.
        expectation: How Great Expectations says it.
        shows: Column whose value the reason quotes.
    """

    name: str
    reason: str
    severity: Literal["error", "warning"]
    expectation: Callable[[Any], Any]
    shows: str | None = None

    def sentence(self, columns: Mapping[str, Sequence[Any]], row: int) -> str:
        """The reason of one row."""
        return self.reason.format(value=columns[self.shows][row]) if self.shows else self.reason


def _is_null(column: str) -> Callable[[Any], Any]:
    return lambda gxe: gxe.ExpectColumnValuesToBeNull(column=column)


UNIQUE = Rule(
    "offer_id is unique in its catalog",
    "The offer id is used more than once in this catalog.",
    "error",
    lambda gxe: gxe.ExpectColumnValuesToBeUnique(column="key"),
)
ROW_RULES = (
    Rule(
        "offer_id is not empty",
        "The offer id is empty.",
        "error",
        lambda gxe: gxe.ExpectColumnValuesToNotBeNull(column="offer_id"),
    ),
    Rule(
        f"offer_id has at most {MAX_ID_LENGTH} characters",
        f"The offer id is longer than {MAX_ID_LENGTH} characters.",
        "error",
        lambda gxe: gxe.ExpectColumnValueLengthsToBeBetween(column="offer_id", max_value=MAX_ID_LENGTH),
    ),
    Rule(
        "offer_id has no control characters",
        "The offer id has control characters, which no database keeps as an id.",
        "error",
        lambda gxe: gxe.ExpectColumnValuesToNotMatchRegex(
            column="offer_id", regex=r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]"
        ),
    ),
    Rule(
        "title is not empty",
        "The title is empty.",
        "error",
        lambda gxe: gxe.ExpectColumnValuesToNotBeNull(column="title"),
    ),
    Rule(
        f"title has at most {MAX_TITLE_LENGTH} characters",
        f"The title is longer than {MAX_TITLE_LENGTH} characters.",
        "error",
        lambda gxe: gxe.ExpectColumnValueLengthsToBeBetween(column="title", max_value=MAX_TITLE_LENGTH),
    ),
    Rule(
        "title is not garbled",
        "The title has broken characters, as text read in the wrong encoding has.",
        "error",
        lambda gxe: gxe.ExpectColumnValuesToNotMatchRegex(column="printed_title", regex=_TWICE_ENCODED),
    ),
    Rule(
        "price is not negative",
        "The price is negative.",
        "error",
        lambda gxe: gxe.ExpectColumnValuesToBeBetween(column="price", min_value=0),
    ),
    Rule("row can be read", "{value}", "error", _is_null("unreadable"), "unreadable"),
    Rule(
        "price is a number",
        "The price {value} is not a number and is left empty.",
        "warning",
        _is_null("unread_price"),
        "unread_price",
    ),
    Rule(
        "price is for the whole offer",
        "The price {value} is for a unit of measure and is left empty.",
        "warning",
        _is_null("unit_price"),
        "unit_price",
    ),
    Rule(
        "currency is of ISO 4217",
        "The currency {value} is not of ISO 4217 and is left empty.",
        "warning",
        lambda gxe: gxe.ExpectColumnValuesToBeInSet(column="currency", value_set=sorted(CODES)),
        "currency",
    ),
    Rule(
        "language is a BCP 47 tag",
        "The language {value} is not a BCP 47 tag; the language is detected.",
        "warning",
        lambda gxe: gxe.ExpectColumnValuesToMatchRegex(column="printed_language", regex=LANGUAGE_TAG),
        "printed_language",
    ),
    Rule(
        "updated_at is a time",
        "The time {value} is not understood and is left empty.",
        "warning",
        _is_null("unread_time"),
        "unread_time",
    ),
    Rule(
        "url is a web address",
        "The address {value} is not a web address and is left empty.",
        "warning",
        _is_null("unread_url"),
        "unread_url",
    ),
    Rule("fields keep their bounds", "{value}", "warning", _is_null("cut"), "cut"),
    Rule("gtin is sound", "{value}", "warning", _is_null("gtin_problem"), "gtin_problem"),
)
RULES = (*ROW_RULES, UNIQUE)
CHECKED = (
    "offer_id", "title", "printed_title", "price", "unread_price", "unit_price", "currency", "printed_language",
    "unread_time", "unread_url", "cut", "gtin_problem", "unreadable",
)  # fmt: skip


def suite(rules: Sequence[Rule] = RULES, name: str = "offers") -> Any:
    """The Great Expectations suite of rules, each expectation with its name and severity in `meta`."""
    gx, gxe = great_expectations()
    expectations = []
    for rule in rules:
        expectation = rule.expectation(gxe)
        expectation.meta = {"name": rule.name, "severity": rule.severity, "reason": rule.reason}
        expectations.append(expectation)
    return gx.ExpectationSuite(name=name, expectations=expectations)


def failing_rows(frame: "pd.DataFrame", rules: Sequence[Rule] = ROW_RULES) -> dict[str, NDArray[np.int64]]:
    """Check every row against every rule.

    Args:
        frame: The columns `CHECKED`, or `key` for `UNIQUE`; nulls where a value is missing; index 0 to n - 1.
        rules: The rules to check.

    Returns:
        Rule name -> sorted positions of the rows that fail it; all rows of a repeated offer id fail `UNIQUE`.
    """
    if frame.empty:
        return {rule.name: np.zeros(0, dtype=np.int64) for rule in rules}
    validation = _validate(frame, suite(rules))
    failing = {}
    for outcome in validation.results:
        name = outcome.expectation_config.meta["name"]
        if not outcome.success and "unexpected_index_list" not in outcome.result:
            raise RuntimeError(f"The expectation {name!r} could not be checked: {outcome.exception_info}")
        failing[name] = np.array(sorted(outcome.result.get("unexpected_index_list") or []), dtype=np.int64)
    return failing


Check = Callable[["pd.DataFrame", Sequence[Rule]], dict[str, NDArray[np.int64]]]


def _validate(frame: "pd.DataFrame", expectations: Any) -> Any:
    gx, _ = great_expectations()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("feed").add_dataframe_asset("offers")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    return batch.validate(
        expectations, result_format={"result_format": "COMPLETE", "return_unexpected_index_query": False}
    )


def great_expectations() -> tuple[Any, Any]:
    """The library and its expectations, imported when first needed and without its calls home."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    import great_expectations.expectations as gxe

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return gx, gxe
