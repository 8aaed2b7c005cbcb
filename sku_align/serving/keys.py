"""API keys: hashed, several, each with its scopes, read from the environment."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sku_align.errors import UserError

VARIABLE = "SKU_ALIGN_API_KEYS"
SCOPES = ("read", "review")


@dataclass(frozen=True)
class ApiKey:
    """A key that is known by its SHA-256; keys are long random texts, so a slow hash would protect nothing more.

    Attributes:
        name: Whose it is, for logs.
        scopes: What it opens: `read`, `review`.
        digest: SHA-256 of the key in hexadecimal digits.
    """

    name: str
    scopes: frozenset[str]
    digest: str


def new_key(name: str, scopes: tuple[str, ...] = ("read",)) -> tuple[str, str]:
    """Make a key.

    Returns:
        The key, which is kept nowhere, and its entry for SKU_ALIGN_API_KEYS.
    """
    key = f"sku_{secrets.token_urlsafe(32)}"
    return key, f"{name}:{'+'.join(scopes)}:{hashlib.sha256(key.encode()).hexdigest()}"


def read_keys(environment: Mapping[str, str]) -> tuple[ApiKey, ...]:
    """Read SKU_ALIGN_API_KEYS: `NAME:SCOPE+SCOPE:SHA256`, several divided by commas or spaces.

    Raises:
        UserError: An entry is not of this form; the message does not repeat it, for it may be a key.
    """
    keys = []
    for number, entry in enumerate(environment.get(VARIABLE, "").replace(",", " ").split(), start=1):
        name, _, rest = entry.partition(":")
        scopes, _, digest = rest.partition(":")
        words = frozenset(scopes.split("+"))
        if not name or not words <= set(SCOPES) or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
            raise UserError(
                f"Entry {number} of {VARIABLE} is not NAME:SCOPE+SCOPE:SHA256 with the scopes {' and '.join(SCOPES)}: "
                "make one by `sku-align api-key NAME`."
            )
        keys.append(ApiKey(name, words, digest))
    return tuple(keys)


def find_key(keys: tuple[ApiKey, ...], offered: str) -> ApiKey | None:
    """The key that was offered, None if it is not one of these; takes as long for a wrong one as for a right one."""
    digest = hashlib.sha256(offered.encode("utf-8", "surrogatepass")).hexdigest()
    found = [key for key in keys if hmac.compare_digest(key.digest, digest)]
    return found[0] if found else None
