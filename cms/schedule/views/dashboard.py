"""Today: the line of the day, airings that some devices will miss unless prevented, and those that failed."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import zip_longest
from typing import Final

from flask import render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcast.alerts.orders import Stop, lasting_silences
from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.transmissions import OccurrenceId
from broadcast.scheduling.make_good import Left, Remedy
from cms.alerts.queries.order_moment import sounding_alerts
from cms.alerts.queries.staffing import gaps, seen_by
from cms.alerts.repository.orders import Orders
from cms.exchange.queries.exchange import foreign_sounds
from cms.feedback.queries import open_count
from cms.fleet.queries.overview import quarantined_count
from cms.live.queries import live_since
from cms.local_alerts.queries import expired_count
from cms.notifications.views import inbox
from cms.platform.web import formats, messages, request_context
from cms.platform.web.request_context import pages
from cms.schedule.queries.after_air import missed_lines
from cms.schedule.queries.airings import Airing, areas_of_airings, board
from cms.schedule.queries.day_line import line_bulletins, orders_of_day, sessions_held, unplanned_starts
from cms.schedule.queries.readiness import Failure, Hold, failures_of, holds_by_area
from cms.schedule.views.day_line import line_of
from cms.stations.views import stations
from cms.tickets.queries import unheld_count
from province.areas import AreaId, AreaTree
from province.people import Action

STOPS_SHOWN_FOR: Final = timedelta(hours=2)
"""A stop without a lasting silence is shown this long; one with a silence until that ends."""
SHOWN: Final = 3
BEFORE: Final = timedelta(days=1)
"""Upper bound of the silence of a stop."""
LATE: Final = timedelta(seconds=30)
"""Tolerance for a device that reports the cut by a clock that is behind."""
CUT_BY_ORDER: Final = "CANCELLED"
# An airing that starts within this time and is not on every device yet deserves a call now.
SOON = timedelta(hours=2)
# Up to this many of them are shown with the reasons of the devices; the others on pages of their own.
EXPLAINED_MAX = 3
# The morning shift must see alerts that sounded automatically at night.
FOREIGN_SHOWN_FOR = timedelta(days=1)
FOREIGN_SHOWN = 5
MISSED_SHOWN = 40


@dataclass(frozen=True, slots=True)
class TodaysSound:
    """Sound of today. ``stops``: latest first, with whether the silence lasts. ``stopped``: the stop, by airing cut."""

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
    told = [each for each in Orders(session).stops_since(midnight - BEFORE) if _touches(each.areas, seen, tree)]
    lasting = {each.id for each in lasting_silences(told, now)}
    stops = [each for each in told if each.lifts is None]
    shown = [
        (each, each.id in lasting) for each in reversed(stops) if each.id in lasting or now - each.at <= STOPS_SHOWN_FOR
    ]
    return TodaysSound(
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


@pages.get("/")
def today() -> str:
    now = request_context.context().now()
    midnight = datetime.combine(formats.local(now).date(), time(0), tzinfo=formats.LOCAL)
    with request_context.context().uow.reading() as uow:
        tree = messages.tree_for(Action.DELIVERY_READ, uow)
        mine = messages.held(Action.DELIVERY_READ)
        areas = where(mine, tree)
        tomorrow = midnight + timedelta(days=1)
        airings = board(uow.session, areas, midnight, tomorrow)
        ahead = [each for each in airings if now < each.start_at <= now + SOON]
        soon = [each for each in ahead if each.not_ready]
        held_up = holds_by_area(uow.session, [each.occurrence_id for each in soon[:EXPLAINED_MAX]], areas)
        explained = [holds_of(by_area) for by_area in held_up.values()]
        sounding = sounding_alerts(uow.session, now, areas)
        line = line_of(
            airings,
            (each for each in live_since(uow.session, midnight) if _touches(each.areas, frozenset(mine), tree)),
            orders_of_day(uow.session, tree, areas, midnight, now),
            unplanned_starts(uow.session, tree, areas, midnight, tomorrow),
            sounding,
            held=sessions_held(uow.session, tree, areas, midnight.date()),
            midnight=midnight,
            now=now,
        )
        bulletins = line_bulletins(uow.session, {each.bulletin_id for each in line.shown if each.bulletin_id})
        shown = [each.row for each in line.shown if each.row is not None]
        ended = [each for each in shown if each.count(DeliveryState.CUT, DeliveryState.MISSED)]
        failures = failures_of(uow.session, [each.occurrence_id for each in ended], areas)
        sound = todays_sound(uow.session, mine, tree, ended, failures, midnight=midnight, now=now)
        missed = missed_lines(uow.session, areas, midnight, limit=MISSED_SHOWN + 1)
        licences = stations.ending_licences(uow)
        foreign = foreign_sounds(uow.session, areas, now - FOREIGN_SHOWN_FOR)
        unstaffed = seen_by(gaps(uow.session, tree, request_context.today()), mine, tree)
        waiting = _waiting(uow.session, tree, now)
        tasks, news = inbox.mine(uow)
    return render_template(
        "schedule/today.html",
        unstaffed=unstaffed if request_context.can_anywhere(Action.ALERT_READ) else (),
        tasks=tasks,
        news=news,
        **waiting,
        licences=licences,
        now=now,
        line=line,
        line_bulletins=bulletins,
        # Airings that some devices will miss as things stand; those without reasons have a page for them.
        late=list(zip_longest(soon, explained, fillvalue=())),
        unsigned=[each for each in ahead if each.unsigned_areas],
        failures=failures,
        sound=sound,
        missed=missed[:MISSED_SHOWN],
        is_more_missed=len(missed) > MISSED_SHOWN,
        foreign=foreign[:FOREIGN_SHOWN],
        foreign_left=max(0, len(foreign) - FOREIGN_SHOWN),
        asked=Remedy.ASKED,
        stopped=Left.STOPPED,
        areas=messages.area_names(tree.roots_of(mine)),
    )


def _waiting(session: Session, tree: AreaTree, now: datetime) -> Mapping[str, int]:
    """Count, in one query, what waits for those who have the user's rights, by the name that the page has for it."""
    warns, looks_after = messages.held(Action.ALERT_RAISE), messages.held(Action.DEVICE_MANAGE)
    answers_for, keeps = messages.held(Action.FEEDBACK_ANSWER), warns or looks_after
    counts = {
        "shut_off": quarantined_count(warns) if warns else None,
        "local_expired": expired_count(where(keeps, tree), now) if keeps else None,
        "feedback_waiting": open_count(answers_for) if answers_for else None,
        "tickets_waiting": unheld_count(where(looks_after, tree)) if looks_after else None,
    }
    asked = {name: count.scalar_subquery() for name, count in counts.items() if count is not None}
    found = session.execute(select(*asked.values())).one() if asked else ()
    return dict.fromkeys(counts, 0) | dict(zip(asked, found, strict=True))


def count_waiting() -> int:
    """Return the number of tasks that wait for the user."""
    return 0 if request_context.visitor() is None else sum(map(len, inbox.mine()))


def where(mine: Collection[AreaId], tree: AreaTree) -> list[AreaId] | None:
    """Return these areas; None if they are all, as the store then counts without a look at each device's area."""
    return None if len(mine) == len(tree) else list(mine)


def holds_of(by_area: dict[AreaId, Counter[Hold]]) -> Sequence[tuple[Hold, int]]:
    found: Counter[Hold] = Counter()
    for holds in by_area.values():
        found.update(holds)
    return [(hold, found[hold]) for hold in Hold if found[hold]]
