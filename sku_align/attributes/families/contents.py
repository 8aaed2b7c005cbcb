"""Contents of a set: the body alone, or the thing with something extra; and what a part is made for."""

import re
from collections.abc import Iterable
from pathlib import Path

import re2

from sku_align.attributes.families.beside import of_the_thing
from sku_align.attributes.family import Family
from sku_align.attributes.lexicon import Found, Lexicon, options, words_of
from sku_align.attributes.text import Text
from sku_align.attributes.units import UNITS

_LEXICON = Lexicon(words_of(__file__, "contents"))
# "+ case", "+ dodatkowy pad": a word after a plus sign with room before it; "Vitamin C + Zinc" is a formula, not a set,
# so a thing that is added has more letters than a vitamin and the sign has room on both sides.
_PLUS = re2.compile(r"[^\W\d_]{2,}\W* \+ ?(?:\d{1,2}x? )?\pL{2,}|\d\w* \+ (?:\d{1,2}x? )?\pL{3,}", options())
_FORMULA = re.compile(
    r"vit|zin[ck]|magnes|calci|mineral|omega|iron|eisen|selen|biotin|collagen|(?:audio|video) \+ (?:audio|video)|"
    r"\b[a-z]\d{0,2} \+ [a-z]\d{0,2}\b|\d\s?\+\s?\d"
)
# In brackets counts are the pieces of a set: "5 piece pan set (3 pans + 2 lids)".
_LISTED = re.compile(r"\(\d{1,2} ?[^()+]{2,40}(?: \+ \d{1,2} ?[^()+]{2,40})+\)")


# "18V solo" is a tool without battery; "2x 2,0 Ah" and "mit 2 Akkus" are a kit.
_BARE = re.compile(r"(?:\b\d{2}(?:[.,]\d)?\s?v\b|akku|accu|batter)[^,;|]{0,60}\bsolo\b")
_BATTERIES = re.compile(
    r"\b[1-4]\s?[x×]\s?\d{1,2}(?:[.,]\d)?\s?ah\b"
    r"|\b(?:with|mit|avec|con|com|met|z|med|incl\.?|inkl\.?)\s[1-4](?:\s?x)?\s(?:\d{1,2}(?:[.,]\d)?\s?ah[ -])?"
    r"(?:li[ -]?ion[ -]?)?(?:batter|akku|accu|akumul|bater)"
)
# "Lumeo D40 DSLR body" is a body alone; an aluminium body, or one with a lens, is not.
_BODY = Lexicon(words_of(__file__, "body"))
_SYSTEM_CAMERA = re.compile(
    r"slr\b|mirrorless|spiegel|system[ck]amera|systeemcamera|reflex|hybride|lustrzank|bezlusterk|一眼|ミラーレス|[单單]反|微[单單]"
    r"|미러리스"
)
_CAMERA = re.compile(r"\b(?:foto)?camera\b|\bcamara\b|appareil photo|\baparat|カメラ|相机|相機|카메라")
_LENS = re.compile(r"obje[ck]ti|obiettiv|obiektyw|\blens|\d ?mm\b|\bkit\b|レンズ|镜头|鏡頭|렌즈")
_WITH_LENS = re.compile(
    r"(?:\+|\b(?:with|w/|mit|avec|con|com|met|z|med)\b|[含配付])[^,;|()+]{0,24}?\d{2,3}(?:-\d{2,3})? ?mm\b"
)
# Where packages or pieces are counted, a gift box is what they come in: "250ml*10盒 礼盒装".
_GIFT_BOX = frozenset(["礼盒装", "禮盒裝"])
_COUNTED = re.compile(r"\d\s?[盒瓶樽罐袋包粒颗顆片枚块塊个個件入]")
_CLOSED = re.compile(r"\s*(?:$|[(\[,;|)\]]|\s-\s)")


def _is_body(text: Text) -> bool:
    """Whether the title names the body of a camera for lenses, and no lens."""
    bodies = of_the_thing(text, _BODY.find(text))
    if not bodies or _LENS.search(text.folded):
        return False
    if _SYSTEM_CAMERA.search(text.folded):
        return True
    return _CAMERA.search(text.folded) is not None and _CLOSED.match(text.folded, bodies[-1].end) is not None


def _contents(text: Text) -> set[str]:
    words = list(_LEXICON.find(text))
    if _COUNTED.search(text.folded):
        words = [word for word in words if text.folded[word.start : word.end] not in _GIFT_BOX]
    found = {word.value for word in words}
    if not found and _is_body(text):
        found.add("without extras")
    camera = _SYSTEM_CAMERA.search(text.folded) or _CAMERA.search(text.folded)
    if not found and camera and _WITH_LENS.search(text.folded):
        found.add("with extras")
    listed = _LISTED.sub("", text.folded) if "+" in text.folded else ""
    if not found and "solo" in text.folded and _BARE.search(text.folded):
        found.add("without extras")
    if not found and _BATTERIES.search(text.folded):
        found.add("with extras")
    if not found and "+" in listed and _PLUS.search(listed) and not _FORMULA.search(listed):
        found.add("with extras")
    return found


def _persons() -> set[str]:
    """Words of every language for men, women, children, cats and the like."""
    module = str(Path(__file__).with_name("target.py"))
    tables = (words_of(module, name).values() for name in ("gender", "age", "animal"))
    spelled = (words for table in tables for languages in table for words in languages.values())
    return {word.rstrip("!") for words in spelled for word in words.split()}


def _materials() -> set[str]:
    """Words of every language for what a tool works on or a thing is made of."""
    module = str(Path(__file__).with_name("material.py"))
    table = {name: words for name, words in words_of(module, "material").items() if name != "not"}
    spelled = (words for languages in table.values() for words in languages.values())
    own = words_of(__file__, "no_device")["materials"]["all"]
    return {word.strip("!*") for words in (*spelled, own) for word in words.split()}


FOR_WORDS = Lexicon(words_of(__file__, "fits"))
# What stands behind a dash, a "with" or an "in" is no longer the device: "case for Zento 5 in red - ZC5RED".
_AFTER_FOR = re.compile(
    r"\s*(?P<words>[^,;()|+/]{2,60}?)(?=\s-\s|\s(?:with|w|in|by|from|mit|aus|von|avec|en|con|com|met|z|w|med|kanssa)\b|[,;()|+/]|$)"
)
_DIGITS = re.compile(r"\d+")
_UNSPACED_FOR = re.compile(
    r"(?P<words>[a-z0-9][a-z0-9 .-]{1,40}?)\s?(?:対応|専用|用|适用|適用|전용|호환)|(?:适用于|"
    r"適用於|适用|兼容|适配)\s?(?P<more>[^,，、;()（）|+/]{2,30})"
)
# "for men 24h" and "for kids 3 years" name a person and a measure.
_PERSON = Lexicon({"person": {"": " ".join(_persons())}})
# "for wood", "to 4 players", "ab 8 Jahren": what a tool works on and numbers behind such words are no device.
_NO_DEVICE = Lexicon({"material": {"": " ".join(_materials())}})
_NO_NAMES = frozenset(words_of(__file__, "no_device")["names"]["all"].split())
_FIRST_LETTERS = re.compile("[a-z]+")
_PRODUCT = re.compile(r"\d[x×]\d")
# "Cartridge compatible Inkora 305 for Deskora 2700": the word is a description where the target follows later.
_ADJECTIVES = frozenset({"compatible", "compatibile"})
_MEASURE = re.compile(r"\s?-?[^\W\d_]+")
# "machines 10pcs": two letters at least, since "V5g" and "G14l" are models.
_GLUED = re.compile(r"(?<=[ -]\d)[a-z]{2,}$|(?<=[ -]\d\d)[a-z]{2,}$|(?<=[ -]\d{3})[a-z]{2,}$")
_DEVICE = re.compile(r"[a-z][a-z0-9]*-?\d[a-z0-9]*|\b[a-z]{2,} \d{1,4}[a-z]{0,2}\b|\b[a-z]+[- ][a-z]*\d+[a-z0-9]*")


def _fits(text: Text) -> set[str]:
    """The device that stands after "for": only a target with a model number is one ("for men" is none)."""
    found = set()
    targets = list(FOR_WORDS.find(text))
    if len(targets) > 1:
        targets = [word for word in targets if text.folded[word.start : word.end] not in _ADJECTIVES] or targets
    places = [m["words"] for word in targets if (m := _AFTER_FOR.match(text.folded, word.end))]
    if not text.folded.isascii():
        places += [m["words"] or m["more"] for m in _UNSPACED_FOR.finditer(text.folded)]
    for words in places:
        first = Text.of(words.split()[0], text.language)
        if _PERSON.values(first) or _NO_DEVICE.values(first):
            continue
        for match in _DEVICE.finditer(words):
            letters = _FIRST_LETTERS.match(match[0])
            if (letters and letters[0] in _NO_NAMES) or _PRODUCT.search(match[0]):
                continue
            following = _MEASURE.match(words, match.end())
            glued = _GLUED.search(match[0])
            unit = glued[0] if glued else following[0].strip(" -") if following and match[0][-1].isdigit() else ""
            if unit not in UNITS:
                name = re.sub(r"[ -]", "", match[0])
                found.add(f"{_DIGITS.sub('#', name)}={name}")
    return found


_TO_TARGET = re.compile(r"\s*(?:[^\s,;()|+/]+\s){0,2}")
_UNSPACED_BEHIND = re.compile(r"\s?(?:用|専用|対応|용|전용)")


def is_target(text: Text, word: Found) -> bool:
    """Whether a word names what the thing is made for: "staples for staplers", "ホッチキス用"."""
    if _UNSPACED_BEHIND.match(text.folded, word.end):
        return True
    before = [each.end for each in FOR_WORDS.find(text) if each.end <= word.start]
    return bool(before) and _TO_TARGET.fullmatch(text.folded, before[-1], word.start) is not None


def is_made_for(targets: Iterable[str], models: Iterable[str]) -> bool:
    """Whether something is made for a device.

    Args:
        targets: Values of `fits`, such as "velop#=velop9".
        models: Values of `model` of the device, such as "p#=p9".
    """
    codes = tuple(_code(model) for model in models)
    return any(_code(target).endswith(codes) for target in targets)


def names_target(targets: Iterable[str], folded: str) -> bool:
    """Whether a folded title names a device that something is made for: "Velto 12 smartphone" for "velto#=velto12"."""
    squeezed = folded.replace(" ", "").replace("-", "")
    for target in map(_code, targets):
        end = squeezed.find(target) + len(target)
        if end >= len(target) and not squeezed[end : end + 1].isdigit():
            return True
    return False


def _code(value: str) -> str:
    """A name without its key and spaces: "galaxion #=galaxion 14" is one word after a "for"."""
    return value.partition("=")[2].replace(" ", "")


# A shop that writes "and" or "with" where the other writes "+" names the extra in words that no list holds.
_JOINED = (
    r"&|\+|\b[cw]/|\b(?:and|with|on|auf|und|mit|samt|inkl|et|avec|y|con|e|com|en|met|plus|i|oraz|z|ja|seka|och|med|m)\b"
    r"|\bkits?\b|[とや和与與및]|付|つき|セット|带|帶|配|포함|세트"
)
# An accessory that names the consoles and systems it works with is none of them.
_WORKS_WITH = (
    r"(?:\b(?:for|fur|pour|para|per|voor|dla|do|till|[ck]ompat\w*)\b|适用|適用|兼容).*"
    r"(?:\bps ?[345]\b|playstation|xbox|switch)"
    r"|(?:\bps ?[345]|playstation|xbox|switch).{0,20}(?:対応|専用|用|호환|전용)"
)
CONTENTS = Family(
    "contents",
    "what is in the box",
    r" \+ ?[\pL\d]|\bsolo\b|\dah\b|\d ah\b|\b[1-4] ?x? ?(?:batter|akku|accu|akumul|bater)"
    r"|slr\b|mirrorless|spiegelreflex|systemkamera|一眼|[单單]反|미러리스",
    _contents,
    lexicons=(_LEXICON, _BODY),
    one_sided="always",
    unless=_JOINED,
)
FITS = Family(
    "fits",
    "made for",
    "対応|専用|用|适用|適用|兼容|适配|전용|호환",
    _fits,
    agreement="keyed",
    lexicons=(FOR_WORDS,),
    one_sided="its model",
    unless=_WORKS_WITH,
)
FAMILIES = (CONTENTS, FITS)
