"""Store: the database behind the storefront views."""

from sku_align.store.audits import Audit, AuditError
from sku_align.store.reading import Publication
from sku_align.store.store import Store
from sku_align.store.story import Story

__all__ = ["Audit", "AuditError", "Publication", "Store", "Story"]
