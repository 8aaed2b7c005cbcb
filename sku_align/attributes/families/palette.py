"""How far apart two named colours look."""

from functools import cache

from sku_align.attributes.lexicon import words_of

# Distances in OKLab (B. Ottosson, 2020), lightness 0 to 100, with hue weighed four times lightness, since names follow
# hue before lightness. Up to NEAR two names are one colour, from FAR on they are two. Chosen by eye: dark grey and
# anthracite are 7 apart, white and cream 13, gold and yellow 18, grey and dark grey 22, white and beige 22.
NEAR, FAR = 14.5, 21.5
_MIDWAY = (NEAR + FAR) / 2
_HUE_WEIGHT = 4.0
# From here on two colours that are named as one stand side by side: black and red are 91 apart, grey and blue 68.
_SIDE_BY_SIDE = 80.0
# How much lighter a shade is that the palette does not list, in OKLab lightness of 0 to 1 (as light and dark grey are).
_SHIFT = {"light": 0.2, "dark": -0.2}
_PALE = frozenset(["white", "cream", "light grey", "silver", "chrome"])


def shaded(name: str, shade: str) -> str:
    """The name of a colour in a shade, such as "dark grey"; finishes such as "matt" are not shades."""
    if shade not in _SHIFT or name.startswith(("light ", "dark ")):
        return name
    together = f"{shade} {name}"
    return str(words_of(__file__, "same").get(together, together))


def mixed(one: str, other: str) -> str:
    """The name of the colour in the middle of two."""
    return one if one == other else "-".join(sorted((one, other)))


def parts(name: str) -> tuple[str, ...]:
    """The colours side by side that a mixture means ("black-white"); the name alone where they blend ("blue-grey")."""
    mixture = tuple(name.split("-"))
    blends = len(mixture) != 2 or mixture == ("blue", "green") or distance(*mixture) < _SIDE_BY_SIDE
    return (name,) if blends else mixture


@cache
def distance(one: str, other: str) -> float:
    """Distance of two colour names: 0 for equal ones, up to `NEAR` alike, from `FAR` on different.

    Glass may be called white, and "multicolour" may hold any colour, so these are neither.
    """
    one, other = one.partition("+")[0], other.partition("+")[0]
    if one == other:
        return 0.0
    names = {one, other}
    if "multicolour" in names:
        return _MIDWAY
    if "transparent" in names:
        return _MIDWAY if names & _PALE else 100.0
    lab = _lab(one), _lab(other)
    if None in lab:
        return FAR
    (light, *hue), (light2, *hue2) = lab  # type: ignore[misc]
    apart = sum((a - b) ** 2 for a, b in zip(hue, hue2, strict=True))
    return 100.0 * float(((light - light2) ** 2 + _HUE_WEIGHT**2 * apart) ** 0.5)


@cache
def _lab(name: str) -> tuple[float, float, float] | None:
    """OKLab of a name; a mixture such as "grey-green" lies in the middle of its parts."""
    code = words_of(__file__, "palette").get(name)
    if code is not None:
        return _oklab(str(code))
    shade, _, plain = name.partition(" ")
    if shade in _SHIFT and (base := _lab(plain)):
        return (min(max(base[0] + _SHIFT[shade], 0.0), 1.0), base[1], base[2])
    parts = [_lab(part) for part in name.split("-")] if "-" in name else [None]
    known = [part for part in parts if part]
    if len(known) < len(parts):
        return None
    light, red, blue = (sum(values) / len(known) for values in zip(*known, strict=True))
    return light, red, blue


def _oklab(code: str) -> tuple[float, float, float]:
    red, green, blue = (_linear(int(code[at : at + 2], 16) / 255) for at in (0, 2, 4))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
