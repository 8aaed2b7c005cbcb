"""What one title says and the other does not, weighed by what the run itself knows of the words.

No list covers flavours, scents, ingredients, furniture types and the model words of every domain. The catalogs do: in
the pairs of a run that are sure to match, a word that tells siblings apart has its counterpart in the other title
nearly every time, in whatever language, while advertising has none. So a word whose counterpart is missing speaks
against a pair exactly as much as it is used to have one. And within one catalog, two titles that differ in one word
show that the word tells two products apart.
"""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align.blocking.tokens import text, words
from sku_align.pairs import UNKNOWN_LANGUAGE, numbered, ranges, sure_languages
from sku_align.titles import in_one_language

WORD_FEATURES = ("words_shared", "word_missing", "words_exchanged", "sibling_word_missing")

# Raw log odds from which mutual nearest neighbours count as sure while words are learnt (chosen by eye: 0.88 and up).
SURE_ODDS = 2.0
# Fewest sure pairs of two catalogs that teach words; of fewer each would be its own proof (chosen by eye).
MIN_SURE = 30
# Translations kept of a word: inflections and synonyms ("grey", "gray") are few.
TRANSLATIONS = 3
# A translation turns up at least this often together with its word, and this much more often than by chance.
MIN_TOGETHER, MIN_LIFT, MIN_DICE = 2, 3.0, 0.15
# Pseudo-counts that draw a rarely seen word to the mean of all words.
SHRINKAGE = 2.0
# Where nothing can be learnt: how often a word of one title stands in the other, if both are of one language.
DEFAULT_EXPLAINED = 0.6
MAX_EVIDENCE = 4.0

Rows = NDArray[np.int64]
Values = NDArray[np.float64]


class _Words(NamedTuple):
    """Words of n titles as a sparse matrix in parts.

    Attributes:
        start: Where the words of each title begin, shape (n + 1,).
        word: Word numbers, ascending within a title.
        size: How many words there are.
        separates: Whether a word of a title, in the place of `word`, tells it apart from another title of its catalog.
        key: Title and word as one number, ascending, in the place of `word`.
    """

    start: Rows
    word: Rows
    size: int
    separates: NDArray[np.bool_]
    key: Rows


def title_words(
    offers: pa.Table, pairs: Rows, odds: Values, rank: NDArray[np.integer[Any]] | None
) -> NDArray[np.float64]:
    """Features of pairs from the words that their titles share and lack.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers of all candidates of a run, or of picked pairs, shape (m, 2).
        odds: Raw scores as log odds, shape (m,).
        rank: How near the search found each pair, shape (m,); `None` for picked pairs, which teach nothing.

    Returns:
        Columns as in `WORD_FEATURES`, shape (m, 4), from 0 to 1: the share of both titles that the other one explains,
        by how much a word tells; how strongly the most telling missing word speaks against the pair; the same for the
        side where it speaks less, so that an exchanged word counts and an added one does not; and the same for words
        that tell two products of their own catalog apart.
    """
    result = np.zeros((len(pairs), len(WORD_FEATURES)))
    if not len(pairs):
        return result
    offers, pairs = in_one_language(offers, pairs)
    titles = _words(offers)
    catalog, names = numbered(offers["catalog"])
    language = sure_languages(offers)
    code = catalog[pairs[:, 0]] * len(names) + catalog[pairs[:, 1]]
    sure = np.zeros(len(pairs), dtype=bool) if rank is None else (rank == 1) & (odds > SURE_ODDS)
    taught = np.bincount(code, sure) >= MIN_SURE
    # What teaches nothing is alike for all catalogs and read at once: a request has few pairs of many catalogs.
    part = np.where(taught[code], code + 1, 0)
    order = np.argsort(part, kind="stable")
    borders = np.flatnonzero(np.diff(part[order], prepend=-1, append=-1))
    for first, last in pairwise(borders.tolist()):
        at = order[first:last]
        result[at] = _pairs(titles, pairs[at], sure[at], bool(part[at[0]]), language[pairs[at]])
    return result


def _pairs(titles: _Words, pairs: Rows, sure: NDArray[np.bool_], taught: bool, language: NDArray[np.str_]) -> Values:
    """Features of the pairs of two catalogs, whose sure pairs teach words, or of any that teach none; shape (m, 4)."""
    one_language = (language[:, 0] == language[:, 1]) & (language[:, 0] != UNKNOWN_LANGUAGE)
    shared, missing, telling = [], [], []
    for side in (0, 1):
        own, other = pairs[:, side], pairs[:, 1 - side]
        pair, at = _spread(titles, own)
        word = titles.word[at]
        explained = _holds(titles, other[pair], word)
        if taught:
            for table in _translations(titles, own[sure], other[sure]):
                found = table[word]
                explained |= (found >= 0) & _holds(titles, other[pair], np.maximum(found, 0))
            chance = _explained_chance(word, explained, sure[pair], titles.size)
        else:
            chance = np.where(one_language[pair], DEFAULT_EXPLAINED, 0.0)
        against = np.where(explained, 0.0, np.minimum(-np.log1p(-chance), MAX_EVIDENCE)) / MAX_EVIDENCE
        missing.append(_largest(against, pair, len(pairs)))
        telling.append(_largest(np.where(titles.separates[at], against, 0.0), pair, len(pairs)))
        weight = np.minimum(-np.log1p(-np.minimum(chance, 0.98)), MAX_EVIDENCE) + 0.1
        total = np.bincount(pair, weight, minlength=len(pairs))
        shared.append(np.bincount(pair, weight * explained, minlength=len(pairs)) / np.maximum(total, 1e-9))
    return np.stack(
        [
            np.minimum(*shared),
            np.maximum(*missing),
            np.minimum(*missing),
            np.maximum(*telling),
        ],
        axis=1,
    )


def _explained_chance(
    word: Rows, explained: NDArray[np.bool_], sure: NDArray[np.bool_], size: int
) -> NDArray[np.float64]:
    """How often a word has its counterpart in sure pairs, without the pair itself, shape as `word`."""
    seen = np.bincount(word[sure], minlength=size)
    matched = np.bincount(word[sure & explained], minlength=size)
    mean = (matched.sum() + 0.5) / (seen.sum() + 1.0)
    others, others_matched = seen[word] - sure, matched[word] - (sure & explained)
    return np.asarray((others_matched + SHRINKAGE * mean) / (others + SHRINKAGE))


def _translations(titles: _Words, own: Rows, other: Rows) -> list[Rows]:
    """The best words of the other catalog for each word, best first, -1 where there is none; each of shape (words,)."""
    from scipy.sparse import csr_matrix

    def matrix(rows: Rows) -> Any:
        pair, at = _spread(titles, rows)
        ones = np.ones(len(at), dtype=np.float32)
        return csr_matrix((ones, (pair, titles.word[at])), shape=(len(rows), titles.size))

    ours, theirs = matrix(own), matrix(other)
    together = (ours.T @ theirs).tocoo()
    seen = [np.asarray(side.sum(axis=0)).ravel() for side in (ours, theirs)]
    one, two = seen[0][together.row], seen[1][together.col]
    dice = 2 * together.data / (one + two)
    kept = (together.data >= MIN_TOGETHER) & (dice >= MIN_DICE) & (together.data * len(own) > MIN_LIFT * one * two)
    row, column, dice = together.row[kept], together.col[kept], dice[kept]
    order = np.lexsort((column, -dice, row))
    row, column = row[order], column[order]
    opens = np.flatnonzero(np.diff(row, prepend=-1))
    place = np.arange(len(row)) - np.repeat(opens, np.diff(np.append(opens, len(row))))
    tables = []
    for number in range(TRANSLATIONS):
        table = np.full(titles.size, -1, dtype=np.int64)
        chosen = place == number
        table[row[chosen]] = column[chosen]
        tables.append(table)
    return tables


def _words(offers: pa.Table) -> _Words:
    """Words of titles without those that hold a digit, which are compared as numbers and codes elsewhere."""
    bare = offers.select(["title"]).append_column("brand", pa.nulls(len(offers), pa.string()))
    counts, vocabulary = words(text(bare))
    digits = pc.match_substring_regex(vocabulary, "[0-9]").to_numpy(zero_copy_only=False)
    named = np.ones(counts.shape[1], dtype=bool)
    named[: len(vocabulary)] = ~digits & (pc.utf8_length(vocabulary).to_numpy(zero_copy_only=False) > 0)
    counts.sum_duplicates()
    kept = named[counts.indices]
    row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))[kept]
    word = counts.indices[kept].astype(np.int64)
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=counts.shape[0]))])
    catalog, _ = numbered(offers["catalog"])
    key = row * counts.shape[1] + word
    return _Words(start, word, counts.shape[1], _separating(row, word, catalog, len(offers)), key)


def _separating(row: Rows, word: Rows, catalog: Rows, offers: int) -> NDArray[np.bool_]:
    """Whether another title of the catalog is the same but for this word, which it lacks or has another for.

    Titles are compared by sums of random numbers, one a word: without the word in question the sums are equal.
    """
    value = np.random.default_rng(0).integers(1, 2**62, size=int(word.max(initial=0)) + 1, dtype=np.int64)
    catalogs = np.random.default_rng(1).integers(1, 2**62, size=int(catalog.max(initial=0)) + 1, dtype=np.int64)
    whole = np.zeros(offers, dtype=np.int64)
    with np.errstate(over="ignore"):
        np.add.at(whole, row, value[word])
        whole += catalogs[catalog]
        rest = whole[row] - value[word]
    _, number, times = np.unique(np.concatenate([rest, np.unique(whole)]), return_inverse=True, return_counts=True)
    return np.asarray(times[number[: len(rest)]] > 1)


def _spread(titles: _Words, rows: Rows) -> tuple[Rows, Rows]:
    """Every word of the titles of `rows`: the place in `rows`, and the place in `titles.word`."""
    counts = titles.start[rows + 1] - titles.start[rows]
    pair = np.repeat(np.arange(len(rows)), counts)
    return pair, ranges(titles.start[rows], counts)


def _holds(titles: _Words, row: Rows, word: Rows) -> NDArray[np.bool_]:
    """Whether titles hold words, elementwise."""
    wanted = row * titles.size + word
    at = np.minimum(np.searchsorted(titles.key, wanted), max(len(titles.key) - 1, 0))
    return np.asarray(titles.key[at] == wanted) if len(titles.key) else np.zeros(len(wanted), dtype=bool)


def _largest(values: Values, pair: Rows, count: int) -> Values:
    largest = np.zeros(count)
    np.maximum.at(largest, pair, values)
    return largest
