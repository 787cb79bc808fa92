"""Comparison of incidents and notifications with their causes: one incident a cause, no notification too many. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from devices.health.incidents import LEAST_LOCAL, Incident
from devices.health.notices import LETTERS_MOST, IncidentStage

FALLS_OUT_MS: Final = 360_000
"""Detection time of a shared cause: a broker misses a device after two minutes, and all fall out within three."""
HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class InjectedCause:
    """One injected cause: the fault ``what`` for so many devices at one moment."""

    at_ms: int
    what: str
    devices: int


@dataclass(frozen=True, slots=True)
class SentNotification:
    """One notification; ``incident`` is empty if it is about single faults."""

    at: datetime
    incident: str
    stage: IncidentStage


@dataclass(frozen=True, slots=True)
class TooMuch:
    """One notification or incident too many, described by ``what``."""

    at_ms: int
    what: str


def causes(begun: Iterable[tuple[int, int, str, str]]) -> list[InjectedCause]:
    """List the causes from the truth log, in order of time; one that hits all devices names none of them there."""
    whom: Counter[tuple[int, str]] = Counter()
    for at_ms, _, what, device in begun:
        whom[at_ms, what] += bool(device)
    return [InjectedCause(at_ms, what, devices) for (at_ms, what), devices in sorted(whom.items())]


def compare(
    what_befell: Sequence[InjectedCause], incidents: Iterable[Incident], letters: Sequence[SentNotification]
) -> list[TooMuch]:
    """List what was notified too often or without a cause; incidents merged into another are not counted."""
    wrong: list[TooMuch] = []
    said = Counter((each.incident, each.stage) for each in letters if each.incident)
    first = {each.incident: each.at for each in reversed(letters) if each.incident}
    by_cause: dict[InjectedCause, int] = defaultdict(int)
    for incident in incidents:
        began_ms = round(incident.began_at.timestamp() * 1000)
        wrong += [
            TooMuch(began_ms, f"{stage} of one incident told {said[incident.id, stage]} times")
            for stage in IncidentStage
            if said[incident.id, stage] > 1
        ]
        if incident.merged_into or incident.id not in first:
            continue
        of = [each for each in what_befell if each.at_ms <= began_ms <= each.at_ms + FALLS_OUT_MS]
        large = [each for each in of if each.devices >= LEAST_LOCAL or not each.devices]
        if not large:
            wrong.append(
                TooMuch(began_ms, f"an incident ({incident.scope} {incident.cause}) of nothing that befell many")
            )
            continue
        by_cause[large[-1]] += 1
    wrong += [
        TooMuch(each.at_ms, f"{each.what} told as {count} incidents") for each, count in by_cause.items() if count > 1
    ]
    times = [each.at for each in letters]
    for place, at in enumerate(times):
        if place >= LETTERS_MOST and at - times[place - LETTERS_MOST] < HOUR:
            wrong.append(TooMuch(round(at.timestamp() * 1000), f"more than {LETTERS_MOST} letters within an hour"))
    return wrong
