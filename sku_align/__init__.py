"""SKU Align: one stable SKU id per sellable product, from catalogs in many languages."""

__version__ = "0.1.0"
