"""What each constant of language detection is worth: titles in their right language with its value and half of it.

    python -m benchmarks.language_constants TAG=CATALOG.csv... [--rows 600]

Each catalog is read as a feed of its own, as one of two titles at a time, and all of them mixed in one feed. A title
counts as right if the primary subtag is that of the catalog, and the script too where the tag names one.
"""

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

from sku_align.catalogs import language
from sku_align.catalogs.language import LanguageSurvey

CONSTANTS = (
    "_CJK_WEIGHT", "_CLEAR_SHARE", "_SOME", "_PRIOR_FLOOR", "_BELIEF", "_GUESSED", "_SHORT", "_MOSTLY", "_DOUBTFUL",
    "_FOREIGN",
)  # fmt: skip


def detect(texts: Sequence[str]) -> list[str]:
    """The language of every text of one feed."""
    survey = LanguageSurvey()
    survey.add(texts)
    return [guess.tag for guess in survey.prior().detect(texts)]


def right(tags: Sequence[str], found: Sequence[str]) -> float:
    """Share of texts whose language was found, in percent."""
    same = [one == tag if "-" in tag else one.partition("-")[0] == tag for tag, one in zip(tags, found, strict=True)]
    return 100 * sum(same) / len(same)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("catalogs", nargs="+", metavar="TAG=FILE")
    parser.add_argument("--rows", type=int, default=600, help="titles of each catalog")
    options = parser.parse_args()
    feeds: list[tuple[str, list[str]]] = []
    for word in options.catalogs:
        tag, _, path = word.partition("=")
        with Path(path).open(encoding="utf-8", newline="") as lines:
            titles = [row["title"] for row in csv.DictReader(lines) if row["title"]]
        feeds.append((tag, titles[:: max(1, len(titles) // options.rows)][: options.rows]))
    tags = [tag for tag, titles in feeds for _ in titles]

    def measure() -> str:
        alone = right(tags, [found for _, titles in feeds for found in detect(titles)])
        pairs = right(
            tags,
            [found for _, titles in feeds for at in range(0, len(titles), 2) for found in detect(titles[at : at + 2])],
        )
        mixed = right(tags, detect([title for _, titles in feeds for title in titles]))
        return f"{alone:.2f} | {pairs:.2f} | {mixed:.2f}"

    print("| constant | value | one feed each | two titles a feed | all in one feed |\n| --- | --- | --- | --- | --- |")
    print(f"| as they are | | {measure()} |", flush=True)
    for name in CONSTANTS:
        value = getattr(language, name)
        setattr(language, name, type(value)(value / 2))
        print(f"| {name.strip('_')} | {value:g} halved | {measure()} |", flush=True)
        setattr(language, name, value)


if __name__ == "__main__":
    main()
