"""The expectations on the rows of a feed, checked with Great Expectations.

Errors send a row to quarantine; warnings drop one value and keep the row, because bad input must never cost a good
offer. Great Expectations takes about ten seconds to import, so it is imported here only, inside functions; its results
come in no particular order and a missing column is a failed result instead of an exception.
"""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sku_align.catalogs.currencies import CODES

if TYPE_CHECKING:
    import pandas as pd

MAX_TITLE_LENGTH = 500
_TWICE_ENCODED = (
    r"\ufffd|ï¿½|\?{4,}|[ÂÃ][\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œž]|â€[\u0080-\u00bf“”™œ¦˜]"
    r"|(?:[ãäåæçèéìíëê][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸŽ]{2}){2}"
)
LANGUAGE_TAG = r"^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$"


@dataclass(frozen=True)
class Rule:
    """One expectation: its name, what a failing row is told, what failing means, and how Great Expectations says it."""

    name: str
    reason: str
    severity: Literal["error", "warning"]
    expectation: Callable[[Any], Any]


RULES = (
    Rule(
        "offer_id is not empty",
        "The offer id is empty.",
        "error",
        lambda gxe: gxe.ExpectColumnValuesToNotBeNull(column="offer_id"),
    ),
    Rule(
        "offer_id is unique in its catalog",
        "The offer id is used more than once in this catalog.",
        "error",
        lambda gxe: gxe.ExpectColumnValuesToBeUnique(column="key"),
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
    Rule(
        "price is a number",
        "The price {value} is not a number and is left empty.",
        "warning",
        lambda gxe: gxe.ExpectColumnValuesToBeNull(column="unread_price"),
    ),
    Rule(
        "currency is of ISO 4217",
        "The currency {value} is not of ISO 4217 and is left empty.",
        "warning",
        lambda gxe: gxe.ExpectColumnValuesToBeInSet(column="currency", value_set=sorted(CODES)),
    ),
    Rule(
        "language is a BCP 47 tag",
        "The language {value} is no BCP 47 tag; the language is detected.",
        "warning",
        lambda gxe: gxe.ExpectColumnValuesToMatchRegex(column="printed_language", regex=LANGUAGE_TAG),
    ),
    Rule(
        "updated_at is a time",
        "The time {value} is not understood and is left empty.",
        "warning",
        lambda gxe: gxe.ExpectColumnValuesToBeNull(column="unread_time"),
    ),
    Rule(
        "gtin is sound",
        "{value}",
        "warning",
        lambda gxe: gxe.ExpectColumnValuesToBeNull(column="gtin_problem"),
    ),
)
UNIQUE = RULES[1]


def suite() -> Any:
    """The Great Expectations suite of `RULES`, each expectation with its name and severity in `meta`."""
    gx, gxe = _great_expectations()
    expectations = []
    for rule in RULES:
        expectation = rule.expectation(gxe)
        expectation.meta = {"name": rule.name, "severity": rule.severity, "reason": rule.reason}
        expectations.append(expectation)
    return gx.ExpectationSuite(name="offers", expectations=expectations)


def failing_rows(frame: "pd.DataFrame") -> dict[str, NDArray[np.int64]]:
    """Check every row against every rule.

    Args:
        frame: Columns `offer_id`, `key` (catalog and offer id as one text), `title`, `printed_title`, `price`,
            `unread_price`, `currency`, `printed_language`, `unread_time` and `gtin_problem`, nulls where a value is
            missing; index 0 to n - 1.

    Returns:
        Rule name -> sorted positions of the rows that fail it; all rows of a repeated offer id fail `UNIQUE`.
    """
    if frame.empty:
        return {rule.name: np.zeros(0, dtype=np.int64) for rule in RULES}
    gx, _ = _great_expectations()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("feed").add_dataframe_asset("offers")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    validation = batch.validate(
        suite(), result_format={"result_format": "COMPLETE", "return_unexpected_index_query": False}
    )
    failing = {}
    for outcome in validation.results:
        name = outcome.expectation_config.meta["name"]
        if not outcome.success and "unexpected_index_list" not in outcome.result:
            raise RuntimeError(f"The expectation {name!r} could not be checked: {outcome.exception_info}")
        failing[name] = np.array(sorted(outcome.result.get("unexpected_index_list") or []), dtype=np.int64)
    return failing


def _great_expectations() -> tuple[Any, Any]:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    import great_expectations.expectations as gxe

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return gx, gxe
