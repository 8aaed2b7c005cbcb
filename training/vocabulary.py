"""Cuts the 250,002 pieces of multilingual-e5-small to those that product text in our languages uses, all in lower case.

Word embeddings are most of the model, and they are frozen in training, so pieces can be dropped without harm to the
rest. Piece scores stay as they were. Text is lowered by the tokenizer itself, so that "IPHONE" reads like "iPhone".
"""

import json
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, normalizers

SPECIAL_PIECES = 4
LATIN_PIECES = 36_000
CYRILLIC_PIECES = 1_500
EAST_ASIAN = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "KATAKANA-HIRAGANA", "IDEOGRAPHIC", "HALFWIDTH", "FULLWIDTH"}
WESTERN = set("abcdefghijklmnopqrstuvwxyzàáâãäåæçèéêëìíîïñòóôõöøœùúûüýÿßąćęłńśźżčďěňřšťůžāēģīķļņūėįųőűğış")


@cache
def _script(character: str) -> str:
    if not character.isalpha():
        return "common"
    family = unicodedata.name(character, "UNKNOWN").split(" ")[0]
    if family in EAST_ASIAN:
        return "east_asian"
    if family == "LATIN":
        return "western" if character in WESTERN else "latin"
    return family.lower()


def _scripts(piece: str) -> set[str]:
    return {_script(character) for character in piece if character != "▁"}


def choose_pieces(vocabulary: list[tuple[str, float]], used: Iterable[int]) -> NDArray[np.int64]:
    """Return the ids to keep, ascending.

    Kept: the special pieces, every lower-case piece that real text used, every single character and every piece of
    digits, punctuation, Han, Kana or Hangul, and the likeliest Latin (western letters) and Cyrillic pieces.

    Args:
        vocabulary: (piece, log probability) by id, likeliest first as sentence-piece orders them.
        used: Ids that the text at hand was split into.
    """
    keep = set(range(SPECIAL_PIECES))
    reachable = [index for index, (piece, _) in enumerate(vocabulary) if piece == piece.lower() and piece != "<mask>"]
    keep.update(set(used).intersection(reachable))
    room = {"western": LATIN_PIECES, "cyrillic": CYRILLIC_PIECES}
    for index in reachable[SPECIAL_PIECES:]:
        piece = vocabulary[index][0]
        scripts = _scripts(piece) - {"common"}
        if scripts <= {"east_asian"} or (
            len(piece.strip("▁")) == 1 and scripts <= {"western", "latin", "cyrillic", "greek"}
        ):
            keep.add(index)
        elif len(scripts) == 1 and room.get(next(iter(scripts)), 0) > 0:
            room[next(iter(scripts))] -= 1
            keep.add(index)
    return np.array(sorted(keep), dtype=np.int64)


def read_tokenizer(path: Path) -> Tokenizer:
    """Load the full tokenizer.json and make it lower its text."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.normalizer = normalizers.Sequence([tokenizer.normalizer, normalizers.Lowercase()])
    return tokenizer


def cut_tokenizer(full: Tokenizer, texts: Iterable[str]) -> tuple[Tokenizer, NDArray[np.int64]]:
    """Return the tokenizer with fewer pieces and, by new id, the old id of each piece."""
    description = json.loads(full.to_str())
    vocabulary = [(piece, score) for piece, score in description["model"]["vocab"]]
    used = {index for encoding in full.encode_batch(list(texts), add_special_tokens=False) for index in encoding.ids}
    kept = choose_pieces(vocabulary, used)
    description["model"]["vocab"] = [vocabulary[index] for index in kept]
    description["added_tokens"] = [token for token in description["added_tokens"] if token["id"] < SPECIAL_PIECES]
    return Tokenizer.from_str(json.dumps(description)), kept
