"""Edition: keyboard layout, language, binding or medium, platform, operating system, volume of a series, version."""

import re

import re2

from sku_align.attributes.family import Family, lexical, named
from sku_align.attributes.lexicon import Lexicon, options, words_of
from sku_align.attributes.text import Text

_EDITION = [
    "edition!",
    "edition",
    "version",
    "ausgabe",
    "fassung",
    "edicion",
    "edizione",
    "edicao",
    "editie",
    "uitgave",
    "wydanie",
    "wersja",
    "painos",
    "utgava",
    "versione",
    "versao",
    "versie",
]


def _languages() -> dict[str, dict[str, str]]:
    """ "Spanish edition", "edizione italiana", "polska wersja": a language counts only beside a word for edition."""
    table: dict[str, dict[str, str]] = {}
    for language, words in words_of(__file__, "language").items():
        spelled = []
        for word in words["names"].split():
            if not word.isascii():
                spelled.append(word + "版")
                continue
            stem = word.rstrip("*")
            spelled += [f"{stem}_{edition}" for edition in _EDITION] if stem == word else []
            spelled += [f"{edition}_{word}" for edition in _EDITION if not edition.endswith("!")]
        table[language] = {"": " ".join(word.rstrip("!") for word in spelled)}
    return table


_VOLUME = re2.compile(
    r"\b(?:tomes?|bande?|volumes?|vol|tomo|volumen|deel|tom|osa|del|parte|part|teil|czesc|"
    r"episode|book|livre|buch|libro|bok|kirja)"
    r"[ .:#]*(?:n[o°.]?\s?)?(\d{1,3}|[ivx]{1,5})\b|第\s?(\d{1,3}|"
    r"[一二三四五六七八九十]{1,3})\s?[巻卷册冊部話集]|(\d{1,3})\s?[巻卷册冊](?:\b|$|[^数])|"
    r"(\d{1,3})권"
    # A series on DVD: "season 2", "2. Staffel".
    r"|\b(?:seasons?|staffel|saison|temporada|stagione|seizoen|sezon|kausi|sasong)[ .:#]*(\d{1,2})\b"
    r"|\b(\d{1,2})(?:\.|nd|rd|th|e|a|ª)? ?(?:season|staffel|saison|temporada|stagione|seizoen|sezon|kausi|sasong)\b"
    r"|第\s?(\d{1,2}|[一二三四五六七八九十]{1,2})\s?(?:季|シーズン)|(?:シーズン|시즌)\s?(\d{1,2})",
    options(),
)  # fmt: skip
# Japanese shops print the volume of a series of books in brackets: 長い畑（3）.
_BRACKETED = re.compile(r"(?<=[぀-ヿ㐀-鿿])\s?\((\d{1,3})\)(?=\s|$|[\[(【])")
_ROMAN = {
    "i": 1,
    "ii": 2,
    "iii": 3,
    "iv": 4,
    "v": 5,
    "vi": 6,
    "vii": 7,
    "viii": 8,
    "ix": 9,
    "x": 10,
    "xi": 11,
    "xii": 12,
}
_HAN = {digit: number for number, digit in enumerate("一二三四五六七八九十", start=1)}
# What comes in rolls, which 卷 counts as well: paper, tape, film, cloth.
_ROLLED = re.compile("[紙纸膠胶帶带膜布線线袋]")


def _volumes(text: Text) -> set[str]:
    found = set()
    for match in _VOLUME.finditer(text.folded):
        if match[0].endswith("卷") and match[0][0] != "第" and _ROLLED.search(text.folded):
            continue
        number = next(group for group in match.groups() if group)
        if number.isascii() and number.isdigit():
            found.add(str(int(number)))
        elif number in _ROMAN or number in _HAN:
            found.add(str(_ROMAN.get(number) or _HAN[number]))
    if not found and text.language == "ja":
        found.update(str(int(number)) for number in _BRACKETED.findall(text.folded))
    return found


# Covers of one album or figure: "A ver.", "Version B", 初回限定盤A.
_LETTERED = re2.compile(
    r"(?:^|[\s(\[【/])([a-e])[ -]?(?:ver\b|盤|版(?:$|[^本])|버[전젼])"
    r"|(?:^|[\s(\[【/])([abde])[ -]version\b"
    r"|(?:\bver\.?|\bversion|限定盤|通常盤|버[전젼])[ -]?([a-e])(?:$|[^a-z])",
    options(),
)


def _letters(text: Text) -> set[str]:
    return {(match[1] or match[2] or match[3]).upper() for match in _LETTERED.finditer(text.folded)}


_MEDIUM = Lexicon(words_of(__file__, "medium"))
_DISC = frozenset({"CD", "DVD", "Blu-ray", "4K"})
# "Blu-ray Disc Player", "lecteur Blu-ray", "DVD/CD playback": what plays discs is none.
_PLAYS = re2.compile(
    r"(?:blu[ -]?ray|dvd|ブルーレイ|ディスク|蓝光|藍光|블루레이)(?:[ /+&-]*(?:discs?|disk|dvd|cd|3d|4k|ultra|hd|uhd|rw?"
    r"|rom|vcr|vhs|hdd|portable|multi|super|combo|home|media|光盘))*[ /-]*(?:player|recorder|writer|burner|drive"
    r"|playback|combo|theat|heimkino|brenner|laufwerk|rekorder|speler|brander|spelare|soitin|system|tuner|receiver"
    r"|プレ[ー-]?[イヤ]|レコーダ|ドライブ|播放|刻录|燒錄|录|光驱|플레이어|드라이브|홈시어터)"
    r"|(?:lecteur|graveur|enregistreur|reproductor|grabador\w*|lettore|masterizzatore|leitor|gravador|odtwarzacz"
    r"|nagrywark\w|naped|regrabadora|home cinema)(?: (?:de|per|di|portable|portatil|portatile|przenosny|dysk\w*"
    r"|disques?|discos?))*[ /-](?:blu[ -]?ray|dvd|cd\b)",
    options(),
)


# "Night Shift [CD]", "Night Shift 2 CD": the bare letters count in brackets and at the end, where nothing joins them.
_BARE_CD = re.compile(r"[\[(]\s?(?:\d\s?)?cds?\s?[\])]|(?P<before>[^\s+&/]+) (?:\d\s?)?cds?\s*$")
_JOINED_CD = re.compile(
    r"and|with|und|mit|et|avec|y|con|e|i|com|en|met|z|med|och|plus|in[ck]l\.?|for|fur|pour|per|para|voor|mp3|audio"
)


def _media(text: Text) -> set[str]:
    found = _MEDIUM.values(text)
    if not found and (bare := _BARE_CD.search(text.folded)) and not _JOINED_CD.fullmatch(bare["before"] or ""):
        found.add("CD")
    if not text.cell and not _DISC.isdisjoint(found) and _PLAYS.search(text.folded):
        found -= _DISC
    return found


LAYOUT = lexical("layout", "keyboard layout", words_of(__file__, "layout"))
LANGUAGE = lexical("language", "language edition", _languages())
MEDIUM = Family(
    "medium",
    "binding or medium",
    r"\bcds?\b",
    _media,
    lexicons=(_MEDIUM,),
    columns=named("binding medium einband reliure encuadernacion 装帧 装丁 제본"),
)
PLATFORM = lexical(
    "platform",
    "platform",
    words_of(__file__, "platform"),
    columns="platform plattform plateforme plataforma piattaforma 平台 プラットフォーム 플랫폼",
)
SYSTEM = lexical("system", "operating system", words_of(__file__, "system"))
VOLUME = Family(
    "volume_number",
    "volume",
    r"\b(?:tom|band|vol|deel|osa|del|part|teil|czesc|episode|book|livre|buch|libro|bok|"
    r"kirja)[a-z]*[ .:#]*(?:n[o°.]?\s?)?[\divx]|[巻卷册冊部話集권季]"
    r"|\(\d{1,3}\)|season|staffel|saison|temporada|stagione|seizoen|sezon|kausi|sasong|シーズン|시즌",
    _volumes,
)
LETTERED = Family(
    "version_letter",
    "version",
    r"[a-e][ -]?(?:ver|盤|版|버)|(?:ver\.?|version|盤|버[전젼])[ -]?[a-e]",
    _letters,
)
FAMILIES: tuple[Family, ...] = (LAYOUT, LANGUAGE, MEDIUM, PLATFORM, SYSTEM, VOLUME, LETTERED)
