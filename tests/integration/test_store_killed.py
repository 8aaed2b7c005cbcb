"""Kill -9 at any point of a publication: storefronts read the old state or the new one, and the next run recovers."""

import multiprocessing
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from sku_align.store import Store
from tests.integration import dying
from tests.integration.shop import Groups, publish, read

POINTS = 20
OLD = {f"{catalog}#{number}": str(number) for catalog in ("de", "fr", "en") for number in range(8)}
NEW = {offer: group for offer, group in OLD.items() if offer != "en#0"} | {"fr#1": "2", "de#9": "9", "en#7": "alone"}
SHOWN = ("storefront_sku", "storefront_sku_text", "storefront_offer", "storefront_publication")


def shown(views: dict[str, list[dict[str, Any]]]) -> str:
    """The one mark that every text on show carries.

    Raises:
        AssertionError: Storefronts see a mixture of two publications.
    """
    marks = {row["title"].split()[-1] for view in SHOWN[:3] for row in views[view]}
    assert len(marks) == 1, f"a mixture of {marks}"
    (mark,) = marks
    groups = OLD if mark.startswith("old") else NEW
    ids = {f"{row['catalog']}#{row['offer_id']}": row["sku_id"] for row in views["storefront_offer"]}
    assert ids.keys() == groups.keys()
    assert len(set(ids.values())) == len(set(groups.values())) == len(views["storefront_sku"])
    assert {row["sku_id"] for row in views["storefront_sku_text"]} == set(ids.values())
    assert views["storefront_publication"][0]["offers"] == len(groups)
    return mark


@contextmanager
def polling(url: str) -> Iterator[list[str]]:
    """A storefront that reads all the time; yields what it saw, and fails if it saw an error or a mixture."""
    seen: list[str] = []
    problems: list[BaseException] = []
    stop = threading.Event()
    engine = sa.create_engine(url)

    def poll() -> None:
        try:
            while not stop.wait(0.02) or not seen:
                seen.append(shown(read(engine, *SHOWN)))
        except BaseException as problem:
            problems.append(problem)

    reader = threading.Thread(target=poll)
    reader.start()
    try:
        yield seen
    finally:
        stop.set()
        reader.join()
        engine.dispose()
    assert not problems, problems


def test_readers_see_the_old_state_or_the_new_one_wherever_a_run_is_killed(database_url: str) -> None:
    store = Store.open(database_url)
    publish(store, OLD, "old-0")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.integration.dying", "duckdb", "alembic.command", "psycopg"])

    def run(groups: Groups, mark: str, at: int) -> int:
        steps = context.Value("i", 0)
        process = context.Process(target=dying.publish_and_die, args=(database_url, groups, mark, at, steps))
        process.start()
        process.join()
        assert process.exitcode == (-9 if at else 0), f"{mark} was to die at step {at}"
        return int(steps.value)

    clean = run(NEW, "new-clean", 0)
    publish(store, OLD, "old-1")
    run(NEW, "new-never", clean // 2)
    recovering = run(NEW, "new-recovering", 0)
    publish(store, OLD, "old-2")
    assert recovering > clean > POINTS

    finished, left_behind = 0, False
    with polling(database_url) as seen:
        for point in range(POINTS):
            at = 1 + point * ((recovering if left_behind else clean) - 1) // (POINTS - 1)
            before, mark = read(store), f"new-{point}"
            run(NEW, mark, at)
            after = read(store)
            left_behind = shown(after) != mark
            if left_behind:
                assert after == before, f"killed at step {at}, and storefronts saw it"
            else:
                finished += 1
                publish(store, OLD, f"old-after-{point}")
    assert 0 < finished < POINTS, "some were killed before the flip and some after it"
    assert {mark for mark in seen if mark.startswith("new")} <= {f"new-{point}" for point in range(POINTS)}

    last = publish(store, OLD, "old-last")
    assert shown(read(store, *SHOWN)) == "old-last"
    numbers = [publication.publication_id for publication in store.publications()]
    assert numbers == list(range(last.publication_id, 0, -1)), "killed runs leave no gap"


def test_readers_that_poll_during_publications_see_neither_error_nor_mixture(database_url: str) -> None:
    store = Store.open(database_url)
    publish(store, OLD, "old-0")
    with polling(database_url) as seen:
        for number in range(1, 7):
            publish(store, NEW if number % 2 else OLD, f"{'new' if number % 2 else 'old'}-{number}")
    assert len(seen) > 6 and seen[0] == "old-0"
    order = [int(mark.split("-")[1]) for mark in seen]
    assert order == sorted(order), "storefronts never go back in time"


@pytest.mark.parametrize("statement", ["SELECT * FROM storefront_sku", "SELECT * FROM storefront_change"])
def test_opening_a_store_again_does_not_disturb_its_readers(database_url: str, statement: str) -> None:
    publish(Store.open(database_url), OLD, "old-0")
    engine = sa.create_engine(database_url)
    with engine.connect() as reader:
        first = reader.execute(sa.text(statement)).all()
        Store.open(database_url)
        assert reader.execute(sa.text(statement)).all() == first
