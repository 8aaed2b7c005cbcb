"""The reviewer's CSV: one row a question, what a person needs to answer it beside it.

Spreadsheets turn "00123" into 123 and "=..." into a formula. So an offer is named by one cell that no spreadsheet takes
for a number or a date (`catalog#offer_id`), and cells that a spreadsheet would run start with an apostrophe.
"""

import csv
import io
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sku_align.pairs import pair_rows

COLUMNS = (
    "verdict",
    "left_title",
    "right_title",
    "comparison",
    "note",
    "probability",
    "reason",
    "left_brand",
    "right_brand",
    "left_price",
    "right_price",
    "left_category",
    "right_category",
    "left_language",
    "right_language",
    "left_url",
    "right_url",
    "left",
    "right",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_review(offers: pa.Table, decisions: pa.Table) -> str:
    """Write the pairs that wait for a person, the most probable first.

    Args:
        offers: Table of `schema.OFFERS`.
        decisions: Table of `schema.DECISIONS`; rows decided `review` are questions.

    Returns:
        CSV text with byte order mark; `verdict` and `note` are empty, for the reviewer.
    """
    questions = decisions.filter(pc.equal(decisions["decision"].cast(pa.string()), "review"))
    return sheet(offers, questions)


def sheet(offers: pa.Table, pairs: pa.Table) -> str:
    """Lay out pairs of `schema.DECISIONS` as the reviewer's CSV, the most probable first."""
    from sku_align.review.explain import explain

    rows = pair_rows(offers, pairs)
    left, right = (offers.take(pa.array(rows[:, side])).to_pylist() for side in (0, 1))
    facts = pairs.select(["probability", "reason", "detail"]).to_pylist()
    order = sorted(
        range(len(facts)), key=lambda at: (-(facts[at]["probability"] or 0.0), _key(left[at]), _key(right[at]))
    )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for at in order:
        cells: dict[str, Any] = {
            "probability": "" if facts[at]["probability"] is None else f"{facts[at]['probability']:.3f}",
            "reason": "; ".join(part for part in (facts[at]["reason"], facts[at]["detail"]) if part),
            "comparison": explain(left[at], right[at]),
        }
        for side, offer in (("left", left[at]), ("right", right[at])):
            cells[side] = _key(offer)
            cells[f"{side}_price"] = _price(offer)
            cells |= {f"{side}_{name}": offer[name] for name in ("title", "brand", "category", "language", "url")}
        writer.writerow([_harmless(cells.get(column)) for column in COLUMNS])
    return "\ufeff" + text.getvalue()


def _key(offer: dict[str, Any]) -> str:
    return f"{offer['catalog']}#{offer['offer_id']}"


def _price(offer: dict[str, Any]) -> str:
    return "" if offer["price"] is None else f"{offer['price']:.2f} {offer['currency'] or ''}".strip()


def _harmless(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
