"""Counts of parts: drawers, shelves, doors, seats, burners, the pieces of a set, and the languages' words for them."""

import re

import re2

from sku_align.attributes.family import Family
from sku_align.attributes.lexicon import options, words_of
from sku_align.attributes.text import Text

_NUMBERS = {
    word: int(number)
    for number, languages in words_of(__file__, "numbers").items()
    for words in languages.values()
    for word in words.split()
}
_BY_WORD: dict[str, str] = {}
for _noun, _languages in words_of(__file__, "pieces").items():
    for _words in _languages.values():
        for _word in _words.split():
            _BY_WORD.setdefault(_word.strip("*").rstrip(".").replace("_", " "), _noun)
_LATIN = "|".join(sorted((re2.escape(word) for word in _BY_WORD if word.isascii()), key=len, reverse=True))
_CJK = "|".join(sorted((word for word in _BY_WORD if not word.isascii()), key=len, reverse=True))
_SPELLED = "|".join(sorted(word for word in _NUMBERS if word.isascii()))
_COUNT = re2.compile(
    rf"\b(\d{{1,4}}|{_SPELLED})(?:[ -]|er[ -]|[ -]?in[ -]|-ply |\. )?(?:x )?({_LATIN})\b|"
    rf"(\d{{1,2}}|[一二两兩双雙单單三四五六七八])(?:个|個|层|層)?({_CJK})",
    options(),
)
# Pieces that are multiplied are those of one package: "10 packs x 50 pcs", "50 pcs x 4 boxes".
_PACKAGES_BEFORE = re.compile(r"\d\s?[^\W\d]{0,12}\s?[x×*]\s?\Z")
_PACKAGES_BEHIND = re.compile(r"\s?[x×*]\s?\d")
# "5.3 light brown" and "0.5 bar" hold no three lights.
_DECIMAL_BEFORE = re.compile(r"\d[.,]\Z")
_BEFORE = 20
# "12-fach" counts the gears of a bicycle's parts, and the sockets or slots of other things.
_TIMES = "fach"
_GEARED = re.compile(
    r"kette|kassette|ritzel|schaltwerk|schalth|schaltung|umwerfer|kurbel|kettenblatt|fahrrad|e-?bike|\bmtb"
)
# Rolls of paper and tape are no wheels.
_ROLLS = "rollen"
_WHEELED = re.compile(r"koffer|trolley|tasche|gepack|stuhl|sessel|hocker|wagen|container|rollator|spinner")
_IN_NUMBER = re.compile(r"\d[.,-]\Z")
# Signs that count something else in a title about such a thing: the plies and sheets of tissues, the stages of formula,
# eggs, and the "合一速" of an instant "three in one".
_COUNTS_OTHERS = {
    **dict.fromkeys(["层", "層", "抽"], re.compile("[紙纸]|wipes|tissue")),
    **dict.fromkeys(["段", "단"], re.compile("奶粉|配方|粉ミルク|분유")),
    "구": re.compile("란(?![가-힣])|계란|달걀"),
    "速": re.compile("合一速"),
}


def _extract(text: Text) -> set[str]:
    found = set()
    for match in _COUNT.finditer(text.folded):
        if _DECIMAL_BEFORE.search(text.folded, 0, match.start()):
            continue
        if _PACKAGES_BEHIND.match(text.folded, match.end()):
            continue
        if _PACKAGES_BEFORE.search(text.folded, max(0, match.start() - _BEFORE), match.start()):
            continue
        number, latin, digit, cjk = match.groups()
        # Of "10-46 light" and "size 3.5 pieces" the number is no count.
        if number and _IN_NUMBER.search(text.folded, max(0, match.start() - 2), match.start()):
            continue
        if cjk in _COUNTS_OTHERS and _COUNTS_OTHERS[cjk].search(text.folded):
            continue
        if digit and text.folded[match.start() - 1 : match.start()].isdigit():
            continue
        count, word = number or digit, latin or cjk
        if word == _ROLLS and not _WHEELED.search(text.folded):
            continue
        noun = "gears" if word == _TIMES and _GEARED.search(text.folded) else _BY_WORD[word]
        found.add(f"{noun}={_NUMBERS[count] if count in _NUMBERS else int(count)}")
    return found


PIECES = Family(
    "pieces",
    "number of parts",
    rf"{_LATIN}|\d(?:{_CJK})|[一二两兩双雙单單三四五六七八](?:{_CJK})",
    _extract,
    agreement="keyed",
)
FAMILIES = (PIECES,)
