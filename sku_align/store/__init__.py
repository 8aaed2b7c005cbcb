"""Store: the database behind the storefront views."""

from sku_align.store.audits import Audit, AuditError
from sku_align.store.store import Publication, Store

__all__ = ["Audit", "AuditError", "Publication", "Store"]
