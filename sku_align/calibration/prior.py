"""What each feature of a calibration means, and the weight that a fit starts from.

The weights are log odds per unit of the feature. They are the centre of a normal prior with standard deviation 0.5
(`fit.PRIOR_DEVIATION`), so they matter as long as labels are few or never show a feature. Labels soon outweigh them; a
sign, however, is kept whatever labels say, because agreeing evidence never counts against a match. What halving each
weight changes for a calibration on 200 labels is measured in docs/experiments/prior.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

BY_EYE = "chosen by eye"
SLOPE = "starts from nothing, either sign: alone a score may say more or less than among its competitors"
FREE = "starts from nothing, either sign: it is an offset, not evidence"
IDENTIFIER = "chosen by eye: e^4, odds of 55 to 1 beside all else being even"


@dataclass(frozen=True)
class Feature:
    """One number that a calibration knows of a pair.

    Attributes:
        name: As in calibration files.
        description: What it is and in which range it lies.
        coefficient: Prior weight in log odds per unit.
        source: Where the coefficient comes from.
    """

    name: str
    description: str
    coefficient: float
    source: str = BY_EYE

    @property
    def sign(self) -> Literal["positive", "negative", "either"]:
        """Which sign a fitted weight may have: that of the prior."""
        if self.coefficient == 0:
            return "either"
        return "positive" if self.coefficient > 0 else "negative"


FEATURES: tuple[Feature, ...] = (
    Feature("raw", "Raw score of the scorer as log odds, within 12 of 0.", 1.0, "a scorer that is calibrated already"),
    Feature("raw_hinge_low", "Log odds of the raw score below -4, else 0.", 0.5),
    Feature("raw_hinge_high", "Log odds of the raw score above 2, else 0.", 0.1),
    Feature("raw_picked", "Log odds of the raw score of a picked pair; 0 for a candidate of a run.", 0.0, SLOPE),
    Feature("is_candidate", "1 for a candidate of a run between two catalogs, 0 for a picked pair.", 0.0, FREE),
    Feature("no_competitor", "1 where neither offer has another candidate in the other's catalog.", 0.0, FREE),
    Feature("margin_ahead", "Log odds by which the pair is better than its runner-up, from 0 to 2.", 0.4),
    Feature("margin_behind", "Log odds by which the pair is worse than its runner-up, from 0 to 2.", -0.6),
    Feature("mutual_nearest", "1 where the search found each offer the nearest to the other.", 0.5),
    Feature("has_third_catalog", "1 where the run has more than two catalogs.", 0.0, FREE),
    Feature(
        "third_catalog_agrees",
        "Probability of the surest third catalog in which both offers have one best partner.",
        0.5,
    ),
    Feature(
        "third_catalog_disagrees",
        "Probability of the surest third catalog in which the offers have different best partners.",
        -0.5,
    ),
    Feature("words_shared", "Share of both titles' words, by what they tell, that the other title explains.", 1.0),
    Feature(
        "word_missing",
        "Probability with which the most telling word that one title lacks stands in both titles of a match.",
        -0.5,
    ),
    Feature("words_exchanged", "The same for the title that lacks less: both say what the other does not.", -0.5),
    Feature("sibling_word_missing", "`word_missing` for words that tell two products of one catalog apart.", -1.0),
    Feature("gtin_agrees", "1 where both offers have one GTIN.", 4.0, IDENTIFIER),
    Feature("gtin_conflicts", "1 where the offers have different GTINs; shops reuse and mistype them.", -2.0),
    Feature("mpn_agrees", "1 where both offers have one part number.", 2.0),
    Feature("mpn_conflicts", "1 where the part numbers differ; many shops put numbers of their own there.", -1.0),
    Feature("quantity_agrees", "1 where a size (volume, weight, length, ...) is extracted from both and equal.", 0.3),
    Feature("quantity_conflicts", "1 where a size is extracted from both and differs.", -2.0),
    Feature("pack_agrees", "1 where pack and piece counts are equal.", 0.2),
    Feature("pack_conflicts", "1 where pack or piece counts differ.", -2.0),
    Feature("variant_agrees", "1 where all shared variant attributes agree.", 0.2),
    Feature("variant_conflicts", "1 where a variant attribute such as colour differs.", -1.5),
    Feature("kind_agrees", "1 where both titles name one kind of a contrast, such as night cream.", 0.5),
    Feature("kind_conflicts", "1 where they name kinds that exclude each other.", -2.0),
    Feature(
        "nothing_left_over",
        "1 where both titles name one kind, nothing differs and no word is left over; half as much for each word.",
        1.0,
    ),
    Feature("sibling_silence", "1 where only one title names a condition, role, side, suffix or extra.", -1.5),
    Feature("brand_alike", "How far the brands' similarity lies above the threshold, from 0 to 1.", 0.3),
    Feature("brand_differs", "How far the brands' similarity lies below the threshold, from 0 to 1.", -0.5),
    Feature("price_apart", "Log of the price ratio over 2, at most 1: prices e^2 = 7 times apart.", -1.0),
    Feature("numbers_agree", "Share of the titles' numbers that both have, from 0 to 1.", 0.5),
    Feature("numbers_differ", "Share of the shorter list of numbers that the other title lacks.", -0.5),
    Feature(
        "part_number_agrees",
        "1 where both titles, or a title and a column, state one part number of 8 characters that no other offer of "
        "either catalog has; less for a shorter one, and its share of the offers that have it.",
        2.0,
    ),
)
PRIOR: Mapping[str, float] = {feature.name: feature.coefficient for feature in FEATURES}
FEATURE_OF: Mapping[str, Feature] = {feature.name: feature for feature in FEATURES}
