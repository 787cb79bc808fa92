"""Sentences to tune the voice on, and the part of them that is held out."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SENTENCES: Final = tuple(Path(__file__).with_name("sentences.txt").read_text(encoding="utf-8").splitlines())
HELD_OUT_EACH: Final = 3
"""One sentence in so many is held out: settings are chosen on the others."""


def sentences_of(part: str, count: int | None = None) -> tuple[str, ...]:
    """Return the sentences of a part (``tuning``, ``held-out``, ``all``), at most ``count``, spread over all of it."""
    is_held_out = [at % HELD_OUT_EACH == HELD_OUT_EACH - 1 for at in range(len(SENTENCES))]
    wanted = {"tuning": (False,), "held-out": (True,), "all": (False, True)}[part]
    of_part = [each for each, held in zip(SENTENCES, is_held_out, strict=True) if held in wanted]
    if count is None or count >= len(of_part):
        return tuple(of_part)
    return tuple(of_part[at * len(of_part) // count] for at in range(count))
