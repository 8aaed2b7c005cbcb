"""Store: the database behind the storefront views."""
