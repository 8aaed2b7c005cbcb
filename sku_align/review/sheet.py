"""The reviewer's sheet: one row per question, and what a person needs to answer it beside it.

Spreadsheets turn "00123" into 123 and "=..." into a formula. So an offer is named by one cell that no spreadsheet takes
for a number or a date (`catalog#offer_id`), and cells that a spreadsheet would run get an apostrophe.
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sku_align import schema
from sku_align.config import Settings
from sku_align.pairs import pair_rows, sort_offers
from sku_align.review.explain import compare, sentence
from sku_align.review.keys import cells_of, key_cell
from sku_align.review.phrases import reason_words
from sku_align.review.questions import QUESTIONS, question_ids
from sku_align.review.remarks import Remark, remarks_text
from sku_align.review.waiting import run_questions

COLUMNS = (
    "verdict",
    "left_title",
    "right_title",
    "comparison",
    "note",
    "earlier",
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
    "left_others",
    "right_others",
    "left_url",
    "right_url",
    "left_image_url",
    "right_image_url",
    "left",
    "right",
    "question",
)
BLIND = tuple(
    name for name in COLUMNS if name not in ("earlier", "probability", "reason", "left_others", "right_others")
)
_OTHERS = 5


def export_review(
    offers: pa.Table, decisions: pa.Table, clusters: pa.Table | None = None, settings: Settings | None = None
) -> str:
    """Write the questions of a run, the most useful first.

    Args:
        offers: Table of `schema.OFFERS`.
        decisions: Table of `schema.DECISIONS`; rows decided `review` are doubtful pairs.
        clusters: Table of `schema.CLUSTERS`; without it each offer counts as a SKU of its own.
        settings: Settings of the run.

    Returns:
        CSV text with byte order mark; `verdict` and `note` are empty, for the reviewer. Spot checks are not in it.
    """
    asked = run_questions(offers, decisions, clusters, settings)
    return csv_text(rows_of(offers, asked.filter(pc.not_equal(asked["kind"], "check")), clusters), COLUMNS)


def sheet(offers: pa.Table, pairs: pa.Table) -> str:
    """Lay out pairs of `schema.DECISIONS` as a blind label sheet; see `blind_sheet`."""
    return blind_sheet(offers, pairs)


def blind_sheet(offers: pa.Table, pairs: pa.Table, seed: str = "") -> str:
    """Lay out pairs for labels that measure: neither probability nor reason, in an order that says nothing.

    A label given with the probability in view repeats the probability. The order follows a hash of each pair, so the
    same sample gives the same sheet.

    Args:
        offers: Table of `schema.OFFERS`.
        pairs: Any table with the columns of `schema.PAIR`.
        seed: Another one gives another order.

    Returns:
        CSV text that `review apply`, `calibrate` and `read_verdicts` read.
    """
    rows = list(rows_of(offers, schema.conform(pairs.select(list(schema.PAIR_NAMES)), QUESTIONS)))

    def lot(row: dict[str, Any]) -> bytes:
        return hashlib.blake2b(f"{seed}\x1f{row['left']}\x1f{row['right']}".encode(), digest_size=8).digest()

    return csv_text(sorted(rows, key=lot), BLIND)


def rows_of(
    offers: pa.Table,
    asked: pa.Table,
    clusters: pa.Table | None = None,
    language: str = "en",
    remarks: Mapping[str, list[Remark]] = MappingProxyType({}),
) -> Iterator[dict[str, Any]]:
    """What a person needs to answer each question, by the names of `COLUMNS`, in the order of `asked`.

    Beside the columns each row has `clauses`, as `explain.compare` gives them, and `code`, the reason as it is written,
    so that a page can say both in another language.

    Args:
        offers: Table of `schema.OFFERS`.
        asked: Table of `QUESTIONS`.
        clusters: Table of `schema.CLUSTERS`: other offers of the two SKUs are shown as well.
        language: One of `phrases.LANGUAGES`.
        remarks: Earlier answers by question, for the column `earlier`.
    """
    offers = sort_offers(offers)
    rows = pair_rows(offers, asked)
    others = _others(offers, clusters, asked) if clusters is not None else {}
    ids = question_ids(offers, rows)
    facts = asked.select(["kind", "left_sku", "right_sku", "probability", "reason", "detail"]).to_pylist()
    sides = [offers.take(pa.array(rows[:, side])).to_pylist() for side in (0, 1)]
    for fact, question, left, right in zip(facts, ids, *sides, strict=True):
        clauses = compare(left, right)
        cells: dict[str, Any] = {
            "verdict": "",
            "note": "",
            "earlier": remarks_text(remarks.get(question, ()), language),
            "probability": "" if fact["probability"] is None else f"{fact['probability']:.3f}",
            "reason": reason_words(fact["reason"], fact["kind"], language),
            "comparison": sentence(clauses, language),
            "clauses": clauses,
            "code": fact["reason"],
            "question": question,
        }
        for side, offer in (("left", left), ("right", right)):
            cells[side] = key_cell(offer["catalog"], offer["offer_id"])
            cells[f"{side}_price"] = price_text(offer)
            names = ("title", "brand", "category", "language", "url", "image_url")
            cells |= {f"{side}_{name}": offer[name] for name in names}
            known = others.get(fact[f"{side}_sku"], [])
            shown = [title for key, title in known if key != (offer["catalog"], offer["offer_id"])]
            more = f" (+{len(shown) - _OTHERS})" if len(shown) > _OTHERS else ""
            cells[f"{side}_others"] = " | ".join(shown[:_OTHERS]) + more
        yield cells


def csv_text(rows: Iterator[dict[str, Any]] | Sequence[dict[str, Any]], columns: Sequence[str]) -> str:
    """CSV for people: UTF-8 with byte order mark, lines ended by CR LF, no cell that a spreadsheet runs."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(cells_of([row.get(name) for name in columns]) for row in rows)
    return "\ufeff" + text.getvalue()


def price_text(offer: dict[str, Any]) -> str:
    """A price with its currency; empty where the feed has none."""
    return "" if offer["price"] is None else f"{offer['price']:.2f} {offer['currency'] or ''}".strip()


def _others(offers: pa.Table, clusters: pa.Table, asked: pa.Table) -> dict[str, list[tuple[tuple[str, str], str]]]:
    """Keys and titles of the offers of each SKU that is asked about."""
    wanted = pc.unique(pa.chunked_array([*asked["left_sku"].chunks, *asked["right_sku"].chunks], pa.string()))
    shown = clusters.filter(pc.is_in(clusters["sku_id"], wanted))
    titles = dict(
        zip(
            zip(offers["catalog"].to_pylist(), offers["offer_id"].to_pylist(), strict=True),
            offers["title"].to_pylist(),
            strict=True,
        )
    )
    found: dict[str, list[tuple[tuple[str, str], str]]] = {}
    for row in shown.to_pylist():
        key = (row["catalog"], row["offer_id"])
        found.setdefault(row["sku_id"], []).append((key, titles.get(key, "")))
    return found
