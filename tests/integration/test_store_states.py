"""Any order of runs, failed audits, crashes and rollbacks keeps what storefronts were promised."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sku_align.store import AuditError, Store
from tests.integration.shop import STRICT, publish, read

OFFERS = [f"{catalog}#{number}" for catalog in ("de", "fr", "en") for number in range(4)]
GROUPS = st.lists(st.integers(0, 5), min_size=len(OFFERS), max_size=len(OFFERS)).map(
    lambda numbers: {offer: str(number) for offer, number in zip(OFFERS, numbers, strict=True) if number}
)


class CrashError(Exception):
    """The process dies here."""


class StoreStates(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.open(f"sqlite:///{Path(self.folder.name) / 'skus.db'}")
        self.shown: dict[int, object] = {}
        self.ever: set[str] = set()

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def content(self) -> object:
        views = read(self.store, "storefront_sku", "storefront_sku_text", "storefront_offer")
        return {
            view: [{k: v for k, v in row.items() if k != "changed_publication_id"} for row in rows]
            for view, rows in views.items()
        }

    @rule(groups=GROUPS)
    def run(self, groups: dict[str, str]) -> None:
        before = {row["sku_id"] for row in read(self.store)["storefront_sku"]}
        number = publish(self.store, groups).publication_id
        live = {row["sku_id"] for row in read(self.store)["storefront_sku"]}
        assert not (live - before) & self.ever, "an id was given out twice"
        self.ever |= live
        self.shown[number] = self.content()

    @precondition(lambda self: self.shown)
    @rule(groups=GROUPS)
    def fail_an_audit(self, groups: dict[str, str]) -> None:
        before = read(self.store)
        try:
            publish(self.store, groups, settings=STRICT)
        except AuditError:
            assert read(self.store) == before
        else:
            self.ever |= {row["sku_id"] for row in read(self.store)["storefront_sku"]}
            self.shown[max(self.shown) + 1] = self.content()

    @rule(groups=GROUPS, step=st.sampled_from(["rows.issued", "publishing.audit", "publishing._check_base"]))
    def crash(self, groups: dict[str, str], step: str) -> None:
        before = read(self.store)
        with mock.patch(f"sku_align.store.{step}", side_effect=CrashError), pytest.raises(CrashError):
            publish(self.store, groups)
        assert read(self.store) == before

    @precondition(lambda self: len(self.shown) > 1)
    @rule(data=st.data())
    def rollback(self, data: st.DataObject) -> None:
        to = data.draw(st.sampled_from(sorted(self.shown)[:-1]))
        number = self.store.rollback(to, published_at=datetime(2026, 5, 1, tzinfo=UTC)).publication_id
        assert self.content() == self.shown[to]
        self.shown[number] = self.shown[to]

    @invariant()
    def redirects_end_and_the_feed_tells_what_is_live(self) -> None:
        views = read(self.store)
        live = {row["sku_id"] for row in views["storefront_sku"]}
        leads = {row["former_sku_id"]: row["sku_id"] for row in views["storefront_redirect"]}
        assert leads.keys() == self.ever - live
        assert {target for target in leads.values() if target} <= live
        members: set[tuple[str, str, str]] = set()
        for row in views["storefront_change"]:
            member = (row["catalog"], row["offer_id"], row["sku_id"])
            if row["event"] == "joined":
                members.add(member)
            elif row["event"] == "left":
                members.remove(member)
        assert members == {(row["catalog"], row["offer_id"], row["sku_id"]) for row in views["storefront_offer"]}


StoreStates.TestCase.settings = settings(
    max_examples=6, stateful_step_count=7, deadline=None, suppress_health_check=list(HealthCheck)
)
test_store_states = StoreStates.TestCase
