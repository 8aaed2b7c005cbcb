"""One spelling of a size, so that every reader of an offer's text sees "1000 ml", "1 L" and "1リットル" as the same.

A text model learns from letters: it gave "1 L" and "1000 ml" of one product 0.017 and "2斤" and "1kg" 0.015. What
scorers read, in training, in batch and in the service, therefore goes through `canonical_sizes` first.
"""

import math
import re
from functools import lru_cache

from sku_align.attributes.families.size import in_eu_sizes
from sku_align.attributes.measures import COUNTED, Measure, chains, has_number, prepare
from sku_align.attributes.quantities import share_length
from sku_align.attributes.units import FLUID_OUNCE, IMPERIAL, OUNCE

# Dimension -> (from this base value on, base units in one, what is printed), the largest first. Lengths stay in
# centimetres up to ten metres and loads in watts up to ten kilowatts, as most shops print them.
_FORMS: dict[str, tuple[tuple[float, float, str], ...]] = {
    "volume": ((1000, 1000, "l"), (0, 1, "ml")),
    "mass": ((1000, 1000, "kg"), (1, 1, "g"), (0, 0.001, "mg")),
    "length": ((10_000, 1000, "m"), (10, 10, "cm"), (0, 1, "mm")),
    "area": ((100, 10_000, "m²"), (0, 1, "cm²")),
    "power": ((10_000, 1000, "kW"), (0, 1, "W")),
    "voltage": ((0, 1, "V"),),
    "charge": ((0, 1, "mAh"),),
    "energy": ((10_000, 1000, "kWh"), (0, 1, "Wh")),
    "data": ((1000 * 1024, 1024 * 1024, "TB"), (1000, 1024, "GB"), (0, 1, "MB")),
    "frequency": ((1e9, 1e9, "GHz"), (1e6, 1e6, "MHz"), (1e3, 1e3, "kHz"), (0, 1, "Hz")),
    "temperature": ((0, 1, "K"),),
    "pressure": ((0, 1, "bar"),),
}
_INCH = 25.4
# Three digits are what a size converted to ounces and back keeps (5 lb are 2268 g or 2.27 kg); half a per cent is below
# what any guard calls a difference.
_DIGITS = {"volume": 3, "mass": 3}
_OTHER_DIGITS = 5
_CONVERTED = 0.04
# Numbers of a product share a unit up to this ratio; beyond it each has its own: "2.5 cm x 20 m".
_MAX_SPREAD = 50
_BESIDE = re.compile(r"\s*[(（\[/|,=~≈]\s*(?:=|ca\.?|approx\.?|約|约)?\s*|\s-\s|\s")
_RANGE = re.compile(r"\s?(?:[-–—~〜～]|bis|to|à|až|al?|do)\s?")
# What makes a bare number no count of packages: layers of paper, as in "150 sheets x 2 ply", and letters like "5 G".
_NO_PACKAGES = re.compile(
    r"[\s-]?(?:[a-z]{1,2}\b|ply\b|lag(?:en|ig)|layers?\b|plis?\b|[eé]paisseurs?|capas|hojas|folhas|veli\b|strati\b|laags|warstw|kerr|lager\b"
    r"|层|層|겹|枚?重|プライ)",
    re.IGNORECASE,
)
_CLOSING = re.compile(r"\s*[)）\]]")
_CACHED = 1 << 14


@lru_cache(_CACHED)
def canonical_sizes(text: str, language: str | None = None) -> str:
    """Write every size of a text in one unit and form; what is not a size stays as it is.

    - Letters and digits of full width become plain ones (NFKC), "三件套" becomes "3件套".
    - Measures get a decimal point, one space and one unit: "1,5 Liter" -> "1.5 l", "33cl" -> "330 ml",
      "0.5 kg" -> "500 g", "2斤" -> "1 kg", "16 oz" -> "454 g", "5 ft 6 in" -> "168 cm", "2,2 kW" -> "2200 W",
      "256 Go" -> "256 GB", "10 Ah" -> "10000 mAh". Volumes and masses keep three digits.
    - Inches stay, because screens are called by them, and get centimetres: '27"' -> "27 inch (68.6 cm)".
    - A size in two units is written once: "16 oz (454 g)" -> "454 g".
    - In a product the multipliers come first and the lengths ascend: "330ml×6" -> "6 x 330 ml",
      "30 x 20 cm" -> "20 x 30 cm". A range is "4-9 kg".
    - Sizes of shoes are those of the EU: "UK 8" and "Gr. 42" -> "EU 42".
    - A sum is added up ("4+2 rolls" -> "6 rolls"), packages of pieces are multiplied ("8 rolls x 15 bags" and "120 bags
      (8 x 15)" -> "120 bags"), and a dozen is "12 pcs"; other counting words stay, because tablets are not capsules.

    Args:
        text: A title, a description or the value of an attribute.
        language: BCP 47 tag, as for `extract_quantities`; the same text in the same language always gives the same.

    Example:
        >>> canonical_sizes("Limonade 6x0,33 Liter", "de")
        'Limonade 6 x 330 ml'
    """
    prepared = prepare(text)
    if not has_number(prepared):
        return prepared
    prepared = in_eu_sizes(prepared)
    found = list(chains(prepared, language or ""))
    written: list[str] = []
    done = at = 0
    while at < len(found):
        form, stop, used = _write(prepared, found, at)
        at += used
        if form is None:
            continue
        start = found[at - used][0].start
        written.append(_spaced(prepared, done, start, form, stop))
        done = stop
    if not written:
        return prepared
    return "".join(written) + prepared[done:]


def _spaced(text: str, done: int, start: int, form: str, stop: int) -> str:
    """The text up to a size and the size, set apart from letters that touch it."""
    before = " " if start > done and text[start - 1].isalnum() else ""
    after = " " if stop < len(text) and text[stop].isalnum() else ""
    return f"{text[done:start]}{before}{form}{after}"


def _write(text: str, found: list[list[Measure]], at: int) -> tuple[str | None, int, int]:
    """How the chain at a position is written (None: as it is), where it ends, and how many chains that took."""
    chain = found[at]
    if counted := _pieces(text, chain, found[at + 1] if at + 1 < len(found) else []):
        return counted
    if len(chain) > 1:
        return _product(text, chain), chain[-1].end, 1
    only = chain[0]
    if only.dimension == "count" and only.factor == 12:
        return f"{only.base:g} pcs", only.end, 1
    if only.dimension in COUNTED:
        is_sum = only.end > only.number_end and "+" in text[only.start : only.number_end]
        return (f"{only.value:g}{text[only.number_end : only.end]}" if is_sum else None), only.end, 1
    following = found[at + 1][0] if at + 1 < len(found) and len(found[at + 1]) == 1 else None
    if following is not None and following.start - only.end < 12:
        gap = text[only.end : following.start]
        if following.dimension == only.dimension and only.end == only.number_end and _RANGE.fullmatch(gap):
            return _lengths_or_size([only, following], "-"), following.end, 2
        if _same_size(only, following) and _BESIDE.fullmatch(gap):
            closing = _CLOSING.match(text, following.end) if gap.strip()[:1] in ("(", "[") else None
            metric = following if only.factor in IMPERIAL and following.factor != _INCH else only
            inches = next((part for part in (only, following) if part.factor == _INCH), None)
            form = _inches([inches]) if inches else _size(str(metric.dimension), [metric])
            return form, closing.end() if closing else following.end, 2
    return _lengths_or_size([only], ""), only.end, 1


def _pieces(text: str, chain: list[Measure], following: list[Measure]) -> tuple[str, int, int] | None:
    """How packages of pieces are written, as `_write` returns it; None where these are none.

    One shop prints "8 rolls x 15 bags", the other "120 bags". Other rolls of as many bags differ in the quantities that
    guards compare.
    """
    if not all(part.is_count for part in chain) or all(part.dimension is None for part in chain):
        return None
    if chain[-1].dimension is None and _NO_PACKAGES.match(text, chain[-1].end):
        return None
    total = math.prod(part.base for part in chain)
    again = (
        len(chain) + len(following) > 2
        and all(part.is_count for part in following)
        and math.prod(part.base for part in following) == total
        and _BESIDE.fullmatch(text, chain[-1].end, following[0].start) is not None
    )
    if len(chain) == 1 and not again:
        return None
    worded = [part for part in chain if part.dimension]
    pieces = next((part for part in reversed(worded) if part.dimension == "count"), worded[-1])
    form = f"{total:g}{text[pieces.number_end : pieces.end] if pieces.factor == 1 else ' pcs'}"
    if not again:
        return form, chain[-1].end, 1
    closing = _CLOSING.match(text, following[-1].end)
    return form, closing.end() if closing else following[-1].end, 2


def _same_size(one: Measure, other: Measure) -> bool:
    """Whether two measures are one size in an imperial and a metric unit; ounces may be fluid ones."""
    if (one.factor in IMPERIAL) == (other.factor in IMPERIAL):
        return False
    ounces = {one.dimension, other.dimension} == {"mass", "volume"}
    ratio = (FLUID_OUNCE / OUNCE) if ounces else 1.0
    bases = sorted((one.base * (ratio if one.dimension == "mass" else 1.0), other.base))
    if ounces and other.dimension == "mass":
        bases = sorted((one.base, other.base * ratio))
    return (one.dimension == other.dimension or ounces) and math.isclose(*bases, rel_tol=_CONVERTED)


def _product(text: str, chain: list[Measure]) -> str | None:
    measured = [chain[at] for at in share_length(chain)]
    counters = [part for part in chain if part.dimension in COUNTED]
    if not measured and not any(part.dimension for part in counters):
        return None
    parts = [text[part.start : part.end].strip() for part in counters]
    by_dimension: dict[str, list[Measure]] = {}
    for part in measured:
        by_dimension.setdefault(str(part.dimension), []).append(part)
    for same in by_dimension.values():
        same.sort(key=lambda part: part.base)
        apart = same[-1].base > _MAX_SPREAD * same[0].base
        parts += [_lengths_or_size([part], "") for part in same] if apart else [_lengths_or_size(same, " x ")]
    return " x ".join(parts)


def _lengths_or_size(parts: list[Measure], joint: str) -> str:
    if all(part.factor == _INCH for part in parts):
        return _inches(parts, joint)
    return _size(str(parts[0].dimension), parts, joint)


def _inches(parts: list[Measure], joint: str = "") -> str:
    numbers = joint.join(f"{part.value:.4g}" for part in parts)
    return f"{numbers} inch ({_size('length', parts, joint, 3)})"


def _size(dimension: str, parts: list[Measure], joint: str = "", digits: int | None = None) -> str:
    """Numbers of one dimension in the unit that fits the largest: "20 x 30 cm"."""
    largest = max(part.base for part in parts)
    _, per_unit, unit = next(form for form in _FORMS[dimension] if largest >= form[0])
    if digits is None:
        digits = 3 if any(part.factor in IMPERIAL for part in parts) else _DIGITS.get(dimension, _OTHER_DIGITS)
    if unit == "TB" and any(part.base % per_unit for part in parts):
        per_unit = 1000 * 1024  # disks are sold by powers of ten: 2000 GB are 2 TB
    return f"{joint.join(_number(part.base / per_unit, digits) for part in parts)} {unit}"


def _number(value: float, digits: int) -> str:
    return f"{float(f'{value:.{digits}g}'):.10g}"
