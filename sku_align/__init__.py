"""SKU Align: one stable SKU id per sellable product, from catalogs in many languages."""

from sku_align.align import Alignment, align
from sku_align.config import Settings
from sku_align.errors import UserError

__all__ = ["Alignment", "Settings", "UserError", "align"]
__version__ = "0.1.0"
