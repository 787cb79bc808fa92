"""Speak label of a device: whether it can speak now, and if not, why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from devices.health.kinds import RULES, FaultKind, FaultRisk, first_of
from devices.health.symptoms import DeviceFacts, symptoms
from devices.model import DeviceStatus
from devices.telemetry import TelemetrySnapshot


class CanSpeak(StrEnum):
    """Ability to speak. NO: nothing sent to it now is heard there. DOUBTFUL: it may be; do not count on it."""

    YES = "yes"
    DOUBTFUL = "doubtful"
    NO = "no"


@dataclass(frozen=True, slots=True)
class SpeakLabel:
    """The label. ``reason``: the fault to put right first of those behind it; None where the device can speak.

    ``is_passing``: those faults are no longer seen, but not for long enough to be closed.
    """

    can_speak: CanSpeak
    reason: FaultKind | None = None
    is_passing: bool = False


YES: Final = SpeakLabel(CanSpeak.YES)


def label_of(kinds: Iterable[FaultKind]) -> SpeakLabel:
    """Return the label that these faults together give a device."""
    found = frozenset(kinds)
    silencing = {kind for kind in found if RULES[kind].danger is FaultRisk.SPEECH}
    if FaultKind.SHUT_OFF in silencing:
        return SpeakLabel(CanSpeak.NO, FaultKind.SHUT_OFF)
    if silencing:
        # Lost mains name the cause of a silence that came after them.
        because = FaultKind.MAINS_LOST if {FaultKind.MAINS_LOST, FaultKind.LINK_LOST} <= found else first_of(silencing)
        return SpeakLabel(CanSpeak.NO, because)
    doubtful = first_of(kind for kind in found if RULES[kind].danger is not FaultRisk.UPKEEP)
    return YES if doubtful is None else SpeakLabel(CanSpeak.DOUBTFUL, doubtful)


def label(
    snapshot: TelemetrySnapshot | None, status: DeviceStatus | None, facts: DeviceFacts, now: datetime
) -> SpeakLabel:
    """Return the label at this very moment, before any hold time."""
    shown = {kind for kind, symptom in symptoms(snapshot, status, facts, now).items() if symptom.shown}
    return label_of(shown | unheard(snapshot, status))


def held_label(
    lasting: Iterable[FaultKind],
    passing: Iterable[FaultKind],
    snapshot: TelemetrySnapshot | None,
    status: DeviceStatus | None,
    *,
    is_shut_off: bool = False,
    is_restricted: bool = False,
) -> SpeakLabel:
    """Return the label after the hold times of its open faults, as on lists, maps and in notifications.

    ``passing``: those of them that the last report no longer shows. A device that is back is not called mute, nor yet
    sound. ``is_shut_off``: nothing sent to it is heard there, though that is no fault. ``is_restricted``: only alerts
    are.
    """
    if is_shut_off:
        return label_of({FaultKind.SHUT_OFF})
    now = label_of(frozenset(lasting) | unheard(snapshot, status))
    if is_restricted and now.can_speak is not CanSpeak.NO:
        return SpeakLabel(CanSpeak.DOUBTFUL, FaultKind.SHUT_OFF)
    if now.can_speak is not CanSpeak.YES:
        return now
    reason = label_of(passing).reason
    return YES if reason is None else SpeakLabel(CanSpeak.DOUBTFUL, reason, is_passing=True)


def unheard(snapshot: TelemetrySnapshot | None, status: DeviceStatus | None) -> frozenset[FaultKind]:
    """Return the missing data that leaves it open whether it can speak: no status, or no telemetry, ever received."""
    if status is None:
        return frozenset({FaultKind.LINK_LOST})
    return frozenset({FaultKind.TELEMETRY_LOST}) if snapshot is None else frozenset()
