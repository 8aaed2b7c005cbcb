"""Sizes and counts of a title, in base units, whatever the language.

A different size, count or pack is a different product, and text models are nearly blind to digits; so the numbers are
read here, once, with the units of `units.py`. A multipack "6 x 330 ml" gives pack 6 and volume 330, never 1980. `pack`
(packages) and `count` (pieces in one package) are told apart by the counting word; feeds do not always agree on the
word, so whoever compares offers should look at both together.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator

from sku_align.attributes.counting import counted_packs
from sku_align.attributes.measures import COUNTED, Measure, chains, has_number, percent_more, prepare
from sku_align.attributes.units import FLUID_OUNCE, IMPERIAL, OUNCE

_LONE_BEFORE = re.compile(r"(?:^|[\s(（,，、)）/+-])[x×*✕✖X]\s?$")
_LONE_AFTER = re.compile(r"\s?[x×]\s(?=\D)(?!(?:opti|digi|zoom|magni|vergr|faster|speed))", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:$|[)）,，、;|\]】/+-])|\s\d+(?:[.,]\d+)?\s?(?:k?g|[mc]?l)\b")
_SPF = re.compile(r"\b(?:SPF|LSF|FPS|IP)[\s-]?(\d{1,3})\b")
_STRENGTH = re.compile(
    r"(\d{1,2}(?:[.,]\d{1,2})?)\s?(?:%|％|°)\s?(?:vol|alc|abv|酒精|アルコール|fat\b|fett|milk\s?fat|m\.?g\.?\b|grasa|grassi|gordura"
    r"|cacao|cocoa|kakao|可可|カカオ|脂肪)",
    re.IGNORECASE,
)
# A pound printed as 450 g, or a fluid ounce as 30 ml: shops round a converted size by up to this much.
_CONVERTED = 0.04
# A gross: a lone "x 200" is a size or a zoom rather than a package. Chosen by eye.
_MAX_LONE_PACK = 144
_CJK = "\u2e80"
# Inner widths of hoses in millimetres, as shops print them -> the inches that they mean, 1/2 and 5/8.
_HOSE_WIDTHS = {13.0: 12.7, 15.0: 15.875}
_HOSE = re.compile(
    r"\bhoses?\b|hosepipe|schlauch|tuyau (?:d.arrosage|de jardin|souple)|manguei?ra"
    r"|tubo (?:da giardino|(?:per )?irrigazione)|slang|\bw[ąę]ż|letku|软管|軟管|水管|ホース|호스",
    re.IGNORECASE,
)
# Things that may be packages or the pieces of one, and from how many on their number may share out a net weight (fewer
# are mostly packages). Chosen by eye.
_THINGS = re.compile(r"(?<![\d.x×*])(\d{1,3})\s?(?:[件個个](?:装|裝|入)|개입|入)")
_MIN_PIECES = 6


def extract_quantities(title: str, language: str | None = None) -> list[tuple[str, float]]:
    """Read the sizes and counts of a title.

    Args:
        title: Any text; full-width digits and Chinese numerals before a counting word are understood.
        language: BCP 47 tag; tells a decimal comma from a thousands comma, and a Japanese sho from a litre.

    Returns:
        (dimension, value) pairs, sorted; values in the base units of `units.py`. A dimension may hold several values
        ("60 x 90 cm" gives two lengths), equal ones only where they are sides of one thing ("60 x 60 cm"). Mains
        voltages are folded: 220 to 240 V is 230, 100 to 127 V is 110. Of "16 oz (454 g)" the metric size counts, of
        "120 bags (8 x 15)" the total.

    Example:
        >>> extract_quantities("Cola lot de 6 x 33 cl", "fr")
        [('pack', 6.0), ('volume', 330.0)]
    """
    text = prepare(title)
    language = language or ""
    found: set[tuple[str, float]] = set()
    sides: Counter[tuple[str, float]] = Counter()
    worded = {}
    for dimension, value, start in counted_packs(text, language):
        found.add((dimension, value))
        worded[start] = (dimension, value)
    if has_number(text):
        imperial: set[tuple[str, float]] = set()
        products = []
        for chain in chains(text, language):
            if worded and any(part.start in worded for part in chain):
                if len(chain) == 1:
                    continue
                # "5개입 x 8봉": the product counts, not its parts.
                found.difference_update(worded[part.start] for part in chain if part.start in worded)
            if chain[0].dimension is None:
                _mark_lone_multiplier(chain, text)
            sizes = list(_interpret(chain, text))
            sides |= Counter(size for size in sizes if size[0] == "length")
            if len(chain) > 1 and all(part.dimension in COUNTED for part in chain):
                products.append(sizes)
                continue
            found.update(sizes)
            for part in chain:
                if part.factor in IMPERIAL and part.dimension:
                    imperial.add((part.dimension, part.base))
        if products:
            _add_products(found, products)
        if worded:
            _drop_parts(found)
        if imperial:
            _drop_conversions(found, imperial)
        if len(found) == 2 and {dimension for dimension, _ in found} == {"mass", "pack"}:
            _share_net_weight(found, text)
        if "%" in text or "°" in text:
            found.update(("percent", float(number.replace(",", "."))) for number in _STRENGTH.findall(text))
            for base, total in percent_more(text, language):
                found.discard(base)
                found.add(total)
        found.update(("spf", float(number)) for number in _SPF.findall(text))
        widths = {size for size in found if size[0] == "length" and size[1] in _HOSE_WIDTHS}
        if widths and _HOSE.search(text):
            found = found - widths | {(name, _HOSE_WIDTHS[value]) for name, value in widths}
    repeated = (size for size in found for _ in range(max(1, sides[size])))
    return sorted((dimension, round(value, 4)) for dimension, value in repeated if value > 0)


def _add_products(found: set[tuple[str, float]], products: list[list[tuple[str, float]]]) -> None:
    """Add "8 rolls x 15 bags", but not where their product stands beside them: "120 bags (8 x 15)" is 120."""
    totals = {value for dimension, value in found if dimension in COUNTED}
    for sizes in products:
        if not totals or math.prod(value for _, value in sizes) not in totals:
            found.update(sizes)


def _drop_parts(found: set[tuple[str, float]]) -> None:
    """Of "12 packs of 64 (768 wipes)" keep the 768."""
    counts = {value for dimension, value in found if dimension == "count"}
    packs = {value for dimension, value in found if dimension == "pack"}
    for pack in packs:
        for count in counts:
            if pack > 1 and pack * count in counts:
                found -= {("pack", pack), ("count", count)}


def _share_net_weight(found: set[tuple[str, float]], text: str) -> None:
    """Of "7件裝 154克" count seven pieces of 22 g: no package is sold by a weight that is odd but for its pieces."""
    (_, mass), (_, number) = sorted(found)
    shared = mass % 5 and number >= _MIN_PIECES and mass % number == 0
    if shared and any(float(match[1]) == number for match in _THINGS.finditer(text)):
        found.remove(("pack", number))
        found.add(("count", number))


def _drop_conversions(found: set[tuple[str, float]], imperial: set[tuple[str, float]]) -> None:
    """Of a size in two units keep the metric one; ounces beside a volume are fluid ones ("9 oz (260 ml)")."""
    ratio = FLUID_OUNCE / OUNCE
    for size in imperial:
        dimension, value = size
        others = [other for name, other in found if name == dimension and (name, other) not in imperial]
        if dimension == "mass":
            others += [volume / ratio for name, volume in found if name == "volume"]
        if any(math.isclose(value, other, rel_tol=_CONVERTED) for other in others):
            found.discard(size)


def _mark_lone_multiplier(chain: list[Measure], text: str) -> None:
    """Mark a bare "x2" at an end, or "2x " at the start of the title, as a pack."""
    if len(chain) == 1 and chain[0].is_count and chain[0].value <= _MAX_LONE_PACK:
        only = chain[0]
        if (_LONE_BEFORE.search(text, 0, only.start) and _ENDS.match(text, only.end)) or (
            only.start == 0 and _LONE_AFTER.match(text, only.end)
        ):
            only.dimension = "pack"


def share_length(chain: list[Measure]) -> list[int]:
    """Positions of the measured parts, after the numbers of "60 x 90 cm" got the unit of the last."""
    measured = [at for at, part in enumerate(chain) if part.dimension not in COUNTED]
    if len(chain) > 1 and measured and all(chain[at].dimension == "length" for at in measured):
        for at in range(measured[-1]):
            if chain[at].dimension is None:
                following = next(chain[later] for later in measured if later > at)
                chain[at].dimension, chain[at].factor = "length", following.factor
        measured = [at for at, part in enumerate(chain) if part.dimension == "length"]
    return measured


def _interpret(chain: list[Measure], text: str) -> Iterator[tuple[str, float]]:
    measured = share_length(chain)
    for at in measured:
        dimension, value = str(chain[at].dimension), chain[at].base
        yield dimension, _mains(value) if dimension == "voltage" else value
    counters = [part for part in chain if part.is_count]
    if len(chain) == 1:
        if counters and counters[0].dimension:
            yield counters[0].dimension, counters[0].base
        return
    if measured:
        if counters:
            yield "pack", math.prod(part.base for part in counters)
    elif any(part.dimension for part in counters):
        _count_contents(counters, text)
        # One piece word counts what a package holds: the last in "8 rolls x 15 bags", the first in "80枚×3個".
        pieces = [part for part in counters if part.dimension == "count"]
        pieces = pieces[:1] if pieces and text[pieces[0].end - 1] >= _CJK else pieces[-1:]
        packs = [part for part in counters if not any(part is piece for piece in pieces)]
        yield from (("count", part.base) for part in pieces)
        if packs:
            yield "pack", math.prod(part.base for part in packs)


def _count_contents(counters: list[Measure], text: str) -> None:
    """Of "10入 x 2盒" the first counts what a box holds: 入 alone may count packages."""
    inner = [part for part in counters if text[part.number_end : part.end].strip() == "入"]
    if inner and len(inner) < len(counters):
        for part in inner:
            part.dimension = "count"


def _mains(volts: float) -> float:
    if 220 <= volts <= 240:
        return 230.0
    return 110.0 if 100 <= volts <= 127 else volts
