"""A pair is judged by how it stands among the other candidates of its two offers."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import expit

from sku_align import schema
from sku_align.calibration.calibration import SHIPPED, Calibration
from sku_align.calibration.competing import Partners
from sku_align.calibration.fit import MAX_WEIGHT, fit_calibration
from sku_align.calibration.one_to_one import OneToOne
from sku_align.calibration.pair_features import PAIR_FEATURES
from sku_align.calibration.prior import PRIOR
from sku_align.calibration.run_features import MAX_MARGIN, NEAREST_BONUS, RUN_FEATURES, ranks, run_features
from sku_align.errors import UserError


def shops(count: int, names: str = "ab") -> pa.Table:
    rows = [{"catalog": name, "offer_id": f"{at:02}", "title": "x"} for name in names for at in range(count)]
    return schema.conform(rows, schema.OFFERS)


def every_pair(count: int) -> np.ndarray:
    return np.array([(left, count + right) for left in range(count) for right in range(count)])


def far(pairs: np.ndarray) -> np.ndarray:
    return np.full(len(pairs), 2)


def columns(values: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(RUN_FEATURES, values.T, strict=True))


def test_the_best_of_a_row_and_column_is_ahead_of_its_runner_up_and_the_others_are_behind():
    odds = np.full((7, 7), -4.0)
    odds[0, 0], odds[0, 1], odds[2, 0] = 3.0, 1.0, 2.0
    found = {
        name: value.reshape(7, 7)
        for name, value in columns(run_features(shops(7), every_pair(7), odds.ravel(), far(every_pair(7)))).items()
    }
    assert found["is_candidate"].all()
    assert found["margin_ahead"][0, 0] == 1.0
    assert (found["margin_ahead"][0, 1], found["margin_behind"][0, 1]) == (0.0, 2.0)
    assert found["margin_behind"][2, 0] == 1.0
    assert found["margin_behind"][2, 1] == MAX_MARGIN


def test_a_pair_without_a_competitor_is_neither_ahead_nor_behind_but_is_known_to_have_none():
    found = columns(
        run_features(shops(30), np.array([[0, 30], [1, 31], [1, 32]]), np.array([5.0, 4.0, 1.0]), np.array([1, 1, 2]))
    )
    assert found["no_competitor"].tolist() == [1.0, 0.0, 0.0]
    assert found["margin_ahead"].tolist() == [0.0, MAX_MARGIN, 0.0]


def test_a_third_catalog_agrees_where_the_best_partners_of_a_pair_there_are_one_offer():
    # Rows 0 and 1 stand in catalog a, 2 and 3 in b, 4 and 5 in c.
    pairs = np.array([[0, 2], [0, 3], [0, 4], [2, 4], [3, 5], [1, 5]])
    found = columns(run_features(shops(2, "abc"), pairs, np.array([1.0, 1.0, 2.0, 3.0, 0.0, -9.0]), far(pairs)))
    assert found["has_third_catalog"].all()
    assert found["third_catalog_agrees"] == pytest.approx([expit(2), 0, expit(1), expit(1), 0, 0], abs=1e-9)
    assert found["third_catalog_disagrees"] == pytest.approx([0, expit(0), 0, 0, expit(-9), 0], abs=1e-9)


def test_a_partner_in_a_third_catalog_whose_fields_differ_is_none():
    # Offer 0 fits 4 by its words and 5 by its words and fields; offer 2 fits 5.
    pairs, odds = np.array([[0, 2], [0, 4], [0, 5], [2, 5]]), np.array([1.0, 2.0, 1.5, 2.0])
    by_words = columns(run_features(shops(2, "abc"), pairs, odds, far(pairs)))
    assert (by_words["third_catalog_agrees"][0], by_words["third_catalog_disagrees"][0] > 0.8) == (0.0, True)
    beside = np.array([0.0, -5.0, 0.5, 0.0])
    found = columns(run_features(shops(2, "abc"), pairs, odds, far(pairs), beside=beside))
    assert found["third_catalog_agrees"][0] == pytest.approx(expit(2.0))
    assert found["third_catalog_disagrees"][0] == 0.0
    assert found["margin_ahead"].tolist() == by_words["margin_ahead"].tolist()


def test_a_catalog_with_duplicates_is_no_third_catalog_and_two_catalogs_have_none():
    pairs, odds = np.array([[0, 2], [0, 4], [2, 4]]), np.array([1.0, 2.0, 3.0])
    found = columns(run_features(shops(2, "abc"), pairs, odds, far(pairs), frozenset("c")))
    assert not found["third_catalog_agrees"][0]
    alone = columns(run_features(shops(2, "abc"), pairs[:1], odds[:1], far(pairs[:1])))
    assert not alone["has_third_catalog"].any()


def test_a_partner_in_a_third_catalog_that_the_search_found_nearest_counts_more():
    pairs = np.array([[0, 2], [0, 3], [0, 4], [0, 5], [2, 4], [3, 5]])
    odds, rank = np.array([-9.0, -9.0, -1.0, 2.0, -1.0, 2.0]), np.array([2, 2, 1, 2, 1, 2])
    found = columns(run_features(shops(2, "abc"), pairs, odds, rank))
    assert found["third_catalog_agrees"][:2] == pytest.approx([expit(NEAREST_BONUS - 1), 0], abs=1e-9)
    assert found["third_catalog_disagrees"][:2] == pytest.approx([0, expit(2)], abs=1e-9)
    # Without the search's choice the scorer's counts, and it prefers the other pair.
    found = columns(run_features(shops(2, "abc"), pairs, odds, far(pairs)))
    assert found["third_catalog_agrees"][:2] == pytest.approx([0, expit(2)], abs=1e-9)
    assert found["third_catalog_disagrees"][:2] == pytest.approx([expit(-1), 0], abs=1e-9)


def test_the_match_prior_is_the_share_of_offers_that_seem_to_have_a_partner():
    offers, odds = shops(9), np.full((9, 9), -20.0)
    odds[np.arange(4), np.arange(4)] = 20.0
    candidates = OneToOne.of(offers, every_pair(9))
    assert candidates.match_prior(odds.ravel()) == pytest.approx(np.log(5 / 6), abs=1e-6)
    # The ninth offer of either side is not found at all, and counts still.
    fewer = every_pair(9)[(every_pair(9) % 9 < 8).all(axis=1)]
    assert OneToOne.of(offers, fewer).match_prior(odds[:8, :8].ravel()) == pytest.approx(np.log(5 / 6), abs=1e-6)
    assert candidates.match_prior(np.full(81, -20.0)) == pytest.approx(np.log(1 / 10), abs=1e-6)
    odds[np.arange(9), np.arange(9)] = 20.0
    assert candidates.match_prior(odds.ravel()) == pytest.approx(np.log(0.9 / 0.1))
    alone = OneToOne.of(shops(1), every_pair(1))
    assert alone.match_prior(np.array([20.0])) == pytest.approx(np.log(2 / 1), abs=1e-6)


def test_each_catalog_pair_has_a_match_prior_of_its_own_and_a_catalog_has_none_with_itself():
    offers = shops(3, "abc")
    pairs = np.array([[0, 3], [1, 4], [2, 5], [0, 6], [1, 7], [3, 4]])
    prior = OneToOne.of(offers, pairs, frozenset("b")).match_prior(np.array([20.0, 20.0, 20.0, 20.0, -20.0, 20.0]))
    assert prior == pytest.approx([np.log(4 / 1)] * 3 + [np.log(2 / 3)] * 2 + [0.0], abs=1e-6)


def test_the_same_pair_is_more_probable_where_many_others_have_a_partner():
    calibration = Calibration("x", one_to_one=True, match_prior_weight=1.0)
    pairs = np.array([[at, 9 + at] for at in range(9)])
    many, few = np.full(9, 3.0), np.full(9, -5.0)
    few[0] = 3.0
    high, low = (calibration.probability(shops(9), pairs, raw, far(pairs))[0] for raw in (many, few))
    assert high > 0.95 > 0.8 > low


def test_a_pair_that_would_do_alone_still_merges_beside_a_few_offers_without_partners():
    calibration = Calibration("x", one_to_one=True, match_prior_weight=1.0)

    def probability(offers: int) -> float:
        raw = np.full(offers, -8.0)
        raw[0] = 4.0
        return float(
            calibration.probability(
                shops(offers), np.array([[at, offers + at] for at in range(offers)]), raw, far(raw)
            )[0]
        )

    alone, among_three, among_many = (probability(offers) for offers in (1, 4, 60))
    assert alone > among_three > 0.95
    # Where nearly none of many offers has a partner, a nearest candidate mostly is a sibling.
    assert among_many < 0.05


def test_the_shipped_calibration_merges_nothing_of_catalogs_that_share_nothing():
    calibration = Calibration.read(next(SHIPPED.glob("*.json")))
    random, count = np.random.default_rng(5), 60
    for _ in range(5):
        odds = random.normal(-4.7, 0.15, count * count)
        odds[random.permutation(count * count)[:3]] = 0.0
        rank = np.full((count, count), 2)
        rank[np.arange(count), random.permutation(count)] = 1
        assert calibration.probability(shops(count), every_pair(count), odds, rank.ravel()).max() < 0.9
        # With a third catalog offers that have nothing in common can be nearest in a ring.
        three = np.vstack([every_pair(count), every_pair(count) + np.array([0, count]), every_pair(count) + count])
        ranks = np.full((3, count, count), 2)
        for here in ranks:
            here[np.arange(count), random.permutation(count)] = 1
        low = random.normal(-4.7, 0.15, len(three))
        assert calibration.probability(shops(count, "abc"), three, low, ranks.ravel()).max() < 0.9


def test_a_higher_raw_score_never_lowers_the_probability_and_no_field_decides_alone():
    calibration = Calibration.read(next(SHIPPED.glob("*.json")))
    slope, picked, *hinges = (
        calibration.weights[name] for name in ("raw", "raw_picked", "raw_hinge_low", "raw_hinge_high")
    )
    assert slope > 0 and slope + picked > 0 and min(hinges) >= 0
    assert all(abs(calibration.weights[name]) <= MAX_WEIGHT for name in PAIR_FEATURES)


def test_picked_pairs_have_no_features_from_a_run():
    calibration = Calibration(
        "bundled test", weights={"raw": 1.0, "margin_ahead": 0.5, "margin_behind": -0.5, "no_competitor": 1.0}
    )
    pairs, odds = np.array([[0, 7], [0, 8]]), np.array([1.0, 0.0])
    listed = calibration.probability(shops(7), pairs, odds)
    assert listed == pytest.approx(1 / (1 + np.exp(-odds)), abs=1e-6)
    assert (calibration.probability(shops(7), pairs, odds, far(pairs))[0] > listed[0]).all()


def test_pairs_of_a_small_catalog_that_was_searched_whole_compete():
    found = columns(run_features(shops(2), every_pair(2), np.array([4.0, -1.0, -2.0, 3.0]), far(every_pair(2))))
    assert found["is_candidate"].all()
    assert found["margin_ahead"].tolist() == [MAX_MARGIN, 0.0, 0.0, MAX_MARGIN]


def test_two_listings_of_one_product_do_not_compete_in_a_catalog_with_duplicates():
    odds = np.full((7, 7), -4.0)
    odds[0, 0], odds[0, 1] = 3.0, 3.0
    strict = columns(run_features(shops(7), every_pair(7), odds.ravel(), far(every_pair(7))))
    loose = columns(run_features(shops(7), every_pair(7), odds.ravel(), far(every_pair(7)), frozenset("b")))
    assert strict["margin_ahead"][0] == 0.0
    assert loose["margin_ahead"][0] == MAX_MARGIN


def test_each_listing_of_a_product_may_be_the_nearest_in_a_catalog_with_duplicates():
    pairs, rank = np.array([[0, 3], [0, 4], [1, 4], [2, 5]]), np.array([1, 2, 3, 0])
    strict = columns(run_features(shops(3), pairs, np.zeros(4), rank))["mutual_nearest"]
    loose = columns(run_features(shops(3), pairs, np.zeros(4), rank, frozenset("b")))["mutual_nearest"]
    assert strict.tolist() == [1, 0, 0, 0]
    assert loose.tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize("seed", range(3))
def test_neither_the_order_of_pairs_nor_of_sides_matters(seed: int):
    random = np.random.default_rng(seed)
    offers, pairs, odds = shops(8), every_pair(8), random.normal(size=64).round(1)
    order = random.permutation(64)
    rank = random.integers(1, 5, 64)
    turned = run_features(offers, pairs[order][:, ::-1], odds[order], rank[order])
    assert np.array_equal(turned, run_features(offers, pairs, odds, rank)[order])
    with_match_prior = OneToOne.of(offers, pairs).with_match_prior(odds, 1.0)[order]
    assert OneToOne.of(offers, pairs[order][:, ::-1]).with_match_prior(odds[order], 1.0) == pytest.approx(
        with_match_prior
    )


def test_a_pair_that_is_ahead_is_more_probable_than_the_same_pair_behind():
    offers, pairs = shops(7), every_pair(7)
    calibration = Calibration("bundled test", weights={"raw": 1.0, "margin_ahead": 0.5, "margin_behind": -0.5})
    odds = np.full((7, 7), -4.0)
    odds[0, 0] = 1.0
    alone = calibration.probability(offers, pairs, odds.ravel(), far(pairs))[0]
    odds[0, 1] = 2.0
    beaten = calibration.probability(offers, pairs, odds.ravel(), far(pairs))[0]
    assert beaten < 0.7 < alone


def test_the_odds_of_competing_candidates_are_normalised():
    offers, odds = shops(2, "abc"), np.log([3.0, 3.0, 2.0, 4.0])
    # Two offers of b for one of a, a third of c for it, and another pair of c's.
    pairs = np.array([[0, 2], [0, 3], [0, 4], [3, 4]])
    left = np.exp(OneToOne.of(offers, pairs).normalised(odds))
    assert left == pytest.approx([3 / 4, 3 / 4, 2.0, 4.0])
    loose = OneToOne.of(offers, pairs, frozenset("b"))
    assert np.exp(loose.normalised(odds)) == pytest.approx([3.0, 3.0, 2.0, 4.0])
    both = np.exp(OneToOne.of(offers, np.array([[0, 2], [0, 3], [1, 2]])).normalised(np.log([5.0, 1.0, 2.0])))
    assert both == pytest.approx([5 / (2 * 3), 1 / 6, 2 / 6])


def test_no_offer_is_expected_to_match_more_than_once_in_a_catalog():
    random = np.random.default_rng(0)
    odds = random.normal(0, 6, 49)
    shares = expit(OneToOne.of(shops(7), every_pair(7)).normalised(odds)).reshape(7, 7)
    assert (shares.sum(axis=0) <= 1 + 1e-9).all()
    assert (shares.sum(axis=1) <= 1 + 1e-9).all()


def test_an_unscored_pair_takes_nothing_from_its_competitors():
    left = OneToOne.of(shops(2), np.array([[0, 2], [0, 3]])).normalised(np.array([1.0, np.nan]))
    assert left[0] == pytest.approx(1.0)
    assert np.isnan(left[1])


def test_only_a_calibration_fitted_so_normalises_competing_candidates():
    offers, pairs, raw = shops(2), np.array([[0, 2], [0, 3]]), np.array([3.0, 3.0])
    free = Calibration("x")
    shared = Calibration("x", one_to_one=True)
    assert free.probability(offers, pairs, raw, far(pairs)) == pytest.approx(expit(raw), abs=1e-6)
    assert (shared.probability(offers, pairs, raw, far(pairs)) < 0.5).all()
    assert shared.probability(offers, pairs, raw) == pytest.approx(expit(raw), abs=1e-6)
    assert Calibration.read(SHIPPED / next(SHIPPED.glob("*.json")).name).one_to_one


def test_a_regression_on_normalised_odds_is_still_as_sure_as_its_labels():
    random, count = np.random.default_rng(1), 40
    offers, pairs = shops(count), every_pair(count)
    labels = pairs[:, 0] + count == pairs[:, 1]
    raw = random.normal(np.where(labels, 2.0, -3.0), 1.5)
    rank = np.where(labels, 1, 2)
    groups = pairs[:, 0]
    prior = Calibration("x", weights=PRIOR, one_to_one=True)
    fitted, probability = fit_calibration(offers, pairs, labels, raw, groups, scorer="x", rank=rank, prior=prior)
    assert fitted.one_to_one
    assert fitted.match_prior_weight > 0
    assert probability[labels].mean() > 0.7 > 0.01 > probability[~labels].mean()
    # Without the second fit, competitors take too much.
    apart = fit_calibration(
        offers, pairs, labels, raw, groups, scorer="x", rank=rank, prior=replace(prior, one_to_one=False)
    )[0]
    assert {**fitted.weights, "is_candidate": 0} == {**apart.weights, "is_candidate": 0}
    calibrations = (replace(apart, one_to_one=True), fitted)
    shy, sure = (each.probability(offers, pairs, raw, rank)[labels].sum() for each in calibrations)
    assert shy < sure <= labels.sum()


def test_the_rank_of_a_pair_is_that_of_the_search_whichever_way_it_is_written():
    offers = shops(3)
    keys = [{"left_catalog": "a", "left_offer_id": f"0{left}", "right_catalog": "b", "right_offer_id": f"0{right}"}
            for left, right in ((0, 1), (2, 2), (0, 1))]  # fmt: skip
    found = schema.conform(
        [key | {"channels": [], "rank": rank} for key, rank in zip(keys, (3, 1, 2), strict=True)], schema.CANDIDATES
    )
    assert ranks(offers, found, np.array([[5, 2], [0, 4]])).tolist() == [1, 2]
    assert ranks(offers, found, np.zeros((0, 2), np.int64)).tolist() == []
    with pytest.raises(UserError, match="not candidates any more"):
        ranks(offers, found, np.array([[0, 3]]))


@pytest.mark.parametrize("seed", range(20))
def test_the_runner_up_is_the_best_of_all_pairs_that_share_an_offer_and_a_catalog(seed: int):
    random = np.random.default_rng(seed)
    catalog = np.sort(random.integers(0, 3, 9))
    every = np.array([(a, b) for a in range(9) for b in range(a + 1, 9)])
    pairs = random.permuted(every[random.random(len(every)) < 0.6], axis=1)
    value, one_to_one = random.integers(0, 6, len(pairs)) / 2.0, random.random(3) < 0.7
    found = Partners.of(pairs, value, catalog, one_to_one).runners_up()
    for at, pair in enumerate(pairs.tolist()):
        competing = [
            value[other]
            for offer, partner in (pair, pair[::-1])
            for other, ends in enumerate(pairs.tolist())
            if other != at and offer in ends and catalog[offer] != catalog[partner]
            and one_to_one[catalog[partner]] and catalog[sum(ends) - offer] == catalog[partner]
        ]  # fmt: skip
        assert found.value[at] == max(competing, default=-np.inf)
        if competing:
            competitor = pairs[found.pair[at]]
            assert value[found.pair[at]] == found.value[at]
            assert found.offer[at] in competitor and len(set(competitor) & set(pair)) == 1
        else:
            assert (found.pair[at], found.offer[at]) == (-1, -1)


def test_an_unscored_pair_is_nobodys_runner_up():
    pairs, odds = np.array([[0, 2], [0, 3], [1, 3]]), np.array([1.0, np.nan, 0.5])
    found = columns(run_features(shops(2), pairs, odds, far(pairs)))
    assert found["no_competitor"][[0, 2]].tolist() == [1.0, 1.0]


def test_the_match_prior_agrees_with_the_odds_that_it_makes() -> None:
    """The share of partners is estimated until it moves no more, and counts once; where hardly any has one, more."""
    offers, pairs = shops(12), every_pair(12)
    diagonal = pairs[:, 0] == pairs[:, 1] - 12
    candidates = OneToOne.of(offers, pairs)
    mostly = np.where(diagonal, np.where(pairs[:, 0] < 8, 2.0, -3.0), -9.0)
    found = candidates.with_match_prior(mostly, 1.0)
    assert found == pytest.approx(candidates.normalised(mostly + candidates.match_prior(found)), abs=0.02)
    hardly = np.where(diagonal, -1.5, -9.0)
    found, once = candidates.with_match_prior(hardly, 1.0), candidates.normalised(hardly)
    assert (found[diagonal] < (once + candidates.match_prior(once))[diagonal] - 3).all()
