"""Life cycle of a fault: pending, open, closed. One step a check; the same check twice changes nothing.

Time that counts is time of evidence: a sign that comes in records now and then opens and closes a fault from record to
record, whatever the clock says in between.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from devices.health.kinds import REOPENS_WITHIN, RULES, FaultKind, HoldRule
from devices.health.symptoms import Symptom
from devices.model import DeviceId


class FaultState(StrEnum):
    """Life cycle. PENDING: not long enough to be called a fault. A pending one that passes leaves no trace."""

    PENDING = "pending"
    OPEN = "open"
    CLOSED = "closed"


class Ending(StrEnum):
    """Reasons of closing. CLEARED: it is gone. EXPIRED: unknown for too long. RETIRED: the device is out of service."""

    CLEARED = "cleared"
    EXPIRED = "expired"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one device, from the first sign on.

    ``clear_at``: the first evidence of its absence since it was last shown; ``unknown_at``: since when its state is
    unknown; ``relapses``: how often it came back before it was closed; ``detail``: its figure when it began or opened.
    """

    id: str
    device_id: DeviceId
    kind: FaultKind
    state: FaultState
    since_at: datetime
    opened_at: datetime | None = None
    clear_at: datetime | None = None
    unknown_at: datetime | None = None
    closed_at: datetime | None = None
    ending: Ending | None = None
    relapses: int = 0
    detail: str = ""
    incident_id: str = ""

    @property
    def is_open(self) -> bool:
        return self.state is FaultState.OPEN


def begin(fault_id: str, device_id: DeviceId, kind: FaultKind, symptom: Symptom, now: datetime) -> Fault:
    """Begin a fault at its first sign. A kind without a hold time is open at once."""
    made = Fault(fault_id, device_id, kind, FaultState.PENDING, symptom.at, detail=symptom.detail)
    return _shown(made, symptom, now)


def step(fault: Fault, symptom: Symptom, now: datetime) -> Fault | None:
    """Return the fault after this check; None: a pending one passed, or it closed long ago: a new one may begin."""
    match fault.state:
        case FaultState.CLOSED:
            return _after_the_end(fault, symptom, now)
        case FaultState.PENDING if symptom.shown is False:
            return None
        case _:
            if symptom.shown is None:
                return _unknown(fault, now)
            return _shown(fault, symptom, now) if symptom.shown else _absent(fault, symptom, now)


def retire(fault: Fault, now: datetime) -> Fault:
    """Close the fault: its device is out of service."""
    return replace(fault, state=FaultState.CLOSED, closed_at=now, ending=Ending.RETIRED)


def open_early(fault: Fault, now: datetime) -> Fault:
    """Open a pending fault before its time, as one of many at once; an open one stays as it is."""
    return fault if fault.is_open else replace(fault, state=FaultState.OPEN, opened_at=now)


def hold_of(fault: Fault) -> HoldRule:
    """Return the rule as it holds for this one: after too many relapses it must stay away for longer."""
    rule = RULES[fault.kind]
    return replace(rule, closes_after=max(rule.closes_after, rule.settles_after)) if _flaps(fault, rule) else rule


def due_at(fault: Fault) -> datetime | None:
    """Return the time at which it has to be checked without a new message; None: only a message can change it."""
    if fault.state is FaultState.CLOSED:
        return None
    rule = hold_of(fault)
    if fault.unknown_at is not None:
        return fault.unknown_at + rule.expires_after
    if rule.is_sampled:
        return None
    if fault.state is FaultState.PENDING:
        return fault.since_at + rule.opens_after
    return None if fault.clear_at is None else fault.clear_at + rule.closes_after


def _flaps(fault: Fault, rule: HoldRule) -> bool:
    return fault.relapses >= rule.flaps


def _shown(fault: Fault, symptom: Symptom, now: datetime) -> Fault:
    came_back = fault.clear_at is not None
    seen = replace(
        fault,
        clear_at=None,
        unknown_at=None,
        relapses=fault.relapses + came_back,
    )
    if fault.state is FaultState.PENDING and symptom.at - fault.since_at >= RULES[fault.kind].opens_after:
        return open_early(replace(seen, detail=symptom.detail), now)
    return seen


def _absent(fault: Fault, symptom: Symptom, now: datetime) -> Fault:
    since = fault.clear_at or symptom.at
    if symptom.at - since >= hold_of(fault).closes_after:
        return replace(fault, state=FaultState.CLOSED, closed_at=now, ending=Ending.CLEARED, clear_at=since)
    return replace(fault, clear_at=since, unknown_at=None)


def _unknown(fault: Fault, now: datetime) -> Fault | None:
    since = fault.unknown_at or now
    if now - since < RULES[fault.kind].expires_after:
        return replace(fault, unknown_at=since)
    if fault.state is FaultState.PENDING:
        return None
    return replace(fault, state=FaultState.CLOSED, closed_at=now, ending=Ending.EXPIRED, unknown_at=since)


def _after_the_end(fault: Fault, symptom: Symptom, now: datetime) -> Fault | None:
    assert fault.closed_at is not None
    if now - fault.closed_at > REOPENS_WITHIN or fault.ending is Ending.RETIRED:
        return None
    if not symptom.shown:
        return fault
    return replace(
        fault,
        state=FaultState.OPEN,
        clear_at=None,
        unknown_at=None,
        closed_at=None,
        ending=None,
        relapses=fault.relapses + 1,
        detail=symptom.detail,
    )
