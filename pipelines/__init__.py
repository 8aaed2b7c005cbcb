"""The Dagster side: thin shells over `sku_align`."""
