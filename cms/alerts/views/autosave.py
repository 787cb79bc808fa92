"""Saving the alert form: a page never conflicts with its own autosaves, and submitting waits for the speech."""

import time
from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Final

from broadcast.alerts.model import Alert
from broadcast.bulletins.model import SoundState
from cms.alerts.forms.alert import AlertForm
from cms.alerts.views import page
from cms.audit.queries.log import EventLine, events_of
from cms.platform.web import request_context
from cms.platform.web.languages import _

WAIT_STEP_S: Final = 0.2
WAIT_STEPS: Final = 75
"""15 s: speech took up to 10 s on a machine under load."""
WAITING_MOST: Final = 4
"""Limit of requests that wait at the same time; further ones are answered at once, and nothing typed is lost."""
pause: Callable[[float], None] = time.sleep
_waiting = BoundedSemaphore(WAITING_MOST)


def own_version(alert: Alert, typed: AlertForm) -> int:
    """Return the version on which the form is based: later saves by the same page count as seen."""
    seen = request_context.typed_version(typed.version, alert)
    if seen >= alert.version or not typed.editing:
        return seen
    with page.session() as session:
        since = [each for each in events_of(session, alert.id) if _version_of(each) > seen and _is_person(each)]
    is_own = bool(since) and all(each.detail.get("editing") == typed.editing for each in since)
    return alert.version if is_own else seen


def changed_meanwhile(alert: Alert) -> str:
    """Return a sentence on who changed the alert last: another person, or the user on another page."""
    with page.session() as session:
        last = next((each for each in events_of(session, alert.id) if _is_person(each)), None)
    if last is None:
        return _("This alert has just changed.")
    if last.by == request_context.actor().user_id:
        return _("You yourself have just changed this alert on another page.")
    return _("%(name)s has just changed this alert.", name=last.by_name)


def with_sounds(alert: Alert) -> Alert:
    """Wait until no sound of the alert is being made, at most 15 s, and return the alert as it is then."""
    if not _is_making(alert) or not _waiting.acquire(blocking=False):
        return alert
    try:
        for _step in range(WAIT_STEPS):
            pause(WAIT_STEP_S)
            alert = page.see(alert.id)
            if not _is_making(alert):
                break
    finally:
        _waiting.release()
    return alert


def _is_making(alert: Alert) -> bool:
    return any(each.sound.state is SoundState.MAKING for each in alert.wordings)


def _version_of(event: EventLine) -> int:
    version = event.detail.get("version")
    return version if isinstance(version, int) else 0


def _is_person(event: EventLine) -> bool:
    return event.by != event.by_name
