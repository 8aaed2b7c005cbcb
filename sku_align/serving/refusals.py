"""Errors that lie with the request, not with the service."""

from sku_align.errors import UserError


class BadRequestError(UserError):
    """The offers cannot be read."""


class TooManyError(UserError):
    """More offers or documents than one request may have."""


class NotFoundError(UserError):
    """No such SKU was ever given out."""
