"""What waits for a person now: the questions of a run without those that were answered since, skipped ones last."""

from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from sku_align import schema
from sku_align.config import Settings
from sku_align.deciding.consistency import Pair, make_pair, words_of
from sku_align.pairs import sort_offers
from sku_align.review.docket import docket_of
from sku_align.review.questions import questions
from sku_align.review.remarks import Remark, remarks_of

if TYPE_CHECKING:
    from sku_align.store import Store


class Waiting(NamedTuple):
    """Questions that wait.

    Attributes:
        joins: Table of `review.questions.QUESTIONS` in the order to ask.
        checks: The same of spot checks.
        remarks: Earlier answers by question.
    """

    joins: pa.Table
    checks: pa.Table
    remarks: dict[str, list[Remark]]

    def count(self, phrase: str) -> int:
        """Number of questions that somebody skipped (`skipped`), or answered for earlier texts (`earlier`)."""
        asked = set(self.joins["question"].to_pylist())
        earlier = [remarks for name, remarks in self.remarks.items() if name in asked]
        return sum(any(each.phrase == phrase for each in remarks) for remarks in earlier)


def waiting(
    offers: pa.Table, decisions: pa.Table, clusters: pa.Table, settings: Settings, store: "Store | None" = None
) -> Waiting:
    """The questions of a run that wait.

    Args:
        offers: Table of `schema.OFFERS`.
        decisions: Table of `schema.DECISIONS`.
        clusters: Table of `schema.CLUSTERS`.
        settings: Settings of the run.
        store: Knows what was answered since; without it every question waits.
    """
    asked = run_questions(offers, decisions, clusters, settings)
    is_check = pc.equal(asked["kind"], "check")
    if store is None:
        return Waiting(asked.filter(pc.invert(is_check)), asked.filter(is_check), {})
    pairs = pairs_of(asked)
    remarks = remarks_of(pairs, store.asked.asides())
    docket = docket_of(asked, pairs, words_of(store.verdicts()), remarks)
    place = {question: at for at, question in enumerate(docket.order)}
    found = [pa.array([place[each] for each in docket.open(checks)], pa.int64()) for checks in (False, True)]
    return Waiting(asked.take(found[0]), asked.take(found[1]), remarks)


def run_questions(
    offers: pa.Table, decisions: pa.Table, clusters: pa.Table | None = None, settings: Settings | None = None
) -> pa.Table:
    """The questions of a run, table of `QUESTIONS`, as `questions` makes them of tables in any order."""
    offers = sort_offers(offers)
    if clusters is None:
        keys = pc.binary_join_element_wise(offers["catalog"], offers["offer_id"], "#")
        clusters = schema.conform(
            {"catalog": offers["catalog"], "offer_id": offers["offer_id"], "sku_id": keys}, schema.CLUSTERS
        )
    return questions(offers, decisions, clusters, settings)


def pairs_of(asked: pa.Table) -> dict[str, Pair]:
    """The two offers of each question of a table of `QUESTIONS`, by its id."""
    names = [asked[name].to_pylist() for name in ("question", *schema.PAIR_NAMES)]
    return {
        question: make_pair((catalog, offer), (other_catalog, other))
        for question, catalog, offer, other_catalog, other in zip(*names, strict=True)
    }
