"""Stop of all sound: an area, or the province, falls silent in one step, and each device confirms it."""

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcast.alerts.orders import Order, Stop, StopId
from broadcast.bulletins.model import Targets
from broadcast.bulletins.priority import Prio
from cms.alerts.queries.alerts import latest_stops
from cms.alerts.queries.reaches import area_reaches, reach_list
from cms.alerts.repository.orders import Orders
from cms.alerts.repository.unknown_orders import UnknownOrder
from cms.alerts.service import stop_orders
from cms.alerts.views import editor, page, wide_areas
from cms.bulletins.views.bulletins import places
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from province.areas import AreaId
from province.errors import InvalidError, NotFoundError, Problem
from province.people import Action
from province.policy import visible_areas

HUSH_HOURS = (0, 1, 3, 6, 12, 24)
DEVICE_ROWS = 200
SHOWN = 10


@pages.get("/stop")
def stop() -> str:
    """Show the form, with the user's area ticked only if it is one single commune: more must be ticked by hand."""
    request_context.require(Action.SOUND_STOP, (), messages.tree())
    nodes = area_picker.forest(messages.tree(), Targets(), request_context.today(), Action.SOUND_STOP)
    own = [node.id for node in nodes if not node.children]
    return _page(tuple(own) if len(nodes) == 1 else ())


@pages.post("/stop")
def stop_now() -> Answer:
    tree = messages.tree_for(Action.SOUND_STOP)
    chosen = area_picker.targets_of(
        request.form.getlist("areas"), tree, request_context.today(), Action.SOUND_STOP
    ).areas
    hours = request.form.get("hush_hours", "0")
    spares = request.form.get("what") != "all"
    muted = () if spares or not _may_mute(chosen) else _muted(chosen)
    named = set(request.form.getlist("muted"))
    if muted and not (request.form.get("mutes_alerts") == "yes" and named.issuperset(each.id for each in muted)):
        return _asked(chosen, muted), HTTPStatus.UNPROCESSABLE_ENTITY
    with redisplay(_page, chosen):
        made = stop_orders.stop_everything(
            new_unit(),
            areas=chosen,
            reason=request.form.get("reason", ""),
            call=call(),
            hush_for=timedelta(hours=int(hours) if hours.isdecimal() else 0),
            spares_alerts=spares,
            mutes_alerts=bool(muted),
        )
    return redirect(url_for("web.stopped", stop_id=made.id))


@pages.get("/stops/<stop_id>")
def stopped(stop_id: str) -> str:
    """Show the devices that have confirmed their silence; those that have not come first."""
    found = _see(stop_id)
    with request_context.session() as session:
        far = wide_areas.far(area_reaches(session, found.id))
        waiting = reach_list(session, found.id, states=list(wide_areas.NO_WORD), limit=DEVICE_ROWS)
    now = request_context.context().now()
    may_lift = may_lift_here(found)
    with request_context.context().uow.reading() as uow:
        silenced = stop_orders.silenced_alerts(uow, found, now) if found.mutes_alerts else ()
    return render_template(
        "alerts/stopped.html",
        silenced=[each for each in silenced if page.is_visible(each)],
        may_sound_again={each.id for each in silenced if page.holds(Action.ALERT_CANCEL, each)},
        stop=found,
        far=far,
        waiting=waiting.rows,
        is_more=bool(waiting.next_cursor),
        places=places(Targets(found.areas), 8),
        spares=found.prio < Prio.ALERT.value,
        is_hushed=found.hush_until_at is not None and now < found.hush_until_at,
        may_lift=may_lift,
        is_fresh=now - found.at < timedelta(hours=1),
    )


@pages.post("/stops/<stop_id>/lift")
def lift_stop(stop_id: str) -> Response:
    """Lift the silence; present sound continues."""
    found = _see(stop_id)
    made = stop_orders.lift(new_unit(), found.id, call=call())
    return confirmed(_("Silence lifted: loudspeakers follow their plan again."), "web.stopped", stop_id=made.id)


def may_lift_here(found: Stop) -> bool:
    tree = messages.tree()
    actions = (Action.SOUND_STOP, Action.ALERT_CANCEL) if found.mutes_alerts else (Action.SOUND_STOP,)
    return all(request_context.can(action, area_id, tree) for action in actions for area_id in found.areas)


def _may_mute(chosen: tuple[AreaId, ...]) -> bool:
    tree = messages.tree()
    return bool(chosen) and all(request_context.can(Action.ALERT_CANCEL, area_id, tree) for area_id in chosen)


def _muted(chosen: tuple[AreaId, ...]) -> Sequence[Order]:
    with request_context.context().uow.reading() as uow:
        return stop_orders.muted_alerts(uow, chosen, request_context.context().now())


def _asked(chosen: tuple[AreaId, ...], muted: Sequence[Order]) -> str:
    """Render the confirmation: it names the alerts that would fall silent, and its button has to be held."""
    typed = {name: request.form.get(name, "") for name in ("hush_hours", "reason", "what")}
    return render_template(
        "alerts/stop_muting.html", chosen=chosen, muted=muted, typed=typed, places=places(Targets(chosen), 8)
    )


def _see(stop_id: str) -> Stop:
    with request_context.session() as session:
        found = Orders(session).stop(StopId(stop_id))
    request_context.require(Action.SOUND_STOP, (), messages.tree())
    if not _is_visible(found):
        raise NotFoundError("stop", stop_id)
    return found


def _is_visible(stop: Stop) -> bool:
    """Return whether the stop silences a place where the user may stop sound too."""
    return not visible_areas(request_context.actor(), Action.SOUND_STOP, messages.tree()).isdisjoint(stop.areas)


def _page(chosen: tuple[AreaId, ...], problems: Sequence[Problem] = ()) -> str:
    tree = messages.tree()
    with request_context.session() as session:
        recent = latest_stops(session, SHOWN)
    seen = [each for each in recent if _is_visible(each)]
    nodes = area_picker.forest(tree, Targets(chosen), request_context.today(), Action.SOUND_STOP)
    return render_template(
        "alerts/stop.html",
        nodes=nodes,
        areas_count=sum(map(area_picker.ticked, nodes)),
        problems=messages.by_field(map(editor.placed, problems)),
        hush_hours=HUSH_HOURS,
        chosen=request.form,
        recent=seen,
        unknown_orders=held(),
    )


def held() -> Sequence[UnknownOrder]:
    """Return those that the user may see; only a database restored from a backup has any."""
    context = request_context.context()
    with context.uow.reading() as unit:
        return stop_orders.open_to(unit, call())


@pages.post("/alerts/unknown/<order_id>/end")
def end_unknown(order_id: str) -> Response:
    request_context.require(Action.ALERT_CANCEL, (), messages.tree())
    try:
        ended = stop_orders.end(new_unit(), order_id, reason=request.form.get("reason", ""), call=call())
    except InvalidError as error:
        for sentence in messages.problem_sentences(error):
            flash(sentence, "bad")
    else:
        flash(_("Sent the end to %(n)s loudspeakers.", n=len(ended.places)), "good")
    return redirect(url_for("web.stop"))
