"""Names that calibration files had before version 0.2; to be dropped in 0.3."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

FIELDS = {"link": "raw_scale", "exclusive": "one_to_one", "overlap": "match_prior_weight"}
SCALES = {"none": "log_odds", "logit": "probability"}
WEIGHTS = {
    "raw_low": "raw_hinge_low",
    "raw_high": "raw_hinge_high",
    "raw_listed": "raw_picked",
    "among_rivals": "is_candidate",
    "unrivalled": "no_competitor",
    "ahead": "margin_ahead",
    "beaten": "margin_behind",
    "nearest": "mutual_nearest",
    "third_catalog": "has_third_catalog",
    "third_agrees": "third_catalog_agrees",
    "third_disagrees": "third_catalog_disagrees",
}


def with_new_names(values: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The content of a calibration file under the names of today, with one warning if any was old.

    Args:
        values: As read from JSON.
        path: The file, for the warning.
    """
    weights = values.get("weights", {})
    renamed = {FIELDS.get(name, name): value for name, value in values.items()}
    if "weights" in renamed:
        renamed["weights"] = {WEIGHTS.get(name, name): value for name, value in weights.items()}
    if "link" in values:
        renamed["raw_scale"] = SCALES.get(values["link"], values["link"])
    if old := sorted(set(values) & set(FIELDS) | set(weights) & set(WEIGHTS)):
        logger.warning(
            "The calibration %s has names of an older version (%s), which the next release will not read: "
            "run `sku-align calibrate` or `sku-align train` again.",
            path,
            ", ".join(old),
        )
    return renamed
