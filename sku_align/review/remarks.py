"""Earlier answers that are shown with a question: who skipped it, and the answers about texts that have changed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from sku_align.deciding.consistency import Pair
from sku_align.review.phrases import say

if TYPE_CHECKING:
    from sku_align.store.asked import SetAside


class Remark(NamedTuple):
    """An earlier answer to a question that is open: `phrase` is one of `phrases`."""

    phrase: Literal["skipped", "earlier", "opposed"]
    reviewer: str
    answer: str


def remarks_of(pairs: Mapping[str, Pair], asides: "Iterable[SetAside]") -> dict[str, list[Remark]]:
    """Remarks on each question, the question that was skipped longest ago first.

    Args:
        pairs: The offers of each question.
        asides: `store.asked.asides()`. A skip counts as long as the texts are those that were skipped.
    """
    question_of: dict[Pair, list[str]] = defaultdict(list)
    for question, pair in pairs.items():
        question_of[pair].append(question)
    found: dict[str, list[Remark]] = {}
    for each in asides:
        for question in question_of.get(each.pair, ()):
            is_now = each.question in ("", question)
            if each.state == "skipped":
                if is_now:
                    found.setdefault(question, []).append(Remark("skipped", each.reviewer, each.answer))
            else:
                phrase: Literal["earlier", "opposed"] = "opposed" if each.state == "not taken" else "earlier"
                found.setdefault(question, []).append(Remark(phrase, each.reviewer, each.answer))
    return found


def remarks_text(remarks: Sequence[Remark], language: str = "en") -> str:
    """Remarks in words."""
    skippers = list(dict.fromkeys(each.reviewer for each in remarks if each.phrase == "skipped"))
    parts = [say("skipped", language, ", ".join(skippers))] if skippers else []
    parts += [
        say(each.phrase, language, each.reviewer, say(f"{each.answer}_word", language))
        for each in remarks
        if each.phrase != "skipped"
    ]
    return "; ".join(parts)
