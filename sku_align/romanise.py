"""One spelling in lower-case Latin letters for texts of every script, so that names can be compared across scripts."""

import unicodedata

from anyascii import anyascii


def romanise(text: str) -> str:
    """Write a text in lower-case Latin letters, full-width forms and other scripts included.

    >>> romanise("ＡＢ－12 Молоко")
    'ab-12 moloko'
    """
    return anyascii(unicodedata.normalize("NFKC", text)).lower()


def romanised_words(text: str) -> str:
    """The letters and digits of a romanised text, words apart by one space and apostrophes dropped.

    >>> romanised_words("L'Oréal - Paris")
    'loreal paris'
    """
    letters = romanise(text).replace("'", "")
    return " ".join("".join(letter if letter.isalnum() else " " for letter in letters).split())
