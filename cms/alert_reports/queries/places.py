"""Inhabitants of places, shared among their loudspeakers."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcast.alerts.warned import shared_people
from cms.alert_reports.repository import HearingPlaces
from cms.alert_reports.tables import DeviceHearingRow
from cms.fleet.tables import DeviceRow, in_service
from cms.platform.store.rows import among
from devices.model import DeviceId, DeviceKind
from province.areas import AreaId, AreaTree


@dataclass(frozen=True, slots=True)
class _Neighbour:
    """Loudspeaker with the place whose inhabitants it shares."""

    device_id: DeviceId
    area_id: AreaId
    inhabitants: int | None


def people_of(session: Session, tree: AreaTree, areas: Iterable[AreaId]) -> dict[DeviceId, int]:
    """Share the inhabitants of these areas, or of the nearest areas above with a number, among their loudspeakers."""
    known = HearingPlaces(session).inhabitants()
    rows = session.execute(
        select(DeviceRow.id, DeviceRow.area_id, DeviceHearingRow.inhabitants)
        .outerjoin(DeviceHearingRow, DeviceHearingRow.device_id == DeviceRow.id)
        .where(among(DeviceRow.area_id, around(tree, known, areas)), in_service(), DeviceRow.kind != DeviceKind.BOARD)
        .order_by(DeviceRow.id)
    )
    neighbours = [
        _Neighbour(row.id, counted_place(tree, known, row.area_id) or row.area_id, row.inhabitants) for row in rows
    ]
    return shared_people(known, neighbours)


def shares_in(
    session: Session, tree: AreaTree, known: Mapping[AreaId, int], areas: Iterable[AreaId]
) -> dict[AreaId | None, float]:
    """Return the shares of ``shares_of`` for these areas, counted in the database."""
    own = DeviceHearingRow.inhabitants
    counted = (
        select(DeviceRow.area_id, func.count() - func.count(own), func.coalesce(func.sum(own), 0))
        .outerjoin(DeviceHearingRow, DeviceHearingRow.device_id == DeviceRow.id)
        .where(among(DeviceRow.area_id, around(tree, known, areas)), in_service(), DeviceRow.kind != DeviceKind.BOARD)
        .group_by(DeviceRow.area_id)
    )
    return shares_of(
        ((area_id, without, people or 0) for area_id, without, people in session.execute(counted)), tree, known
    )


def shares_of(
    counts: Iterable[tuple[AreaId, int, int]], tree: AreaTree, known: Mapping[AreaId, int]
) -> dict[AreaId | None, float]:
    """Return the part of each place's inhabitants that a loudspeaker without a number has; see ``shared_people``.

    ``counts``: area, loudspeakers without a number, sum of the numbers of the others.
    """
    left, sharing = dict(known), Counter[AreaId]()
    for area_id, without, people in counts:
        place = counted_place(tree, known, area_id)
        if place is not None:
            sharing[place] += without
            left[place] -= people
    return {place: max(0, left[place]) / devices for place, devices in sharing.items() if devices}


def around(tree: AreaTree, known: Mapping[AreaId, int], areas: Iterable[AreaId]) -> set[AreaId]:
    """Return these areas with all others that share the inhabitants of the same places."""
    wanted = set(areas)
    places = {place for area_id in wanted if (place := counted_place(tree, known, area_id)) is not None}
    return wanted | {area.id for place in places for area in tree.subtree(place)}


def counted_place(tree: AreaTree, known: Mapping[AreaId, int], area_id: AreaId) -> AreaId | None:
    """Return the area, or the nearest one above it, of which the number of inhabitants is known."""
    return next((above for above in tree.chain(area_id) if above in known), None)
