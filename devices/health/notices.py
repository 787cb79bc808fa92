"""Notification rules of faults and incidents: recipients, times and rate limits. Storms are impossible by construction.

An incident is notified three times at most: opened, escalated once, over. A fault of one device is notified once, in a
digest with all others that wait. A person on call gets at most ``LETTERS_AN_HOUR`` messages an hour. Nothing that keeps
a device from speaking is lost by that: beyond it, all that waits goes out in one digest each ``URGENT_EVERY``, faults
closed by then included.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from devices.health.faults import Ending, Fault
from devices.health.incidents import Cause, Incident
from devices.health.kinds import RULES, FaultRisk, Severity
from province.areas import AreaId, AreaTree

LETTERS_AN_HOUR: Final = 6
LETTERS_MOST: Final = 11
"""Including what cannot wait: six at any time, then one each ten minutes."""
URGENT_EVERY: Final = timedelta(minutes=10)
"""A device that cannot speak is notified within this, whatever was sent before."""
ESCALATES_AFTER: Final = timedelta(minutes=30)
"""An incident that no person has taken on by then is escalated to the next line."""
SETTLES_FOR: Final = timedelta(seconds=20)
"""Delay in which the cause becomes known: a broker misses the devices of one cut within a minute, not a second."""
SINGLE_AFTER: Final = timedelta(minutes=5)
"""By then most devices of an outage have fallen out, and it is known for what it is."""
DIGEST_EVERY: Final = timedelta(hours=1)
NIGHT_FROM: Final = time(22)
NIGHT_UNTIL: Final = time(6)
URGENT_KINDS: Final = frozenset(
    kind for kind, rule in RULES.items() if rule.severity is Severity.CRITICAL or rule.danger is FaultRisk.SPEECH
)
GREAT: Final = 50
"""An incident of so many devices wakes people, whatever its cause."""
LOCAL: Final = timezone(timedelta(hours=7))


class IncidentStage(StrEnum):
    """Stage of an incident that a message reports; each is reported once."""

    OPENED = "opened"
    ESCALATED = "escalated"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Duty:
    """On-call duty for an area and all below it. ``weekdays``: 0 is Monday; hours from ``starts`` to ``ends``, local.

    ``address``: a mail address, or an http(s) one for a webhook. ``line``: 1 is notified first, 2 when no person of
    line 1 has taken it on.
    """

    id: str
    area_id: AreaId
    name: str
    address: str
    line: int = 1
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    starts: time = time(0)
    ends: time = time(0)


def is_address(text: str) -> bool:
    """Return whether a message can be sent there: a mail address, or an http(s) one."""
    if "://" in text:
        parts = urlsplit(text)
        return parts.scheme in {"https", "http"} and bool(parts.hostname)
    name, at, host = text.rpartition("@")
    return bool(name and at and host) and text.isascii() and not any(symptom.isspace() for symptom in text)


def is_on(duty: Duty, now: datetime) -> bool:
    """Return whether these are its hours; equal ends mean the whole day, ends before starts reach past midnight."""
    here = now.astimezone(LOCAL)
    at = here.time()
    if duty.starts == duty.ends:
        return here.weekday() in duty.weekdays
    if duty.starts < duty.ends:
        return here.weekday() in duty.weekdays and duty.starts <= at < duty.ends
    if at >= duty.starts:
        return here.weekday() in duty.weekdays
    return (here - timedelta(days=1)).weekday() in duty.weekdays and at < duty.ends


def recipients(
    duties: Iterable[Duty], areas: Collection[AreaId], tree: AreaTree, line: int, now: datetime
) -> list[Duty]:
    """Return those of this line on call for the smallest area that covers all of these; else for any of them."""
    on = [each for each in duties if each.line == line and each.area_id in tree and is_on(each, now)]
    covering = [each for each in on if all(tree.is_within(area_id, each.area_id) for area_id in areas)]
    if not covering:
        return [each for each in on if any(tree.is_within(area_id, each.area_id) for area_id in areas)]
    depth = max(len(tree.chain(each.area_id)) for each in covering)
    return [each for each in covering if len(tree.chain(each.area_id)) == depth]


def is_night(now: datetime) -> bool:
    """Return whether it is night, when people sleep."""
    at = now.astimezone(LOCAL).time()
    return at >= NIGHT_FROM or at < NIGHT_UNTIL


def wakes(incident: Incident) -> bool:
    """Return whether it is notified at night too."""
    return incident.affected >= GREAT or incident.cause in {Cause.SERVER, Cause.CLOCK}


def stages_due(
    incident: Incident, told: frozenset[IncidentStage], now: datetime, *, is_taken: bool, endangers_alert: bool
) -> Sequence[IncidentStage]:
    """Return the stage to report now; at most one. An incident that ended before its first report is not reported."""
    if incident.merged_into or now - incident.opened_at < SETTLES_FOR:
        return []
    if incident.over_at is not None:
        return [IncidentStage.OVER] if told and IncidentStage.OVER not in told else []
    if is_night(now) and not wakes(incident) and not endangers_alert:
        return []
    if IncidentStage.OPENED not in told:
        return [IncidentStage.OPENED]
    late = now - incident.opened_at >= ESCALATES_AFTER and not is_taken
    return (
        [IncidentStage.ESCALATED]
        if late and IncidentStage.ESCALATED not in told and IncidentStage.OVER not in told
        else []
    )


def is_told_at_once(fault: Fault) -> bool:
    """Return whether it is sent by itself at once, neither in a digest nor in the morning."""
    return RULES[fault.kind].severity is Severity.CRITICAL


def is_urgent(fault: Fault) -> bool:
    """Return whether it has to be known within minutes: the device cannot speak, or a stranger makes it speak."""
    return fault.kind in URGENT_KINDS


def worth_telling(fault: Fault, now: datetime) -> bool:
    """Return whether a device's fault is to be notified, unless taken on: open, in no incident, not minor.

    A fault that is not critical waits a little: it may be a part of something larger.
    """
    if not fault.is_open or fault.incident_id or RULES[fault.kind].severity is Severity.MINOR:
        return False
    assert fault.opened_at is not None
    return is_told_at_once(fault) or now - fault.opened_at >= SINGLE_AFTER


def worth_telling_late(fault: Fault) -> bool:
    """Return whether a fault that has closed should have been notified while it was open."""
    if fault.ending is not Ending.CLEARED or fault.incident_id or fault.kind not in URGENT_KINDS:
        return False
    assert fault.opened_at is not None
    assert fault.closed_at is not None
    return fault.closed_at - fault.opened_at >= SINGLE_AFTER


def worth_telling_after(incident: Incident) -> bool:
    """Return whether an incident that ended unreported should have been reported: it was no matter of moments."""
    if incident.over_at is None or incident.merged_into:
        return False
    return incident.over_at - incident.opened_at >= SINGLE_AFTER


def may_write(sent_at: Sequence[datetime], now: datetime, *, urgent: bool = False) -> bool:
    """Return whether this address may get another message now; ``sent_at``: the times of those it got."""
    recent = [each for each in sent_at if now - each < timedelta(hours=1)]
    return len(recent) < LETTERS_AN_HOUR or (urgent and now - max(recent) >= URGENT_EVERY)


def digest_due(last_at: datetime | None, now: datetime, *, urgent: bool = False) -> bool:
    """Return whether a digest of what waits may go out; ``last_at``: the time of the last one."""
    return last_at is None or now - last_at >= (URGENT_EVERY if urgent else DIGEST_EVERY)
