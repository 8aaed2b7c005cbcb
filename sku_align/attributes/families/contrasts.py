"""Contrasts: words of one kind that exclude each other, such as day cream and night cream, or oven and microwave.

Every table of the TOML files in `contrasts/`, one file per domain, is a family of its own: value -> language -> words,
and in the table itself, where its absence tells ("dimmable"), `silence = "always"` and `unless`, a pattern that excuses
it; where people call it otherwise `words`, and where a column of feeds holds it `columns`; `beside = "ignored"` where
what stands behind a "with" counts only if nothing else does ("sofa with footstool"). With `agreement = "keyed"`
one table holds many contrasts as values "key=value" ("tea=green", "cut=wing"), each compared by itself. A new contrast
is a table and needs no code.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from sku_align.attributes.families.beside import named_of_the_thing
from sku_align.attributes.family import Family, lexical
from sku_align.attributes.lexicon import tables

FOLDER = Path(__file__).with_suffix("")


def _contrasts() -> Iterator[Family]:
    for file in sorted(FOLDER.glob("*.toml")):
        for name, table in tables(file).items():
            values = {value: languages for value, languages in table.items() if isinstance(languages, dict)}
            options = {key: text for key, text in table.items() if isinstance(text, str)}
            family = lexical(
                name,
                options.get("words", name.replace("_", " ")),
                values,
                columns=options.get("columns", ""),
                agreement=options.get("agreement", "shared"),
                one_sided=options.get("silence", "never"),
                unless=options.get("unless", ""),
            )
            if options.get("beside") == "ignored":
                family = replace(family, extract=partial(named_of_the_thing, family.lexicons[0]))
            yield family


FAMILIES: tuple[Family, ...] = tuple(_contrasts())
