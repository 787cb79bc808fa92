"""Live address: choose places, prepare, speak, stop; and listen to the broadcast afterwards."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from http import HTTPStatus

from flask import jsonify, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest, ServiceUnavailable
from werkzeug.wrappers import Response

from broadcast.bulletins.model import Targets
from broadcast.live.model import LiveId, LiveSession
from cms.alerts.queries.reaches import area_reaches
from cms.alerts.views import wide_areas
from cms.bulletins.views import uploads
from cms.live.queries import delay_of, latest_live
from cms.live.repository import LiveSessions
from cms.live.service import addresses, held_addresses, pipe
from cms.live.service.pipe import UnsealedFrame
from cms.live.views import session as session_views
from cms.live.views.session import CodeWantedError
from cms.platform.web import area_picker, messages, refusals, request_context
from cms.platform.web.forms import Answer, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from devices.protocol.errors import MalformedError
from province.areas import AreaId
from province.errors import ConflictError, InvalidError, Problem
from province.people import Action, Actor

SHOWN = 30
RECORD = "record"
"""Value of ``way`` by which it is recorded first."""
_MS = timedelta(milliseconds=1)


@pages.get("/live")
def live() -> str:
    nodes = area_picker.forest(messages.tree(), Targets(), request_context.today(), Action.LIVE_SPEAK)
    return _page(tuple(node.id for node in nodes) if len(nodes) == 1 and not nodes[0].children else ())


@pages.post("/live")
def prepare_live() -> Answer:
    """Open the loudspeakers, or record first; then show the page of the address."""
    context, tree = request_context.context(), messages.tree_for(Action.LIVE_SPEAK)
    chosen = area_picker.targets_of(
        request.form.getlist("areas"), tree, request_context.today(), Action.LIVE_SPEAK
    ).areas
    longest = timedelta(minutes=context.settings.live_max_minutes)
    act = held_addresses.hold if request.form.get("way") == RECORD else partial(addresses.prepare, longest=longest)

    def asked(actor: Actor) -> LiveSession:
        return act(
            new_unit(),
            LiveId(context.new_id()),
            areas=chosen,
            topic=request.form.get("topic", ""),
            call=context.call(actor),
        )

    try:
        with redisplay(_page, chosen):
            made = session_views.with_code(asked)
    except CodeWantedError as error:
        return _page(chosen, code_refusal=error.refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("web.live_session", live_id=made.id))


@pages.get("/live/<live_id>")
def live_session(live_id: str) -> str:
    """Show the owner's controls while it is open; afterwards the broadcast and its reach."""
    return session_views.page(session_views.see(live_id))


@pages.get("/live/<live_id>/news")
def live_news(live_id: str) -> Response:
    """Return the state polled each second: the server's time, the state, the reach, the delay until it is heard."""
    found = session_views.see(live_id)
    with request_context.session() as session:
        whole = wide_areas.far(area_reaches(session, found.id)).whole
        delay = delay_of(session, found.id)
        warning = session_views.warning(session, found)
    return jsonify(
        now_ms=session_views.to_ms(request_context.context().now()),
        state=found.state.value,
        total=whole.total,
        open=whole.sounding,
        warning=warning,
        sounding=whole.sounding,
        delay_ms=None if delay is None else delay.median_ms,
        p95_ms=None if delay is None else delay.p95_ms,
    )


@pages.post("/live/<live_id>/air")
def go_live(live_id: str) -> Response:
    return _stepped(live_id, addresses.go_on_air)


@pages.post("/live/<live_id>/stop")
def stop_live(live_id: str) -> Response:
    return _stepped(live_id, addresses.stop)


@pages.post("/live/<live_id>/frames")
def speak_live(live_id: str) -> tuple[str, int]:
    """Pass on one frame: Opus packets, each with its length before it. Right and state are checked each time."""
    context = request_context.context()
    with request_context.session() as session:
        found = LiveSessions(session).get(LiveId(live_id))
    addresses.require_heard(found, call(), messages.tree())
    seq, at = request.args.get("seq", ""), request.args.get("at", "")
    try:
        frame = pipe.read_body(seq, at, request.get_data(cache=False))
    except MalformedError:
        raise BadRequest from None
    if not pipe.say(context, UnsealedFrame(found.id, frame)):
        raise ServiceUnavailable
    return "", HTTPStatus.NO_CONTENT


def _stepped(live_id: str, act: Callable[..., LiveSession]) -> Response:
    found = session_views.see(live_id)
    with suppress(ConflictError):  # It ended by itself in between: the page shows how.
        act(new_unit(), found.id, call=call())
    return redirect(url_for("web.live_session", live_id=found.id))


def _page(chosen: tuple[AreaId, ...], problems: Sequence[Problem] = (), *, code_refusal: str = "") -> str:
    tree = messages.tree_for(Action.DELIVERY_READ)
    with request_context.session() as session:
        recent = [each for each in latest_live(session) if session_views.is_visible(each)][:SHOWN]
    nodes = area_picker.forest(tree, Targets(chosen), request_context.today(), Action.LIVE_SPEAK)
    return render_template(
        "live/live.html",
        nodes=nodes,
        areas_count=sum(map(area_picker.ticked, nodes)),
        may_reach_many=len(nodes) > 1 or any(node.children for node in nodes),
        code_refusal=code_refusal,
        minutes=request_context.context().settings.live_max_minutes,
        problems=messages.by_field(problems),
        recent=recent,
        millisecond=_MS,
    )


@pages.get("/live/<live_id>/recording")
def live_recording(live_id: str) -> str:
    """Render the recording's part of the page, which polls until its sound is made."""
    return _part(session_views.see(live_id))


def too_large(live_id: str) -> tuple[str, int]:
    """Answer a recording that is too large; also used when the server refuses to read the request at all."""
    sentence = messages.problem_sentence(Problem("recording", "TOO_LARGE"))
    return _part(session_views.see(live_id), sentence), HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@pages.post("/live/<live_id>/recording")
@refusals.too_large_by(too_large)
def record_live(live_id: str) -> tuple[str, int]:
    """Take the recording from the form, or one uploaded beforehand in parts; render the part of the page."""
    found = session_views.see(live_id)
    addresses.require_owner(found, call(), messages.tree())
    try:
        taken = uploads.taken(is_urgent=True)
        if taken is None:
            return _part(found, _("Choose a file.")), HTTPStatus.UNPROCESSABLE_ENTITY
        said = held_addresses.record(new_unit(), found.id, sha256=taken.stored.sha256, call=call())
    except InvalidError as error:
        sentence, status = uploads.refusal_of(error)
        return _part(session_views.see(live_id), sentence), status
    return _part(said), HTTPStatus.OK


@pages.post("/live/<live_id>/release")
def release_live(live_id: str) -> Response | tuple[str, int]:
    context, found = request_context.context(), session_views.see(live_id)

    def released(actor: Actor) -> LiveSession:
        return held_addresses.release(
            new_unit(), found.id, longest=timedelta(minutes=context.settings.live_max_minutes), call=context.call(actor)
        )

    try:
        # After a conflict the page shows the outcome: the same button was pressed elsewhere.
        with redisplay(session_views.page, found), suppress(ConflictError):
            session_views.with_code(released)
    except CodeWantedError as error:
        return session_views.page(found, code_refusal=error.refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("web.live_session", live_id=found.id))


def _part(found: LiveSession, refused: str = "") -> str:
    return render_template("live/_live_said.html", **session_views.said(found, (), refused))
