"""Size of clothes, shoes and bras: letters, numbers after a word for size, and other systems in sizes of the EU."""

import re
from collections.abc import Iterator

from sku_align.attributes.families.target import for_children
from sku_align.attributes.family import Family, named
from sku_align.attributes.text import Text, fold

_SIZE_LETTER = re.compile(r"(?<![A-Za-z0-9])(?:\d?X{0,3}[SL]|M|LL)(?![A-Za-z0-9À-ɏ'’])")
_SIZE = re.compile(
    r"(?:[Ss]ize|[Gg]röße|[Gg]rösse|Gr\.|[Tt]aille|[Tt]alla|[Tt]aglia|[Tt]g\.|[Tt]amanho|[Mm]aat|[Rr]ozmiar|[Rr]ozm\.|"
    r"[Kk]oko|[Ss]torlek|[Ss]tl\.?|[Ss]tørrelse|[Ss]tr\.?|\b[Ss]z\.?|[Ff]rame|[Rr]ama|[Rr]unko|[Cc]adre|[Tt]elaio|[Cc]uadro|"
    r"[Uu]kuran|[Ss]aiz|[Μμ]έγεθος|[Νν]ούμερο|مقاس|قياس|מידה|साइज|ไซส์|ไซซ์|サイズ|フレーム|尺码|尺碼|사이즈|프레임)"
    r"\s?[:：]?\s?(?P<a>\d?X{0,3}[SL]|M)(?![\w'’.])"
    r"|(?<![\w.'’-])(?P<b>\d?X{0,3}[SL]|M)(?:码|碼|号|號|サイズ|사이즈)"
    r"|(?:(?<=[(（,/|])\s?|(?<=[–-])\s)(?P<c>\d?X{0,3}[SL]|M)(?=\s?(?:$|[)）,/|]))"
    r"|(?<=\s)(?P<d>\d?X{1,3}[SL]|[SM](?=/[MLX])|L(?=/X))(?![\w'’.-])"
    r"|(?<=[^\d\s.,]\s)(?P<e>[SML])(?=$|,|\s\(?\d{2}\s?[-–]\s?\d{2}(?!\d))"
    r"|(?<=[\s(（])(?P<f>LL|[SL](?=寸))(?![\w'’.-])"
)
# Small, medium and large begin with other letters in Brazil ("P", "GG") and Mexico ("CH", "EG"); single ones count
# behind a word for size or at the end.
_IBERIAN = {
    "pt": {"PP": "XS", "P": "S", "G": "L", "GG": "XL"},
    "es": {"ECH": "XS", "CH": "S", "G": "L", "EG": "XL", "XG": "XL", "EEG": "XXL"},
}
_IBERIAN_SIZE = re.compile(
    r"(?:\b(?i:tamanho|tam\.?|talla|t\.)\s?|(?<=[^\W\d]\s)(?=\w+$))(?P<a>[PG]|PP|GG|E?CH|[EX]G|EEG)(?![\w'’])"
)
_FOR_CHILDREN = r"(?:\s(?:child(?:ren)?|kids?|infant|junior)(?:['’]?s)?)?"
_NUMBERED = re.compile(
    r"\b(?:(?<!king[ -])(?<!queen[ -])(?<!full[ -])size|sz\.?|gr(?:osse|össe|öße)?\.?|taille|pointure|talla|taglia"
    r"|tg\.?|tamanho|maat|rozmiar|rozm\.?|koko|storlek|stl\.?|st(?:ø|o)rrelse|str\.|numero|ukuran|saiz|μεγεθοσ|νουμερο|مقاس|قياس|מידה"
    r"|(?<!किंग )(?<!क्वीन )साइज)"
    r"\s?[:.]?\s?"
    rf"(?:(?P<system>eu|uk|us|jp|eur){_FOR_CHILDREN}\s?)?(?P<n>\d{{1,3}}(?:[.,]5)?)(?:/(?P<m>\d{{2,3}}))?"
    r"(?:\s?(?P<behind>eu|uk|us|jp|eur)\b)?(?![\w.,]|\s?(?:cm|mm|ml|kg|g|l|x|×|"
    r"pcs|inci|سم|بوصة|ס|εκ|इंच)\b)"
    r"|(?:サイズ|尺码|尺碼|사이즈|码数|ไซส์|ไซซ์|เบอร์)\s?[:：]?\s?(?P<o>\d{2,3}(?:\.5)?)"
    r"(?![\d.]|\s?(?:cm|[枚片个個本包袋张張매개입팩x×]|ซม|นิ้ว|ฟุต))|"
    r"(?<![\d.])(?P<p>\d{2}(?:\.5)?)(?:码|碼|号サイズ|號)(?![a-z])"
    rf"|\b(?P<q>eu|uk|us|eur){_FOR_CHILDREN}\s?(?P<r>\d{{1,2}}(?:[.,]5)?)(?![\w.,])",
    re.IGNORECASE,
)
# "36.5 EU" of a shoe; elsewhere "2 EU" may count plugs.
_SYSTEM_BEHIND = re.compile(r"(?<![\w.,])(\d{1,2}(?:[.,]5)?)\s?(eur?|uk|us)\b")
_OTHER = r"(?:uk|us)\s?\d{1,2}(?:[.,]5)?"
_EU = r"eur?\s?(\d{2}(?:[.,]5)?)"
_BESIDE_EU = re.compile(
    rf"\b(?:{_OTHER}\s?[(/|,=]?\s?)+{_EU}(?![\d.])\)?|\b{_EU}(?:\s?[(/|,=]\s?{_OTHER})+(?![\d.])\)?", re.IGNORECASE
)
# From these numbers on a size without a system is one of the EU: UK and US sizes end below, and centimetres of feet of
# grown-ups, as in Japan and on ski boots, too.
_EU_FROM, _EU_FROM_CHILDREN, _EU_TO = 33, 18, 52
_CENTIMETRES = re.compile(r"(?<![\d.])(2[0-9]|3[0-2])(\.[05])?\s?cm\b")
# Ski boots are sized in centimetres of the foot without saying so ("MP 27,5", "27.5").
_SKI_BOOTS = re.compile(
    r"ski[ -]?boot|ski-?schuh|ski-?stiefel|chaussures? de ski|botas? de esqui|scarponi? (?:da )?sci|botas? de ski"
    r"|skischoen|buty narciarskie|laskettelumono|pjax|skistovl|スキーブーツ|스키\s?부츠|滑雪鞋|雪鞋"
)
_MONDO = re.compile(
    r"(?<![\d.,])(?:(?:mp|mondo(?:point)?)\s?(?P<whole>2[0-9]|3[0-2])(?P<half>[.,][05])?"
    r"|(?P<a>2[0-9]|3[0-2])(?P<b>[.,][05]))(?![\d.,]|\s?cm)"
)
_SHOES = re.compile(
    r"shoe|sneaker|trainer|boot|runner|running|sandal|slipper|schuh|stiefel|chaussure|basket|"
    r"botte|bottine|welly|wellies|wellington|loafer|mocassin|zapat|bota|scarp|stival|sapat|tenis|schoen|laars|buty|but\b|kenk|saappa|stovle|sko\b|skor\b"
    r"|鞋|靴|シューズ|スニーカー|ブーツ|サンダル|신발|운동화|부츠|구두|スパイク|トレッキング"
)
# Words of shoes that other things have too: running shorts, a basket, a trainer jacket.
_NOT_ONLY_SHOES = frozenset({"running", "basket", "trainer"})
# UK size n of adults is a last of (n + 25) / 3 inches, and an EU size is two thirds of a centimetre; US men is UK + 1,
# US women UK + 2 (ISO/TS 19407).
_UK_OFFSET, _EU_PER_UK = 25, 2.54 / 3 * 1.5
# A child's shoe of UK size n is a last of n / 3 + 4 inches, so that size 1 of adults follows size 13; the US count half
# a size to one size more. Juniors wear sizes of adults up to 7.
_CHILDREN_UP_TO, _US_CHILDREN, _JUNIORS_UP_TO = 13, (0.5, 0.75, 1), 7
_CLOTHES = {"6": "34", "8": "36", "10": "38", "12": "40", "14": "42", "16": "44", "18": "46", "20": "48"}
_JAPANESE = {"LL": "XL", "3L": "XXL", "4L": "XXXL", "2XL": "XXL", "3XL": "XXXL", "4XL": "XXXXL", "2L": "XL"}
_LETTERS = re.compile(r"\s*(\d?X{0,4}[SL]|M|LL)\s*\Z", re.IGNORECASE)
_CELL = re.compile(r"\s*(?:(eu|uk|us|eur)\s?)?(\d{1,3}(?:[.,]5)?)\s*\Z", re.IGNORECASE)
_WORDS = re.compile(r"\b(?:x{1,3}[- ]?(?:large|small)|extra[- ](?:large|small)|large|medium|small)\b")
# In a title "large" alone is a size of many things; with crosses before it it is one of clothes.
_SPELLED = re.compile(r"\bx{1,3}-(?:large|small)\b")
_ONE = re.compile(r"(?:x{1,3}|extra)[- ]?")
_BRAS = (
    r"\bbras?\b|\bbralettes?\b|brassiere|bh\b|soutien|sujetador|reggisen|sutia|biustonosz|rintaliiv|bustier"
    r"|ブラ(?:ジャー|$|\s)|브라|文胸|胸罩"
)
_BRA = re.compile(_BRAS)
_CUP = re.compile(
    r"(?<![\w.,])(?P<band>[1-7]|[2-4][02468]|[6-9][05]|1[0-2][05])[ -]?(?P<cup>aa|bb|ddd?|ff|gg|[a-k])(?![\w'])"
    r"|(?<![a-z0-9])(?P<first>aa|[a-i])(?P<behind>[6-9][05]|1[01][05])(?!\d)"
)
# Cups as the EU counts them, and as the UK does; in other countries and from D on shops use either.
_EU_CUPS = ("aa", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k")
_UK_CUPS = ("aa", "a", "b", "c", "d", "dd", "e", "f", "ff", "g", "gg", "h")
_OTHER_CUPS = {"bb": "c", "dd": "e", "ddd": "f"}
# A French or Spanish band is 15 more than one of the EU; the UK and the US count inches, and 34 is 75; Italy counts
# from 1, and 3 is 75 (EN 13402-3 and the tables of shops).
_FRENCH, _FRENCH_FROM, _ITALIAN_FIRST = 15, 80, 60


def _extract(text: Text) -> set[str]:
    found: set[str] = set()
    if text.cell:
        if letters := _LETTERS.match(text.nfkc):
            return {_letter(letters[1])}
        if number := _CELL.match(text.folded):
            return _converted(number[2], number[1] or "", shoes=False)
        words = _WORDS.match(text.folded)
        if words and words.end() == len(text.folded.strip()):
            return {_word(words[0])}
    if _SIZE_LETTER.search(text.nfkc):
        found.update(_letter(_group(match)) for match in _SIZE.finditer(text.nfkc))
    if meanings := _IBERIAN.get(text.language):
        own = (meanings.get(match["a"]) for match in _IBERIAN_SIZE.finditer(text.nfkc))
        found.update(size for size in own if size)
    found.update(map(_word, _SPELLED.findall(text.folded)))
    shoes = _SHOES.search(text.folded) is not None
    numbered = [_number_and_system(match) for match in _NUMBERED.finditer(text.folded)]
    if shoes:
        numbered += _SYSTEM_BEHIND.findall(text.folded)
    children = bool(numbered) and for_children(text)
    for size, system in numbered:
        found |= _of_child(size, system) if children else _converted(size, system, shoes)
        if text.language == "en" and not (system or shoes or children) and size in _CLOTHES:
            # British shops say "size 14" without the system.
            found.add(_CLOTHES[size])
    if shoes and "cm" in text.folded:
        found.update(_of_foot(float(whole + half)) for whole, half in _CENTIMETRES.findall(text.folded))
    if _SKI_BOOTS.search(text.folded):
        for whole, half, other, its_half in _MONDO.findall(text.folded):
            found.add(_of_foot(float((whole or other) + (half or its_half).replace(",", "."))))
    if _BRA.search(text.folded):
        found.update(own for match in _CUP.finditer(text.folded) for own in _of_bra(match, text.language))
    return found


def is_of_bra(code: str, folded: str) -> bool:
    """Whether a code of a folded title is a band and a cup, as "75b" of a bra is."""
    return _BRA.search(folded) is not None and _CUP.fullmatch(code) is not None


def _of_bra(match: re.Match[str], language: str) -> Iterator[str]:
    """A band and a cup as the EU counts them; where shops count in two ways, in both."""
    band, cup = int(match["band"] or match["behind"]), match["cup"] or match["first"]
    cups = {_OTHER_CUPS.get(cup, cup)}
    if band <= 7:
        if language != "it":
            return
        band = _ITALIAN_FIRST + 5 * band
    elif band < 50:
        band = 75 + (band - 34) // 2 * 5
        cups |= {_EU_CUPS[_UK_CUPS.index(cup)]} if cup in _UK_CUPS else set()
    bands = {band}
    if band >= _FRENCH_FROM and match["band"] and int(match["band"]) >= _FRENCH_FROM:
        if language in ("fr", "es"):
            bands = {band - _FRENCH}
        elif language == "en":
            bands.add(band - _FRENCH)
    yield from (f"{one}{letter.upper()}" for one in bands for letter in cups)


def _of_foot(centimetres: float) -> str:
    """The EU size of a foot."""
    return _number(round((centimetres * 1.5 + 2) * 2) / 2)


def in_eu_sizes(title: str) -> str:
    """Write the sizes of shoes as EU sizes, "UK 8" and "Gr. 42" as "EU 42"; where that is not certain, as they are.

    US sizes differ between men and women, and UK sizes begin anew behind those of children.

    Args:
        title: A title in NFKC form.

    Example:
        >>> in_eu_sizes("Hiking boot Stapfina UK 9.5 (EU 44)")
        'Hiking boot Stapfina EU 44'
    """
    if not _NUMBERED.search(title):
        return title
    folded = fold(title)
    if _NOT_ONLY_SHOES.issuperset(_SHOES.findall(folded)):
        return title
    text = Text(title, folded)
    children = for_children(text)

    def written(match: re.Match[str]) -> str:
        number, system = _number_and_system(match)
        if match["m"] or (system == "uk" and children) or system in ("us", "jp"):
            return match[0]
        value = float(number.replace(",", "."))
        if not system and not (_EU_FROM_CHILDREN if children else _EU_FROM) <= value <= _EU_TO:
            return match[0]
        return f"EU {min(_converted(number, system, shoes=True))}"

    return _NUMBERED.sub(written, _BESIDE_EU.sub(lambda match: f"EU {match[1] or match[2]}", title))


def _number_and_system(match: re.Match[str]) -> tuple[str, str]:
    """What a match of `_NUMBERED` says; the system is empty where none is named."""
    number = match["n"] or match["o"] or match["p"] or match["r"]
    return number, (match["system"] or match["behind"] or match["q"] or "").lower()


def _letter(letters: str) -> str:
    upper = letters.upper()
    return _JAPANESE.get(upper, upper)


def _word(words: str) -> str:
    crosses = "X" * (words.count("x") if words.startswith("x") else 1) if _ONE.match(words) else ""
    return crosses + {"e": "L", "l": "S", "m": "M"}[words[-1]]


def _converted(number: str, system: str, shoes: bool) -> set[str]:
    """A size in EU numbers; where shoes and clothes count differently and neither is named, both."""
    value = float(number.replace(",", "."))
    if system == "uk" and value <= 16:
        sizes = {_of_uk(value)}
        return sizes if shoes or number not in _CLOTHES else sizes | {_CLOTHES[number]}
    if system == "us" and value <= 17:
        return {_of_uk(value - step) for step in (1, 2)}
    return {_number(value)}


def _of_child(number: str, system: str) -> set[str]:
    """A size of a child's shoe in EU numbers; where the numbers of children and of adults are the same, both."""
    value = float(number.replace(",", "."))
    if system not in ("uk", "us"):
        return _converted(number, system, shoes=True)
    found = set()
    if value <= _CHILDREN_UP_TO and system == "uk":
        size = _of_uk(value - _CHILDREN_UP_TO)
        found = {size, _number(int(float(size) + 0.5))}
    elif value <= _CHILDREN_UP_TO:
        found = {_of_uk(value - step - _CHILDREN_UP_TO) for step in _US_CHILDREN}
    return found | (_converted(number, system, shoes=True) if value <= _JUNIORS_UP_TO else set())


def _of_uk(size: float) -> str:
    """The EU size nearest to a UK size of adults."""
    return _number(round(2 * (size + _UK_OFFSET) * _EU_PER_UK) / 2)


def _number(value: float) -> str:
    return f"{value:g}"


def _group(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group is not None)


SIZE = Family(
    "size",
    "size",
    r"\b(?:size|sz|gr|grosse|taille|pointure|talla|taglia|tg|tamanho|maat|rozmiar|rozm|koko|"
    r"storlek|stl|storrelse|str|numero|ukuran|saiz|eu|eur|uk|us)\b|\d(?:eu|uk|us)\b"
    r"|μεγεθοσ|νουμερο|مقاس|قياس|מידה|साइज|ไซส์|ไซซ์|เบอร์|サイズ|尺码|尺碼|사이즈|码|碼|号|號"
    r"|\b(?:pp?|gg?|e?ch|[ex]g|eeg)$|\b(?:tam|t\.)"
    r"|\b\d?x{0,3}[sl]\b|\bll\b|\bm\b|\bx-(?:large|small)|xx-|2\d(?:\.[05])?\s?cm"
    rf"|{_BRAS}|{_SKI_BOOTS.pattern}",
    _extract,
    columns=named(
        "size sizes shoe_size clothing_size grosse schuhgrosse taille pointure talla taglia "
        "tamanho maat rozmiar koko storlek "
        "尺码 尺碼 尺寸 サイズ 사이즈 치수 size_name konfektionsgrosse"
    ),
)
FAMILIES = (SIZE,)
