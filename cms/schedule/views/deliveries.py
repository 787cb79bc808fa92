"""Deliveries of one bulletin: the receipts by state, device by device, with the as-run record of each."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from flask import render_template, request
from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import AsRun, DeliveryState
from broadcast.bulletins.model import Bulletin, BulletinId
from broadcast.bulletins.transmissions import OccurrenceId
from cms.alerts.queries.ladder import DeliveryRung, as_runs_of, by_area, ladder, planned_areas
from cms.boards.queries import boards_of
from cms.bulletins.repository.bulletins import Bulletins
from cms.fleet.views import device_map
from cms.fleet.views.device_map import Dot
from cms.platform.store.uow import UnitOfWork
from cms.platform.web import formats, messages, request_context
from cms.platform.web.request_context import pages
from cms.schedule.queries.airings import Airing, AiringStart, airing, starting_at, starts_of
from cms.schedule.views.dashboard import where
from devices.model import DeviceId
from province.areas import AreaId
from province.errors import NotFoundError
from province.people import Action
from province.policy import may, visible_areas

DEVICE_ROWS = 100
OCCURRENCES_SHOWN = 15
# Time after an airing within which connected devices have reported it and their records have arrived.
PROOF_WITHIN = timedelta(minutes=2)
_BAR_WIDTH = 1000
_SHOWN = frozenset({DeliveryState.STARTED, DeliveryState.DONE, DeliveryState.CUT})


@dataclass(frozen=True)
class Ladder:
    """Deliveries of one airing in the user's areas: counts by state, a page of devices with their records, dots."""

    counts: Counter[DeliveryState]
    lines: list[tuple[DeliveryRung, AsRun | None]]
    more_after: str
    dots: list[Dot]


@pages.get("/bulletins/<bulletin_id>/delivery")
def delivery(bulletin_id: str) -> str:
    state = request.args.get("state", "")
    now = request_context.context().now()
    with request_context.context().uow.reading() as uow:
        tree = messages.tree_for(Action.DELIVERY_READ, uow)
        mine = tuple(area.id for area in tree if may(request_context.actor(), Action.DELIVERY_READ, area.id, tree))
        found = readable(uow, bulletin_id)
        chosen, airings = chosen_airing(uow.session, found.id, where(mine, tree), now)
        wanted = DeliveryState(state) if state in set(DeliveryState) else None
        far = _ladder(uow, chosen, mine, wanted) if chosen else Ladder(Counter(), [], "", [])
        on_boards = boards_of(uow, found.id, mine)
    return render_template(
        "schedule/delivery.html",
        bulletin=found,
        airings=airings,
        chosen=chosen,
        phase=chosen.phase(now) if chosen else None,
        states=[(each, far.counts[each]) for each in DeliveryState],
        parts=formats.bar(far.counts, reversed(DeliveryState), _BAR_WIDTH),
        total=far.counts.total(),
        state=wanted or "",
        lines=far.lines,
        more_after=far.more_after,
        is_later="after" in request.args,
        dots=far.dots,
        dots_are_areas=far.counts.total() > device_map.DEVICE_DOTS_MAX,
        boards=on_boards,
        boards_shown=sum(line.state in _SHOWN for line in on_boards),
        is_live=bool(chosen and now < chosen.end_at + PROOF_WITHIN)
        or far.counts[DeliveryState.STARTED] > 0
        or any(line.state is DeliveryState.STARTED for line in on_boards),
    )


def _ladder(uow: UnitOfWork, chosen: Airing, mine: tuple[AreaId, ...], state: DeliveryState | None) -> Ladder:
    session, after = uow.session, request.args.get("after", "")
    sent_at = planned_areas(session, chosen.occurrence_id)
    areas = by_area(session, chosen.occurrence_id, mine, sent_at)
    counts: Counter[DeliveryState] = Counter()
    for states in areas.values():
        counts.update(states)
    rungs = partial(ladder, session, chosen.occurrence_id, areas=mine, sent_at=sent_at)
    page = rungs(state=state, after=after, limit=DEVICE_ROWS)
    records = as_runs_of(session, chosen.occurrence_id, [rung.device_id for rung in page.rows])
    last: dict[DeviceId, AsRun] = {record.device_id: record for record in records}
    if counts.total() > device_map.DEVICE_DOTS_MAX:
        dots = device_map.area_dots(messages.tree(), areas)
    else:
        every = rungs(limit=device_map.DEVICE_DOTS_MAX)
        dots = device_map.device_dots(uow, every.rows)
    lines = [(rung, last.get(rung.device_id)) for rung in page.rows]
    return Ladder(counts, lines, page.next_cursor, dots)


def readable(uow: UnitOfWork, bulletin_id: str) -> Bulletin:
    """Return the bulletin if the user may read deliveries there: a technician may, who reads no drafts."""
    found = uow[Bulletins].get(BulletinId(bulletin_id))
    tree = messages.tree(uow)
    if visible_areas(request_context.actor(), Action.DELIVERY_READ, tree).isdisjoint(found.targets.areas):
        raise NotFoundError("bulletin", bulletin_id)
    return found


def chosen_airing(
    session: Session, bulletin_id: BulletinId, areas: Collection[AreaId] | None, now: datetime
) -> tuple[Airing | None, Sequence[AiringStart]]:
    """Return the airing asked for, else the one that began last, else the first; and those near it to choose from.

    The page shows results, and a daily bulletin has hundreds.
    """
    name = OccurrenceId(request.args.get("occurrence", ""))
    chosen = airing(session, name, areas) if name else None
    if chosen is not None and chosen.bulletin_id != bulletin_id:
        chosen = None
    starts = starts_of(session, bulletin_id, areas)
    place = bisect_left(starts, chosen.start_at) if chosen else bisect_right(starts, now) - 1
    first = max(0, min(place - OCCURRENCES_SHOWN // 2, len(starts) - OCCURRENCES_SHOWN))
    near = starting_at(session, bulletin_id, starts[first : first + OCCURRENCES_SHOWN], areas)
    if chosen is None and near:
        begun = [each for each in near if each.start_at <= now]
        chosen = airing(session, (begun[-1] if begun else near[0]).occurrence_id, areas)
    return chosen, near
