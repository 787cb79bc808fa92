"""Consistency of what is said in one place: alerts, all-clears and corrections in force, and what devices still show.

Two messages contradict each other where both are meant for a place and a person there cannot obey both, or cannot tell
which one holds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Final

from broadcast.alerts.cap.message import ResponseType
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import AlertId
from province.areas import AreaId

_AWAY: Final = frozenset({ResponseType.EVACUATE})
_INSIDE: Final = frozenset({ResponseType.SHELTER})


class ContradictionKind(StrEnum):
    """Kind of a contradiction, the gravest first.

    OPPOSED: one asks people to leave, the other to stay inside · CALM: one says that the danger is over, the other
    warns · LOWER: both warn of the same hazard, at different levels · GOES_ON: an update leaves places out, in which
    the older alert goes on · UNSAID: an update leaves places out, in which the older alert ends without a word ·
    UNCHECKED: between the rounds of a warning people hear words that nobody compared with it · STILL_SHOWN: devices
    have not taken the end of an alert, and show or sound it.
    """

    OPPOSED = "opposed"
    CALM = "calm"
    LOWER = "lower"
    GOES_ON = "goes_on"
    UNSAID = "unsaid"
    UNCHECKED = "unchecked"
    STILL_SHOWN = "still_shown"


@dataclass(frozen=True, slots=True)
class PublicMessage:
    """Message in force, or about to be, in ``places``. ``responses``: what it asks people to do, as CAP names it."""

    id: AlertId
    headline: str
    hazard: Hazard
    level: AlertLevel
    is_drill: bool
    is_calm: bool
    responses: frozenset[ResponseType]
    places: frozenset[AreaId]


@dataclass(frozen=True, slots=True)
class UncheckedSpeech:
    """Speech on air in ``places`` whose words the server does not know: a live address, or the stream of a station."""

    title: str
    places: frozenset[AreaId]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Contradiction in ``places``; ``ids`` are the alerts it is between.

    ``devices``: how many still show it. ``speech``: title of what nobody compared with the alert.
    """

    kind: ContradictionKind
    ids: tuple[AlertId, ...]
    places: frozenset[AreaId]
    devices: int = 0
    speech: str = ""


def contradictions(messages: Iterable[PublicMessage]) -> Sequence[Contradiction]:
    """Find the contradictions between messages that are in force at once, gravest first. Drills are apart."""
    found = [
        Contradiction(kind, (one.id, other.id), one.places & other.places)
        for one, other in combinations(messages, 2)
        if one.is_drill == other.is_drill and one.places & other.places
        for kind in [_between(one, other)]
        if kind is not None
    ]
    return in_order(found)


def unchecked(messages: Iterable[PublicMessage], speeches: Sequence[UncheckedSpeech]) -> Sequence[Contradiction]:
    """Find the live warnings beside which unchecked speech is on air: loudspeakers go back to it after a round."""
    return [
        Contradiction(ContradictionKind.UNCHECKED, (each.id,), each.places & speech.places, speech=speech.title)
        for each in messages
        if not each.is_drill and not each.is_calm
        for speech in speeches
        if each.places & speech.places
    ]


def left_out(old: PublicMessage, new: PublicMessage, ended: frozenset[AreaId]) -> Sequence[Contradiction]:
    """Find the places that an update leaves out. ``ended``: those in which the older alert ends with it."""
    beyond = old.places - new.places
    if new.is_calm or old.is_calm:
        return ()
    kinds = {ContradictionKind.GOES_ON: beyond - ended, ContradictionKind.UNSAID: beyond & ended}
    return [Contradiction(kind, (old.id,), frozenset(places)) for kind, places in kinds.items() if places]


def in_order(found: Iterable[Contradiction]) -> Sequence[Contradiction]:
    """Return them gravest first, then those in most places."""
    rank = list(ContradictionKind).index
    return sorted(found, key=lambda each: (rank(each.kind), -len(each.places), each.ids, each.speech))


def _between(one: PublicMessage, other: PublicMessage) -> ContradictionKind | None:
    if one.is_calm and other.is_calm:
        return None
    if one.is_calm or other.is_calm:
        return ContradictionKind.CALM
    is_opposed = (one.responses & _AWAY and other.responses & _INSIDE) or (
        one.responses & _INSIDE and other.responses & _AWAY
    )
    if is_opposed:
        return ContradictionKind.OPPOSED
    if one.hazard is other.hazard and one.level is not other.level:
        return ContradictionKind.LOWER
    return None
