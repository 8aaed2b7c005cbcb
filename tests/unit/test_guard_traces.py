"""What a guard forbids leaves a trace, and where an identifier says the opposite a person decides."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.attributes import Comparer
from sku_align.attributes.identity import identified
from sku_align.config import DecidingSettings, Settings
from sku_align.deciding import decide
from sku_align.deciding.guards import split_forbidden
from sku_align.report import findings

GTIN, OTHER_GTIN = "04006381333931", "04006381333948"
TRUSTED = {"catalogs": {name: {"calibrated": True} for name in "ab"}}


def offer(catalog: str, offer_id: str, sizes: str = "", **more: Any) -> dict[str, Any]:
    """One offer; sizes such as "volume=330 pack=6"."""
    stated = [word.split("=") for word in sizes.split()]
    quantities = [{"dimension": name, "value": float(value)} for name, value in stated]
    return {"catalog": catalog, "offer_id": offer_id, "title": "t", "quantities": quantities, **more}


def table(*rows: dict[str, Any]) -> pa.Table:
    return schema.conform(list(rows), schema.OFFERS)


def pair(left: str, right: str, **more: Any) -> dict[str, Any]:
    return {
        "left_catalog": left[0],
        "left_offer_id": left[1:],
        "right_catalog": right[0],
        "right_offer_id": right[1:],
        **more,
    }


def split(offers: pa.Table, *pairs: tuple[str, str]) -> tuple[pa.Table, pa.Table]:
    candidates = schema.conform([pair(*each) for each in pairs], schema.CANDIDATES)
    return split_forbidden(offers, candidates, DecidingSettings(), explain=True)


def decided(offers: pa.Table, probability: float) -> tuple[str, str, str]:
    scores = schema.conform([pair("a1", "b1", probability=probability, scorer="s")], schema.SCORES)
    settings = Settings.model_validate(TRUSTED)
    row = decide(offers, scores, schema.VERDICTS.empty_table(), settings).to_pylist()[0]
    return row["decision"], row["reason"], row["detail"]


def test_a_pair_that_a_guard_forbids_stands_in_a_table_with_what_conflicts():
    offers = table(offer("a", "1", "volume=330"), offer("b", "1", "volume=500"), offer("b", "2", "volume=330"))
    candidates, forbidden = split(offers, ("a1", "b1"), ("a1", "b2"))
    assert candidates["right_offer_id"].to_pylist() == ["2"]
    assert forbidden.schema == schema.FORBIDDEN
    assert forbidden.to_pylist() == [pair("a1", "b1", reason="guard:quantity", detail="volume 330 against 500")]
    section = findings.forbidden(forbidden)
    assert section is not None
    assert section.rows == [["guard:quantity", "1", "a#1 and b#1: volume 330 against 500"]]
    assert findings.forbidden(schema.FORBIDDEN.empty_table()) is None


@pytest.mark.parametrize("identifier", [{"gtin": GTIN}, {"mpn": "QX-450"}])
def test_a_forbidden_pair_of_one_identifier_is_scored_and_goes_to_a_person_whatever_the_score(identifier):
    offers = table(offer("a", "1", "volume=330", **identifier), offer("b", "1", "volume=500", **identifier))
    candidates, forbidden = split(offers, ("a1", "b1"))
    assert (len(candidates), len(forbidden)) == (1, 0)
    for probability in (0.99, 0.02):
        decision, reason, detail = decided(offers, probability)
        assert (decision, reason) == ("review", "guard:quantity")
        assert "an identifier says the same product" in detail
        assert "volume 330 against 500" in detail


def test_an_identifier_alone_lifts_nothing_that_no_guard_speaks_of():
    offers = table(offer("a", "1", gtin=GTIN), offer("b", "1", gtin=GTIN))
    assert decided(offers, 0.02)[0] == "reject"
    assert decided(offers, 0.99)[0] == "auto_merge"


def test_a_part_number_on_several_sizes_of_one_catalog_names_a_family():
    rows = [offer("a", str(n), f"length={100 * n}", mpn="QX-450") for n in (1, 2)]
    offers = table(*rows, offer("b", "1", "length=300", mpn="QX-450"))
    candidates, forbidden = split(offers, ("a1", "b1"), ("a2", "b1"))
    assert (len(candidates), len(forbidden)) == (0, 2)


def test_a_gtin_outweighs_the_part_number():
    offers = table(offer("a", "1", gtin=GTIN, mpn="QX-450"), offer("b", "1", gtin=OTHER_GTIN, mpn="QX-450"))
    assert not identified(offers, np.array([[0, 1]])).any()
    padded = table(offer("a", "1", gtin=GTIN.lstrip("0")), offer("b", "1", gtin=GTIN))
    assert identified(padded, np.array([[0, 1]])).all()


@pytest.mark.parametrize(
    ("single", "multipack"), [("", "pack=3"), ("volume=330", "volume=330 pack=24"), ("count=4", "count=4 pack=3")]
)
@pytest.mark.parametrize("probability", [0.99, 0.3])
def test_a_retailers_multipack_with_the_gtin_of_the_single_goes_to_a_person(single, multipack, probability):
    offers = table(offer("a", "1", single, gtin=GTIN), offer("b", "1", multipack, gtin=GTIN))
    assert decided(offers, probability)[:2] == ("review", "guard:multipack")


def prices_apart(*prices: tuple[float, float], currencies: tuple[str | None, str | None] = (None, None)) -> list[float]:
    rows = [offer("a", f"{n:03}", price=one, currency=currencies[0]) for n, (one, _) in enumerate(prices)]
    rows += [offer("b", f"{n:03}", price=other, currency=currencies[1]) for n, (_, other) in enumerate(prices)]
    pairs = np.array([[n, n + len(prices)] for n in range(len(prices))])
    apart: list[float] = Comparer(table(*rows)).compare(pairs).price_apart.tolist()
    return apart


def test_prices_without_a_currency_are_taken_to_be_in_one():
    assert prices_apart((199.0, 12.0)) == pytest.approx([199 / 12])
    assert prices_apart((199.0, 12.0), currencies=("EUR", "EUR")) == pytest.approx([199 / 12])
    assert np.isnan(prices_apart((199.0, 12.0), currencies=("EUR", None))).all()
    assert np.isnan(prices_apart((199.0, 12.0), currencies=("EUR", "USD"))).all()
    offers = table(offer("a", "1", price=199.0), offer("b", "1", price=12.0))
    assert decided(offers, 0.999)[:2] == ("review", "guard:price")


def test_catalogs_in_two_currencies_that_name_none_show_in_their_pairs():
    yen = [(10.0 + n, (10.0 + n) * 160) for n in range(30)]
    apart = prices_apart(*yen, (199.0, 12.0 * 160))
    assert apart[:30] == pytest.approx([1.0] * 30)
    assert apart[30] == pytest.approx(199 / 12)
