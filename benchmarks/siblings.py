"""How many siblings that stand alone merge.

    python -m benchmarks.siblings benchmarks/siblings_fresh.tsv --out DIR

Two catalogs list the two titles of every pair, each brand once, so that nothing competes and only the two titles can
tell. All titles and brands are invented. The words of `siblings_prepared.tsv` were looked at when families of
attributes were written, and those of `siblings_unprepared.tsv` were added later. `siblings_read.tsv` was written by two
people who knew nothing of the project; its errors were read, and limits are chosen by these three. `siblings_fresh.tsv`
was written by somebody who knew none of it, and `siblings_blind.tsv` later by somebody who did not know the dictionary
of kinds either; nothing may be chosen by them: they say what to expect of other shops' siblings.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from sku_align import align

# Clean matches beside the pairs, as any two shops have.
MATCHES = (
    ("Steel kettle Ondara 1.7 L", "Wasserkocher Ondara 1,7 l Edelstahl", "Ondara"),
    ("Desk lamp Lumivo LED 12W", "Schreibtischlampe Lumivo LED 12 W", "Lumivo"),
    ("Yoga mat Flexano 183x61 cm purple", "Yogamatte Flexano 183x61 cm lila", "Flexano"),
    ("Toaster Rostello T2 850W", "Toaster Rostello T2 850 W", "Rostello"),
    ("Bath towel Weichino 70x140 cm white", "Badetuch Weichino 70x140 cm weiß", "Weichino"),
    ("Wall clock Tikora 30 cm", "Wanduhr Tikora 30 cm", "Tikora"),
    ("Garden hose Wassera 25 m", "Gartenschlauch Wassera 25 m", "Wassera"),
    ("Bluetooth speaker Boomaro B1", "Bluetooth-Lautsprecher Boomaro B1", "Boomaro"),
)


class Outcome(NamedTuple):
    """What came of a file of pairs.

    Attributes:
        wrong: Different pairs that merged, each "probability kind: left | right".
        missed: Equal pairs that did not merge, in the same form.
        asked: Different pairs that a person is asked about.
        different: How many different pairs there are.
        same: How many equal pairs there are.
    """

    wrong: list[str]
    missed: list[str]
    asked: int
    different: int
    same: int


def measure(pairs: pd.DataFrame, out: Path) -> Outcome:
    """Align the two catalogs of the pairs.

    Args:
        pairs: Label ("same" or "different"), kind, and left_title, left_language, right_title, right_language, brand.
        out: Folder of the run.
    """
    catalogs = {}
    for side, at, language in (("left", 0, "en"), ("right", 1, "de")):
        own = pd.DataFrame(
            {
                "offer_id": [f"pair {row}" for row in range(len(pairs))],
                "title": pairs[f"{side}_title"],
                "brand": pairs["brand"],
                "language": pairs[f"{side}_language"],
            }
        )
        beside = [(f"match {row}", match[at], match[2], language) for row, match in enumerate(MATCHES)]
        catalogs[side] = pd.concat([own, pd.DataFrame(beside, columns=own.columns)], ignore_index=True)
    run = align(catalogs, out)
    sku = run.clusters.set_index(["catalog", "offer_id"])["sku_id"]
    decisions = pd.read_parquet(out / "decisions.parquet")
    decided = decisions[decisions["left_offer_id"].astype(str) == decisions["right_offer_id"].astype(str)]
    decided = decided.set_index(decided["left_offer_id"].astype(str))
    wrong: list[str] = []
    missed: list[str] = []
    asked = 0
    for row, pair in enumerate(pairs.to_dict("records")):
        name = f"pair {row}"
        merged = sku["left", name] == sku["right", name]
        chance = f"{decided['probability'][name]:.3f}" if name in decided.index else "none "
        line = f"{chance} {pair['kind']}: {pair['left_title']} | {pair['right_title']}"
        if pair["label"] == "same" and not merged:
            missed.append(line)
        elif pair["label"] != "same" and merged:
            wrong.append(line)
        elif pair["label"] != "same" and name in decided.index:
            asked += int(decided["decision"][name] == "review")
    same = int((pairs["label"] == "same").sum())
    return Outcome(sorted(wrong), sorted(missed), asked, len(pairs) - same, same)


def read_pairs(path: Path) -> pd.DataFrame:
    """Read a file of pairs, tab-separated."""
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    options = parser.parse_args()
    outcome = measure(read_pairs(options.pairs), options.out)
    print(*(f"wrong  {line}" for line in outcome.wrong), *(f"missed {line}" for line in outcome.missed), sep="\n")
    print(
        f"{len(outcome.wrong)} of {outcome.different} different pairs merged, {outcome.asked} were asked; "
        f"{outcome.same - len(outcome.missed)} of {outcome.same} equal pairs merged"
    )


if __name__ == "__main__":
    main()
