"""How much blocking lost, estimated without labels by capture and recapture.

Two channels that know nothing of each other both search for the same unknown matches. If the pairs believed to match
were drawn at random, the share of one channel's finds that the other found too is that other channel's recall, and
both together miss what each misses. The channels are not quite independent and the belief is not the truth, so the
figure is an estimate and is called one everywhere.
"""

import numpy as np
from numpy.typing import NDArray

LEAST = 20


def estimate_completeness(
    meaning: NDArray[np.bool_], letters: NDArray[np.bool_], believed: NDArray[np.bool_]
) -> float | None:
    """Estimate the pair completeness of the union of two independent channels (Lincoln and Petersen).

    Args:
        meaning: Whether the embedding found a pair, shape (m,).
        letters: Whether the lexical channel found it, shape (m,).
        believed: Whether the pair is believed to match, shape (m,).

    Returns:
        Estimated recall of the two channels together; None with fewer than LEAST believed pairs.
    """
    first, second = int((meaning & believed).sum()), int((letters & believed).sum())
    both = int((meaning & letters & believed).sum())
    if first + second - both < LEAST or both == 0:
        return None
    return 1.0 - (1.0 - both / second) * (1.0 - both / first)
