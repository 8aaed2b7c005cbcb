"""Colour: basic colours where a word stands as an attribute."""

from sku_align.attributes.colours import cell_colours, find_colours
from sku_align.attributes.family import Family, named
from sku_align.attributes.text import Text


def _extract(text: Text) -> set[str]:
    return set(cell_colours(text.nfkc) if text.cell else find_colours(text.nfkc))


COLOUR = Family(
    "colour",
    "colour",
    "",
    _extract,
    columns=named(
        "color colour colors farbe farben couleur couleurs colore colori kleur kleuren kolor vari farg cor cores "
        "颜色 顏色 颜色分类 カラー 色 색상 컬러 颜色名 color_name colour_name color_family"
    ),
)
FAMILIES = (COLOUR,)
