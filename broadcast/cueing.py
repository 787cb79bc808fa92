"""What of a recording is aired: what is wrong with its cues and fades."""

from __future__ import annotations

from typing import Final

from broadcast.errors import Problem
from broadcast.model.bulletins import Cues

AIRED_MIN_MS: Final = 1_000
"""What is shorter is a slip of the hand: nobody can follow a second of sound."""


def problems_of_cues(cues: Cues, length_ms: int | None) -> list[Problem]:
    """All at once; ``length_ms`` is the recording's, None where it has not been measured yet."""
    found = [
        Problem(f"cues.{name}", "CUE_NEGATIVE")
        for name in ("in_ms", "out_ms", "fade_in_ms", "fade_out_ms")
        if (getattr(cues, name) or 0) < 0
    ]
    if length_ms is not None:
        found += [
            Problem(f"cues.{name}", "CUE_PAST_END", {"length_ms": length_ms})
            for name, at_ms in (("in_ms", cues.in_ms), ("out_ms", cues.out_ms or 0))
            if at_ms > length_ms
        ]
    end_ms = length_ms if cues.out_ms is None else cues.out_ms
    if found or end_ms is None:
        return found
    aired_ms = end_ms - cues.in_ms
    if aired_ms < AIRED_MIN_MS:
        return [Problem("cues.out_ms" if cues.out_ms is not None else "cues.in_ms", "CUE_TOO_SHORT")]
    if cues.fade_in_ms + cues.fade_out_ms > aired_ms:
        return [Problem("cues.fade_out_ms", "FADES_TOO_LONG", {"aired_ms": aired_ms})]
    return []
