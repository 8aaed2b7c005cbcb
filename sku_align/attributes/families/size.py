"""Size of clothes and shoes: letters, numbers after a word for size, and shoe sizes of other systems in EU sizes."""

import re

from sku_align.attributes.families.target import AGE
from sku_align.attributes.family import Family, named
from sku_align.attributes.text import Text, fold

_SIZE_LETTER = re.compile(r"(?<![A-Za-z0-9])(?:\d?X{0,3}[SL]|M|LL)(?![A-Za-z0-9À-ɏ'’])")
_SIZE = re.compile(
    r"(?:[Ss]ize|Größe|Grösse|Gr\.|[Tt]aille|[Tt]alla|[Tt]aglia|[Tt]amanho|[Mm]aat|[Rr]ozmiar|"
    r"[Kk]oko|サイズ|尺码|尺碼|사이즈)"
    r"\s?[:：]?\s?(?P<a>\d?X{0,3}[SL]|M)(?![\w'’.])"
    r"|(?<![\w.'’-])(?P<b>\d?X{0,3}[SL]|M)(?:码|碼|号|號|サイズ|사이즈)"
    r"|(?:(?<=[(（,/|])\s?|(?<=[–-])\s)(?P<c>\d?X{0,3}[SL]|M)(?=\s?(?:$|[)）,/|]))"
    r"|(?<=\s)(?P<d>\d?X{1,3}[SL]|[SM](?=/[MLX])|L(?=/X))(?![\w'’.-])"
    r"|(?<=[^\d\s.,]\s)(?P<e>[SML])(?=$|,)"
    r"|(?<=[\s(（])(?P<f>LL|[SL](?=寸))(?![\w'’.-])"
)
_NUMBERED = re.compile(
    r"\b(?:size|gr(?:osse|össe|öße)?\.?|taille|pointure|talla|taglia|tg\.?|tamanho|maat|rozmiar|"
    r"rozm\.?|koko|storlek|stl\.?|numero)\s?[:.]?\s?"
    r"(?:(?P<system>eu|uk|us|jp|"
    r"eur)\s?)?(?P<n>\d{1,3}(?:[.,]5)?)(?:/(?P<m>\d{2,3}))?(?![\w.,]|\s?(?:cm|mm|ml|kg|g|l|x|"
    r"pcs)\b)"
    r"|(?:サイズ|尺码|尺碼|사이즈|码数)\s?[:：]?\s?(?P<o>\d{2,3}(?:\.5)?)(?![\d.]|\s?cm)|"
    r"(?<![\d.])(?P<p>\d{2}(?:\.5)?)(?:码|碼|号サイズ|號)(?![a-z])"
    r"|\b(?P<q>eu|uk|us|eur)\s?(?P<r>\d{1,2}(?:[.,]5)?)(?![\w.,])",
    re.IGNORECASE,
)
_OTHER = r"(?:uk|us)\s?\d{1,2}(?:[.,]5)?"
_EU = r"eur?\s?(\d{2}(?:[.,]5)?)"
_BESIDE_EU = re.compile(
    rf"\b(?:{_OTHER}\s?[(/|,=]?\s?)+{_EU}(?![\d.])\)?|\b{_EU}(?:\s?[(/|,=]\s?{_OTHER})+(?![\d.])\)?", re.IGNORECASE
)
# From these numbers on a size without a system is one of the EU: UK and US sizes end below, and centimetres of feet of
# grown-ups, as in Japan and on ski boots, too.
_EU_FROM, _EU_FROM_CHILDREN, _EU_TO = 33, 18, 52
_CENTIMETRES = re.compile(r"(?<![\d.])(2[0-9]|3[0-2])(\.[05])?\s?cm\b")
_SHOES = re.compile(
    r"shoe|sneaker|trainer|boot|runner|running|sandal|slipper|schuh|stiefel|chaussure|basket|"
    r"botte|zapat|bota|scarp|stival|sapat|tenis|schoen|laars|buty|but\b|kenk|sko\b|skor\b"
    r"|鞋|靴|シューズ|スニーカー|ブーツ|サンダル|신발|운동화|부츠|구두|スパイク|トレッキング"
)
# Words of shoes that other things have too: running shorts, a basket, a trainer jacket.
_NOT_ONLY_SHOES = frozenset({"running", "basket", "trainer"})
# UK size n of adults is a last of (n + 25) / 3 inches, and an EU size is two thirds of a centimetre; US men is UK + 1,
# US women UK + 2 (ISO/TS 19407).
_UK_OFFSET, _EU_PER_UK = 25, 2.54 / 3 * 1.5
_CLOTHES = {"6": "34", "8": "36", "10": "38", "12": "40", "14": "42", "16": "44", "18": "46", "20": "48"}
_JAPANESE = {"LL": "XL", "3L": "XXL", "4L": "XXXL", "2XL": "XXL", "3XL": "XXXL", "4XL": "XXXXL", "2L": "XL"}
_LETTERS = re.compile(r"\s*(\d?X{0,4}[SL]|M|LL)\s*\Z", re.IGNORECASE)
_CELL = re.compile(r"\s*(?:(eu|uk|us|eur)\s?)?(\d{1,3}(?:[.,]5)?)\s*\Z", re.IGNORECASE)
_WORDS = re.compile(r"\b(?:x{1,3}[- ]?(?:large|small)|extra[- ](?:large|small)|large|medium|small)\b")
_ONE = re.compile(r"(?:x{1,3}|extra)[- ]?")


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
    shoes = _SHOES.search(text.folded) is not None
    for match in _NUMBERED.finditer(text.folded):
        found |= _converted(*_number_and_system(match), shoes)
    if shoes and "cm" in text.folded:
        for whole, half in _CENTIMETRES.findall(text.folded):
            found.add(_number(round((float(whole + half) * 1.5 + 2) * 2) / 2))
    return found


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
    for_children = any(set(lexicon.values(text)) - {"adults", "seniors"} for lexicon in AGE.lexicons)

    def written(match: re.Match[str]) -> str:
        number, system = _number_and_system(match)
        if match["m"] or (system == "uk" and for_children) or system in ("us", "jp"):
            return match[0]
        value = float(number.replace(",", "."))
        if not system and not (_EU_FROM_CHILDREN if for_children else _EU_FROM) <= value <= _EU_TO:
            return match[0]
        return f"EU {min(_converted(number, system, shoes=True))}"

    return _NUMBERED.sub(written, _BESIDE_EU.sub(lambda match: f"EU {match[1] or match[2]}", title))


def _number_and_system(match: re.Match[str]) -> tuple[str, str]:
    """What a match of `_NUMBERED` says; the system is empty where none is named."""
    number = match["n"] or match["o"] or match["p"] or match["r"]
    return number, (match["system"] or match["q"] or "").lower()


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
    r"\b(?:size|gr|grosse|taille|pointure|talla|taglia|tg|tamanho|maat|rozmiar|rozm|koko|"
    r"storlek|stl|numero|eu|eur|uk|us)\b|サイズ|尺码|尺碼|사이즈|码|碼|号|號"
    r"|\b\d?x{0,3}[sl]\b|\bll\b|\bm\b|2\d(?:\.[05])?\s?cm",
    _extract,
    columns=named(
        "size sizes shoe_size clothing_size grosse schuhgrosse taille pointure talla taglia "
        "tamanho maat rozmiar koko storlek "
        "尺码 尺碼 尺寸 サイズ 사이즈 치수 size_name konfektionsgrosse"
    ),
)
FAMILIES = (SIZE,)
