import numpy as np

from sku_align import schema
from sku_align.attributes.extracted import read_extracted


def test_only_values_that_meet_are_measured_and_each_two_once():
    sizes = [f"{number}x{number + 10}" for number in range(100, 1100)]
    rows = [
        {
            "catalog": "a",
            "offer_id": f"{at:04}",
            "title": "Rug",
            "variants": [{"attribute": "dimensions", "value": size}],
        }
        for at, size in enumerate([*sizes, *sizes])
    ]
    [values] = read_extracted(schema.conform(rows, schema.OFFERS)["variants"], "attribute", "value")
    measured = []

    def distance(one: str, other: str) -> float:
        measured.append((one, other))
        return 0.0 if one == other else 1.0

    equal = np.arange(1000)
    left = np.concatenate([equal, equal, equal[:-1]])
    right = np.concatenate([equal + 1000, equal + 1000, equal[:-1] + 1])

    signal = values.near_agreement(left, right, distance, 0.0, 1.0)

    assert signal.tolist() == [1] * 2000 + [-1] * 999
    assert len(measured) == len(set(measured)) == 1999
