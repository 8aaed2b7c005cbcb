"""Text, language tags and times of a feed in one form."""

import html
import re
import unicodedata
from datetime import UTC, datetime

import re2

# Markup is a stranger's and may be half a megabyte of `<!--`, so these run in an engine whose time is linear.
_TAG = re2.compile(r"(?i)<(?:br|/?p|/?li|/?div|/?ul|/?ol|/?td|/?tr|/?h\d)\b[^>]*>")
_ANY_TAG = re2.compile(r"(?s)<[!/]?[a-zA-Z][^<>]*>|<!--.*?-->")
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]{2,8});")
_WEB = re.compile(r"(?i)^(?:https?:)?//[^\s/]|^[\w-]+(?:\.[\w-]+)+(?:[/?#:]|$)|^/")
_SCHEME = re.compile(r"(?i)^[a-z][a-z0-9+.-]*:(?!\d)")
_SIGNS = re.compile(r"[™®©℠\u200b\u200e\u200f\u2060\ufeff\u00ad]")
_KEPT = re.compile(r"([½¼¾⅓⅔⅛²³…]+)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPACE = re.compile(r"\s+")
# Nine cells in ten are like this and need nothing done.
_PLAIN = re.compile(r"[!-%'-;=-~]*(?: [!-%'-;=-~]+)*")
_PLAIN_WEB = re.compile(r"https?://[!-.0-~][!-~]*")

_TAG_FORM = re.compile(r"^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$")
_COUNTRY_FOR_LANGUAGE = {
    "cn": "zh-Hans",
    "tw": "zh-Hant",
    "hk": "zh-Hant",
    "jp": "ja",
    "kr": "ko",
    "cz": "cs",
    "dk": "da",
}
_THREE_LETTERS = {
    "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it", "por": "pt", "nld": "nl",
    "dut": "nl", "pol": "pl", "fin": "fi", "jpn": "ja", "kor": "ko", "zho": "zh", "chi": "zh", "swe": "sv", "dan": "da",
}  # fmt: skip
_TRADITIONAL = {"tw", "hk", "mo", "hant", "cht"}
_SIMPLIFIED = {"cn", "sg", "my", "hans", "chs"}

_TIMES = (
    "%Y/%m/%d", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S",
    "%Y年%m月%d日", "%Y.%m.%d", "%d-%m-%Y", "%Y%m%d",
)  # fmt: skip


def unescape(text: str) -> str:
    """Text without HTML entities and tags; what is escaped twice is unescaped twice."""
    for _ in range(2):
        if "&" not in text or not _ENTITY.search(text):
            break
        text = html.unescape(text)
    if "<" in text:
        text = _ANY_TAG.sub("", _TAG.sub(" ", text))
    return text


def clean(text: str | None) -> str | None:
    """Text of one line: no markup, one width of letters (NFKC), single spaces; None where nothing is left.

    Fractions and exponents stay as they are, because NFKC would turn "1½" into "11/2".
    """
    if text is None:
        return None
    if _PLAIN.fullmatch(text):
        return text.strip() or None
    if not text.isascii():
        text = _SIGNS.sub("", text)
    if "&" in text or "<" in text:
        text = unescape(text)
    if not text.isascii():
        text = _nfkc(_SIGNS.sub("", text))
    return _SPACE.sub(" ", _CONTROL.sub("", text)).strip() or None


def _nfkc(text: str) -> str:
    if unicodedata.is_normalized("NFKC", text):
        return text
    parts = _KEPT.split(text)
    return "".join(part if at % 2 else unicodedata.normalize("NFKC", part) for at, part in enumerate(parts))


def language_tag(text: str) -> str | None:
    """A BCP 47 tag in the form the offers carry, None where the text is none.

    Chinese says its script ("zh_CN" is "zh-Hans", "zh-TW" is "zh-Hant", plain "zh" stays for detection); other regions
    are dropped, because "en-US" and "en-GB" are one language to every later stage.
    """
    text = text.strip()
    if not _TAG_FORM.fullmatch(text):
        return None
    language, *rest = re.split(r"[-_]", text.lower())
    if text.lower() in _COUNTRY_FOR_LANGUAGE:
        return _COUNTRY_FOR_LANGUAGE[text.lower()]
    if len(language) == 3:
        language = _THREE_LETTERS.get(language, language)
    if language == "zh":
        if _TRADITIONAL.intersection(rest):
            return "zh-Hant"
        return "zh-Hans" if _SIMPLIFIED.intersection(rest) else "zh"
    script = next((part.title() for part in rest if len(part) == 4 and part.isalpha()), None)
    return f"{language}-{script}" if script else language


def web_address(text: str) -> str | None:
    """An address that a storefront may show as a link; None for `javascript:` and anything else that is not a web page.

    Addresses without a scheme stay as they are: shops leave it out, and it cannot run anything.
    """
    text = text.strip()
    if _PLAIN_WEB.fullmatch(text):
        return text
    if _CONTROL.search(text):
        return None
    text = _SPACE.sub("%20", text)
    if not text or (_SCHEME.match(text) and not text.lower().startswith(("http://", "https://"))):
        return None
    return text if _WEB.match(text) or not _SCHEME.match(text) else None


def read_time(text: str) -> datetime | None:
    """A point in time, UTC unless the text says otherwise; None where it cannot be read.

    Understood are ISO 8601, day.month.year, year/month/day, and seconds or milliseconds since 1970. A time that leaves
    the calendar when it is turned into UTC is none.
    """
    text = text.strip()
    try:
        if re.fullmatch(r"[0-9]{10}(?:[0-9]{3})?", text):
            seconds = int(text) / (1000 if len(text) == 13 else 1)
            return datetime.fromtimestamp(seconds, UTC)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = next((parsed for form in _TIMES if (parsed := _parsed(text, form))), None)  # type: ignore[assignment]
        if moment is None:
            return None
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _parsed(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except (ValueError, OverflowError):
        return None
