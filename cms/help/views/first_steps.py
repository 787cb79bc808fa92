"""Card of a newcomer's first steps on the start page."""

from collections.abc import Sequence

from werkzeug.wrappers import Response

from cms.help import labels
from cms.help.labels import StepLabel
from cms.help.service import first_steps
from cms.platform.web import request_context
from cms.platform.web.forms import confirmed
from cms.platform.web.languages import _
from cms.platform.web.request_context import add_template_globals, call, new_unit, pages


@pages.post("/first-steps/put-away")
def put_away_first_steps() -> Response:
    first_steps.put_away(new_unit(), call=call())
    return confirmed(_("Put away. How everything is done stands under Help."), "web.today")


def shown_steps() -> Sequence[tuple[StepLabel, bool]]:
    """Return the user's first steps in words, and which are done; none in a part of a page."""
    if request_context.is_fragment():
        return ()
    with request_context.session() as session:
        found = first_steps.first_steps(session, request_context.actor())
    return [(labels.FIRST_STEPS[step], is_done) for step, is_done in found]


add_template_globals(first_steps=shown_steps)
