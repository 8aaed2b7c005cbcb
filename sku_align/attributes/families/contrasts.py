"""Contrasts: words of one kind that exclude each other, such as day cream and night cream, or oven and microwave.

Every table of the TOML files in `contrasts/`, one file per domain, is a family of its own: value -> language -> words,
and in the table itself, where its absence tells ("dimmable"), `silence = "always"` and `unless`, a pattern that excuses
it; where people call it otherwise `words`, and where a column of feeds holds it `columns`; `beside = "ignored"` where
what stands behind a "with" counts only if nothing else does ("sofa with footstool"), and `target = "ignored"` where
what stands behind a "with" or a "for" does ("staples for staplers"). With `about`, a pattern over the folded title, the
words under `about` of its values count too where the title matches and says nothing surer ("quartz" of a watch). With
`agreement = "keyed"` one table holds many contrasts as values "key=value" ("tea=green", "cut=wing"), each compared by
itself. A new contrast is a table and needs no code.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from sku_align.attributes.families.beside import named_of_the_thing, of_the_thing
from sku_align.attributes.families.contents import is_target
from sku_align.attributes.family import Family, lexical
from sku_align.attributes.lexicon import Lexicon, tables
from sku_align.attributes.text import Text

FOLDER = Path(__file__).with_suffix("")
_ABOUT = "about"


def _contrasts() -> Iterator[Family]:
    for file in sorted(FOLDER.glob("*.toml")):
        for name, table in tables(file).items():
            values = {value: dict(languages) for value, languages in table.items() if isinstance(languages, dict)}
            bare = {value: {"": words.pop(_ABOUT)} for value, words in values.items() if _ABOUT in words}
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
            if options.get("target") == "ignored":
                family = replace(family, extract=partial(_named_itself, family.lexicons[0]))
            if bare:
                lexicon = Lexicon(bare)
                about = partial(_about, family.extract, lexicon, re.compile(options[_ABOUT]))
                family = replace(family, extract=about, lexicons=(*family.lexicons, lexicon))
            yield family


def _named_itself(lexicon: Lexicon, text: Text) -> set[str]:
    """What the words mean that stand behind no "with" and no "for"; where there is none, what all mean."""
    words = list(lexicon.find(text))
    own = [word for word in of_the_thing(text, words) if not is_target(text, word)]
    return {word.value for word in own or words}


def _about(
    extract: Callable[[Text], Iterable[str]], bare: Lexicon, pattern: re.Pattern[str], text: Text
) -> Iterable[str]:
    """What a family reads, or else what words mean that count only in titles about its things."""
    found = extract(text)
    if found:
        return found
    words = bare.values(text)
    return words if words and (text.cell or pattern.search(text.folded)) else ()


FAMILIES: tuple[Family, ...] = tuple(_contrasts())
