"""SKU Align: one stable SKU id per sellable product, from catalogs in many languages."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sku_align.errors import UserError

if TYPE_CHECKING:
    from sku_align.aligning import Alignment, align
    from sku_align.config import Settings

__all__ = ["Alignment", "Settings", "UserError", "align"]
__version__ = "0.1.0"

_HOMES = {"Alignment": "sku_align.aligning", "align": "sku_align.aligning", "Settings": "sku_align.config"}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for, so that short commands start at once."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
