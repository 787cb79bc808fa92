"""Page of one live address, for users who may see deliveries in one of its areas."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import render_template, request
from sqlalchemy.orm import Session

from broadcast.bulletins.model import Targets
from broadcast.live import model
from broadcast.live.model import LiveId, LiveSession, LiveState
from cms.accounts.errors import AccountError
from cms.accounts.views import second_factor
from cms.alerts.queries.reaches import area_reaches, reach_list
from cms.alerts.repository.alerts import Alerts
from cms.alerts.views import wide_areas
from cms.alerts.views.confirmation import take_code
from cms.audit.queries import events_of
from cms.bulletins.views.bulletins import places
from cms.live.queries import delay_of
from cms.live.repository import LiveSessions
from cms.live.service import addresses, held_addresses
from cms.platform.web import messages, request_context
from cms.platform.web.languages import _
from province.areas import AreaId, AreaTree
from province.errors import NotAllowedError, NotFoundError, Problem
from province.people import Action, Actor
from province.policy import visible_areas

Done = TypeVar("Done")
DEVICE_ROWS = 200
STORED_WITHIN = timedelta(minutes=1)


class CodeWantedError(Exception):
    """Error: the form has no valid code; ``refusal`` is shown at its field."""

    def __init__(self, refusal: str) -> None:
        super().__init__(refusal)
        self.refusal = refusal


def with_code(act: Callable[[Actor], Done]) -> Done:
    """Do ``act`` as the user, with the code of this form if one is needed; only then is it used up.

    Raises:
        CodeWantedError: it is needed, and is missing or refused.
    """
    try:
        return act(replace(request_context.actor(), second_factor_at=None))
    except NotAllowedError as error:
        if error.reason != "SECOND_FACTOR":
            raise
    if not request.form.get("code", "").strip():
        raise CodeWantedError(
            _("To speak to more than one commune a one-time code is needed. Type it and press again.")
        )
    try:
        return act(take_code("live.speak"))
    except AccountError as error:
        raise CodeWantedError(second_factor.refusal(error)) from None


def see(live_id: str) -> LiveSession:
    """Return the live address. Raises NotFoundError if it does not exist or the user may not see it."""
    messages.tree_for(Action.DELIVERY_READ)
    with request_context.session() as session:
        found = LiveSessions(session).get(LiveId(live_id))
    if not is_visible(found):
        raise NotFoundError("live", live_id)
    return found


def warning(session: Session, found: LiveSession) -> str:
    """Return the headline of a live alert in force in these areas, which takes the loudspeakers; empty if none is."""
    tree = messages.tree()
    there = {area_id for each in found.areas if each in tree for area_id in (*tree.chain(each), *_below(tree, each))}
    return next(
        (
            alert.headline
            for alert in Alerts(session).active()
            if not alert.is_drill and not alert.is_calm and not there.isdisjoint(alert.audience.targets.areas)
        ),
        "",
    )


def _below(tree: AreaTree, area_id: AreaId) -> list[AreaId]:
    return [area.id for area in tree.subtree(area_id)]


def is_visible(found: LiveSession) -> bool:
    return not visible_areas(request_context.actor(), Action.DELIVERY_READ, messages.tree()).isdisjoint(found.areas)


def page(found: LiveSession, problems: Sequence[Problem] = (), *, code_refusal: str = "") -> str:
    """Render the page. ``problems``: reasons against the release; ``code_refusal``: the reason against its code."""
    with request_context.session() as session:
        far = wide_areas.far(area_reaches(session, found.id))
        heard = reach_list(session, found.id, limit=DEVICE_ROWS)
        delay = delay_of(session, found.id)
        events = events_of(session, found.id)
        warned = warning(session, found) if found.is_open else ""
    now = request_context.context().now()
    return render_template(
        "live/live_session.html",
        far=far,
        heard=heard.rows,
        is_more=bool(heard.next_cursor),
        delay=delay,
        events=events,
        places=places(Targets(found.areas), 8),
        speaks=is_owner(found)
        and found.is_open
        and found.sound is None
        and request_context.can_anywhere(Action.LIVE_SPEAK),
        warning=warned,
        may_stop=found.state is not LiveState.ENDED and (is_owner(found) or may_everywhere(Action.SOUND_STOP, found)),
        frame_ms=model.frame_ms(far.whole.total),
        ready_ms=to_ms(found.prepared_at + model.PREPARE),
        until_ms=to_ms(found.until_at),
        now_ms=to_ms(now),
        is_storing=found.ended_at is not None and now - found.ended_at < STORED_WITHIN,
        **said(found, problems, code_refusal=code_refusal),
    )


def said(
    found: LiveSession, problems: Sequence[Problem] = (), refused: str = "", *, code_refusal: str = ""
) -> dict[str, Any]:
    """Return the variables of the page's part with the recording, its player and its release.

    ``refused``: the reason for which the recording was refused.
    """
    context = request_context.context()
    longest = timedelta(minutes=context.settings.live_max_minutes)
    anew = held_addresses.recording_problems(found, longest, context.now())
    return {
        "live": found,
        "minutes": context.settings.live_max_minutes,
        "failure": messages.failure(found.sound.error) if found.sound and found.sound.error else "",
        "anew": [messages.problem_sentence(each) for each in anew],
        "problems": [messages.problem_sentence(each) for each in problems if each not in anew],
        "refused": refused,
        "needs_code": addresses.is_heard_by_many(request_context.context().uow.reading(), found.areas),
        "code_refusal": code_refusal,
        "may_say": is_owner(found) and request_context.can_anywhere(Action.LIVE_SPEAK),
        "may_release": may_everywhere(Action.LIVE_SPEAK, found),
        "lead_s": round(model.LEAD.total_seconds()),
    }


def is_owner(found: LiveSession) -> bool:
    return found.owner_id == request_context.actor().user_id


def may_everywhere(action: Action, found: LiveSession) -> bool:
    """Return whether the user holds the right in all of its areas."""
    return all(request_context.can(action, area_id, messages.tree()) for area_id in found.areas)


def to_ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
