"""Store: the database behind the storefront views."""

from sku_align.store.audits import Audit, AuditError
from sku_align.store.history import History
from sku_align.store.reading import Publication
from sku_align.store.store import Store

__all__ = ["Audit", "AuditError", "History", "Publication", "Store"]
