"""Energy of samples, computed within the calling thread."""

import numpy as np
from numpy.typing import NDArray


def energy(samples: NDArray[np.int16] | NDArray[np.float64]) -> float:
    """Return the sum of the samples' squares.

    Not by ``np.dot``: its library shares out a block as long as a card's ring to threads. A fork at that moment (an
    ffmpeg for a stream) stops those threads, and the caller waits for ever: all cards of the process were silent. And
    on a busy machine it took 0.3 s, as long as the block sounds.
    """
    return float(np.square(samples, dtype=np.float64).sum())
