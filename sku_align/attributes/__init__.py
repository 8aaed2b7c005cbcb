"""What a text model does not see: identifiers, sizes, packs, variants, brands and prices of two offers, compared."""

from sku_align.attributes.compare import COMPARISON, Comparer, Comparison, compare, compare_used

__all__ = ["COMPARISON", "Comparer", "Comparison", "compare", "compare_used"]
