"""Bytes to text: settings, byte order mark, UTF-8, then detection among the encodings that shops' exports come in.

A file is never held whole: the encoding is found from its non-ASCII lines, and the text is read as a stream.
"""

import codecs
import io
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from sku_align.errors import UserError

# UTF-32 comes first: its little-endian mark starts with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DOUBLE_BYTE = ["gb18030", "big5", "cp932", "euc_jp", "cp949"]
_SINGLE_BYTE = ["cp1252", "cp1250"]
_WIDE_SAMPLE = 2000
_SAMPLE_LINES = 2000
_MAX_DISTINCT = 50_000
_MAX_LINE = 4_000
_BLOCK = 1 << 22
_MOSTLY = 0.8
_FEW_BROKEN_CHARACTERS = 0.02


def open_text(path: Path, shown: str, encoding: str | None) -> io.TextIOWrapper:
    """Open a feed as text, line ends untouched.

    A few broken bytes do not make a feed unreadable: they become U+FFFD, and the checks of the rows find them.

    Args:
        path: The file.
        shown: Named in errors.
        encoding: As set for the catalog; None means find it out.

    Raises:
        UserError: The encoding is unknown, does not fit, or cannot be detected.
    """
    with path.open("rb") as file:
        found = _as_set(file, shown, encoding) if encoding is not None else find_encoding(file, shown)
    return path.open(encoding=found, errors="replace", newline="")


def decode(data: bytes, path: Path, encoding: str | None) -> str:
    """Decode a short file, such as a reviewed sheet, that is in memory already; see `open_text`."""
    file = io.BytesIO(data)
    found = _as_set(file, str(path), encoding) if encoding is not None else find_encoding(file, str(path))
    return data.decode(found, errors="replace")


def find_encoding(file: BinaryIO, shown: str) -> str:
    """The name of a file's encoding.

    Raises:
        UserError: It cannot be detected, or the file is not text.
    """
    head = file.read(1 << 16)
    file.seek(0)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if wide := _wide(head[:_WIDE_SAMPLE]):
        return wide
    is_utf8, has_zeros, lines = _survey(file)
    if is_utf8:
        return "utf-8"
    hint = f"set `encoding` for the catalog (such as gb18030, big5 or cp1252), or save {Path(shown).name} as UTF-8"
    if _share(map(_is_utf8, lines)) >= _MOSTLY:
        return "utf-8"
    if has_zeros:
        raise UserError(f"The catalog {shown} is not a text file; {hint}.")
    found = _detect(b"\n".join(lines[:: len(lines) // _SAMPLE_LINES + 1]))
    if found is None:
        raise UserError(f"The encoding of {shown} cannot be detected; {hint}.")
    return found


def _survey(file: BinaryIO) -> tuple[bool, bool, list[bytes]]:
    """Whether all of a file is UTF-8, whether it has zero bytes, and its distinct non-ASCII lines."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, has_zeros, rest = True, False, b""
    lines: set[bytes] = set()
    while block := file.read(_BLOCK):
        has_zeros = has_zeros or b"\0" in block
        if is_utf8:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                is_utf8 = False
        if len(lines) < _MAX_DISTINCT and not block.isascii():
            whole = (rest + block).splitlines()
            rest = whole.pop()[:_MAX_LINE] if len(whole) > 1 else b""
            lines.update(line[:_MAX_LINE] for line in whole if not line.isascii())
    if rest and not rest.isascii():
        lines.add(rest)
    if is_utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8 = False
    return is_utf8, has_zeros, sorted(lines)


def _wide(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 without its mark, as databases export it: most bytes of the header are zero."""
    quads = sample[: len(sample) // 4 * 4]
    for name, at in (("utf-32-le", 0), ("utf-32-be", 3)):
        others = [quads[place::4] for place in range(4) if place != at]
        if len(quads) >= 16 and 0 not in quads[at::4] and not any(map(any, others)):
            return name
    end = sample.find(b"\n")
    header = sample[: end if end >= 0 else None]
    for name, zeros, letters in (("utf-16-le", header[1::2], header[::2]), ("utf-16-be", header[::2], header[1::2])):
        if len(zeros) > 1 and zeros.count(0) > len(zeros) / 2 and 0 not in letters[: len(zeros) - 1]:
            return name
    return None


def _as_set(file: BinaryIO, shown: str, encoding: str) -> str:
    try:
        codecs.lookup(encoding)
        b"a".decode(encoding)
    except (LookupError, UnicodeError) as error:
        raise UserError(f"The encoding {encoding!r} set for {shown} is unknown; use a name such as gb18030.") from error
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    broken = special = 0
    start = file.read(4)
    file.seek(0)
    while block := file.read(_BLOCK):
        text = decoder.decode(block)
        broken += text.count("\ufffd")
        special += 0 if text.isascii() else sum(not character.isascii() for character in text)
        if "\0" in text:
            broken = len(text) + 21
            special = 0
            break
    if broken > max(20, _FEW_BROKEN_CHARACTERS * special):
        raise UserError(f"The catalog {shown} cannot be read as {encoding}; correct or remove its `encoding` setting.")
    name = codecs.lookup(encoding).name
    return "utf-8-sig" if name == "utf-8" and start.startswith(codecs.BOM_UTF8) else encoding


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
