"""Numbers of a title with the units behind them, those of one product ("2 x 60 x 90 cm") or sum ("4+2 rolls") together.

Both readers of sizes stand on this: `quantities` says what a title states, `spelling` writes it in one form.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from sku_align.attributes.numbers import NUMBER, han_number, is_fraction, number_value
from sku_align.attributes.promotions import without_promotions
from sku_align.attributes.readings import BY_WORD, Place, Unit, read_unit
from sku_align.attributes.text import LATIN, LETTERS, with_ascii_digits
from sku_align.attributes.units import PIECE_ADJECTIVES, unit_of

COUNTED = frozenset({None, "count", "pack"})
_LETTERS = f"{LATIN}{LETTERS}"
# A word behind the number: in a script with spaces up to its end (with a second one: "fl oz", "tea bags", "мА·ч"), else
# some signs, of which the longest unit they begin with counts.
_WORD = re.compile(
    rf"(?:\s{{0,2}}|-)(?:(?P<latin>-?[{_LETTERS}]+(?:[23](?!\d))?[²³]?)(?P<dot>\.?)"
    r"(?P<second>(?<=fl)\.?\s?oz\b\.?|(?<=fl\.)\s?oz\b\.?|(?<=fluid)\s(?:oz|ounces?)\b|(?<=tea)\sbags?\b"
    r"|(?<=sq)\.?\sft\b\.?|(?<=sq\.)\sft\b\.?|(?<=square)\sfeet\b|(?<=[аaт])[·*⋅]ч\b"
    r"|(?<=टी)\sबैग|(?<=chi)\stiết\b)?"
    rf"|(?P<other>[^\s0-9(),;{_LETTERS}][^\sA-Za-z0-9(),;]{{,11}}))",
    re.IGNORECASE,
)
_WORD_WHOLE = re.compile(rf"[{LATIN}]+(?:-[{LATIN}]+)*")
_DESCRIBED = re.compile(rf"(?:\s{_WORD_WHOLE.pattern}){{2,4}}")
_DIGIT_NEXT = re.compile(r"\s?\d")
_WORD_SIGN = re.compile(rf"[{LATIN}\d]")
_PER_UNIT = re.compile(
    r"\s?/\s?(?:m[²2]?|qm|cm[²2]?|s|h|min|l|ml|kg|g|м[²2]?|см[²2]?|с|ч|час|мин|л|мл|кг|г|100)\b", re.IGNORECASE
)
_TIMES = re.compile(r"[缶瓶袋罐盒包裝装入]?\s*[x×*✕✖хX]\s*")
_JOIN = re.compile(r"\s?(?P<slash>/)\s?|\s?[+&]\s?|\s(?:and|und|et|y|e|en|i|och|og|ja)\s")
_PLUS = re.compile(r"\+|\s\+\s")
# "150 sheets x 2 ply": layers are no packages.
_LAYERS = re.compile(
    r"[\s-]?(?:ply|plis?|couches|épaisseurs|lagig|lagen|laags|veli|capas|camadas|warstw\w*|lags|lagers|kerros\w*)\b|\s?(?:层|層|重|겹)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\s?(?:[-–—~〜～]|bis|to|à|až|al?|do|до|đến|ถึง|إلى)\s?")
_SPACED_DASH = re.compile(r"\s[-–—]\s")
# How many times its lower end the upper end of a range may be, without and with room around the dash. Chosen by eye.
_WIDEST, _WIDEST_SPACED = 20, 5
_FREE = re.compile(
    r"\s{0,2}[(（]?\s?(?:free|gratis\w*|kostenlos|offerte?s?|gratuite?s?|gratuit[oi]s?|omaggio|grátis|送|免费|免費|無料|おまけ"
    r"|증정|무료|행사|w cenie|ilmai\w+|kaupan päälle|extra|bonus|dazu|cadeau|zdarma|zadarmo|hediye|ajándék|cadou|δώρο"
    r"|в подарок|бесплатно|безкоштовно|в подарунок|tặng|ฟรี|แถม|مجان[اي]\w*|هدية)",
    re.IGNORECASE,
)
_PERCENT_MORE = re.compile(rf"\s?\+\s?(\d{{1,3}})\s?%{_FREE.pattern}", re.IGNORECASE)
# "22's", and "22s" where it ends a part of the title: shops of Hong Kong, Singapore and Britain count so.
_PLURAL_S = re.compile(r"['’][sS]\b|(?<=\d\d)s(?=\s*(?:$|[),;|\]]))")
_OPENS, _CLOSES = frozenset("([（【"), frozenset(")]）】")
_PAPER = re.compile("[紙纸]|toilet|tissue|bathroom|kitchen|rolls?\\b|papier|papel|ペーパー|휴지|화장지", re.IGNORECASE)
_KEEP = re.compile(r"([½¼¾⅓⅔⅛²³])")
_HAN_COUNT = re.compile(
    r"[一二两兩三四五六七八九十]{1,3}(?=(?:个|個|件|瓶|樽|盒|包|袋|支|枝|片|罐|只|隻|条|條|粒|颗|顆|块|塊|卷|捲|听|聽|杯|桶|入|本|枚|套|点)"
    r"(?:装|裝|套|入|组|組|セット)"
    r"|(?:升|斤|公斤|台斤|打|ダース|合)(?![一-龥]*[一二三1]))"
)
_HAN_HALF = re.compile(r"半(?=斤|升|公斤|打|ダース)")
_DIGITAL = re.compile(r"[\d½¼¾⅓⅔⅛]")
_HALF = re.compile(r"\bhalf[ -](?=(?:gallon|gal|pint|quart|pound|lb|litre|liter)s?\b)", re.IGNORECASE)
# 8' x 10' and 5'6": feet where another foot or inch follows, else an apostrophe.
_FEET = re.compile(
    r"(\d)\s?['′’](?=\s?[x×]\s?\d|\s?\d{1,2}\s?(?:\"|''|″))|(?:(?<=[\d'′’] [x×] )|(?<=[\d'′’][x×]))(\d+)\s?['′’](?!\w)"
)
# Abbreviations hold a quotation mark in Hebrew, or end with an apostrophe (500 מ"ל, 60 יח'); dots in Hindi (मि.ली.).
_IN_ABBREVIATION = re.compile(r"""(?<=[א-ת])(?:["״”]|'')(?=[א-ת])|(?<=[א-ת])['׳’](?![א-ת])|(?<=[ऀ-ॣ])\.(?=[ऀ-ॣ])""")
# Metres and centimetres as Romance shops print them: "2m40", "1 m 80 cm".
_METRES = re.compile(r"(?<![\w.,])(\d)(?:m(\d{2})(?![\w.,])|\s?m\s(\d{2})\s?cm\b)")
_SUB_UNITS = {("mass", 453.592): 28.3495, ("length", 304.8): 25.4}


@dataclass(slots=True)
class Measure:
    """One number: `dimension` is None where no unit follows; `start` to `end` is what it takes up of the text."""

    value: float
    dimension: str | None
    factor: float
    start: int
    end: int
    number_end: int

    @property
    def base(self) -> float:
        """The value in the base unit."""
        return self.value * self.factor

    @property
    def is_count(self) -> bool:
        """Whether it may count packages or pieces."""
        return self.dimension in COUNTED and self.base.is_integer() and 1 <= self.base <= 10_000


def prepare(title: str) -> str:
    """The text that positions of measures refer to: one width of letters, counted numerals as digits, no discounts."""
    text = title
    if not text.isascii():
        if not unicodedata.is_normalized("NFKC", text):
            parts = _KEEP.split(text)
            text = "".join(part if at % 2 else unicodedata.normalize("NFKC", part) for at, part in enumerate(parts))
        text = with_ascii_digits(text)
        text = _IN_ABBREVIATION.sub("", text)
        text = _HAN_HALF.sub("0.5", text)
        text = _HAN_COUNT.sub(lambda match: han_number(match[0]), text)
    if "alf" in text:
        text = _HALF.sub("0.5 ", text)
    text = without_promotions(text)
    if "m" in text and _METRES.search(text):
        text = _METRES.sub(lambda match: f"{match[1]}.{match[2] or match[3]} m", text)
    if ("'" in text or "′" in text or "’" in text) and _FEET.search(text):
        text = _FEET.sub(
            lambda match: f"{match[1] or match[2]} ft" + " " * text[match.end() : match.end() + 1].isdigit(), text
        )
    return text


def has_number(text: str) -> bool:
    """Whether there is anything to measure."""
    return _DIGITAL.search(text) is not None


def chains(text: str, language: str) -> Iterator[list[Measure]]:
    """Measures of a prepared text in their order, those that are multiplied with each other in one list."""
    before: list[Measure] = []
    for chain in _chains(text, language):
        if before:
            _share_unit(text, before, chain)
            yield before
        before = chain
    if before:
        yield before


def _share_unit(text: str, before: list[Measure], chain: list[Measure]) -> None:
    """Give both sizes of a cover and its pillowcases their unit: "240x220/50x60 cm", "135 x 200 + 80 x 80 cm"."""
    last = chain[-1]
    if len(before) > 1 and last.dimension == "length" and all(part.dimension is None for part in before):
        join = _JOIN.fullmatch(text, before[-1].end, chain[0].start)
        if join and (join["slash"] or len(chain) > 1):
            before[-1].dimension, before[-1].factor = last.dimension, last.factor


def _chains(text: str, language: str) -> Iterator[list[Measure]]:
    chain: list[Measure] = []
    for match in NUMBER.finditer(text):
        start = match.start()
        previous = chain[-1] if chain else None
        gap = text[previous.end : start] if previous else ""
        linked = bool(gap) and len(gap) < 8 and _TIMES.fullmatch(gap) is not None
        if linked and _LAYERS.match(text, match.end()):
            continue
        # In "WX100" and "MX 3" the x belongs to a name; in "330mlx6" it multiplies.
        if start > 1 and not linked and text[start - 1] in "xX" and _WORD_SIGN.match(text, start - 2):
            continue
        measure = _measure(text, match, language)
        if measure is None:
            continue
        if previous and not linked and len(gap) < 6:
            if _joined(text, gap, previous, measure, language):
                continue
            if previous.dimension is None and _RANGE.fullmatch(gap):
                _share_range(previous, measure, gap)
        if linked:
            chain.append(measure)
            continue
        if chain:
            yield chain
        chain = [measure]
    if chain:
        yield chain


def _measure(text: str, match: re.Match[str], language: str) -> Measure | None:
    number, (start, end) = match[0], match.span()
    found = unit_behind(text, start, end, number, language)
    if match["ratio"]:
        inexact = found is None or found[0][0] in ("count", "pack") or not is_fraction(number)
        if inexact:
            # Two numbers with a slash: the first has no unit, the second may.
            start = text.index("/", start) + 1
            number = text[start:end]
            found = unit_behind(text, start, end, number, language)
            # "Staples 24/6 box 1000": a first number that is the larger one makes a size, which counts nothing.
            first = match[0].partition("/")[0].strip()
            if found and found[0][0] in COUNTED and first.isdecimal() and int(first) > number_value(number, None, ""):
                found = None
    if found is None:
        if number[0] in ".,":
            return None
        if plural := _PLURAL_S.match(text, end):
            return Measure(number_value(number, None, language), "count", 1, start, plural.end(), end)
        return Measure(number_value(number, None, language), None, 1, start, end, end)
    unit, unit_end = found
    return Measure(number_value(number, unit, language), unit[0], unit[1], start, unit_end, end)


def unit_behind(text: str, start: int, end: int, number: str, language: str) -> tuple[Unit, int] | None:
    """The unit behind a number and where it ends."""
    match = _WORD.match(text, end)
    if match is None:
        return None
    group = "latin" if match["latin"] else "other"
    at = match.start(group)
    for spelling, word in _spellings(match, text):
        meaning = unit_of(word)
        if meaning is None:
            continue
        stop = at + len(spelling)
        if word in BY_WORD:
            place = Place(text, spelling, at, stop, number, at == end, language)
            meaning = read_unit(word, meaning, place)
        if meaning is None or _PER_UNIT.match(text, stop):
            return None
        return meaning, stop
    return _described_pieces(text, end) if match["latin"] else None


def _described_pieces(text: str, end: int) -> tuple[Unit, int] | None:
    """The word for pieces behind some that describe them, as in "60 vegan capsules"."""
    described = _DESCRIBED.match(text, end)
    if described is None:
        return None
    for at, word in enumerate(_WORD_WHOLE.finditer(text, end, described.end())):
        lower = word[0].lower()
        meaning = unit_of(lower) if at else None
        if meaning and meaning[0] == "count":
            return meaning, word.end()
        if lower not in PIECE_ADJECTIVES:
            break
    return None


def _spellings(match: re.Match[str], text: str) -> Iterator[tuple[str, str]]:
    """What may be the unit, the longest first: as printed and as `UNITS` may spell it."""
    if latin := match["latin"]:
        lower = latin.lower()
        if second := match["second"]:
            joined = f"{lower}{match['dot']}{second.lower()}"
            yield latin + match["dot"] + second, re.sub(r"[.\s]+", " ", joined).strip()
        if match["dot"]:
            yield latin + ".", lower + "."
        yield latin, lower
        if lower[0] == "-":
            yield latin, lower[1:]
        if lower[-1] == "x" and _DIGIT_NEXT.match(text, match.end("latin")):
            yield latin[:-1], lower[:-1]
    else:
        other = match["other"]
        for length in range(len(other), 0, -1):
            yield other[:length], other[:length]


def _joined(text: str, gap: str, previous: Measure, measure: Measure, language: str) -> bool:
    """Add "4+2 rolls", "1 kg + 200 g free" and "1 lb 4 oz" up in `previous`; False where the two stay apart."""
    unit = (previous.dimension or "", previous.factor)
    if not gap.strip() and _SUB_UNITS.get(unit) == measure.factor and previous.value.is_integer():
        previous.value += measure.value * measure.factor / previous.factor
    elif (
        _PLUS.fullmatch(gap) and previous.is_count and previous.dimension is None and _is_bonus(text, previous, measure)
    ):
        previous.value, previous.dimension = previous.value + measure.value, "count"
    elif _PLUS.fullmatch(gap) and (_is_sum(previous, measure, language) or _FREE.match(text, measure.end)):
        if previous.dimension is None:
            previous.dimension, previous.factor = measure.dimension, measure.factor
        elif measure.dimension not in (None, previous.dimension):
            return False
        previous.value += measure.value * measure.factor / previous.factor
        if previous.dimension is None:
            previous.dimension = "pack"
    else:
        return False
    previous.end, previous.number_end = measure.end, measure.number_end
    return True


def _is_bonus(text: str, previous: Measure, measure: Measure) -> bool:
    """Whether "(8+2)" in the title of a paper counts rolls or packets, the second number being the bonus."""
    enclosed = text[previous.start - 1 : previous.start] in _OPENS and text[measure.end : measure.end + 1] in _CLOSES
    added = measure.dimension is None and measure.is_count and 2 * measure.value <= previous.value
    return enclosed and added and _PAPER.search(text) is not None


def _is_sum(previous: Measure, measure: Measure, language: str) -> bool:
    # "1+1" alone is how Korean shops print a pair sold as one.
    counted = measure.dimension in ("count", "pack") or (language == "ko" and measure.dimension is None)
    return previous.dimension is None and counted and previous.is_count


def _share_range(previous: Measure, measure: Measure, gap: str) -> None:
    """Give the "4" of "4-9 kg" its unit."""
    ranged = measure.dimension not in (None, "count", "pack", "data", "charge")
    # A dash with room on both sides mostly parts a number of the name from the size: "Penne 73 - 500 g".
    widest = _WIDEST_SPACED if _SPACED_DASH.fullmatch(gap) else _WIDEST
    if ranged and previous.value < measure.value <= widest * previous.value:
        previous.dimension, previous.factor = measure.dimension, measure.factor


def percent_more(text: str, language: str) -> Iterator[tuple[tuple[str, float], tuple[str, float]]]:
    """The size before and after what "500 g + 20% free" adds."""
    if not _PERCENT_MORE.search(text):
        return
    for chain in chains(text, language):
        last = chain[-1]
        more = _PERCENT_MORE.match(text, last.end)
        if more and last.dimension is not None:
            base = last.value * last.factor
            yield (last.dimension, base), (last.dimension, base * (1 + int(more[1]) / 100))
