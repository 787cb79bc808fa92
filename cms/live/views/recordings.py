"""Record, listen, release: the safer way to speak live. The recording is kept even if the page is closed."""

from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from broadcast.live.model import LiveSession
from cms.bulletins.views import upload_parts
from cms.live.service import addresses, held_addresses
from cms.live.views import session
from cms.live.views.session import CodeWantedError
from cms.platform.web import messages, refusals, request_context
from cms.platform.web.forms import redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from media.errors import RefusedAudioError, UploadGapError, UploadMissingError
from province.errors import ConflictError, InvalidError, Problem
from province.people import Actor


@pages.get("/live/<live_id>/recording")
def live_recording(live_id: str) -> str:
    """Render the recording's part of the page, which polls until its sound is made."""
    return _part(session.see(live_id))


def too_large(live_id: str) -> tuple[str, int]:
    """Answer a recording that is too large; also used when the server refuses to read the request at all."""
    sentence = messages.problem_sentence(Problem("recording", "TOO_LARGE"))
    return _part(session.see(live_id), sentence), HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@pages.post("/live/<live_id>/recording")
@refusals.too_large_by(too_large)
def record_live(live_id: str) -> tuple[str, int]:
    """Take the recording from the form, or one uploaded beforehand in parts; render the part of the page."""
    context, found = request_context.context(), session.see(live_id)
    addresses.require_owner(found, request_context.call(), messages.tree())
    try:
        taken = upload_parts.taken(is_urgent=True)
        if taken is None:
            return _part(found, _("Choose a file.")), HTTPStatus.UNPROCESSABLE_ENTITY
        said = held_addresses.record(context.uow(), found.id, sha256=taken.stored.sha256, call=request_context.call())
    except RefusedAudioError as error:
        sentence, status = upload_parts.refusal_of(error)
        return _part(session.see(live_id), sentence), status
    except (UploadGapError, UploadMissingError):
        sentence = messages.problem_sentence(Problem("recording", "RECORDING_UNKNOWN"))
        return _part(found, sentence), HTTPStatus.UNPROCESSABLE_ENTITY
    except InvalidError as error:
        sentence = messages.problem_sentence(error.problems[0])
        return _part(session.see(live_id), sentence), HTTPStatus.UNPROCESSABLE_ENTITY
    return _part(said), HTTPStatus.OK


@pages.post("/live/<live_id>/release")
def release_live(live_id: str) -> Response | tuple[str, int]:
    context, found = request_context.context(), session.see(live_id)

    def released(actor: Actor) -> LiveSession:
        return held_addresses.release(
            context.uow(),
            found.id,
            longest=timedelta(minutes=context.settings.live_max_minutes),
            call=context.call(actor),
        )

    try:
        # After a conflict the page shows the outcome: the same button was pressed elsewhere.
        with redisplay(session.page, found), suppress(ConflictError):
            session.with_code(released)
    except CodeWantedError as error:
        return session.page(found, code_refusal=error.refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("web.live_session", live_id=found.id))


def _part(found: LiveSession, refused: str = "") -> str:
    return render_template("live/_live_said.html", **session.said(found, (), refused))
