"""Sound outside the programme today: live addresses, and stops with their author."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from broadcast.alerts.orders import Stop
from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.transmissions import OccurrenceId
from broadcast.live.model import LiveSession, LiveState
from cms.alerts.repository.orders import Orders
from cms.live.queries import live_since
from cms.schedule.queries.airings import Airing, areas_of_airings
from cms.schedule.queries.readiness import Failure
from province.areas import AreaId, AreaTree

TOLD_FOR: Final = timedelta(hours=2)
"""A stop without a lasting silence is shown this long; one with a silence until that ends."""
SHOWN: Final = 3
BEFORE: Final = timedelta(days=1)
"""Upper bound of the silence of a stop."""
LATE: Final = timedelta(seconds=30)
"""Tolerance for a device that reports the cut by a clock that is behind."""
CUT_BY_ORDER: Final = "CANCELLED"


@dataclass(frozen=True, slots=True)
class TodaysSound:
    """Sound of today. ``stops``: latest first, with whether the silence lasts. ``stopped``: the stop, by airing cut."""

    on_air: Sequence[LiveSession]
    over: Sequence[LiveSession]
    stops: Sequence[tuple[Stop, bool]]
    stopped: Mapping[OccurrenceId, Stop]


def todays_sound(
    session: Session,
    mine: Iterable[AreaId],
    tree: AreaTree,
    airings: Sequence[Airing],
    failures: Mapping[OccurrenceId, Sequence[Failure]],
    *,
    midnight: datetime,
    now: datetime,
) -> TodaysSound:
    """Return the sound of today in these areas."""
    seen = frozenset(mine)
    lives = [each for each in live_since(session, midnight) if _touches(each.areas, seen, tree)]
    told = [each for each in Orders(session).stops_since(midnight - BEFORE) if _touches(each.areas, seen, tree)]
    lifted = {each.lifts for each in told if each.lifts is not None}
    stops = [each for each in told if each.lifts is None]
    shown = []
    for stop in reversed(stops):
        hushes = stop.hush_until_at is not None and stop.hush_until_at > now and stop.id not in lifted
        if hushes or now - stop.at <= TOLD_FOR:
            shown.append((stop, hushes))
    return TodaysSound(
        on_air=[each for each in lives if each.state is LiveState.ON_AIR],
        over=[each for each in lives if each.state is LiveState.ENDED and each.on_air_at is not None],
        stops=shown[:SHOWN],
        stopped=_stopped(session, airings, failures, stops, tree),
    )


def _stopped(
    session: Session,
    airings: Sequence[Airing],
    failures: Mapping[OccurrenceId, Sequence[Failure]],
    stops: Sequence[Stop],
    tree: AreaTree,
) -> Mapping[OccurrenceId, Stop]:
    """Return airings that devices cut on an order, each with the stop at that moment that reached its places."""
    cut = {
        occurrence_id
        for occurrence_id, found in failures.items()
        if any(each.reason == CUT_BY_ORDER and each.state is DeliveryState.CUT for each in found)
    }
    if not cut or not stops:
        return {}
    places = areas_of_airings(session, cut)
    found: dict[OccurrenceId, Stop] = {}
    for airing in airings:
        for stop in stops:
            is_then = airing.start_at <= stop.at <= airing.end_at + LATE
            if airing.occurrence_id in cut and is_then and _reaches(stop, places[airing.occurrence_id], tree):
                found[airing.occurrence_id] = stop
    return found


def _reaches(stop: Stop, areas: Iterable[AreaId], tree: AreaTree) -> bool:
    return any(not set(stop.areas).isdisjoint(tree.chain(each)) for each in areas if each in tree)


def _touches(areas: Iterable[AreaId], seen: frozenset[AreaId], tree: AreaTree) -> bool:
    """Return whether one of the areas is among those seen, or is an ancestor of one."""
    named = frozenset(areas)
    return not named.isdisjoint(seen) or any(not named.isdisjoint(tree.chain(each)) for each in seen if each in tree)
