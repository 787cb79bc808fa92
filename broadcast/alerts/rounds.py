"""Rounds of an alert: the current one by the clock, and the state of a device in it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from broadcast.alerts.hazard_rules import Rounds
from broadcast.alerts.orders import ReachState

_MS: Final = timedelta(milliseconds=1)


def round_at(issued_at: datetime, rounds: Rounds, at: datetime) -> int:
    """Return the number of the last round that was due by then: 1 until the first repeat is due."""
    fixed = [issued_at + at_ms * _MS for at_ms in rounds.at_ms]
    last_at = max([issued_at, *fixed])
    every = rounds.every_ms * _MS
    repeated = max(0, (at - last_at) // every) if every else 0
    return 1 + sum(1 for due_at in fixed if due_at <= at) + repeated


def due_at(issued_at: datetime, rounds: Rounds, number: int) -> datetime | None:
    """Return the instant at which that round is due; None where the schedule has no such round."""
    fixed = [issued_at, *sorted(issued_at + at_ms * _MS for at_ms in rounds.at_ms)]
    if number <= len(fixed):
        return fixed[number - 1]
    return fixed[-1] + (number - len(fixed)) * rounds.every_ms * _MS if rounds.every_ms else None


class RoundState(StrEnum):
    """Current state of an order on a device, in the states of ``ReachState`` and one more.

    LOST: it has no connection, so it is unknown. RECEIVED: it has the order and has not begun the current round.
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


def round_state_now(
    state: ReachState,
    latest: ReachState | None,
    *,
    is_in_force: bool,
    has_begun: bool,
    is_closed: bool,
    is_online: bool,
) -> RoundState:
    """Return the current state. ``state``: highest ever; ``latest``: last report of a round; ``has_begun``: this round.

    ``is_closed``: the order was ended on this device.
    """
    if latest is ReachState.SOUNDING:
        return RoundState.SOUNDING if is_online else RoundState.LOST
    if not is_in_force or state in _NO_WORD:
        return RoundState(state)
    if not is_online:
        return RoundState.LOST
    if is_closed:
        return RoundState.CANCELLED
    return RoundState(latest or state) if has_begun else RoundState.RECEIVED


class InRound(StrEnum):
    """State of a device in the current round, whether or not it is connected."""

    SOUNDING = "sounding"
    DONE = "done"
    CUT = "cut"
    STOPPED = "stopped"
    LOST = "lost"
    NOT_BEGUN = "not_begun"
    REFUSED = "refused"


_ENDS: Final = {ReachState.DONE: InRound.DONE, ReachState.CUT: InRound.CUT, ReachState.CANCELLED: InRound.STOPPED}


def state_in_round(
    state: ReachState, latest: ReachState | None, *, has_begun: bool, is_closed: bool, is_online: bool
) -> InRound:
    """Return the state in the current round. LOST: it last reported sounding, and is offline."""
    if latest is ReachState.SOUNDING:
        return InRound.SOUNDING if is_online else InRound.LOST
    if state is ReachState.REFUSED:
        return InRound.REFUSED
    if has_begun and (end := _ENDS.get(latest or state)) is not None:
        return end
    return InRound.STOPPED if is_closed else InRound.NOT_BEGUN
