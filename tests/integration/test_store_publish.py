"""What storefronts read after a run: all of it, checked, or what they read before."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from sku_align import schema
from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.skus.identity import identify
from sku_align.store import AuditError, Store
from sku_align.store.database import only_publisher
from sku_align.store.models import VERSIONED, Publication
from tests.integration.shop import LENIENT, STRICT, ids, offers_table, pairs_table, publish, read, redirects

TEN = {f"{catalog}#{number}": str(number) for catalog in ("de", "fr") for number in range(10)}


@pytest.fixture
def store(database_url: str) -> Store:
    return Store.open(database_url)


def row_counts(store: Store) -> dict[str, int]:
    with store.engine.connect() as connection:
        return {m.__tablename__: connection.scalar(sa.select(sa.func.count()).select_from(m)) or 0 for m in VERSIONED}


def test_storefronts_read_every_offer_with_its_sku_and_every_sku_in_each_language(store: Store) -> None:
    publication = publish(store, {"de#1": "x", "fr#1": "x", "en#7": "y"}, "v1")
    views = read(store)
    assert publication.publication_id == 1
    assert len({row["sku_id"] for row in views["storefront_offer"]}) == len(views["storefront_sku"]) == 2
    shared = ids(store)["de#1"]
    texts = {r["language"]: r["title"] for r in views["storefront_sku_text"] if r["sku_id"] == shared}
    assert texts == {"de": "de#1 v1", "fr": "fr#1 v1"}
    assert [row["publication_id"] for row in views["storefront_publication"]] == [1]
    assert {row["event"] for row in views["storefront_change"]} == {"created", "joined"}


def test_any_text_comes_out_as_it_went_in(store: Store) -> None:
    titles = [
        'a "quoted", comma',
        "line\nbreak",
        "back\\slash \\N",
        "",
        "寿司セット 🍣",
        "'; DROP TABLE x; --",
        "tab\t.",
    ]
    names = {f"de#{number}": str(number) for number in range(len(titles))}
    table = offers_table(names, title=dict(zip(names, titles, strict=True)), brand=dict.fromkeys(names, None))
    publish(store, names, offers=table)
    rows = read(store, "storefront_offer")["storefront_offer"]
    assert [row["title"] for row in rows] == titles
    assert {row["brand"] for row in rows} == {None}


def test_a_run_that_changes_nothing_writes_no_row_and_no_event(store: Store) -> None:
    publish(store, TEN)
    before, counts = read(store), row_counts(store)
    publish(store, TEN)
    after = read(store)
    assert row_counts(store) == counts
    assert [row["publication_id"] for row in after["storefront_publication"]] == [2]
    for view in before.keys() - {"storefront_publication"}:
        assert before[view] == after[view]


def test_a_new_price_is_in_the_feed_as_an_update_of_its_sku_alone(store: Store) -> None:
    publish(store, TEN)
    publish(store, TEN, offers=offers_table(TEN, price={"de#3": 9.5}))
    feed = [row for row in read(store)["storefront_change"] if row["publication_id"] == 2]
    assert [(row["event"], row["sku_id"], row["cause"]) for row in feed] == [
        ("updated", ids(store)["de#3"], "facts, offers")
    ]


def test_too_much_churn_is_not_published_unless_it_is_accepted(store: Store) -> None:
    publish(store, TEN)
    before = read(store)
    regrouped = TEN | {f"fr#{number}": f"alone {number}" for number in range(5)}
    with pytest.raises(AuditError, match=r"churn: 5 of 20 offers change their SKU \(25\.0%\).*--accept-churn") as error:
        publish(store, regrouped, settings=STRICT)
    assert [audit.name for audit in error.value.audits if not audit.passed] == ["churn"]
    assert read(store) == before
    publication = publish(store, regrouped, settings=STRICT, accept_churn=True)
    assert not next(audit for audit in publication.audits if audit.name == "churn").passed
    assert ids(store)["fr#0"] != ids(store)["de#0"]


def test_an_emptied_or_shrunken_catalog_is_not_published(store: Store) -> None:
    publish(store, TEN)
    before = read(store)
    with pytest.raises(AuditError, match="emptied_catalogs: fr had offers and has none"):
        publish(store, {offer: group for offer, group in TEN.items() if offer.startswith("de")}, settings=STRICT)
    with pytest.raises(AuditError, match="coverage: fr has 40% of its offers left"):
        publish(store, {o: g for o, g in TEN.items() if o.startswith("de") or int(g) < 4}, settings=STRICT)
    assert read(store) == before


def test_a_renamed_catalog_is_published_with_its_ids_and_without_alarm(store: Store) -> None:
    publish(store, TEN)
    before = ids(store)
    table = offers_table(TEN)
    names = ["francais" if name == "fr" else name for name in table["catalog"].to_pylist()]
    table = table.set_column(0, table.schema.field("catalog"), [names]).sort_by(
        [("catalog", "ascending"), ("offer_id", "ascending")]
    )
    renamed = {offer.replace("fr#", "francais#"): group for offer, group in TEN.items()}
    publish(store, renamed, offers=table, settings=STRICT)
    assert ids(store) == {offer.replace("fr#", "francais#"): sku_id for offer, sku_id in before.items()}
    assert redirects(store) == {}


def test_a_sku_above_the_size_limit_is_not_published_even_if_churn_is_accepted(store: Store) -> None:
    publish(store, TEN)
    small = Settings.model_validate({"publishing": {"max_sku_size": 5, "max_churn": 1}})
    with pytest.raises(AuditError, match=r"sku_size: .* holds 20 offers, the limit is 5"):
        publish(store, dict.fromkeys(TEN, "all"), settings=small, accept_churn=True)
    assert len(set(ids(store).values())) == 10


@pytest.mark.parametrize(
    ("keep", "found"),
    [
        (lambda rows: rows[1:], "1 offers without a SKU"),
        (lambda rows: [*rows, rows[0]], "1 offers in two SKUs"),
        (lambda rows: [*rows, rows[0] | {"offer_id": "unknown"}], "1 members that are not offers"),
    ],
)
def test_clusters_that_do_not_fit_the_offers_are_not_published(
    store: Store, keep: Callable[[list[dict[str, str]]], list[dict[str, str]]], found: str
) -> None:
    table = offers_table(TEN)
    groups = table.select(["catalog", "offer_id"]).append_column("cluster", [list(range(len(table)))])
    previous = store.previous()
    identified = identify(groups, table, schema.DECISIONS.empty_table(), previous)
    with pytest.raises(AuditError, match=f"complete: {found}"):
        store.publish(
            offers=table,
            decisions=schema.DECISIONS.empty_table(),
            clusters=schema.conform(keep(identified.clusters.to_pylist()), schema.CLUSTERS),
            refused=schema.REFUSED.empty_table(),
            events=identified.events,
            previous=previous,
            settings=LENIENT,
            published_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
    assert read(store)["storefront_offer"] == []


def test_of_two_runs_on_the_same_base_the_second_is_told_to_run_again(store: Store) -> None:
    publish(store, TEN)
    early = store.previous()
    publish(store, TEN, "new")
    store.previous = lambda: early  # type: ignore[method-assign]
    with pytest.raises(UserError, match="Publication 2 went live after this run had read publication 1: run it again"):
        publish(store, TEN, "late")
    assert all(row["title"].endswith("new") for row in read(store)["storefront_offer"])


def test_while_one_run_publishes_another_gets_a_sentence(store: Store, database_url: str) -> None:
    with only_publisher(store.engine), pytest.raises(UserError, match="Another run is publishing to this database"):
        publish(Store.open(database_url), TEN)
    assert publish(Store.open(database_url), TEN).publication_id == 1


def test_of_runs_that_publish_at_the_same_moment_one_wins_and_the_others_get_a_sentence(
    store: Store, database_url: str
) -> None:
    publish(store, TEN, "v0")
    start = threading.Barrier(4)

    def race(number: int) -> str:
        own = Store.open(database_url)
        read_before = own.previous()
        own.previous = lambda: read_before  # type: ignore[method-assign]
        start.wait()
        try:
            publish(own, TEN, f"v{number}")
        except UserError as error:
            return str(error)
        return f"won {number}"

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(race, range(1, 5)))
    (winner,) = (words for words in said if words.startswith("won"))
    assert all(re.match("Another run is publishing|Publication 2 went live after", w) for w in said if w != winner)
    assert {row["title"].split()[-1] for row in read(store)["storefront_offer"]} == {f"v{winner.split()[1]}"}
    assert [publication.publication_id for publication in store.publications()] == [2, 1]


def test_the_feed_names_the_run_that_made_a_change(store: Store) -> None:
    publish(store, TEN, run_id="monday")
    publish(store, TEN | {"en#1": "1"}, run_id="tuesday")
    feed = read(store)["storefront_change"]
    assert {row["run_id"] for row in feed if row["publication_id"] == 1} == {"monday"}
    assert [(row["event"], row["offer_id"], row["run_id"]) for row in feed if row["publication_id"] == 2] == [
        ("joined", "1", "tuesday")
    ]


def test_rollback_shows_the_earlier_run_again_and_leads_the_newer_ids_back(store: Store) -> None:
    publish(store, TEN, "v1")
    earlier = read(store)
    publish(store, TEN | {"fr#0": "split"}, "v2")
    split = ids(store)["fr#0"]
    publish(store, TEN | {"fr#0": "split", "de#1": "2", "fr#1": "2"}, "v3")
    publication = store.rollback(1, published_at=datetime(2026, 2, 1, tzinfo=UTC))
    assert (publication.publication_id, publication.republishes) == (4, 1)
    now = read(store)
    for view in ("storefront_sku", "storefront_sku_text", "storefront_offer"):
        for was, row in zip(earlier[view], now[view], strict=True):
            assert was | {"changed_publication_id": row["changed_publication_id"]} == row
    assert redirects(store) == {split: ids(store)["fr#0"]}
    feed = [row for row in now["storefront_change"] if row["publication_id"] == 4]
    assert {row["cause"] for row in feed} == {"rollback to publication 1"}
    assert {row["event"] for row in feed} >= {"restored", "merged", "joined", "left"}


def test_rollback_without_a_number_takes_the_publication_before(store: Store) -> None:
    publish(store, TEN, "v1")
    publish(store, TEN, "v2")
    store.rollback(published_at=datetime(2026, 2, 1, tzinfo=UTC))
    assert all(row["title"].endswith("v1") for row in read(store)["storefront_offer"])


def test_rollback_to_what_is_not_there_is_refused_in_a_sentence(store: Store) -> None:
    when = datetime(2026, 2, 1, tzinfo=UTC)
    with pytest.raises(UserError, match="Nothing was published"):
        store.rollback(published_at=when)
    publish(store, TEN)
    with pytest.raises(UserError, match="no publication 0"):
        store.rollback(published_at=when)
    with pytest.raises(UserError, match="no publication 9"):
        store.rollback(9, published_at=when)
    with pytest.raises(UserError, match="is live already"):
        store.rollback(1, published_at=when)


def test_runs_beyond_the_limit_are_pruned_and_their_ids_remembered(store: Store) -> None:
    keep_two = Settings.model_validate({"publishing": {"keep_runs": 2, "max_churn": 1, "min_coverage": 0}})
    publish(store, {"de#0": "gone", **TEN} | {"de#77": "gone"}, "v0", settings=keep_two)
    gone = ids(store)["de#77"]
    for mark in ("v1", "v2", "v3"):
        publish(store, TEN, mark, settings=keep_two)
    assert [p.status for p in store.publications()] == ["published", "published", "pruned", "pruned"]
    assert row_counts(store)["sku_align_offer"] == 2 * len(TEN)
    with pytest.raises(UserError, match="was pruned"):
        store.rollback(1, published_at=datetime(2026, 2, 1, tzinfo=UTC))
    publish(store, TEN | {"de#77": "back"}, "v3", settings=keep_two)
    assert ids(store)["de#77"] != gone
    assert redirects(store)[gone] == ids(store)["de#77"]
    updates = [row["publication_id"] for row in read(store)["storefront_change"] if row["event"] == "updated"]
    assert min(updates) >= 4


def test_edges_of_a_sku_are_kept_and_rejected_pairs_are_not(store: Store) -> None:
    pairs = [
        ("de#1", "fr#1", "auto_merge", "threshold"),
        ("de#1", "fr#2", "review", "threshold"),
        ("de#2", "fr#1", "reject", "threshold"),
        ("de#2", "fr#2", "reject", "reviewer"),
    ]
    groups = {"de#1": "x", "fr#1": "x", "de#2": "y", "fr#2": "z"}
    publish(store, groups, decisions=pairs_table(pairs))
    with store.engine.connect() as connection:
        edges = connection.execute(
            sa.text("SELECT left_offer_id, right_offer_id, outcome FROM sku_align_edge ORDER BY 1, 2")
        ).all()
    assert [tuple(edge) for edge in edges] == [("1", "1", "auto_merge"), ("1", "2", "review"), ("2", "2", "reject")]


def test_staged_rows_of_a_run_that_broke_off_are_taken_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(store, TEN, "v1")
    before = read(store)
    with monkeypatch.context() as patch:
        patch.setattr("sku_align.store.rows.issued", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            publish(store, TEN, "v2")
    assert read(store) == before
    with store.engine.connect() as connection:
        assert connection.scalars(sa.select(Publication.status).order_by(Publication.publication_id)).all() == [
            "published",
            "staging",
        ]
    assert publish(store, TEN, "v3").publication_id == 2
    assert all(row["title"].endswith("v3") for row in read(store)["storefront_offer"])
