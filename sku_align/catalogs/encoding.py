"""Bytes to text: settings, byte order mark, UTF-8, then detection among the encodings that shops' exports come in."""

import codecs
from collections.abc import Iterable
from pathlib import Path

from sku_align.errors import UserError

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_DOUBLE_BYTE = ["gb18030", "big5", "cp932", "euc_jp", "cp949"]
_SINGLE_BYTE = ["cp1252", "cp1250"]
_WIDE_SAMPLE = 2000
_SAMPLE_LINES = 2000
_MOSTLY = 0.8
_FEW_BROKEN_CHARACTERS = 0.02


def decode(data: bytes, path: Path, encoding: str | None) -> str:
    """Decode a feed.

    A few broken bytes do not make a feed unreadable: they become U+FFFD, and the checks of the rows find them.

    Args:
        data: The whole file.
        path: Named in errors.
        encoding: As set for the catalog; None means find it out.

    Raises:
        UserError: The encoding is unknown, does not fit, or cannot be told.
    """
    if encoding is not None:
        return _decode_as_set(data, path, encoding)
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    if wide := _wide(data[:_WIDE_SAMPLE]):
        return data.decode(wide, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    hint = f"set `encoding` for the catalog (such as gb18030, big5 or cp1252), or save {path.name} as UTF-8"
    if b"\0" in data:
        raise UserError(f"The catalog {path} is not a text file; {hint}.")
    lines = sorted({line for line in data.splitlines() if not line.isascii()})
    if _share(map(_is_utf8, lines)) >= _MOSTLY:
        return data.decode("utf-8", errors="replace")
    found = _detect(b"\n".join(lines[:: len(lines) // _SAMPLE_LINES + 1]))
    if found is None:
        raise UserError(f"The encoding of {path} cannot be told; {hint}.")
    return data.decode(found, errors="replace")


def _wide(sample: bytes) -> str | None:
    """UTF-16 without its mark, as databases export it: the header's every other byte is zero."""
    header = sample[: sample.find(b"\n") if b"\n" in sample else None]
    for name, zeros, letters in (("utf-16-le", header[1::2], header[::2]), ("utf-16-be", header[::2], header[1::2])):
        if len(zeros) > 1 and zeros.count(0) > len(zeros) / 2 and 0 not in letters[: len(zeros) - 1]:
            return name
    return None


def _decode_as_set(data: bytes, path: Path, encoding: str) -> str:
    try:
        text = data.decode(encoding, errors="replace")
    except LookupError as error:
        raise UserError(f"The encoding {encoding!r} set for {path} is unknown; use a name such as gb18030.") from error
    special = sum(not character.isascii() for character in text)
    if text.count("\ufffd") > max(20, _FEW_BROKEN_CHARACTERS * special) or "\0" in text:
        raise UserError(f"The catalog {path} cannot be read as {encoding}; correct or remove its `encoding` setting.")
    return text.removeprefix("\ufeff")


def _detect(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=[*_DOUBLE_BYTE, *_SINGLE_BYTE], enable_fallback=False).best()
    if best is None:
        return None
    if best.encoding not in _SINGLE_BYTE:
        return str(best.encoding)
    return max(_SINGLE_BYTE, key=lambda name: _letters(sample.decode(name, errors="replace")))


def _letters(text: str) -> float:
    """Share of the letters among the characters beyond ASCII that touch an ASCII letter."""
    inner = [
        character
        for at, character in enumerate(text)
        if not character.isascii()
        and any(side.isascii() and side.isalpha() for side in (text[at - 1], text[at + 1 : at + 2]))
    ]
    return _share(character.isalpha() for character in inner)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _share(truths: Iterable[bool]) -> float:
    values = list(truths)
    return sum(values) / len(values) if values else 0.0
