"""Rounds of an alert: which one it is by the clock, and what a device does in it at this moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from broadcast.model.alerts import Rounds
from broadcast.model.orders import ReachState

_MS: Final = timedelta(milliseconds=1)


def round_at(issued_at: datetime, rounds: Rounds, at: datetime) -> int:
    """The number of the last round that was due by then: 1 until the first repeat is."""
    fixed = [issued_at + at_ms * _MS for at_ms in rounds.at_ms]
    last_at = max([issued_at, *fixed])
    every = rounds.every_ms * _MS
    repeated = max(0, (at - last_at) // every) if every else 0
    return 1 + sum(1 for due_at in fixed if due_at <= at) + repeated


def due_at(issued_at: datetime, rounds: Rounds, number: int) -> datetime | None:
    """When that round is due; None where the schedule has no such round."""
    fixed = [issued_at, *sorted(issued_at + at_ms * _MS for at_ms in rounds.at_ms)]
    if number <= len(fixed):
        return fixed[number - 1]
    return fixed[-1] + (number - len(fixed)) * rounds.every_ms * _MS if rounds.every_ms else None


class StandingNow(StrEnum):
    """What a device does of an order at this moment, in the words of ``ReachState`` and one more.

    LOST: it has no connection, so nobody knows. RECEIVED: it has the order and has not begun the round that is on.
    CANCELLED: it was ended there.
    """

    WAITING = "waiting"
    SILENT = "silent"
    REFUSED = "refused"
    RECEIVED = "received"
    LOST = "lost"
    SOUNDING = "sounding"
    CUT = "cut"
    CANCELLED = "cancelled"
    DONE = "done"


_NO_WORD: Final = (ReachState.WAITING, ReachState.SILENT, ReachState.REFUSED)


def standing_now(
    state: ReachState,
    latest: ReachState | None,
    *,
    is_in_force: bool,
    has_begun: bool,
    is_closed: bool,
    is_online: bool,
) -> StandingNow:
    """``state``: how far it ever got. ``latest``: what it last told of a round. ``has_begun``: of the one that is on.

    ``is_closed``: the order was ended on this device.
    """
    if latest is ReachState.SOUNDING:
        return StandingNow.SOUNDING if is_online else StandingNow.LOST
    if not is_in_force or state in _NO_WORD:
        return StandingNow(state)
    if not is_online:
        return StandingNow.LOST
    if is_closed:
        return StandingNow.CANCELLED
    return StandingNow(latest or state) if has_begun else StandingNow.RECEIVED


class InRound(StrEnum):
    """Where a device stands in the round that is on, whether or not it is connected."""

    SOUNDING = "sounding"
    DONE = "done"
    CUT = "cut"
    STOPPED = "stopped"
    LOST = "lost"
    NOT_BEGUN = "not_begun"
    REFUSED = "refused"


_ENDS: Final = {ReachState.DONE: InRound.DONE, ReachState.CUT: InRound.CUT, ReachState.CANCELLED: InRound.STOPPED}


def standing_in_round(
    state: ReachState, latest: ReachState | None, *, has_begun: bool, is_closed: bool, is_online: bool
) -> InRound:
    """As ``standing_now``. LOST: it sounded when it was last heard of, and is away."""
    if latest is ReachState.SOUNDING:
        return InRound.SOUNDING if is_online else InRound.LOST
    if state is ReachState.REFUSED:
        return InRound.REFUSED
    if has_begun and (end := _ENDS.get(latest or state)) is not None:
        return end
    return InRound.STOPPED if is_closed else InRound.NOT_BEGUN
