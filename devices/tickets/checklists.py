"""Checklists: the steps at the pole for each kind of fault, in their order, and how far a ticket's has come."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

from devices.health.kinds import FaultKind
from devices.model import DeviceKind
from devices.tickets.model import Check, TicketEntry

_F, _C = FaultKind, Check

CHECKLISTS: Final[Mapping[FaultKind, tuple[Check, ...]]] = {
    _F.SHUT_OFF: (_C.LABEL, _C.NEW_KEY),
    _F.IDENTITY_SHARED: (_C.LABEL, _C.STRANGER, _C.NEW_KEY),
    _F.SOUND_UNORDERED: (_C.STRANGER, _C.LABEL),
    _F.MAINS_LOST: (_C.BREAKER, _C.MAINS, _C.BATTERY),
    _F.LINK_LOST: (_C.BREAKER, _C.MAINS, _C.RESTART, _C.SIM, _C.ANTENNA),
    _F.AMP_CUT_OUT: (_C.COOLING, _C.LINE_OFF, _C.AMP_SPARE),
    _F.AMP_FAULT: (_C.AMP_LAMPS, _C.COOLING, _C.AMP_SPARE),
    _F.SPEAKER_SHORT: (_C.LINE_OFF, _C.JOINTS, _C.HORNS),
    _F.SPEAKER_OPEN: (_C.LINE_OFF, _C.LINE_HALVES, _C.JOINTS, _C.HORNS),
    _F.SILENT_PLAYBACK: (_C.VOLUME, _C.LINE_OFF, _C.HORNS, _C.MICROPHONE),
    _F.SELF_TEST_FAILED: (_C.AMP_LAMPS, _C.LINE_OFF, _C.MICROPHONE),
    _F.DISK_READ_ONLY: (_C.RESTART, _C.CARD),
    _F.DISK_FULL: (_C.RESTART, _C.CARD),
    _F.CLOCK_OFF: (_C.RESTART, _C.ANTENNA, _C.CLOCK_CELL),
    _F.SPEAKER_EARTH: (_C.LINE_EARTH, _C.JOINTS),
    _F.BATTERY_LOW: (_C.MAINS, _C.BATTERY),
    _F.AMP_HOT: (_C.COOLING, _C.LINE_OFF, _C.AMP_SPARE),
    _F.LINE_DRIFT: (_C.LINE_OFF, _C.JOINTS, _C.HORNS),
    _F.PLAN_NOT_HELD: (_C.RESYNC, _C.ANTENNA, _C.RESTART),
    _F.LINK_FLAPS: (_C.ANTENNA, _C.SIM, _C.MAINS),
    _F.MESSAGES_BAD: (_C.LABEL, _C.STRANGER, _C.NEW_KEY),
    _F.TRESPASSES: (_C.LABEL, _C.STRANGER, _C.NEW_KEY),
    _F.TALKS_TOO_MUCH: (_C.RESTART, _C.FIRMWARE),
    _F.TELEMETRY_LOST: (_C.RESTART, _C.FIRMWARE),
    _F.DOOR_OPEN: (_C.STRANGER, _C.DOOR),
    _F.CERTIFICATE_ENDS: (_C.ANTENNA, _C.NEW_KEY),
    _F.DATA_PLAN_ENDS: (_C.DATA_PLAN,),
    _F.FIRMWARE_OLD: (_C.FIRMWARE,),
}
_RANK: Final = {kind: place for place, kind in enumerate(FaultKind)}


def checks_of(kind: DeviceKind | None, faults: Collection[FaultKind] = ()) -> Sequence[Check]:
    """Return the steps at a device of this kind with these faults, each once, what has to be put right first at first.

    A board or a station is not listened to; of a place (None) nothing is known.
    """
    of_faults = chain.from_iterable(CHECKLISTS[each] for each in sorted(faults, key=_RANK.__getitem__))
    last = (_C.MEASURE, _C.LISTEN) if kind is not None and kind.has_loudspeaker else ()
    return tuple(dict.fromkeys((_C.LOOK, *of_faults, *last)))


def ticked(entries: Iterable[TicketEntry]) -> Mapping[Check, TicketEntry]:
    """Return the newest result of each step that was made; ``entries`` are in the order in which they were done."""
    return {each.check: each for each in entries if each.check is not None}
