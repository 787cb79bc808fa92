"""Alert screens: the list, the alerts in force on every page, and one alert with its content, places and progress."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

from flask import render_template, request
from flask_babel import get_locale
from markupsafe import Markup
from werkzeug.wrappers import Response

from broadcast.alerts.hazard_rules import AlertLevel, Rounds
from broadcast.alerts.lifecycle import OPEN, next_wave_at, urgency
from broadcast.alerts.model import Alert, AlertStatus, Purpose
from broadcast.alerts.orders import Stop
from broadcast.alerts.rounds import RoundState
from cms.alert_reports import views as report_parts
from cms.alerts.queries.alerts import AlertFilter, DoneCount, alert_list, done_counts, waits_since
from cms.alerts.queries.order_moment import order_moment, round_results
from cms.alerts.queries.reaches import area_reaches, mute_of, reach_instants, reach_list, reach_map
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.alerts.service import ends
from cms.alerts.views import audience, wide_areas
from cms.alerts.views import page as alert_page
from cms.alerts.views import plot as alert_plot
from cms.alerts.views.wide_areas import LoudspeakerCounts
from cms.audit.queries import events_of
from cms.exchange.model import ExchangeOutcome
from cms.exchange.queries.exchange import cap_of_alert
from cms.exchange.views import exchange
from cms.fleet.queries.overview import MapDevice
from cms.local_alerts.repository import KeyPresses
from cms.platform.web import messages as web_messages
from cms.platform.web import request_context
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from cms.standing_orders.views import parts as standing_parts
from province.areas import AreaId
from province.people import Action
from province.policy import visible_areas

PAGE_ROWS = 30
DEVICE_ROWS = 200
_MINE_MOST = 20
AFTERGLOW = timedelta(minutes=2)
VIEWER_S = "30"
"""Seconds for which the front goes by it that somebody may watch an alert."""
_MINUTE_MS = 60_000


@pages.get("/alerts")
def alerts() -> str:
    tree, after = web_messages.tree_for(Action.ALERT_READ), request.args.get("after", "")
    visible = visible_areas(request_context.actor(), Action.ALERT_READ, tree)
    reader = request_context.actor().user_id
    with request_context.session() as session:
        opened = alert_list(session, visible, reader, AlertFilter(is_open=True), limit=200).rows
        ended = alert_list(session, visible, reader, AlertFilter(is_open=False), after=after, limit=PAGE_ROWS)
        review = alert_list(session, visible, reader, AlertFilter(waits_for_sign_off=True), limit=PAGE_ROWS).rows
        questions = exchange.open_count(session)
    may_raise = request_context.can_anywhere(Action.ALERT_RAISE)
    return render_template(
        "alerts/alerts.html",
        active=sorted((line for line in opened if line.status is AlertStatus.ACTIVE), key=urgency),
        waiting=[line for line in opened if line.status is AlertStatus.SUBMITTED],
        drafts=[line for line in opened if line.status is AlertStatus.DRAFT and not line.is_prepared and may_raise],
        ended=[line for line in ended.rows if line.status is not AlertStatus.DISCARDED],
        to_review=review,
        next_cursor=ended.next_cursor,
        after=after,
        can_raise=may_raise,
        questions=questions,
    )


@pages.get("/alerts/news")
def alert_news() -> str:
    """Render alerts that started since the page was opened; nothing for users who may not read alerts."""
    known = set(request.args.get("known", "").split(","))
    fresh = [alert for alert in alert_page.in_force() if alert.id not in known]
    mine = [each for each in request.args.get("mine", "").split(",") if each][:_MINE_MOST]
    return render_template(
        "alerts/_alert_news.html",
        fresh=fresh,
        waiting=alert_page.waiting_for_me(request.args.get("here", "")),
        decided=alert_page.decided(mine),
    )


@pages.get("/alerts/<alert_id>")
def alert(alert_id: str) -> str:
    return page(alert_page.see(alert_id))


@pages.get("/alerts/<alert_id>/live")
def alert_live(alert_id: str) -> str | Response:
    """Render the part of the page that is polled every second."""
    found = alert_page.see(alert_id)
    if request.args.get("status", found.status) != found.status:
        # The status changed (it ended, for example): the page needs other buttons.
        return Response(status=HTTPStatus.OK, headers={"HX-Refresh": "true"})
    live = _live(found)
    # The table is by far the largest part: sent again only if a figure in it changed.
    has_moved = request.args.get("mark", "") != live["mark"] or bool(live["open_area"])
    return render_template("alerts/_alert_live.html", alert=found, has_moved=has_moved, **live)


@pages.get("/alerts/<alert_id>/state")
def alert_state(alert_id: str) -> Response:
    """Answer the poll of an alert's page: a changed status, or speech that is made, has the browser reload the page.

    To the front it says who may watch the alert, for some seconds, and what the parts that are polled depend on.
    """
    found = alert_page.see(alert_id)
    has_moved = request.args.get("status", found.status) != found.status
    has_moved |= request.args.get("making") == "yes" and not alert_page.is_making(found)
    headers = {"HX-Refresh": "true"} if has_moved else {}
    headers |= {"X-Accel-Expires": VIEWER_S, "X-Loa-View": f"{get_locale()}-{_may_enter()}"}
    return Response(status=HTTPStatus.OK if has_moved else HTTPStatus.NO_CONTENT, headers=headers)


def _may_enter() -> bool:
    return request_context.can_anywhere(Action.CONTACT_WRITE)


@pages.get("/alerts/<alert_id>/plot")
def alert_plot_of(alert_id: str) -> str:
    """Draw how many had received it, began and ended, over time."""
    found = alert_page.see(alert_id)
    with request_context.session() as session:
        rounds = round_results(session, found.order_id or "")
    return render_template(
        "alerts/_alert_plot.html", alert=found, plot=_plot(found), is_live=_is_live(found), rounds=rounds
    )


@pages.get("/alerts/<alert_id>/map")
def alert_map(alert_id: str) -> dict[str, object]:
    """Return the data of the map: before it is sent the audience, afterwards the progress.

    ``box``: with the devices in the visible part.
    """
    found, box = alert_page.see(alert_id), audience.MapBounds.of(request.args.get("box", ""))
    if found.order_id is None:
        return audience.draft_map(found, box)
    with request_context.session() as session:
        moment = order_moment(session, found.order_id, request_context.context().now())
        now: Mapping[AreaId, Mapping[RoundState, int]]
        posts: Sequence[MapDevice] = ()
        if box is None:
            now = {each.area_id: each.now for each in area_reaches(session, found.order_id, moment)}
        else:
            now, posts = reach_map(session, found.order_id, moment, box.holds)
    states = {area_id: wide_areas.state_of(counts).value for area_id, counts in now.items()}
    devices = [(post.point, post.state, post.name) for post in posts]
    return audience.drawn(states, devices, found.audience)


def page(found: Alert, **more: object) -> str:
    """Render the page of one alert; ``more`` is what a refused action adds to it."""
    from cms.alerts.views import decisions  # noqa: PLC0415 - its buttons lead back to this page

    with request_context.session() as session:
        events = events_of(session, found.id)
        prepared = Alerts(session).prepared_for(found.id)
        updated = Alerts(session).get(found.updates_id) if found.updates_id else None
        may_read = request_context.can_anywhere(Action.EXCHANGE_READ)
        messages = cap_of_alert(session, found.id) if may_read else ()
        press = KeyPresses(session).find(found.id) if found.approved_at is not None else None
    is_out = found.order_id is not None
    heard = None if is_out else audience.heard(found.audience)
    shown: dict[str, object] = {
        "alert": found,
        "stops": _stops(found),
        "events": events,
        "prepared": prepared if decisions.may_follow(found) else None,
        "prepared_sounds": alert_page.sound_lines(prepared) if prepared else [],
        "updated": updated,
        "messages": messages,
        "press": press,
        "asks": [each for each in messages if each.outcome == ExchangeOutcome.ASKS] if found.status in OPEN else [],
        "sounds": alert_page.sound_lines(found),
        "is_making": alert_page.is_making(found),
        "rounds_line": rounds_line,
        "hearers": heard,
        "far": None,
        "approvers": alert_page.approvers_of(found) if found.status is AlertStatus.SUBMITTED and found.is_drill else (),
        **report_parts.variables(found),
        **standing_parts.variables(found, events),
        "wanted_level": AlertLevel.ONE if found.is_drill else found.level,
        **decisions.rights(found, heard),
        **more,
    }
    if is_out:
        shown |= _live(found)
    return render_template("alerts/alert.html", **shown)


def _stops(found: Alert) -> list[tuple[Stop, DoneCount]]:
    """Return the stops that silenced the alert, each with its loudspeakers and those that confirmed their silence."""
    if found.order_id is None or not _is_live(found):
        return []
    with request_context.context().uow.reading() as uow:
        stops = ends.stops_of(uow, uow[Orders].get(found.order_id))
        counts = done_counts(uow.session, [stop.id for stop in stops]) if stops else {}
        return [(stop, counts[stop.id]) for stop in stops]


def rounds_line(rounds: Rounds) -> str:
    """Return the times of the repeats, in words."""
    said = []
    if rounds.at_ms:
        said.append(
            _("after %(minutes)s minutes", minutes=", ".join(f"{at_ms / _MINUTE_MS:g}" for at_ms in rounds.at_ms))
        )
    if rounds.every_ms:
        minutes = f"{rounds.every_ms / _MINUTE_MS:g}"
        said.append(_("then every %(n)s minutes", n=minutes) if said else _("every %(n)s minutes", n=minutes))
    return ", ".join(said) or _("none")


def wave_line(found: Alert, whole: LoudspeakerCounts, now: datetime) -> str:
    """Return the next step for devices that have not answered: the time of the next retry, or whom to call."""
    if not _is_live(found) or found.approved_at is None:
        return _("It has ended.")
    if not whole.unanswered and whole.refused:
        return _("%(n)s loudspeakers refused, the others have it: call the places below.", n=whole.refused)
    if not whole.unanswered:
        return _("Every loudspeaker has answered.")
    next_at = next_wave_at(found.approved_at, now)
    if next_at is not None:
        return _(
            "In %(s)s s the %(n)s loudspeakers that have not answered are sent it themselves.",
            s=max(1, round((next_at - now).total_seconds())),
            n=whole.unanswered,
        )
    return _(
        "%(n)s loudspeakers have not answered; whichever reconnects before the expiry gets it at once.",
        n=whole.unanswered,
    )


def _live(found: Alert) -> dict[str, object]:
    area_id, now = request.args.get("area", ""), request_context.context().now()
    with request_context.session() as session:
        order_id = found.order_id or ""
        moment = order_moment(session, order_id, now)
        mute = mute_of(session, order_id, moment)
        reaches = area_reaches(session, order_id, moment, mute=mute)
        far = wide_areas.far(reaches)
        waits = waits_since(session, found.order_id) if found.order_id else None
        known_ended = sum(each.ended_before for each in reaches) if _is_live(found) else 0
        devices = (
            reach_list(
                session,
                order_id,
                moment,
                areas=[AreaId(area_id)],
                after=request.args.get("after", ""),
                limit=DEVICE_ROWS,
                mute=mute,
            )
            if area_id
            else None
        )
    is_live = _is_live(found)
    may_end = is_live and found.purpose is not Purpose.ALL_CLEAR
    return {
        "far": far,
        "mark": far.mark,
        "is_live": is_live,
        "is_watched": is_live or _has_just_ended(found),
        "waits_s": None if waits is None else max(0, int((now - waits).total_seconds())),
        "known_ended": known_ended,
        "wave_line": wave_line(found, far.whole, now),
        "moment": moment,
        "open_area": area_id,
        "open_area_name": web_messages.area_name(area_id) if area_id else "",
        "devices": devices.rows if devices else [],
        "more_devices": devices.next_cursor if devices else "",
        "may_cancel": is_live and alert_page.holds(Action.ALERT_CANCEL, found),
        "may_clear": may_end and alert_page.holds(Action.ALERT_CANCEL, found),
        "may_update": may_end and alert_page.holds(Action.ALERT_RAISE, found),
    }


def _is_live(found: Alert) -> bool:
    return found.status is AlertStatus.ACTIVE


def _has_just_ended(found: Alert) -> bool:
    """Return whether it ended so recently that devices still report their silence."""
    return found.ended_at is not None and request_context.context().now() - found.ended_at < AFTERGLOW


def _plot(found: Alert) -> Markup:
    if found.order_id is None or found.approved_at is None:
        return Markup()
    with request_context.session() as session:
        told = reach_instants(session, found.order_id)
        meant = done_counts(session, [found.order_id])[found.order_id].total
    start = found.approved_at
    until = found.ended_at or request_context.context().now()
    series = {
        name: [second for at, count in instants for second in [(at - start).total_seconds()] * count]
        for name, instants in told.items()
    }
    last = max((seconds[-1] for seconds in series.values() if seconds), default=0.0)
    span = min((until - start).total_seconds(), max(30.0, 1.3 * last))
    return alert_plot.lines_over_time(
        series, meant, span, _("Loudspeakers that received it, began and finished, over time")
    )
