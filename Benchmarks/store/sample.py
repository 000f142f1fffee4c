"""Which rows and prompts a repetition reads: made from its number alone, so that ours and a peer read the same ones."""

from __future__ import annotations

import numpy as np

PROMPT = 128


def rows(repetition: int, total: int, count: int) -> np.ndarray:
    """Different rows in random order."""
    return np.random.default_rng([repetition, 1]).choice(total, count, replace=False)


def prompts(repetition: int, total: int, count: int) -> np.ndarray:
    """First rows of different whole prompts in random order."""
    whole = total // PROMPT
    return np.random.default_rng([repetition, 2]).choice(whole, min(count, whole), replace=False) * PROMPT
