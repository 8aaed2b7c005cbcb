"""Secrets stay here: one function takes them out of every text that leaves, such as messages, reports and tables."""

import re

HIDDEN = "***"

# `scheme://user:password@host`: all between the first colon of the user part and the last @ before the path.
_USER_INFO = re.compile(r"(?P<before>(?:\b[a-z][a-z0-9+.\-]*:?)?//[^\s:/@?#]*):(?P<secret>[^\s/]*)@", re.IGNORECASE)
# `?password=...`, `&api_key=...`, `token: ...`: whatever follows a word that names a secret.
_NAMED = re.compile(
    r"(?P<before>\b[\w\-]*(?:password|passwd|pwd|secret|token|api[_\-]?key|apikey|access[_\-]?key|credential|signature)"
    r"[\w\-]*[\"']?\s*[=:]\s*[\"']?)(?P<secret>[^\s&\"',;})\]]+)",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?P<before>\b(?:Bearer|Basic)\s+)(?P<secret>[A-Za-z0-9\-._~+/]{6,}=*)")


def redact(text: str) -> str:
    """A text without passwords of URLs, values of parameters that name a secret, and bearer tokens.

    Examples:
        >>> redact("postgresql://shop:hunter2@db/skus?sslpassword=x")
        'postgresql://shop:***@db/skus?sslpassword=***'
        >>> redact("Authorization: Bearer abcdef123456")
        'Authorization: Bearer ***'
    """
    text = _USER_INFO.sub(rf"\g<before>:{HIDDEN}@", text)
    for pattern in (_NAMED, _BEARER):
        text = pattern.sub(rf"\g<before>{HIDDEN}", text)
    return text
