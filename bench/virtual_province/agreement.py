"""Comparison of the server's belief with the ground truth, allowing for detection time. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)

Series = Sequence[tuple[int, T]]
"""Pairs of an instant (ms) and the value that holds from it on, in order of time."""


@dataclass(frozen=True, slots=True)
class Disagreement(Generic[T]):
    """One sample: at ``at_ms`` the server believed ``believed``, which was false for longer than the hold time."""

    at_ms: int
    true: T
    believed: T


def disagreements(
    truth: Series[T],
    believed: Series[T],
    *,
    hold_ms: Callable[[T], int],
    since_ms: int,
    until_ms: int,
    every_ms: int,
    but: Sequence[tuple[int, int]] = (),
) -> list[Disagreement[T]]:
    """List disagreements, sampled ``every_ms`` from ``since_ms`` up to ``until_ms``, which is left out.

    A belief is right as long as it was true at some moment of the last ``hold_ms(belief)``: so long the server may go
    on believing a state that has ended, and no longer. A sample before the first of either series is skipped, and so is
    one within ``but``: spans in which nothing can be known.
    """
    found: list[Disagreement[T]] = []
    true_at = [at_ms for at_ms, _ in truth]
    believed_at = [at_ms for at_ms, _ in believed]
    next_ms = since_ms
    while next_ms < until_ms:
        now_ms, next_ms = next_ms, next_ms + every_ms
        now, held = bisect_right(true_at, now_ms) - 1, bisect_right(believed_at, now_ms) - 1
        if now < 0 or held < 0 or any(first <= now_ms < last for first, last in but):
            continue
        belief = believed[held][1]
        if truth[now][1] == belief:
            # So it is until one of the two changes.
            change_ms = min([until_ms, *true_at[now + 1 : now + 2], *believed_at[held + 1 : held + 2]])
            next_ms = max(next_ms, now_ms + -(-(change_ms - now_ms) // every_ms) * every_ms)
            continue
        first = max(0, bisect_right(true_at, now_ms - hold_ms(belief)) - 1)
        if all(value != belief for _, value in truth[first:now]):
            found.append(Disagreement(now_ms, truth[now][1], belief))
    return found


def samples(since_ms: int, until_ms: int, every_ms: int) -> int:
    """Count the moments that ``disagreements`` samples."""
    return len(range(since_ms, until_ms, every_ms))
