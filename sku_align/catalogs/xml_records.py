"""XML feeds as rows: Google Merchant RSS and Atom, BMEcat, and any document that repeats one element.

The file is parsed as a stream. Entities of the document's own and everything outside it are off: a feed is a
stranger's, and an entity can grow without bound or name a file of this machine.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sku_align.catalogs.records import Record, Remark, Row, Table
from sku_align.errors import UserError

_GOOGLE = "http://base.google.com/ns/1.0"
# Names of one record in feeds; of several that stand in a file the most frequent is taken.
_RECORDS = [
    "item",
    "entry",
    "product",
    "article",
    "offer",
    "record",
    "row",
    "artikel",
    "produkt",
    "produit",
    "producto",
    "prodotto",
    "produto",
    "shopitem",
    "ad",
    "listing",
    "sku",
]
_LOOKED_AT = 20_000
_MAX_FIELDS = 2_000
_MAX_TEXT = 1_000_000


def read_xml(path: Path, shown: str, record_path: str | None) -> Table:
    """Rows of an XML feed, numbered by the position of their element, from 1.

    Elements become columns by their local names, nested ones by their path (`shipping.price`); repeated ones become a
    list. BMEcat's features become columns of their own.

    Args:
        path: The file.
        shown: Named in errors.
        record_path: Path of one record's element, such as `shop/items/item`; None finds it.

    Raises:
        UserError: The file is not XML, declares entities, or repeats no element.
    """
    wanted, hint, defaults = _look(path, shown, record_path)

    def rows() -> Iterator[Row | Record]:
        from lxml import etree

        number, trail = 0, []
        try:
            for event, element in _events(path):
                if event == "start":
                    trail.append(_local(element))
                    continue
                here, _ = "/".join(trail), trail.pop()
                if here == wanted:
                    number += 1
                    yield number, _flat(element)
                    _free(element)
                elif not wanted.startswith(f"{here}/") and not here.startswith(f"{wanted}/"):
                    _free(element)
        except etree.XMLSyntaxError as error:
            problem = f"from line {error.lineno or '?'} on the file is not valid XML: {str(error)[:200]}"
            yield Record(number + 1, [f"after element {number}"], problem)

    table = Table(rows(), remarks=[], defaults=defaults, hint=hint)
    table.remarks.append(Remark("records", f"The records are the elements {wanted}."))
    return table


def _events(path: Path) -> Iterator[tuple[str, Any]]:
    from lxml import etree

    context = etree.iterparse(
        str(path), events=("start", "end"), resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    yield from context


def _look(path: Path, shown: str, record_path: str | None) -> tuple[str, str | None, dict[str, str]]:
    """Path of the record's element, preset that the root gives away, and defaults that stand above the records."""
    from lxml import etree

    counts: Counter[str] = Counter()
    parents: set[str] = set()
    trail: list[str] = []
    hint: str | None = None
    defaults: dict[str, str] = {}
    try:
        for at, (event, element) in enumerate(_events(path)):
            if event == "start":
                if not trail:
                    _refuse_entities(element, shown)
                    hint = _hint(element)
                if trail:
                    parents.add("/".join(trail))
                trail.append(_local(element))
                counts["/".join(trail)] += 1
                continue
            here = "/".join(trail)
            trail.pop()
            if hint == "bmecat" and here.upper().endswith("HEADER/CATALOG/LANGUAGE") and element.text:
                defaults.setdefault("language", element.text.strip())
            if hint == "bmecat" and here.upper().endswith("HEADER/CATALOG/CURRENCY") and element.text:
                defaults.setdefault("currency", element.text.strip())
            if at > _LOOKED_AT:
                break
    except (etree.XMLSyntaxError, OSError, ValueError) as error:
        if not counts or not parents:
            raise UserError(f"The catalog {shown} is not readable XML: {str(error)[:200]}; export it again.") from error
    if record_path:
        wanted = record_path.strip("/").replace(".", "/")
        found = [path for path in counts if path == wanted or path.endswith(f"/{wanted}")]
        if not found:
            raise UserError(f"The catalog {shown} has no element {record_path!r}; correct `record_path`.")
        return min(found, key=len), hint, defaults
    candidates = [path for path in counts if path in parents and "/" in path]
    named = [path for path in candidates if path.rpartition("/")[2].lower() in _RECORDS]
    # A record's own parts repeat too (images, features), so the shallowest of the known names comes first.
    pool = named or [path for path in candidates if counts[path] > 1] or candidates
    if not pool:
        raise UserError(f"The catalog {shown} repeats no element that could be a record; set `record_path`.")
    best = min(pool, key=lambda path: (path.count("/"), -counts[path], path))
    return best, hint, defaults


def _refuse_entities(root: Any, shown: str) -> None:
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise UserError(f"The catalog {shown} declares XML entities, which no feed needs; export it without a DOCTYPE.")


def _hint(root: Any) -> str | None:
    if _local(root).upper() == "BMECAT":
        return "bmecat"
    return "google-merchant" if _GOOGLE in (root.nsmap or {}).values() else None


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else "entity"


def _free(element: Any) -> None:
    """Let go of an element and of those before it, which iterparse would keep."""
    element.clear()
    while element.getprevious() is not None and element.getparent() is not None:
        del element.getparent()[0]


def _flat(record: Any) -> dict[str, Any]:
    """A record's leaves by path; attributes of the record itself by name."""
    row: dict[str, Any] = {_short(name): value for name, value in record.attrib.items()}
    stack = [(child, "") for child in reversed(record)]
    while stack and len(row) < _MAX_FIELDS:
        element, prefix = stack.pop()
        if not isinstance(element.tag, str):
            continue
        name = f"{prefix}{_local(element)}"
        if _local(element).upper() == "FEATURE":
            _feature(element, row)
            continue
        if len(element):
            stack += [(child, f"{name}.") for child in reversed(element)]
            continue
        text = "".join(element.itertext())[:_MAX_TEXT].strip()
        href = element.get("href")
        if not text and href:
            text = href
        language = next((value for key, value in element.attrib.items() if _short(key) == "lang"), None)
        kind = (element.get("type") or "").lower()
        if language and name in row:
            name = f"{name}-{language}"
        elif kind in {"gtin", "ean", "upc"}:
            name = "gtin"
        elif _local(element) == "link" and element.get("rel") not in {None, "alternate"}:
            continue
        _add(row, name, text)
    return row


def _feature(element: Any, row: dict[str, Any]) -> None:
    """A BMEcat feature: its name is the column, its values with their unit the cell."""
    parts: dict[str, list[str]] = {}
    for child in element:
        if isinstance(child.tag, str) and child.text and child.text.strip():
            parts.setdefault(_local(child).upper(), []).append(child.text.strip())
    values = parts.get("FVALUE")
    if parts.get("FNAME") and values:
        unit = parts.get("FUNIT", [""])[0]
        _add(row, parts["FNAME"][0], " ".join([" / ".join(values), unit]).strip())


def _add(row: dict[str, Any], name: str, text: str) -> None:
    if not text:
        row.setdefault(name, None)
    elif row.get(name) is None:
        row[name] = text
    elif isinstance(row[name], list):
        row[name].append(text)
    else:
        row[name] = [row[name], text]


def _short(name: str) -> str:
    return name.rpartition("}")[2]
