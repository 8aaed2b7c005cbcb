"""JSON Lines, arrays, and documents that hold an array somewhere, as rows; numbers stay as they are written."""

import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sku_align.catalogs.records import MAX_SHOWN, Record, Remark, Row, Table
from sku_align.errors import UserError

_BLOCK = 1 << 22
_MAX_LINE = 32_000_000
_MAX_DOCUMENT = 500_000_000
_SPACE = re.compile(r"[\s,\ufeff]*")
# Lists under these names are a product's sellable variants (Shopify's products.json, Akeneo, commercetools).
_VARIANT_LISTS = ("variants", "skus", "children", "offers_list")


def read_json(stream: io.TextIOBase, record_path: str | None, size: int, shown: str) -> Table:
    """Rows of a JSON feed of any layout.

    Args:
        stream: The decoded file.
        record_path: Path of the list of records, such as `shop/products`; None finds it.
        size: Bytes of the file; a document that is one object is read whole and may not be too large.
        shown: Named in errors.

    Raises:
        UserError: The document holds no list of records, or is too large.
    """
    head = stream.read(_BLOCK)
    first = head.lstrip("\ufeff \t\r\n")[:1]
    if first == "[" and not record_path:
        return _exploded(Table(_array(stream, head)))
    if first == "{" and (record_path or not _is_lines(head)):
        if size > _MAX_DOCUMENT:
            raise UserError(f"The catalog {shown} is one JSON object of {size:,} bytes; write it as JSON Lines.")
        return _exploded(_document(head + stream.read(), record_path, shown))
    return _exploded(Table(_lines(stream, head)))


def _is_lines(head: str) -> bool:
    """Whether the first line that is not blank is an object or at least not the start of one over many lines."""
    lines = [line for line in head.split("\n") if line.strip(" \t\r\ufeff")]
    try:
        entry = _JSON.decode(lines[0].strip(" \t\r\ufeff"))
    except (ValueError, RecursionError):
        # A document over many lines starts with a line that no object could follow on.
        return len(lines) > 1 and all(line.lstrip()[:1] in "{[" for line in lines[:5])
    if len(lines) > 1 or not isinstance(entry, dict):
        return True
    return _largest(entry) is None or "title" in entry or "name" in entry


def _lines(stream: io.TextIOBase, head: str) -> Iterator[Row | Record]:
    number = 0
    for line in _split(stream, head):
        number += 1
        text = line.strip(" \t\r\n\ufeff")
        if not text:
            continue
        if len(line) >= _MAX_LINE:
            yield Record(number, [text[:MAX_SHOWN]], f"the line has more than {_MAX_LINE:,} characters")
            continue
        try:
            entry = _JSON.decode(text)
        except json.JSONDecodeError as error:
            problem = f"the line is not valid JSON: {error.msg} at character {error.pos + 1}"
            yield Record(number, [text[:MAX_SHOWN]], problem)
            continue
        except (RecursionError, ValueError) as error:
            deep = isinstance(error, RecursionError)
            yield Record(
                number, [text[:MAX_SHOWN]], "the line is nested too deeply" if deep else "a number is too long"
            )
            continue
        if isinstance(entry, dict):
            yield number, entry
        else:
            yield Record(number, [text[:MAX_SHOWN]], "not a JSON object")


def _split(stream: io.TextIOBase, head: str) -> Iterator[str]:
    """Lines of a stream whose first block was read already; overlong ones are cut."""
    rest = head
    while True:
        *whole, rest = rest.split("\n")
        yield from whole
        if len(rest) >= _MAX_LINE:
            yield rest[:_MAX_LINE]
            while (more := stream.read(_BLOCK)) and "\n" not in more:
                pass
            rest = more.partition("\n")[2]
            continue
        more = stream.read(_BLOCK)
        if not more:
            if rest:
                yield rest
            return
        rest += more


def _array(stream: io.TextIOBase, head: str) -> Iterator[Row | Record]:
    """Objects of an array one after the other, so that a break costs only what stands after it."""
    text, at, number, line = head, head.index("[") + 1, 0, 1
    ended = False
    while True:
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]
        if at >= len(text) - 1 and not ended:
            more = stream.read(_BLOCK)
            ended = not more
            line += text.count("\n", 0, at)
            text, at = text[at:] + more, 0
            continue
        if text.startswith("]", at):
            return
        try:
            entry, after = _JSON.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            if isinstance(error, json.JSONDecodeError) and not ended and len(text) - at < _MAX_LINE:
                more = stream.read(_BLOCK)
                ended = not more
                line += text.count("\n", 0, at)
                text, at = text[at:] + more, 0
                continue
            where = line + text.count("\n", 0, at)
            what = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
            problem = f"from line {where} on the file is not valid JSON: {what}"
            yield Record(number + 1, [text[at : at + MAX_SHOWN]], problem)
            return
        number, at = number + 1, after
        yield (
            (number, entry)
            if isinstance(entry, dict)
            else Record(number, [str(entry)[:MAX_SHOWN]], "not a JSON object")
        )


def _document(text: str, record_path: str | None, shown: str) -> Table:
    """The records of one object: under the path that is set, else the longest list of objects in it."""
    try:
        entry = _JSON.decode(text.strip(" \t\r\n\ufeff"))
    except json.JSONDecodeError as error:
        problem = f"the file is not valid JSON: {error.msg} at line {error.lineno}"
        return Table(iter([Record(1, [text[:MAX_SHOWN]], problem)]))
    except (RecursionError, ValueError):
        return Table(iter([Record(1, [text[:MAX_SHOWN]], "the file is nested too deeply")]))
    if record_path:
        found: Any = entry
        for part in re.split(r"[/.]", record_path.strip("/.")):
            found = found.get(part) if isinstance(found, dict) else None
        path = record_path
    else:
        path, found = _largest(entry) or ("", [entry])
    if isinstance(found, dict):
        # Records by id: {"A1": {...}, "A2": {...}}.
        found = [{"offer_id": key} | value if isinstance(value, dict) else value for key, value in found.items()]
    if not isinstance(found, list):
        raise UserError(f"The catalog {shown} has no list of records at {record_path!r}; correct `record_path`.")
    rows = [
        (at, row) if isinstance(row, dict) else Record(at, [str(row)[:MAX_SHOWN]], "not a JSON object")
        for at, row in enumerate(found, start=1)
    ]
    remarks = [Remark("records", f"The records are those under {path}.")] if path else []
    return Table(iter(rows), remarks=remarks)


def _largest(entry: dict[str, Any]) -> tuple[str, list[Any]] | None:
    """Path and content of the longest list of objects, at most four levels down; the shallowest of equal ones."""
    best: tuple[str, list[Any]] | None = None
    level: list[tuple[str, Any]] = [("", entry)]
    for _ in range(4):
        below = []
        for path, value in level:
            for name, inner in value.items():
                if isinstance(inner, list) and inner and all(isinstance(one, dict) for one in inner[:10]):
                    if best is None or len(inner) > len(best[1]):
                        best = (f"{path}{name}", inner)
                elif isinstance(inner, dict):
                    below.append((f"{path}{name}/", inner))
        level = below
    return best


def _exploded(table: Table) -> Table:
    """One row for each variant of a product that lists its variants; a variant takes what only its product states."""

    def rows() -> Iterator[Row | Record]:
        products = 0
        for row in table.rows:
            if isinstance(row, Record):
                yield row
                continue
            number, entry = row
            name = next((name for name in _VARIANT_LISTS if _are_variants(entry.get(name))), None)
            if name is None:
                yield row
                continue
            products += 1
            product = {key: value for key, value in entry.items() if key != name}
            own = {"id": product.pop("id", None), "title": product.get("title")}
            for variant in entry[name]:
                merged = product | {key: value for key, value in variant.items() if value not in (None, "")}
                if own["title"] and variant.get("title"):
                    merged |= {"title": own["title"], "variant_title": variant["title"]}
                merged["item_group_id"] = (
                    entry.get("item_group_id") or own["id"] or product.get("handle") or str(number)
                )
                yield number, merged
        if products:
            sentence = f"{products} products list their variants; each variant is a row, the product itself is none."
            table.remarks.append(Remark("variants", sentence))

    return Table(rows(), table.names, table.remarks, table.defaults, table.hint)


def _are_variants(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _number(digits: str) -> str:
    """A JSON number as it is written, without an exponent unless it is astronomic."""
    mantissa, _, exponent = digits.lower().partition("e")
    return format(Decimal(digits), "f") if exponent and len(mantissa) + abs(int(exponent[:9])) < 40 else digits


_JSON = json.JSONDecoder(parse_float=_number, parse_int=str)
