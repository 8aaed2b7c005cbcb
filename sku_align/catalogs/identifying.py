"""Likelihood of each language for many texts at once, by the model of py3langid.

The library walks each text byte by byte in Python, which was a third of the time of a feed that declares no languages.
Here all texts take each step together; tests hold the outcome to the library's own `rank`.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LANGUAGES = "ar bg ca cs da de el en es et fi fr he hr hu id it lt lv nl no pl pt ro ru sk sl sr sv th tr uk vi"
KNOWN_LANGUAGES = frozenset([*_LANGUAGES.split(), "ja", "ko", "zh"])
# Texts that take their steps together: some 60 MB of counts.
_CHUNK = 1 << 14


@cache
def identifier() -> Any:
    """py3langid with the languages of `KNOWN_LANGUAGES` that have no script of their own in East Asia."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = set(found.labels)
    found.set_languages([language for language in _LANGUAGES.split() if language in known])
    return found


@cache
def labels() -> tuple[str, ...]:
    """Languages in the order of the columns of `likelihoods`."""
    return tuple(identifier().labels)


def likelihoods(texts: Sequence[str]) -> NDArray[np.float64]:
    """Probability of each language for each text, none having more prior weight; shape (n, len(labels()))."""
    parts = [_likelihoods(texts[at : at + _CHUNK]) for at in range(0, len(texts), _CHUNK)]
    return np.concatenate(parts) if parts else np.zeros((0, len(labels())))


def _likelihoods(texts: Sequence[str]) -> NDArray[np.float64]:
    from scipy.sparse import csr_matrix

    model = identifier()
    encoded = [unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass") for text in texts]
    lengths = np.array([len(text) for text in encoded], dtype=np.int64)
    rows, features = _visits(encoded, lengths)
    # Only the features met are taken out of the table: the product would convert all 100,000 of them, for 7 ms a call.
    met, columns = np.unique(features, return_inverse=True)
    counts = csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(len(texts), len(met)))
    counts.sum_duplicates()
    np.log1p(counts.data, out=counts.data)
    scores = counts @ model.nb_ptc[met] + model.nb_pc
    # Without a feature nothing speaks for any language.
    scores[np.diff(counts.indptr) == 0] = 0.0
    scores /= np.sqrt(np.maximum(lengths, 1))[:, None]
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    scores /= scores.sum(axis=1, keepdims=True)
    column = {label: at for at, label in enumerate(labels())}
    found = np.zeros((len(texts), len(column)))
    # Two columns of the model may be one language in two scripts.
    for at, label in enumerate(model.nb_classes):
        found[:, column[label]] += scores[:, at]
    return found


def _visits(encoded: Sequence[bytes], lengths: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Features that the automaton meets in texts: row of the text and number of the feature, one entry per visit."""
    base, moves, output = _automaton()
    order = np.argsort(-lengths, kind="stable")
    data = np.frombuffer(b"".join(encoded), dtype=np.uint8)
    starts = (np.cumsum(lengths) - lengths)[order]
    # Texts stand from the longest to the shortest, so those with a byte at a position are the first ones.
    active = np.searchsorted(-lengths[order], -np.arange(int(lengths.max(initial=0))), side="left")
    state = np.zeros(len(encoded), dtype=np.int64)
    rows, features = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for position, count in enumerate(active.tolist()):
        state[:count] = moves[base[state[:count]] + data[starts[:count] + position]]
        feature = output[state[:count]]
        met = np.flatnonzero(feature >= 0)
        rows.append(order[met])
        features.append(feature[met])
    return np.concatenate(rows), np.concatenate(features)


@cache
def _automaton() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Start of each state's row of moves, the moves by byte, and the feature that each state stands for, or -1."""
    model = identifier()
    base = np.asarray(model.tk_row, dtype=np.int64) << 8
    return base, np.asarray(model.tk_nextmove, dtype=np.int64), np.asarray(model.tk_output, dtype=np.int64)
