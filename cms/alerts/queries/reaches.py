"""Reaches of orders: by area, by device, and over time."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, case, func, literal, select, true, type_coerce, union_all
from sqlalchemy.orm import Session

from broadcast.alerts.orders import ENDED_BEFORE, OrderReach, ReachState
from broadcast.alerts.rounds import InRound, RoundState, state_in_round
from cms.alerts.queries.order_moment import NO_ORDER, OrderMoment, is_linked
from cms.alerts.tables import ReachRow
from cms.areas.tables import AreaRow
from cms.fleet.queries.overview import MapDevice
from cms.fleet.tables import DeviceRow, DeviceStatusRow, boards
from cms.health.queries.faults import shown_verdict, silenced
from cms.platform.store.columns import Utc
from cms.platform.store.paging import ResultPage, page_of
from cms.platform.store.rows import points_of, value_of
from devices.health.sound_proof import SoundVerdict
from devices.model import DeviceKind
from province.areas import AreaId, Point


@dataclass(frozen=True, slots=True)
class AreaReach:
    """Reach in one area: loudspeakers by state, and how many were proved to be heard, or not to be.

    ``unmeasured``: sounded at least partly, without a measurement that it was heard. Boards have no sound and are
    counted apart. A silent drill proves nothing. ``closed``: took the end, and are silent. ``now``: their state at
    this moment; ``in_round``: their state in the current round. ``ended_before``: devices, boards among
    them, that know the order as ended, though it is in force here: its end was lost in a restore.
    """

    area_id: AreaId
    area_name: str
    states: Mapping[ReachState, int]
    heard: int = 0
    not_heard: int = 0
    unmeasured: int = 0
    boards: Mapping[ReachState, int] = field(default_factory=dict)
    closed: int = 0
    now: Mapping[RoundState, int] = field(default_factory=dict)
    in_round: Mapping[InRound, int] = field(default_factory=dict)
    ended_before: int = 0

    @property
    def meant(self) -> int:
        return sum(self.states.values())

    @property
    def answered(self) -> int:
        """Count the devices that answered at all, be it with a refusal."""
        return self.meant - self.unanswered

    @property
    def unanswered(self) -> int:
        return self.states.get(ReachState.WAITING, 0) + self.states.get(ReachState.SILENT, 0)

    @property
    def refused(self) -> int:
        return self.states.get(ReachState.REFUSED, 0)


@dataclass(frozen=True, slots=True)
class ReachLine:
    """Reach of one device. ``online`` and ``seen_at`` may explain its silence; None for one that never sent a status.

    ``verdict``: on its proof of sound; None for a board, and where there is nothing to judge. ``standing``: its
    present state in the order.
    """

    reach: OrderReach
    online: bool
    seen_at: datetime | None
    verdict: SoundVerdict | None
    standing: RoundState


def area_reaches(
    session: Session,
    order_id: str,
    moment: OrderMoment = NO_ORDER,
    areas: Collection[AreaId] | None = None,
    mute: Sequence[OrderReach] | None = None,
) -> Sequence[AreaReach]:
    """Count an order's (or a stop's, by its id) reaches area by area, by name, and its present state there.

    ``mute``: its ``mute_of``, if they have been read already.
    """
    # Boards are few, and found by their ids: to look for each device's kind takes a third of the time of all this.
    told = union_all(*(_alike(order_id, moment, areas, is_board=each) for each in (False, True))).subquery()
    named = select(AreaRow.name, told).outerjoin_from(told, AreaRow, AreaRow.id == told.c.area_id)
    query = named.order_by(AreaRow.name, told.c.area_id)
    found: dict[AreaId, _AreaCounts] = {}
    rows = session.execute(query)
    for name, area_id, sound, state, latest, has_begun, is_closed, is_online, knows_end, is_board, count in rows:
        counted = found.setdefault(area_id, _AreaCounts(name or area_id))
        counted.ended_before += count if knows_end else 0
        if is_board:
            counted.boards[state] += count
            continue
        facts = {"has_begun": bool(has_begun), "is_closed": bool(is_closed), "is_online": bool(is_online)}
        counted.states[state] += count
        counted.now[moment.state_now(state, latest, **facts)] += count
        counted.in_round[state_in_round(state, latest, **facts)] += count
        counted.verdicts[None if moment.is_silent else shown_verdict(state, sound)] += count
        counted.closed += count if is_closed else 0
    for each in mute_of(session, order_id, moment, areas) if mute is None else mute:
        found[each.area_id].move(shown_verdict(each.state, each.sound))
    return [counted.as_reach(area_id) for area_id, counted in found.items()]


def _alike(
    order_id: str, moment: OrderMoment, areas: Collection[AreaId] | None, *, is_board: bool
) -> Select[*tuple[Any, ...]]:
    """Count the loudspeakers, or the boards, of an order that are alike in everything on which their state depends."""
    each_device = (
        select(
            ReachRow.area_id,
            ReachRow.sound,
            ReachRow.state,
            ReachRow.latest,
            moment.has_begun().label("has_begun"),
            ReachRow.closed_at.is_not(None).label("is_closed"),
            is_linked().label("is_online"),
            (ReachRow.code == ENDED_BEFORE).label("knows_end"),
        )
        .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == ReachRow.device_id)
        .where(ReachRow.order_id == order_id)
        .where(ReachRow.device_id.in_(boards()) if is_board else ReachRow.device_id.not_in(boards()))
    )
    if areas is not None:
        each_device = each_device.where(ReachRow.area_id.in_(areas))
    device = each_device.subquery().c
    return select(*device, literal(is_board).label("is_board"), func.count().label("devices")).group_by(*device)


@dataclass(slots=True)
class _AreaCounts:
    """Counts of one area while its rows are read."""

    name: str
    states: Counter[ReachState] = field(default_factory=Counter)
    boards: Counter[ReachState] = field(default_factory=Counter)
    verdicts: Counter[SoundVerdict | None] = field(default_factory=Counter)
    now: Counter[RoundState] = field(default_factory=Counter)
    in_round: Counter[InRound] = field(default_factory=Counter)
    closed: int = 0
    ended_before: int = 0

    def move(self, verdict: SoundVerdict | None) -> None:
        """Move one device to "not heard": a fault silences it, whatever it measured."""
        self.verdicts[verdict] -= 1
        self.verdicts[SoundVerdict.NOT_HEARD] += 1

    def as_reach(self, area_id: AreaId) -> AreaReach:
        heard, not_heard, unmeasured = (self.verdicts[each] for each in SoundVerdict)
        return AreaReach(
            area_id,
            self.name,
            dict(self.states),
            heard,
            not_heard,
            unmeasured,
            dict(self.boards),
            self.closed,
            dict(self.now),
            dict(self.in_round),
            self.ended_before,
        )


def mute_of(
    session: Session, order_id: str, moment: OrderMoment, areas: Collection[AreaId] | None = None
) -> Sequence[OrderReach]:
    """List the loudspeakers that a fault kept from being heard; a silent drill proves nothing, and has none."""
    return () if moment.is_silent else silenced(session, order_id, areas)


def reach_list(
    session: Session,
    order_id: str,
    moment: OrderMoment = NO_ORDER,
    *,
    areas: Collection[AreaId] | None = None,
    states: Collection[ReachState] = (),
    after: str = "",
    limit: int = 200,
    mute: Sequence[OrderReach] | None = None,
) -> ResultPage[ReachLine]:
    """List the reaches device by device, by id; ``states`` empty: all. ``mute`` as in ``area_reaches``."""
    query = (
        select(ReachRow, DeviceStatusRow.online, DeviceStatusRow.seen_at, DeviceRow.kind, moment.has_begun())
        .outerjoin(DeviceRow, DeviceRow.id == ReachRow.device_id)
        .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == ReachRow.device_id)
        .where(ReachRow.order_id == order_id, ReachRow.device_id > after)
        .order_by(ReachRow.device_id)
        .limit(limit + 1)
    )
    if areas is not None:
        query = query.where(ReachRow.area_id.in_(areas))
    if states:
        query = query.where(ReachRow.state.in_(states))
    unheard = {each.device_id for each in (mute_of(session, order_id, moment, areas) if mute is None else mute)}

    def verdict(row: ReachRow, kind: DeviceKind | None) -> SoundVerdict | None:
        if moment.is_silent or kind is DeviceKind.BOARD:
            return None
        return SoundVerdict.NOT_HEARD if row.device_id in unheard else shown_verdict(row.state, row.sound)

    lines = [
        ReachLine(
            value_of(OrderReach, row),
            bool(online),
            seen_at,
            verdict(row, kind),
            moment.standing(row, has_begun=has_begun, is_online=online is not False),
        )
        for row, online, seen_at, kind, has_begun in session.execute(query)
    ]
    return page_of(lines, limit, lambda line: line.reach.device_id)


def reach_map(
    session: Session, order_id: str, moment: OrderMoment, is_shown: Callable[[Point], bool]
) -> tuple[Mapping[AreaId, Mapping[RoundState, int]], Sequence[MapDevice]]:
    """Return the present states of an order (or a stop) as a map shows them, from one read of its reaches.

    First the loudspeakers of each area by state, then the devices at a shown point, each with its state: of these
    ``not_heard`` takes precedence over any other.
    """
    mute = {each.device_id for each in mute_of(session, order_id, moment)}
    stood = case((ReachRow.is_placed, ReachRow.point), else_=DeviceRow.point)
    told = (
        *(ReachRow.area_id, type_coerce(DeviceRow.kind, Text), type_coerce(ReachRow.state, Text)),
        *(type_coerce(ReachRow.latest, Text), moment.has_begun(), ReachRow.closed_at.is_not(None), is_linked()),
    )
    query = (
        select(*told, type_coerce(ReachRow.sound, Text), ReachRow.device_id, ReachRow.device_name)
        .add_columns(type_coerce(stood, Text))
        .outerjoin(DeviceRow, DeviceRow.id == ReachRow.device_id)
        .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == ReachRow.device_id)
        .where(ReachRow.order_id == order_id)
    )
    rows = session.connection().execute(query).all()  # past the ORM, which takes as long again for so many
    # Thousands of devices are in a few states: each is judged once.
    alike = Counter(row[: len(told)] for row in rows)
    states = {facts: _state_on_map(moment, facts) for facts in alike}
    areas: dict[AreaId, Counter[RoundState]] = {}
    for facts, count in alike.items():
        if facts[1] != DeviceKind.BOARD:
            areas.setdefault(facts[0], Counter())[states[facts]] += count
    posts, placed = [], [row for row in rows if row[-1] is not None]
    for row, point in zip(placed, points_of(*(row[-1] for row in placed)), strict=True):
        if is_shown(point):
            sound, device_id, name = row[len(told) : -1]
            is_unheard = device_id in mute or (sound == SoundVerdict.NOT_HEARD and not moment.is_silent)
            posts.append(MapDevice(name, point, SoundVerdict.NOT_HEARD if is_unheard else states[row[: len(told)]]))
    return areas, posts


def _state_on_map(moment: OrderMoment, facts: Sequence[Any]) -> RoundState:
    _, _, state, latest, has_begun, is_closed, is_online = facts
    last = None if latest is None else ReachState(latest)
    given = {"has_begun": bool(has_begun), "is_closed": bool(is_closed), "is_online": bool(is_online)}
    return moment.state_now(ReachState(state), last, **given)


def reach_instants(session: Session, order_id: str) -> Mapping[str, Sequence[tuple[datetime, int]]]:
    """Count over time the devices that first heard of it, began and ended: ``received``, ``sounding``, ``done``."""
    is_answered = ReachRow.state.not_in([ReachState.WAITING, ReachState.SILENT, ReachState.REFUSED])
    # For a device that has sounded, its beginning is the first report with a known instant.
    first = case((ReachRow.started_at < ReachRow.changed_at, ReachRow.started_at), else_=ReachRow.changed_at)
    series = {
        "received": (func.coalesce(first, ReachRow.started_at), is_answered),
        "sounding": (ReachRow.started_at, true()),
        "done": (ReachRow.ended_at, ReachRow.state == ReachState.DONE),
    }
    found = {}
    for name, (instant, which) in series.items():
        at = type_coerce(instant, Utc)
        # Devices report milliseconds: thousands of them share a few hundred instants.
        query = select(at, func.count()).where(ReachRow.order_id == order_id, which, at.is_not(None))
        found[name] = [(reported_at, count) for reported_at, count in session.execute(query.group_by(at).order_by(at))]
    return found
