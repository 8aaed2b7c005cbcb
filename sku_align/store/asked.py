"""What the store knows of questions that were asked: who was handed one, and answers that do not count as verdicts."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, func, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from sku_align.deciding.consistency import Pair
from sku_align.store.database import writing
from sku_align.store.models import Aside, Lease, Verdict

_AT_ONCE = 500  # SQLite takes 32,766 values in a statement.


class SetAside(NamedTuple):
    """An answer that does not count; `state` says why, as in a receipt."""

    pair: Pair
    reviewer: str
    question: str
    answer: str
    state: str
    answered_at: str


class Mark(NamedTuple):
    """How far answers are: the last id, how many there are, and the time of the latest.

    Two that are equal mean that nothing was said between them. The id alone would not do: SQLite gives the id of a last
    row that was taken back out again.
    """

    last: int = 0
    rows: int = 0
    latest: str = ""


class Marks(NamedTuple):
    """How far verdicts and answers set aside are."""

    verdicts: Mark = Mark()
    asides: Mark = Mark()


class Asked:
    """Questions as the store knows them; several processes share it.

    Args:
        engine: Of the store.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def lease(self, questions: Sequence[str], reviewer: str, now: datetime, until: datetime) -> list[str]:
        """Hand questions to a reviewer, but for those that somebody else holds.

        Args:
            questions: Ids.
            reviewer: Who asks for them.
            now: Leases that ended by then are free.
            until: When these end.

        Returns:
            Those that the reviewer holds now, in their order.
        """
        if not questions:
            return []
        with writing(self._engine) as connection:
            # In the order of ids, so that two that lease the same questions wait for each other and never in a circle.
            for part in _parts(sorted(questions)):
                _insert_leases(connection, part, reviewer, now, until)
            held = {name for part in _parts(questions) for name in connection.scalars(
                select(Lease.question).where(Lease.question.in_(part), Lease.reviewer == reviewer, Lease.until > now)
            )}  # fmt: skip
        return [question for question in questions if question in held]

    def leased(self, now: datetime) -> dict[str, str]:
        """Who holds which question."""
        with self._engine.connect() as connection:
            found = connection.execute(select(Lease.question, Lease.reviewer).where(Lease.until > now))
            return {row.question: row.reviewer for row in found}

    def release(self, questions: Iterable[str], now: datetime) -> None:
        """Give questions back, and forget leases that have ended."""
        with writing(self._engine) as connection:
            connection.execute(delete(Lease).where(Lease.until <= now))
            for part in _parts(list(questions)):
                connection.execute(delete(Lease).where(Lease.question.in_(part)))

    def set_aside(self, answers: Sequence[SetAside], answered: Iterable[Pair] = ()) -> None:
        """Keep answers that do not count; each takes the place of the reviewer's earlier one on the pair.

        Args:
            answers: What to keep.
            answered: Pairs that got an answer that counts: skips and answers about earlier texts are over.
        """
        over = set(answered) & {each.pair for each in self.asides()}
        if not answers and not over:
            return
        with writing(self._engine) as connection:
            for pair in over:
                connection.execute(delete(Aside).where(*_of_pair(pair), Aside.state != "not taken"))
            for each in answers:
                connection.execute(delete(Aside).where(*_of_pair(each.pair), Aside.reviewer == each.reviewer))
            if answers:
                connection.execute(insert(Aside), [_row(each) for each in answers])

    def take_back(self, pair: Pair, reviewer: str) -> bool:
        """Forget what a reviewer said of a pair that does not count; whether there was anything."""
        with writing(self._engine) as connection:
            gone = connection.execute(delete(Aside).where(*_of_pair(pair), Aside.reviewer == reviewer))
            return bool(gone.rowcount)

    def asides(self) -> list[SetAside]:
        """All answers that do not count, the oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(Aside.__table__).order_by(Aside.aside_id)).mappings()
            return [
                SetAside(
                    ((row["left_catalog"], row["left_offer_id"]), (row["right_catalog"], row["right_offer_id"])),
                    row["reviewer"], row["question"], row["answer"], row["state"], row["answered_at"],
                )
                for row in rows
            ]  # fmt: skip

    def marks(self) -> Marks:
        """How far the answers are."""
        with self._engine.connect() as connection:
            return Marks(
                _mark(connection, Verdict.verdict_id, Verdict.reviewed_at),
                _mark(connection, Aside.aside_id, Aside.answered_at),
            )


def _mark(connection: Connection, key: Any, time: Any) -> Mark:
    asked = select(func.coalesce(func.max(key), 0), func.count(key), func.coalesce(func.max(time), ""))
    return Mark(*connection.execute(asked).one())


def _insert_leases(
    connection: Connection, questions: Sequence[str], reviewer: str, now: datetime, until: datetime
) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    rows = [{"question": question, "reviewer": reviewer, "until": until} for question in questions]
    statement = dialect.insert(Lease).values(rows)
    free = or_(Lease.until <= now, Lease.reviewer == reviewer)
    given = {"reviewer": statement.excluded.reviewer, "until": statement.excluded.until}
    connection.execute(statement.on_conflict_do_update(index_elements=[Lease.question], set_=given, where=free))


def _parts(questions: Sequence[str]) -> Iterable[Sequence[str]]:
    return (questions[at : at + _AT_ONCE] for at in range(0, len(questions), _AT_ONCE))


def _of_pair(pair: Pair) -> list[Any]:
    (catalog, offer), (other_catalog, other) = pair
    return [
        Aside.left_catalog == catalog,
        Aside.left_offer_id == offer,
        Aside.right_catalog == other_catalog,
        Aside.right_offer_id == other,
    ]


def _row(each: SetAside) -> dict[str, str]:
    (catalog, offer), (other_catalog, other) = each.pair
    sides = {"left_catalog": catalog, "left_offer_id": offer}
    sides |= {"right_catalog": other_catalog, "right_offer_id": other}
    about = {"reviewer": each.reviewer, "question": each.question, "answer": each.answer}
    return sides | about | {"state": each.state, "answered_at": each.answered_at}
