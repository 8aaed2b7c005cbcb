"""Serving: which SKU is this offer, find a SKU in any language, rerank anything."""
