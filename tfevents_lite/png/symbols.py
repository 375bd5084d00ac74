"""DEFLATE's two alphabets (RFC 1951 §3.2.5): which symbol and which extra bits stand for a match's
length and distance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

END_OF_BLOCK = 256
LITLEN_SYMBOLS, DISTANCE_SYMBOLS = 286, 30
CODE_LENGTH_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
"""The order in which the lengths of the code length code are sent (RFC 1951 §3.2.7)."""


def _length_table() -> tuple[NDArray[np.intp], NDArray[np.uint64], NDArray[np.uint64]]:
    """Symbol, number of extra bits and their value for every match length up to 258."""
    symbol = np.zeros(259, np.intp)
    extra_bits, extra = np.zeros(259, np.uint64), np.zeros(259, np.uint64)
    start = 3
    for code in range(257, 285):
        width = max(0, (code - 261) // 4)
        stop = start + (1 << width)
        symbol[start:stop] = code
        extra_bits[start:stop] = width
        extra[start:stop] = np.arange(1 << width)[: 259 - start]
        start = stop
    symbol[258], extra_bits[258], extra[258] = 285, 0, 0
    return symbol, extra_bits, extra


LENGTH_SYMBOL, LENGTH_EXTRA_BITS, LENGTH_EXTRA = _length_table()
DISTANCE_EXTRA_BITS = np.array([max(0, code // 2 - 1) for code in range(DISTANCE_SYMBOLS)])
"""How many extra bits each distance symbol has."""
DISTANCE_BASE = 1 + np.concatenate(([0], np.cumsum(1 << DISTANCE_EXTRA_BITS)[:-1]))
"""The smallest distance each distance symbol stands for."""
DISTANCE_SYMBOL = np.concatenate(
    ([0], np.repeat(np.arange(DISTANCE_SYMBOLS), 1 << DISTANCE_EXTRA_BITS))
).astype(np.uint8)
"""The symbol of every distance up to 32,768."""
